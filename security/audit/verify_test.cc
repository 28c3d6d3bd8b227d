// Reading: whatever is done to a log is found, at the line where it was done.
#include "security/audit/verify.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "security/audit/audit_test_util.h"
#include "security/audit/line.h"
#include "security/audit/log_reader.h"

namespace airwasm::security::audit {
namespace {

using VerifyTest = AuditTest;

TEST_F(VerifyTest, EachFlippedByteIsFound) {
  Write(6);
  const std::string whole = ReadAll(Path());
#ifdef AIRWASM_SANITIZED
  constexpr size_t kStep = 5;
#else
  constexpr size_t kStep = 1;
#endif
  uint64_t line = 1;
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const char mask : {1, 0x20}) {
      if (i % kStep != 0) continue;
      std::string bent = whole;
      bent[i] ^= mask;
      WriteAll(Path(), bent);
      const Verdict verdict = Check();
      ASSERT_EQ(Verdict::Kind::kBroken, verdict.kind) << i;
      // A newline that is one no more makes its line as long as two.
      ASSERT_TRUE(verdict.problem.starts_with(Path() + ":" + std::to_string(line) + ": "))
          << i << ": " << verdict.problem;
    }
    if (whole[i] == '\n') ++line;
  }
  WriteAll(Path(), whole);
  ExpectWhole(6);
}

TEST_F(VerifyTest, EachFlippedByteOfTheHeadIsFound) {
  Write(3);
  const std::string whole = ReadAll(Path("log.head"));
  EXPECT_EQ(256u, whole.size());
  for (size_t i = 0; i < whole.size(); i += 5) {
    std::string bent = whole;
    bent[i] ^= 1;
    WriteAll(Path("log.head"), bent);
    ASSERT_EQ(Verdict::Kind::kBroken, Check().kind) << i;
  }
  WriteAll(Path("log.head"), whole.substr(0, 255));
  ExpectBroken("the head file is damaged");
  WriteAll(Path("log.head"), whole + "x");
  ExpectBroken("the head file is damaged");
  std::filesystem::remove(Path("log.head"));
  ExpectBroken("log.head' is missing");
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            AuditLog::Open({.path = Path()}).status().code());
}

TEST_F(VerifyTest, CutAtEachByteIsFound) {
  Write(5);
  const std::string whole = ReadAll(Path());
  for (size_t length = 0; length < whole.size(); ++length) {
    WriteAll(Path(), whole.substr(0, length));
    const Verdict verdict = Check();
    ASSERT_EQ(Verdict::Kind::kBroken, verdict.kind) << length;
    const bool between = length == 0 || whole[length - 1] == '\n';
    ASSERT_NE(std::string::npos,
              verdict.problem.find(between ? "lines are missing at the end" : "does not end"))
        << verdict.problem;
    // And nobody goes on with it.
    ASSERT_EQ(absl::StatusCode::kDataLoss, AuditLog::Open({.path = Path()}).status().code());
  }
  std::filesystem::remove(Path());
  ExpectBroken(Path() + ": the file is missing");
  EXPECT_EQ(absl::StatusCode::kDataLoss, AuditLog::Open({.path = Path()}).status().code());
}

TEST_F(VerifyTest, LinesTakenOutPutInAndSwapped) {
  Write(5);
  const std::vector<std::string> whole = LinesOf(Path());
  const auto write = [&](std::vector<int> order) {
    std::string bytes;
    for (const int i : order) bytes += whole[static_cast<size_t>(i)] + "\n";
    WriteAll(Path(), bytes);
  };
  const struct {
    std::vector<int> order;
    std::string_view problem;
  } kCases[] = {
      {{0, 2, 3, 4}, "log:2: lines are missing before this one: seq goes from 1 to 3"},
      {{1, 2, 3, 4}, "log:1: the log does not begin here: seq is 2"},
      {{0, 1, 2, 3},
       "log:5: lines are missing at the end: the last one has seq 4, the head says 5"},
      {{0, 1, 1, 2, 3, 4}, "log:3: the line was changed"},
      {{0, 2, 1, 3, 4}, "log:2: "},
      {{0, 1, 2, 3, 4, 4}, "log:6: "},
      {{}, "lines are missing at the end"},
  };
  for (const auto& c : kCases) {
    write(c.order);
    ExpectBroken(c.problem);
  }
  write({0, 1, 2, 3, 4});
  ExpectWhole(5);
}

