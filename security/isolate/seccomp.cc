#include "security/isolate/seccomp.h"

#ifdef AIRWASM_HAS_SECCOMP

#include <fcntl.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include "engine/base/format.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

namespace airwasm::security::isolate {
namespace {

enum class Need : uint8_t { kAlways, kCreate, kDelete, kWrite, kSockets };

struct Row {
  int number;
  const char* name;
  Need need;
};

constexpr Row kRows[] = {
#define AIRWASM_SYSCALL(name, need) {SCMP_SYS(name), #name, Need::k##need},
#define AIRWASM_FATAL_SYSCALL(name)
#include "security/isolate/syscalls.def"
#undef AIRWASM_SYSCALL
#undef AIRWASM_FATAL_SYSCALL
};

constexpr int kFatal[] = {
#define AIRWASM_SYSCALL(name, need)
#define AIRWASM_FATAL_SYSCALL(name) SCMP_SYS(name),
#include "security/isolate/syscalls.def"
#undef AIRWASM_SYSCALL
#undef AIRWASM_FATAL_SYSCALL
};

// Threads of this process, and nothing else: no new process, no new namespace.
constexpr uint64_t kThreadFlags =
    0x00000100 /* CLONE_VM */ | 0x00000800 /* CLONE_SIGHAND */ | 0x00010000 /* CLONE_THREAD */;

// Of PAGEMAP_SCAN on the process's own map (engine/runtime/page_reset.cc).
constexpr int kPagemapScan = static_cast<int>(0xc0606610);
constexpr int kIoctls[] = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, kPagemapScan};
// Names of threads and of mappings; what an allocator asks of huge pages.
constexpr int kPrctls[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_THP_DISABLE,
                           PR_GET_DUMPABLE};

// Collects the first error, as rules are many.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release) {
    if (context_ == nullptr) error_ = -ENOMEM;
    // The filter is looked up by halves: a call costs some ten steps of it instead of hundreds.
    Keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
    Keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    // Another architecture's calls, by their numbers there.
    Keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  }

  void Allow(int number) {
    Add(SCMP_ACT_ALLOW, number, {});
    ++allowed_;
  }
  void AllowIf(int number, std::initializer_list<scmp_arg_cmp> arguments) {
    Add(SCMP_ACT_ALLOW, number, arguments);
  }
  void Add(uint32_t action, int number, std::initializer_list<scmp_arg_cmp> arguments) {
    if (number < 0) return;  // not of this architecture
    Keep(seccomp_rule_add_array(context_.get(), action, number,
                                static_cast<unsigned>(arguments.size()), arguments.begin()));
  }

  absl::StatusOr<size_t> Load() {
    if (error_ == 0) Keep(seccomp_load(context_.get()));
    if (error_ != 0)
      return absl::FailedPreconditionError(
          FormatText("seccomp: the filter is refused: %s", std::strerror(-error_)));
    return allowed_;
  }

 private:
  void Keep(int result) {
    if (result < 0 && error_ == 0) error_ = result;
  }

  std::unique_ptr<void, decltype(&seccomp_release)> context_;
  int error_ = 0;
  size_t allowed_ = 0;
};

// Memory that is written and executed is what an attacker makes first; code memory never is both
// at once (engine/tier/code_memory.h).
void AddMemory(Filter& filter) {
  for (const int number : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    const scmp_arg_cmp either[] = {
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, 0),
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_WRITE),
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC),
    };
    for (const scmp_arg_cmp& protection : either) filter.AllowIf(number, {protection});
  }
}

void AddProcess(Filter& filter) {
  filter.AllowIf(SCMP_SYS(clone), {SCMP_A0(SCMP_CMP_MASKED_EQ, kThreadFlags, kThreadFlags)});
  // Its flags lie in memory, where no filter can look; the C library then takes clone.
  filter.Add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), {});
  const auto self = static_cast<scmp_datum_t>(getpid());
  filter.AllowIf(SCMP_SYS(tgkill), {SCMP_A0(SCMP_CMP_EQ, self)});
  // Compiling threads are nicer than the guest's: a thread's own priority only.
  for (const int number : {SCMP_SYS(getpriority), SCMP_SYS(setpriority)}) {
    filter.AllowIf(number, {SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS), SCMP_A1(SCMP_CMP_EQ, 0)});
  }
  filter.AllowIf(SCMP_SYS(prlimit64), {SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)});
  for (const int option : kPrctls)
    filter.AllowIf(SCMP_SYS(prctl), {SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(option))});
  for (const int request : kIoctls)
    filter.AllowIf(SCMP_SYS(ioctl),
                   {SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, static_cast<uint32_t>(request))});
  // All but F_SETOWN, F_SETSIG and leases, which send signals.
  for (const int command : {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
                            36 /* F_OFD_GETLK */, 37, 38, 1030 /* F_DUPFD_CLOEXEC */,
                            1033 /* F_ADD_SEALS */, 1034 /* F_GET_SEALS */})
    filter.AllowIf(SCMP_SYS(fcntl), {SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command))});
}

void AddSockets(Filter& filter, const IsolationPlan& plan) {
  for (const int family : {AF_INET, AF_INET6}) {
    // Streams and datagrams: nothing raw. The upper bits are SOCK_CLOEXEC and SOCK_NONBLOCK.
    for (const int type : {SOCK_STREAM, SOCK_DGRAM})
      filter.AllowIf(SCMP_SYS(socket),
                     {SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)),
                      SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, static_cast<scmp_datum_t>(type))});
  }
  if (plan.names)
    filter.AllowIf(SCMP_SYS(socket),
                   {SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, 0 /* NETLINK_ROUTE */)});
}

}  // namespace

absl::StatusOr<size_t> ApplySeccomp(const IsolationPlan& plan) {
  PathUses uses = 0;
  for (const IsolatedPath& path : plan.paths) uses |= path.uses;
  const auto is_needed = [&](Need need) {
    switch (need) {
      case Need::kAlways:
        return true;
      case Need::kCreate:
        return (uses & UsesOf(PathUse::kCreate)) != 0;
      case Need::kDelete:
        return (uses & UsesOf(PathUse::kDelete)) != 0;
      case Need::kWrite:
        return (uses & UsesOf(PathUse::kWrite, PathUse::kCreate)) != 0;
      case Need::kSockets:
        return plan.sockets;
    }
    return false;
  };
  Filter filter;
  for (const Row& row : kRows) {
    if (is_needed(row.need)) filter.Allow(row.number);
  }
  for (const int number : kFatal) filter.Add(SCMP_ACT_KILL_PROCESS, number, {});
  AddMemory(filter);
  AddProcess(filter);
  if (plan.sockets) AddSockets(filter, plan);
  return filter.Load();
}

}  // namespace airwasm::security::isolate

#else

namespace airwasm::security::isolate {

absl::StatusOr<size_t> ApplySeccomp(const IsolationPlan&) {
  return absl::UnimplementedError("this airwasm was built without libseccomp");
}

}  // namespace airwasm::security::isolate

#endif
