// That isolation bites, and lets through what it is to let through. Each case runs in a child,
// which does what a guest that has taken over the process would try.
#include "airwasm/isolate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "airwasm/grants.h"
#include "airwasm/policy.h"
#include "security/isolate/landlock.h"

namespace airwasm::security {
namespace {

constexpr int kNotIsolated = 100;

class IsolateTest : public testing::Test {
 protected:
  IsolateTest() {
    for (const char* const name : {"in", "out"}) {
      std::filesystem::create_directories(dir_ + name);
      std::ofstream(dir_ + name + "/file") << "text";
    }
  }
  ~IsolateTest() override { std::filesystem::remove_all(dir_); }

  IsolationPlan Plan(std::vector<std::string> rules) {
    std::vector<Rule> parsed;
    for (const std::string& text : rules) {
      absl::StatusOr<Rule> rule = ParseRule(text, true, "test");
      EXPECT_TRUE(rule.ok()) << rule.status();
      parsed.push_back(*rule);
    }
    const std::string roots[] = {dir_ + "in"};
    IsolationPlan plan = PlanFor(Grants(std::move(parsed)), roots, absl::InfinitePast());
    AddEngineNeeds(plan);
    return plan;
  }

  // What the child ended with: an exit code, or minus the signal.
  static int InChild(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    EXPECT_EQ(child, waitpid(child, &status, 0));
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  static int Isolated(const IsolationPlan& plan, const std::function<int()>& body) {
    return InChild([&] {
      const absl::Status status = Isolate(plan, IsolationMode::kBestEffort).status();
      if (!status.ok()) fprintf(stderr, "%s\n", status.ToString().c_str());
      return status.ok() ? body() : kNotIsolated;
    });
  }

  // 0, or the errno of an open.
  static int Opens(const std::string& path, int flags) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    close(fd);
    return 0;
  }

  void NeedLandlock(int abi = 1) {
    if (isolate::LandlockAbi() < abi) GTEST_SKIP() << "this kernel's Landlock is too old";
  }

  const std::string dir_ = std::filesystem::canonical(testing::TempDir()).string() + "/isolate-" +
                           std::to_string(getpid()) + "/";
};

#define RETURN_IF_NEEDED() \
  if (IsSkipped()) return

TEST_F(IsolateTest, FilesOutsideCannotBeOpened) {
  NeedLandlock();
  RETURN_IF_NEEDED();
  const IsolationPlan plan = Plan({"fs.read:" + dir_ + "in/**"});
  EXPECT_EQ(0, Isolated(plan, [&] { return Opens(dir_ + "in/file", O_RDONLY); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens(dir_ + "out/file", O_RDONLY); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens("/etc/passwd", O_RDONLY); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens("/proc/self/root/etc/passwd", O_RDONLY); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens("/", O_RDONLY | O_DIRECTORY); }));
}

TEST_F(IsolateTest, ReadingIsNotWriting) {
  NeedLandlock(3);
  RETURN_IF_NEEDED();
  const std::string file = dir_ + "in/file";
  const IsolationPlan plan = Plan({"fs.read,fs.list:" + dir_ + "in/**"});
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens(file, O_WRONLY); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens(file, O_RDONLY | O_TRUNC); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens(file + "2", O_RDWR | O_CREAT); }));
  EXPECT_EQ(EPERM, Isolated(plan, [&] { return unlink(file.c_str()) == 0 ? 0 : errno; }));
  EXPECT_EQ(EPERM, Isolated(plan, [&] { return mkdir((file + "d").c_str(), 0700) ? errno : 0; }));
  const IsolationPlan all = Plan({"fs:" + dir_ + "in/**"});
  EXPECT_EQ(0, Isolated(all, [&] { return Opens(file + "2", O_RDWR | O_CREAT); }));
  EXPECT_EQ(0, Isolated(all, [&] {
              return rename((file + "2").c_str(), (file + "3").c_str()) == 0 ? 0 : errno;
            }));
  EXPECT_EQ(0, Isolated(all, [&] { return unlink((file + "3").c_str()) == 0 ? 0 : errno; }));
  EXPECT_EQ(EACCES,
            Isolated(all, [&] { return unlink((dir_ + "out/file").c_str()) == 0 ? 0 : errno; }));
}

// What may be made where nothing is yet, is ruled by what is there above it.
TEST_F(IsolateTest, AFileThatIsNotThereYet) {
  NeedLandlock();
  RETURN_IF_NEEDED();
  const IsolationPlan plan = Plan({"fs.create,fs.write:" + dir_ + "in/new"});
  EXPECT_EQ(0, Isolated(plan, [&] { return Opens(dir_ + "in/new", O_WRONLY | O_CREAT); }));
  EXPECT_EQ(EACCES, Isolated(plan, [&] { return Opens(dir_ + "out/new", O_WRONLY | O_CREAT); }));
}

TEST_F(IsolateTest, WhatNobodyNeedsEndsTheProcess) {
  const IsolationPlan plan = Plan({});
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  EXPECT_EQ(-SIGSYS, Isolated(plan, [&] { return execv(program, arguments); }));
  EXPECT_EQ(-SIGSYS, Isolated(plan, [] { return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : 1; }));
  EXPECT_EQ(-SIGSYS, Isolated(plan, [] { return static_cast<int>(syscall(SYS_bpf, 0, 0, 0)); }));
  EXPECT_EQ(-SIGSYS,
            Isolated(plan, [] { return static_cast<int>(syscall(SYS_io_uring_setup, 1, 0)); }));
  EXPECT_EQ(-SIGSYS, Isolated(plan, [] { return setuid(0); }));
}

