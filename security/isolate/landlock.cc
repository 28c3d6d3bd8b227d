// Landlock by its system calls: the C library has no functions for them, and headers of the
// distribution are older than kernels, so what the interface holds is written down here.
// Source: the kernel's Documentation/userspace-api/landlock.rst.
#include "security/isolate/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "engine/base/format.h"

namespace airwasm::security::isolate {
namespace {

constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

// LANDLOCK_ACCESS_FS_*.
enum : uint64_t {
  kExecute = 1 << 0,
  kWriteFile = 1 << 1,
  kReadFile = 1 << 2,
  kReadDir = 1 << 3,
  kRemoveDir = 1 << 4,
  kRemoveFile = 1 << 5,
  kMakeChar = 1 << 6,
  kMakeDir = 1 << 7,
  kMakeReg = 1 << 8,
  kMakeSock = 1 << 9,
  kMakeFifo = 1 << 10,
  kMakeBlock = 1 << 11,
  kMakeSym = 1 << 12,
  kRefer = 1 << 13,     // ABI 2
  kTruncate = 1 << 14,  // ABI 3
  kIoctlDev = 1 << 15,  // ABI 5
};
constexpr uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev;
// LANDLOCK_ACCESS_NET_*, ABI 4: binding and connecting TCP sockets.
constexpr uint64_t kTcp = 3;
// LANDLOCK_SCOPE_*, ABI 6: abstract UNIX sockets, signals.
constexpr uint64_t kScopes = 3;

// struct landlock_ruleset_attr; kernels take what they know, by its size.
struct RulesetAttr {
  uint64_t fs = 0;
  uint64_t net = 0;
  uint64_t scoped = 0;
};

// struct landlock_path_beneath_attr.
struct [[gnu::packed]] PathBeneathAttr {
  uint64_t access = 0;
  int32_t fd = -1;
};
static_assert(sizeof(PathBeneathAttr) == 12);

uint64_t HandledBy(int abi) {
  uint64_t handled = kRefer - 1;
  if (abi >= 2) handled |= kRefer;
  if (abi >= 3) handled |= kTruncate;
  if (abi >= 5) handled |= kIoctlDev;
  return handled;
}

uint64_t AccessOf(PathUses uses) {
  static constexpr struct {
    PathUse use;
    uint64_t access;
  } kRows[] = {
      {PathUse::kRead, kReadFile},
      {PathUse::kList, kReadDir},
      {PathUse::kWrite, kWriteFile | kTruncate},
      // No devices, sockets and pipes: WASI makes none.
      {PathUse::kCreate, kMakeReg | kMakeDir | kMakeSym | kRefer | kWriteFile | kTruncate},
      {PathUse::kDelete, kRemoveFile | kRemoveDir | kRefer},
  };
  uint64_t access = 0;
  for (const auto& row : kRows) {
    if ((uses & UsesOf(row.use)) != 0) access |= row.access;
  }
  return access;
}

// The path, or where something may be created at it, what is there above it.
int OpenForRule(const IsolatedPath& rule) {
  std::filesystem::path path = rule.path;
  while (true) {
    const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
    if (fd >= 0 || (rule.uses & UsesOf(PathUse::kCreate)) == 0) return fd;
    if ((errno != ENOENT && errno != ENOTDIR) || !path.has_relative_path()) return fd;
    path = path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
  }
}

absl::Status Refused(const char* what) {
  return absl::FailedPreconditionError(FormatText("landlock: %s: %s", what, std::strerror(errno)));
}

}  // namespace

int LandlockAbi() {
  const long abi = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

absl::Status ApplyLandlock(const IsolationPlan& plan, IsolationReport& report) {
  const int abi = LandlockAbi();
  const RulesetAttr attr{.fs = HandledBy(abi),
                         .net = abi >= 4 && !plan.sockets ? kTcp : 0,
                         .scoped = abi >= 6 ? kScopes : 0};
  const size_t size = abi >= 6   ? sizeof attr
                      : abi >= 4 ? offsetof(RulesetAttr, scoped)
                                 : offsetof(RulesetAttr, net);
  const int ruleset = static_cast<int>(syscall(kCreateRuleset, &attr, size, 0));
  if (ruleset < 0) return Refused("no set of rules");
  const absl::Cleanup close_ruleset = [ruleset] { close(ruleset); };
  for (const IsolatedPath& rule : plan.paths) {
    const int fd = OpenForRule(rule);
    if (fd < 0) continue;  // it cannot be used now either
    const absl::Cleanup close_fd = [fd] { close(fd); };
    struct stat status;
    if (fstat(fd, &status) != 0) return Refused(rule.path.c_str());
    PathBeneathAttr beneath{.access = AccessOf(rule.uses) & attr.fs, .fd = fd};
    if (!S_ISDIR(status.st_mode)) beneath.access &= kOfFiles;
    if (beneath.access == 0) continue;
    if (syscall(kAddRule, ruleset, kPathBeneath, &beneath, 0) != 0)
      return Refused(rule.path.c_str());
    ++report.landlock_rules;
  }
  if (syscall(kRestrictSelf, ruleset, 0) != 0) return Refused("restricting this process");
  report.landlock_abi = abi;
  report.tcp_denied = attr.net != 0;
  report.scoped = attr.scoped != 0;
  return absl::OkStatus();
}

}  // namespace airwasm::security::isolate
