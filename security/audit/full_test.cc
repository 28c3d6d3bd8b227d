// No room: in the ring, on the disk. The disk is a limit on the size of files, in a process of its
// own.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "security/audit/audit_test_util.h"

namespace airwasm::security::audit {
namespace {

using OnFull = AuditOptions::OnFull;

class FullTest : public AuditTest {
 protected:
  static void LimitFiles(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  // Runs `body`, which returns null or what failed, in a process of its own.
  template <typename F>
  static void InProcess(F body) {
    const pid_t child = fork();
    if (child == 0) {
      const char* const failed = body();
      if (failed != nullptr) std::fprintf(stderr, "in the child: %s\n", failed);
      _exit(failed == nullptr ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(child, waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
  static void Silent(const absl::Status&) {}
  static bool AppendSome(AuditLog& log, int count) {
    for (int i = 0; i < count; ++i) {
      if (!AppendTo(log, "/srv/a")) return false;
    }
    return true;
  }
};

TEST_F(FullTest, CallsWaitForTheDisk) {
  InProcess([&]() -> const char* {
    std::atomic<int> errors = 0;
    const auto log =
        Open({.ring_bytes = 64 << 10, .on_write_error = [&](const absl::Status&) { ++errors; }});
    if (!AppendSome(*log, 50) || !log->Flush().ok()) return "with room";
    LimitFiles(20'000);  // within a line
    std::atomic<bool> done = false;
    std::thread caller([&] { done = AppendSome(*log, 5'000); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    if (done) return "calls did not wait";
    if (log->Flush().ok()) return "flush of a full disk";
    const AuditLog::Stats stats = log->stats();
    if (stats.failed_writes < 2 || stats.blocked == 0 || stats.refused != 0) return "counts";
    if (errors != 1) return "errors that were told";
    LimitFiles(RLIM_INFINITY);
    caller.join();
    if (!done) return "calls that could go on";
    if (!log->Close().ok()) return "close";
    return nullptr;
  });
  ExpectWhole(5'050);
}

TEST_F(FullTest, CallsThatWaitCanBeInterrupted) {
  InProcess([&]() -> const char* {
    const auto log =
        Open({.ring_bytes = 64 << 10, .close_timeout_ns = 0, .on_write_error = Silent});
    LimitFiles(0);
    while (log->stats().blocked == 0) {
      const bool kept = log->Append({.object = "/srv/a"}, {.asked = [](void*) { return true; }});
      if (kept != (log->stats().blocked == 0)) return "kept though it gave up";
    }
    if (log->stats().refused != 1) return "refused";
    return nullptr;
  });
}

TEST_F(FullTest, CallsThatWaitEndWhenTheLogIsClosed) {
  InProcess([&]() -> const char* {
    const auto log =
        Open({.ring_bytes = 64 << 10, .close_timeout_ns = 50'000'000, .on_write_error = Silent});
    LimitFiles(0);
    std::atomic<bool> all = false;
    std::thread caller([&] { all = AppendSome(*log, 5'000); });
    while (log->stats().blocked == 0) std::this_thread::yield();
    if (log->Close().ok()) return "close";
    caller.join();
    if (all) return "calls that could not be kept";
    const AuditLog::Stats stats = log->stats();
    if (stats.lost != stats.appended || stats.lost == 0 || stats.written != 0) return "counts";
    return nullptr;
  });
}

TEST_F(FullTest, CallsFailWhileTheDiskIsFull) {
  InProcess([&]() -> const char* {
    const auto log = Open({.on_full = OnFull::kFail, .on_write_error = Silent});
    if (!AppendSome(*log, 50) || !log->Flush().ok()) return "with room";
    LimitFiles(20'000);
    (void)AppendSome(*log, 100);
    if (log->Flush().ok()) return "flush of a full disk";
    for (int i = 0; i < 10; ++i) {
      if (AppendTo(*log, "/srv/refused")) return "calls did not fail";
    }
    LimitFiles(RLIM_INFINITY);
    if (!log->Flush().ok()) return "flush";
    if (!AppendTo(*log, "/srv/a")) return "calls that could go on";
    if (!log->Close().ok()) return "close";
    const AuditLog::Stats stats = log->stats();
    if (stats.refused < 10 || stats.lost != 0 || stats.written != stats.appended) return "counts";
    std::ofstream(Path("refused")) << stats.refused << " " << stats.appended;
    return nullptr;
  });
  uint64_t refused = 0, appended = 0;
  std::ifstream(Path("refused")) >> refused >> appended;
  const Verdict verdict = Check();
  EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
  EXPECT_EQ(appended, verdict.decisions);
  EXPECT_EQ(refused, verdict.refused);
  EXPECT_TRUE(verdict.HasGaps());
  const std::string log = ReadAll(Path());
  EXPECT_NE(std::string::npos, log.find("\"class\":\"audit-log\",\"object\":\"" +
                                        std::to_string(refused) + " decisions"));
  EXPECT_EQ(std::string::npos, log.find("/srv/refused"));
}

TEST_F(FullTest, WhatTheDiskNeverTakesIsCounted) {
  InProcess([&]() -> const char* {
    const auto log = Open({.close_timeout_ns = 20'000'000, .on_write_error = Silent});
    if (!AppendSome(*log, 10) || !log->Flush().ok()) return "with room";
    LimitFiles(10'000);
    if (!AppendSome(*log, 90)) return "append";
    if (absl::IsDataLoss(log->Close()) == false) return "close";
    const AuditLog::Stats stats = log->stats();
    if (stats.lost == 0 || stats.written + stats.lost != 100) return "counts";
    std::ofstream(Path("written")) << stats.written;
    return nullptr;
  });
  uint64_t written = 0;
  std::ifstream(Path("written")) >> written;
  Verdict verdict = Check();
  EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
  EXPECT_EQ(written, verdict.decisions);
  EXPECT_GT(written, 10u);
  EXPECT_EQ(100 - written, verdict.lost);
  EXPECT_TRUE(verdict.HasGaps());
  // It goes on, and does not forget.
  Write(5);
  verdict = Check();
  EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
  EXPECT_EQ(written + 5, verdict.decisions);
  EXPECT_EQ(100 - written, verdict.lost);
}

TEST_F(FullTest, FullRingFailsCalls) {
  // A burst that is faster than the writer: what was kept is there, what was not is counted.
  uint64_t kept = 0, failed = 0;
  {
    const auto log = Open({.on_full = OnFull::kFail, .ring_bytes = 64 << 10});
    for (int i = 0; i < 200'000; ++i) ++(AppendTo(*log, "/srv/a") ? kept : failed);
    ASSERT_TRUE(log->Close().ok());
    EXPECT_EQ(failed, log->stats().refused);
  }
  const Verdict verdict = Check();
  EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
  EXPECT_EQ(kept, verdict.decisions);
  EXPECT_EQ(failed, verdict.refused);
}

TEST_F(FullTest, LogThatCannotBeWrittenIsNotOpened) {
  InProcess([&]() -> const char* {
    LimitFiles(0);
    return AuditLog::Open({.path = Path()}).ok() ? "opened" : nullptr;
  });
}

}  // namespace
}  // namespace airwasm::security::audit