TEST_F(VerifyTest, LinesWrittenAfterTheLogWasClosed) {
  Write(3);
  // With its chain in order, but the head knows better.
  std::string line(kMaxLineBytes, '\0');
  LineWriter writer({.seq = 3, .hash = HashOf(LinesOf(Path()).back())});
  line.resize(
      static_cast<size_t>(writer.Write({.capability = "fs.read"}, line.data()) - line.data()));
  WriteAll(Path(), ReadAll(Path()) + line);
  ExpectBroken("1 lines after the one at which the log was closed");
  EXPECT_EQ(absl::StatusCode::kDataLoss, AuditLog::Open({.path = Path()}).status().code());
}

TEST_F(VerifyTest, Rotated) {
  Write(60, {.rotate_bytes = 4096});
  const uint64_t files = Check().files;
  ASSERT_GE(files, 4u);
  const std::string second = ReadAll(Path("log.2"));
  std::filesystem::remove(Path("log.2"));
  ExpectBroken("lines are missing before this one");
  WriteAll(Path("log.2"), second);
  std::filesystem::rename(Path("log.1"), Path("away"));
  ExpectBroken("the log does not begin here");
  std::filesystem::rename(Path("away"), Path("log.1"));
  ExpectWhole(60);
  std::string bent = second;
  bent[second.size() / 2] ^= 1;
  WriteAll(Path("log.2"), bent);
  ExpectBroken(Path("log.2") + ":");
}

TEST_F(VerifyTest, WhatWasRemovedByRotationIsNotMissed) {
  Write(60, {.rotate_bytes = 4096, .keep_files = 2});
  EXPECT_EQ(Verdict::Kind::kWhole, Check().kind);
  // But more than that is.
  for (int i = 1; i < 40; ++i) {
    if (std::filesystem::remove(Path("log." + std::to_string(i)))) break;
  }
  ExpectBroken("the log does not begin here");
}

TEST_F(VerifyTest, Keys) {
  const std::string right = Key('r'), wrong = Key('w'), open = Key('o', 0644);
  Write(3, {.key_file = right});
  EXPECT_EQ(Verdict::Kind::kWhole, Check(right).kind);
  EXPECT_TRUE(Check().is_sealed);
  EXPECT_EQ(Verdict::Kind::kWhole, Check().kind);  // the seal is not looked at
  EXPECT_EQ(Verdict::Kind::kBroken, Check(wrong).kind);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, Verify(Path(), open).status().code());
  EXPECT_EQ(absl::StatusCode::kPermissionDenied,
            AuditLog::Open({.path = Path(), .key_file = wrong}).status().code());
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            AuditLog::Open({.path = Path()}).status().code());
  Write(3, {.key_file = right});
  EXPECT_EQ(6u, Check(right).decisions);

  // Who can write both files, but has no key: cuts the last line off, and makes a head for that.
  const std::vector<std::string> lines = LinesOf(Path());
  std::string bytes;
  for (size_t i = 0; i + 1 < lines.size(); ++i) bytes += lines[i] + "\n";
  const std::string head_bytes = ReadAll(Path("log.head"));
  Head head = *DecodeHead(head_bytes, std::nullopt);
  head.last = {.seq = 5, .hash = HashOf(lines[4])};
  head.file_bytes = bytes.size();
  WriteAll(Path(), bytes);
  for (const std::optional<Digest>& key : {std::optional<Digest>(), std::optional(Digest{})}) {
    WriteAll(Path("log.head"), EncodeHead(head, key));
    EXPECT_EQ(Verdict::Kind::kWhole, Check().kind);
    EXPECT_EQ(Verdict::Kind::kBroken, Check(right).kind);
  }
}

