// Writing: what goes in comes out, from many threads, over several openings and files, and nobody
// else interferes.
#include "airwasm/audit_log.h"

#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "security/audit/audit_test_util.h"
#include "security/audit/line.h"

namespace airwasm::security::audit {
namespace {

using AuditLogTest = AuditTest;
using nlohmann::json;

std::string Text(const json& line, const char* key) {
  return line[key].get<std::string>();
}

TEST_F(AuditLogTest, Fields) {
  {
    const auto log = Open();
    ASSERT_TRUE(AppendTo(*log, "/srv/a"));
    ASSERT_TRUE(AppendTo(*log, "/etc/passwd", /*allow=*/false));
  }
  ExpectWhole(2);
  const std::vector<std::string> lines = LinesOf(Path());
  ASSERT_EQ(2u, lines.size());
  const json allow = json::parse(lines[0]);
  EXPECT_EQ(11u, allow.size());
  EXPECT_EQ(1, allow["seq"]);
  EXPECT_EQ("shop", Text(allow, "component"));
  EXPECT_EQ(3, allow["instance"]);
  EXPECT_EQ("wasi:filesystem/types@0.2.0#[method]descriptor.read", Text(allow, "function"));
  EXPECT_EQ("fs.read", Text(allow, "class"));
  EXPECT_EQ("/srv/a", Text(allow, "object"));
  EXPECT_EQ("allow", Text(allow, "decision"));
  EXPECT_EQ("--allow fs.read:/srv/**", Text(allow, "rule"));
  EXPECT_EQ("", Text(allow, "backtrace"));
  EXPECT_EQ(std::string(64, '0'), Text(allow, "prev"));
  const json deny = json::parse(lines[1]);
  EXPECT_EQ("deny", Text(deny, "decision"));
  EXPECT_EQ("0: main\n1: _start", Text(deny, "backtrace"));
  EXPECT_NE(Text(allow, "prev"), Text(deny, "prev"));
}

// Once the thread has a ring, and while the log takes records; on a processor with a clock of its
// own.
TEST_F(AuditLogTest, WhatIsPutDownAtOnceIsARecordAsAnyOther) {
  const auto log = Open();
  const AuditLog::Record record = {.component = log->Intern("shop"),
                                   .instance = 1'000'000'000'000,
                                   .function = log->Intern("f"),
                                   .rule = log->Intern("--allow random"),
                                   .capability = Capability::kRandom,
                                   .allow = true};
  const auto at_once = [&] {
    return log->TryAppendAllowed(record.component, record.instance, record.function, record.rule,
                                 record.capability);
  };
  EXPECT_FALSE(at_once());
  ASSERT_TRUE(log->Append(record));
  EXPECT_EQ(kCounterIsSteady, at_once());
  ASSERT_TRUE(log->Append(record));
  ASSERT_TRUE(log->Close().ok());
  EXPECT_FALSE(at_once());
  const size_t records = kCounterIsSteady ? 3 : 2;
  EXPECT_EQ(records, log->stats().written);
  EXPECT_EQ(0u, log->stats().refused);
  ExpectWhole(records);
  std::vector<json> lines;
  for (const std::string& line : LinesOf(Path())) lines.push_back(json::parse(line));
  ASSERT_EQ(records, lines.size());
  EXPECT_EQ(1'000'000'000'000, lines[0]["instance"]);
  EXPECT_EQ("random", Text(lines[0], "class"));
  for (json& line : lines) {
    for (const char* const differs : {"seq", "time", "prev"}) line.erase(differs);
    EXPECT_EQ(lines[0], line);
  }
}

// Readings of the processor's counter serve for several records in a row, but not for long.
TEST_F(AuditLogTest, TimesAreThoseOfTheCalls) {
  constexpr absl::Duration kPause = absl::Milliseconds(300);
  {
    const auto log = Open();
    const auto append = [&] {
      if (!log->TryAppendAllowed(0, 0, 0, 0, Capability::kRandom))
        ASSERT_TRUE(log->Append({.capability = Capability::kRandom, .allow = true}));
    };
    append();
    append();
    absl::SleepFor(kPause);
    append();
  }
  std::vector<absl::Time> times;
  for (const std::string& line : LinesOf(Path())) {
    times.emplace_back();
    const std::string time = Text(json::parse(line), "time");
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &times.back(), nullptr)) << time;
  }
  ASSERT_EQ(3u, times.size());
  EXPECT_GE(times[1], times[0]);
  EXPECT_GE(times[2], times[1] + kPause / 2);
}

TEST_F(AuditLogTest, EmptyLogIsWhole) {
  Write(0);
  ExpectWhole(0);
  Write(0);
  ExpectWhole(0);
}