TEST_F(IsolateTest, ProcessesAndSignals) {
  const IsolationPlan plan = Plan({});
  EXPECT_EQ(EPERM, Isolated(plan, [] { return fork() < 0 ? errno : 0; }));
  const pid_t parent = getpid();
  EXPECT_EQ(EPERM, Isolated(plan, [&] { return kill(parent, 0) == 0 ? 0 : errno; }));
  EXPECT_EQ(EPERM, Isolated(plan, [&] {
              return syscall(SYS_tgkill, parent, parent, 0) == 0 ? 0 : errno;
            }));
  EXPECT_EQ(EPERM, Isolated(plan, [] { return ioctl(0, TIOCSTI, "x") == 0 ? 0 : errno; }));
  EXPECT_EQ(-SIGABRT, Isolated(plan, []() -> int { abort(); }));
}

TEST_F(IsolateTest, ThreadsThatStartLaterAreRestrictedToo) {
  const IsolationPlan plan = Plan({});
  EXPECT_EQ(EPERM, Isolated(plan, [] {
              int result = 0;
              std::thread([&] { result = fork() < 0 ? errno : 0; }).join();
              return result;
            }));
  NeedLandlock();
  RETURN_IF_NEEDED();
  EXPECT_EQ(EACCES, Isolated(plan, [] {
              int result = 0;
              std::thread([&] { result = Opens("/etc/passwd", O_RDONLY); }).join();
              return result;
            }));
}

TEST_F(IsolateTest, OtherThreadsAreARefusal) {
  EXPECT_EQ(0, InChild([&] {
              std::thread([] { pause(); }).detach();
              const absl::Status status = Isolate(Plan({}), IsolationMode::kSeccomp).status();
              return absl::IsFailedPrecondition(status) && fork() >= 0 ? 0 : 1;
            }));
}

TEST_F(IsolateTest, MemoryIsNeverWrittenAndExecuted) {
  EXPECT_EQ(EPERM, Isolated(Plan({}), [] {
              void* const p = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return p == MAP_FAILED ? errno : 0;
            }));
  // One after the other, as code memory is.
  EXPECT_EQ(0, Isolated(Plan({}), [] {
              void* const p =
                  mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
            }));
}

int MakesSocket(int family, int type) {
  const int fd = socket(family, type, 0);
  return fd < 0 ? errno : 0;
}

TEST_F(IsolateTest, SocketsAreForThoseWhoMayConnect) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM})
    EXPECT_EQ(EPERM, Isolated(Plan({}), [=] { return MakesSocket(AF_INET, type); }));
  const IsolationPlan network = Plan({"net.connect:tcp:127.0.0.1:*"});
  for (const int type : {+SOCK_STREAM, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK})
    EXPECT_EQ(0, Isolated(network, [=] { return MakesSocket(AF_INET, type); }));
  // Other programs listen there: a desktop's bus, a container's daemon.
  EXPECT_EQ(EPERM, Isolated(network, [] { return MakesSocket(AF_UNIX, SOCK_STREAM); }));
  EXPECT_EQ(EPERM, Isolated(network, [] { return MakesSocket(AF_INET, SOCK_RAW); }));
  EXPECT_EQ(EPERM, Isolated(network, [] { return MakesSocket(AF_PACKET, SOCK_DGRAM); }));
}

TEST_F(IsolateTest, NamesAreLookedUp) {
  const auto look_up = [] {
    addrinfo* found = nullptr;
    const int result = getaddrinfo("localhost", nullptr, nullptr, &found);
    return result == 0 ? 0 : 1;
  };
  EXPECT_EQ(0, Isolated(Plan({"net.lookup:localhost"}), look_up));
}

// A socket that was there before.
TEST_F(IsolateTest, LandlockDeniesTcp) {
  NeedLandlock(4);
  RETURN_IF_NEEDED();
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  IsolationReport report;
  const pid_t child = fork();
  if (child == 0) {
    const sockaddr_in address = {.sin_family = AF_INET,
                                 .sin_port = htons(1),
                                 .sin_addr = {htonl(INADDR_LOOPBACK)},
                                 .sin_zero = {}};
    (void)syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0);
    if (!isolate::ApplyLandlock(Plan({}), report).ok()) _exit(kNotIsolated);
    _exit(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                        : errno);
  }
  close(fd);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(EACCES, WEXITSTATUS(status));
}

TEST_F(IsolateTest, Report) {
  EXPECT_EQ(0, InChild([&] {
              const auto report = Isolate(Plan({}), IsolationMode::kSeccomp);
              return report.ok() && report->landlock_abi == 0 && report->system_calls > 50 &&
                             Opens("/etc/passwd", O_RDONLY) == 0
                         ? 0
                         : 1;
            }));
  EXPECT_EQ("no landlock; seccomp, 7 system calls", IsolationReport{.system_calls = 7}.ToString());
}

}  // namespace
}  // namespace airwasm::security