// Runs `body` in a process of its own and kills it when it has written a byte to the pipe that it
// is given.
template <typename F>
void KillWhenReady(F body) {
  int fds[2];
  ASSERT_EQ(0, pipe(fds));
  const pid_t child = fork();
  if (child == 0) {
    body(fds[1]);
    _exit(1);
  }
  char byte;
  ASSERT_EQ(1, read(fds[0], &byte, 1));
  ASSERT_EQ(0, kill(child, SIGKILL));
  int status;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  ASSERT_TRUE(WIFSIGNALED(status));
  close(fds[0]);
  close(fds[1]);
}

TEST_F(VerifyTest, KilledWhileIdle) {
  KillWhenReady([&](int pipe) {
    const auto log = Open();
    for (int i = 0; i < 100; ++i) (void)AppendTo(*log, "/srv/a");
    (void)log->Flush();
    (void)!write(pipe, "", 1);
    pause();
  });
  Verdict verdict = Check();
  EXPECT_EQ(Verdict::Kind::kNotClosed, verdict.kind) << verdict.problem;
  EXPECT_EQ(100u, verdict.decisions);
  EXPECT_TRUE(verdict.HasGaps());
  // The next one says so in the log, and goes on.
  Write(10);
  verdict = Check();
  EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
  EXPECT_EQ(110u, verdict.decisions);
  EXPECT_EQ(111u, verdict.last_seq);
  EXPECT_EQ(1u, verdict.kills);
  EXPECT_TRUE(verdict.HasGaps());
}

TEST_F(VerifyTest, KilledWhileWriting) {
  constexpr size_t kRingBytes = 64 << 10;
  constexpr uint64_t kRingRecords = kRingBytes / RecordBytes(6, 0, /*cut=*/false) + 1;
  uint64_t before = 0;
  for (int round = 0; round < 5; ++round) {
    const std::string progress = Path("progress");
    KillWhenReady([&](int pipe) {
      const auto log = Open({.rotate_bytes = 1 << 20, .ring_bytes = kRingBytes});
      std::ofstream out(progress, std::ios::binary | std::ios::trunc);
      const auto end =
          std::chrono::steady_clock::now() + std::chrono::milliseconds(20 + 13 * round);
      for (uint64_t i = 1;; ++i) {
        if (!AppendTo(*log, "/srv/a")) break;
        if (std::chrono::steady_clock::now() < end) continue;
        // From here on no more is appended, so that it is known how much was.
        out << i << std::flush;
        (void)!write(pipe, "", 1);
        pause();
      }
    });
    const uint64_t appended = std::stoull(ReadAll(progress));
    const Verdict verdict = Check();
    ASSERT_EQ(Verdict::Kind::kNotClosed, verdict.kind) << verdict.problem;
    EXPECT_EQ(static_cast<uint64_t>(round), verdict.kills);
    const uint64_t found = verdict.decisions - before;
    EXPECT_LE(found, appended);
    EXPECT_LE(appended - found, kRingRecords);
    before = verdict.decisions;
  }
  Write(1);
  EXPECT_EQ(Verdict::Kind::kWhole, Check().kind);
}

// The end of a file of a process that was killed while it wrote: each way to find it.
TEST_F(VerifyTest, UnfinishedEnds) {
  KillWhenReady([&](int pipe) {
    const auto log = Open();
    for (int i = 0; i < 3; ++i) (void)AppendTo(*log, "/srv/a");
    (void)log->Flush();
    std::filesystem::copy_file(Path("log.head"), Path("head3"));
    for (int i = 0; i < 2; ++i) (void)AppendTo(*log, "/srv/a");
    (void)log->Flush();
    (void)!write(pipe, "", 1);
    pause();
  });
  // The head of three lines, and a file of three to five.
  const std::string whole = ReadAll(Path());
  const std::string head = ReadAll(Path("head3"));
  const auto lines = LinesOf(Path());
  const size_t third = lines[0].size() + lines[1].size() + lines[2].size() + 3;
  const size_t fourth = third + lines[3].size() + 1;
  for (const size_t length : {third, third + 1, third + 50, fourth - 1, fourth, fourth + 7,
                              whole.size() - 1, whole.size()}) {
    SCOPED_TRACE(length);
    WriteAll(Path(), whole.substr(0, length));
    WriteAll(Path("log.head"), head);
    const uint64_t expected = 3 + (length >= fourth) + (length == whole.size());
    Verdict verdict = Check();
    EXPECT_EQ(Verdict::Kind::kNotClosed, verdict.kind) << verdict.problem;
    EXPECT_EQ(expected, verdict.decisions);
    EXPECT_EQ(expected - 3, verdict.lines_after_head);
    EXPECT_EQ(verdict.torn_bytes != 0,
              length != third && length != fourth && length != whole.size());
    Write(1);
    verdict = Check();
    EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
    EXPECT_EQ(expected + 1, verdict.decisions);
  }
  // What does not belong there is found.
  std::string bent = whole;
  bent[third + 30] ^= 1;
  WriteAll(Path(), bent);
  WriteAll(Path("log.head"), head);
  EXPECT_EQ(Verdict::Kind::kBroken, Check().kind);
  EXPECT_EQ(absl::StatusCode::kDataLoss, AuditLog::Open({.path = Path()}).status().code());
}