TEST_F(AuditLogTest, MillionRecordsOfEightThreads) {
  constexpr int kThreads = 8;
#ifdef AIRWASM_SANITIZED
  constexpr int kEach = 20'000;
#else
  constexpr int kEach = 125'000;
#endif
  {
    const auto log = Open();
    const uint32_t component = log->Intern("shop");
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        const uint32_t function = log->Intern("f" + std::to_string(t));
        for (int i = 0; i < kEach; ++i) {
          const std::string object = std::to_string(i);
          ASSERT_TRUE(log->Append({.component = component,
                                   .instance = static_cast<uint64_t>(t),
                                   .function = function,
                                   .capability = Capability::kFsRead,
                                   .allow = true,
                                   .object = object}));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(log->Close().ok());
    const AuditLog::Stats stats = log->stats();
    EXPECT_EQ(uint64_t{kThreads} * kEach, stats.appended);
    EXPECT_EQ(uint64_t{kThreads} * kEach, stats.written);
    EXPECT_EQ(0u, stats.refused + stats.lost);
    EXPECT_LE(stats.rings, uint64_t{kThreads} + 1);
  }
  ExpectWhole(uint64_t{kThreads} * kEach);
  // Each thread's records are all there, in its order.
  std::vector<int> next(kThreads);
  for (const std::string& line : LinesOf(Path())) {
    const std::optional<ParsedLine> parsed = ParseLine(line, nullptr);
    ASSERT_TRUE(parsed.has_value());
    ASSERT_EQ(std::to_string(next[parsed->instance]++), parsed->object);
  }
  EXPECT_EQ(std::vector<int>(kThreads, kEach), next);
}

TEST_F(AuditLogTest, RingsOutliveTheirThreads) {
  const auto log = Open();
  for (int i = 0; i < 50; ++i) {
    std::thread([&] { ASSERT_TRUE(AppendTo(*log, "/srv/a")); }).join();
  }
  EXPECT_EQ(1u, log->stats().rings);
  ASSERT_TRUE(log->Close().ok());
  ExpectWhole(50);
}

struct AppendsWhenItsThreadEnds {
  AuditLog* log = nullptr;
  bool* kept = nullptr;
  ~AppendsWhenItsThreadEnds() {
    if (log != nullptr) *kept = log->Append({.object = "last"});
  }
};

TEST_F(AuditLogTest, AppendWhileTheThreadEnds) {
  const auto log = Open();
  bool kept = false;
  std::thread([&] {
    // Made before the log's own, so destroyed after it.
    static thread_local AppendsWhenItsThreadEnds late;
    late.log = log.get();
    late.kept = &kept;
    ASSERT_TRUE(log->Append({.object = "first"}));
  }).join();
  EXPECT_TRUE(kept);
  ASSERT_TRUE(log->Close().ok());
  ExpectWhole(2);
}

TEST_F(AuditLogTest, SeveralLogsOnOneThread) {
  const auto a = Open();
  const auto b = Open({.path = Path("other")});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(AppendTo(*a, "a"));
    ASSERT_TRUE(AppendTo(*b, "b"));
  }
  ASSERT_TRUE(a->Close().ok());
  ASSERT_TRUE(b->Close().ok());
  for (const std::string& line : LinesOf(Path())) EXPECT_EQ("a", Text(json::parse(line), "object"));
  EXPECT_EQ(100u, LinesOf(Path("other")).size());
}

TEST_F(AuditLogTest, FlushWritesWhatWasAppended) {
  const auto log = Open();
  for (uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(AppendTo(*log, "/srv/a"));
    ASSERT_TRUE(log->Flush().ok());
    EXPECT_EQ(i, log->stats().written);
    EXPECT_EQ(i, LinesOf(Path()).size());
    EXPECT_EQ(Verdict::Kind::kBeingWritten, Check().kind);
  }
}

TEST_F(AuditLogTest, FlushWhileOthersAppend) {
  const auto log = Open();
  std::atomic<bool> stop = false;
  std::thread other([&] {
    while (!stop) ASSERT_TRUE(AppendTo(*log, "/srv/other"));
  });
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(AppendTo(*log, "/srv/mine"));
    ASSERT_TRUE(log->Flush().ok());
  }
  stop = true;
  other.join();
  ASSERT_TRUE(log->Close().ok());
  ExpectWhole(log->stats().appended);
}

TEST_F(AuditLogTest, IsWrittenWithoutBeingAsked) {
  const auto log = Open();
  for (const int pause_ms : {0, 5, 150, 300}) {  // the writer looks around, pauses, and sleeps
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    ASSERT_TRUE(AppendTo(*log, "/srv/a"));
    const uint64_t appended = log->stats().appended;
    for (int i = 0; i < 1000 && log->stats().written < appended; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_EQ(appended, log->stats().written);
  }
}

TEST_F(AuditLogTest, ClosedLogTakesNothing) {
  const auto log = Open();
  ASSERT_TRUE(AppendTo(*log, "/srv/a"));
  ASSERT_TRUE(log->Close().ok());
  EXPECT_FALSE(AppendTo(*log, "/srv/b"));
  EXPECT_EQ(1u, log->stats().refused);
  EXPECT_TRUE(log->Close().ok());
  EXPECT_FALSE(log->Flush().ok());
  ExpectWhole(1);
}

TEST_F(AuditLogTest, OpenedAgainTheChainGoesOn) {
  for (uint64_t i = 1; i <= 4; ++i) {
    Write(10);
    ExpectWhole(10 * i);
  }
  EXPECT_EQ(40, json::parse(LinesOf(Path()).back())["seq"]);
}

TEST_F(AuditLogTest, LargeTextsAreCutAndSaySo) {
  const std::string object(70'000, 'o');
  std::string umlauts = "x";
  while (umlauts.size() < 5'000) umlauts += "\xc3\xa4";
  const std::string frames(100'000, 'f');
  const std::string name(10'000, 'n');
  {
    const auto log = Open();
    EXPECT_EQ(log->Intern(name), log->Intern(name));
    EXPECT_EQ(0u, log->Intern(""));
    for (int i = 0; i < 100; ++i) {  // the ring's end falls into one
      ASSERT_TRUE(
          log->Append({.component = log->Intern(name), .object = object, .backtrace = frames}));
      ASSERT_TRUE(log->Append({.object = umlauts}));
    }
  }
  ExpectWhole(200);
  const std::vector<std::string> lines = LinesOf(Path());
  const json first = json::parse(lines[0]);
  EXPECT_EQ(std::string(4096, 'o'), Text(first, "object"));
  EXPECT_EQ(70'000, first["object_bytes"]);
  EXPECT_EQ(16'384u, Text(first, "backtrace").size());
  EXPECT_EQ(100'000, first["backtrace_bytes"]);
  EXPECT_EQ(4096u, Text(first, "component").size());
  const json second = json::parse(lines[1]);
  EXPECT_EQ(umlauts.substr(0, 4095), Text(second, "object"));
  EXPECT_EQ(umlauts.size(), second["object_bytes"].get<size_t>());
}

TEST_F(AuditLogTest, NamesForgeNothing) {
  using namespace std::string_view_literals;
  const std::string_view kNames[] = {
      "a\"}\n{\"seq\":2,\"time\":\"2026-08-17T09:30:00.000000123Z\"",
      "\",\"decision\":\"allow\",\"rule\":\"root",
      "\\\",\"decision\":\"allow",
      "\",\"object_bytes\":9,\"decision\":\"allow",
      "x\r\ny\x00z"sv,
      "\xe2\x80\xa8{\"seq\":9}",
      "\xff\xfe\"\xc0\xa2,",
      "\x1b]0;title\x07\xc2\x9b\x32J",
  };
  {
    const auto log = Open();
    for (const std::string_view name : kNames) {
      const uint32_t id = log->Intern(name);
      ASSERT_TRUE(log->Append({.component = id,
                               .function = id,
                               .rule = id,
                               .capability = Capability::kFsRead,
                               .object = name,
                               .backtrace = name}));
    }
  }
  ExpectWhole(std::size(kNames));
  const std::vector<std::string> lines = LinesOf(Path());
  ASSERT_EQ(std::size(kNames), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const json line = json::parse(lines[i]);
    EXPECT_EQ(11u, line.size());
    EXPECT_EQ(i + 1, line["seq"].get<size_t>());
    EXPECT_EQ("deny", Text(line, "decision"));
    EXPECT_EQ(Text(line, "component"), Text(line, "object"));
    for (const char c : lines[i]) EXPECT_TRUE(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
  }
}

TEST_F(AuditLogTest, Rotation) {
  for (int i = 0; i < 3; ++i) {
    Write(100, {.rotate_bytes = 4096});
    ExpectWhole(100 * (i + 1));
  }
  const Verdict verdict = Check();
  EXPECT_GT(verdict.files, 20u);
  for (uint64_t i = 1; i < verdict.files; ++i) {
    const uint64_t size = std::filesystem::file_size(Path("log." + std::to_string(i)));
    EXPECT_GE(size, 4096u);
    EXPECT_LT(size, 4096u + 512);
  }
}

TEST_F(AuditLogTest, OnTheDisk) {
  Write(20, {.rotate_bytes = 4096, .sync = true});
  ExpectWhole(20);
}

TEST_F(AuditLogTest, OldFilesAreRemoved) {
  for (uint64_t i = 1; i <= 3; ++i) {
    Write(100, {.rotate_bytes = 4096, .keep_files = 3});
    const Verdict verdict = Check();
    EXPECT_EQ(Verdict::Kind::kWhole, verdict.kind) << verdict.problem;
    EXPECT_EQ(4u, verdict.files);
    EXPECT_EQ(100 * i, verdict.last_seq);
    EXPECT_EQ(verdict.last_seq - verdict.first_seq + 1, verdict.decisions);
  }
  EXPECT_FALSE(std::filesystem::exists(Path("log.1")));
}

TEST_F(AuditLogTest, RotationSparesWhatOthersPutThere) {
  WriteAll(Path("log.2"), "mine");
  int errors = 0;
  Write(100, {.rotate_bytes = 4096, .on_write_error = [&](const absl::Status&) { ++errors; }});
  EXPECT_EQ(1, errors);
  EXPECT_EQ("mine", ReadAll(Path("log.2")));
  // Nothing is lost: the file only grows.
  std::filesystem::remove(Path("log.2"));
  ExpectWhole(100);
}

TEST_F(AuditLogTest, OneWriterAtATime) {
  const auto log = Open();
  const auto second = AuditLog::Open({.path = Path()});
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, second.status().code());
  EXPECT_NE(std::string::npos, second.status().message().find("another process"))
      << second.status();
  ASSERT_TRUE(log->Close().ok());
}

TEST_F(AuditLogTest, UnsafeFilesAreRefused) {
  const auto code = [&](AuditOptions options) { return AuditLog::Open(options).status().code(); };
  EXPECT_EQ(absl::StatusCode::kNotFound, code({.path = Path("no/log")}));
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, code({.path = Path("")}));
  std::filesystem::create_symlink(Path("target"), Path("link"));
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, code({.path = Path("link")}));
  EXPECT_FALSE(std::filesystem::exists(Path("target")));
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, code({.path = "/dev/full"}));
  Write(1);
  EXPECT_EQ(0600, std::filesystem::status(Path()).permissions() == std::filesystem::perms(0600)
                      ? 0600
                      : 0);
  std::filesystem::create_hard_link(Path(), Path("hard"));
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, code({.path = Path()}));
  std::filesystem::remove(Path("hard"));
  chmod(Path().c_str(), 0620);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, code({.path = Path()}));
  chmod(Path().c_str(), 0600);
  chmod(Path("").c_str(), 0777);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, code({.path = Path()}));
  chmod(Path("").c_str(), 0700);
  Write(1);
  ExpectWhole(2);
}

TEST_F(AuditLogTest, ItsFilesAreProtected) {
  const std::string key = Key('k');
  const auto log = Open({.rotate_bytes = 4096, .key_file = key});
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(AppendTo(*log, "/srv/a"));
  ASSERT_TRUE(log->Flush().ok());
  const std::string real = std::filesystem::canonical(Path()).string();
  for (const std::string suffix : {"", ".head", ".1", ".2", ".900"}) {
    EXPECT_TRUE(log->Protects(real + suffix)) << suffix;
    EXPECT_TRUE(log->ProtectsName(real + suffix)) << suffix;
  }
  EXPECT_TRUE(log->Protects(std::filesystem::canonical(key).string()));
  for (const std::string suffix : {"x", ".heads", ".", ".1x", "/a"})
    EXPECT_FALSE(log->Protects(real + suffix)) << suffix;
  const std::string folder = std::filesystem::path(real).parent_path().string();
  EXPECT_FALSE(log->Protects(folder));
  for (const std::string& above : {folder, folder + "/", std::string("/")})
    EXPECT_TRUE(log->ProtectsName(above)) << above;
  EXPECT_FALSE(log->ProtectsName(folder + "x"));
  EXPECT_FALSE(log->ProtectsName(folder + "/other"));
  for (const std::string& path : {real, real + ".1", real + ".head", key}) {
    struct stat status;
    ASSERT_EQ(0, stat(path.c_str(), &status));
    EXPECT_TRUE(log->Protects(status.st_dev, status.st_ino)) << path;
  }
  struct stat status;
  ASSERT_EQ(0, stat(folder.c_str(), &status));
  EXPECT_FALSE(log->Protects(status.st_dev, status.st_ino));
}

}  // namespace
}  // namespace airwasm::security::audit