TEST_F(VerifyTest, KilledWhileRotating) {
  KillWhenReady([&](int pipe) {
    const auto log = Open();
    for (int i = 0; i < 3; ++i) (void)AppendTo(*log, "/srv/a");
    (void)log->Flush();
    (void)!write(pipe, "", 1);
    pause();
  });
  const std::string head = ReadAll(Path("log.head"));
  for (const bool new_file : {false, true}) {
    std::filesystem::rename(Path(), Path("log.1"));
    if (new_file) {
      WriteAll(Path(), "");
      chmod(Path().c_str(), 0600);
    }
    WriteAll(Path("log.head"), head);
    EXPECT_EQ(Verdict::Kind::kNotClosed, Check().kind);
    EXPECT_EQ(3u, Check().decisions);
    Write(2);
    EXPECT_EQ(Verdict::Kind::kWhole, Check().kind) << Check().problem;
    EXPECT_EQ(5u, Check().decisions);
    EXPECT_EQ(2u, Check().files);
    std::filesystem::remove(Path());
    std::filesystem::rename(Path("log.1"), Path());
  }
}

TEST_F(VerifyTest, WhileItIsBeingWritten) {
  const auto log = Open({.rotate_bytes = 64 << 10, .keep_files = 4});
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) ASSERT_TRUE(AppendTo(*log, "/srv/a"));
  });
  for (int i = 0; i < 30; ++i) {
    const Verdict verdict = Check();
    EXPECT_EQ(Verdict::Kind::kBeingWritten, verdict.kind) << verdict.problem;
  }
  stop = true;
  writer.join();
}

TEST_F(VerifyTest, ReaderFollowsThroughRotations) {
  const auto log = Open({.rotate_bytes = 4096});
  ASSERT_TRUE(AppendTo(*log, "before"));
  ASSERT_TRUE(log->Flush().ok());
  absl::StatusOr<LogReader> all = LogReader::Open(Path(), LogReader::Start::kFirstLine);
  absl::StatusOr<LogReader> end = LogReader::Open(Path(), LogReader::Start::kEnd);
  ASSERT_TRUE(all.ok() && end.ok());
  EXPECT_EQ(LineReader::Result::kLine, all->Next());
  EXPECT_EQ(LineReader::Result::kEnd, end->Next());
  uint64_t seq = 1;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 7 * round; ++i) ASSERT_TRUE(AppendTo(*log, "/srv/a"));
    ASSERT_TRUE(log->Flush().ok());
    for (int i = 0; i < 7 * round; ++i) {
      ++seq;
      for (LogReader* const reader : {&*all, &*end}) {
        ASSERT_EQ(LineReader::Result::kLine, reader->Next());
        ASSERT_EQ(seq, ParseLine(reader->line(), nullptr)->seq) << reader->Where();
      }
    }
    EXPECT_EQ(LineReader::Result::kEnd, all->Next());
    EXPECT_EQ(LineReader::Result::kEnd, end->Next());
  }
  EXPECT_GT(log->stats().rotations, 50u);
}

}  // namespace
}  // namespace airwasm::security::audit
