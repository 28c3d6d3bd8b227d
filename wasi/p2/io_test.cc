// Streams, pollables, clocks, random numbers and the command line, as a guest sees them.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "wasi/p2/io.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {
namespace {

using StreamFailure = std::variant<Own<IoError>, std::monostate>;
using Bytes = std::vector<uint8_t>;
using ReadResult = WitResult<Bytes, StreamFailure>;
using CountResult = WitResult<uint64_t, StreamFailure>;
using UnitResult = WitResult<std::monostate, StreamFailure>;

constexpr std::string_view kRead = "[method]input-stream.read";
constexpr std::string_view kBlockingRead = "[method]input-stream.blocking-read";
constexpr std::string_view kCheckWrite = "[method]output-stream.check-write";
constexpr std::string_view kWrite = "[method]output-stream.write";
constexpr std::string_view kBlockingWrite = "[method]output-stream.blocking-write-and-flush";

// "closed", "failed", or "" for success.
template <typename T>
std::string Failure(const WitResult<T, StreamFailure>& result) {
  if (result.ok()) return "";
  return std::get<1>(result.value).index() == 1 ? "closed" : "failed";
}
std::string Text(const ReadResult& result) {
  if (!result.ok()) return Failure(result);
  const Bytes& bytes = std::get<0>(result.value);
  return {bytes.begin(), bytes.end()};
}
Bytes ToBytes(std::string_view text) {
  return {text.begin(), text.end()};
}

// Pipes as standard input and output; the test has the other ends.
class IoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe2(in_, O_CLOEXEC), 0);
    ASSERT_EQ(pipe2(out_, O_CLOEXEC), 0);
    config_.stdin_stream = Stdio::Fd(in_[0]);
    config_.stdout_stream = Stdio::Fd(out_[1]);
  }
  void TearDown() override {
    for (const int fd : {in_[0], in_[1], out_[0], out_[1]}) {
      if (fd >= 0) close(fd);
    }
  }
  void Feed(std::string_view text) {
    ASSERT_EQ(write(in_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void CloseEnd(int* end) { close(std::exchange(*end, -1)); }
  // Fills the guest's standard output until it takes no more.
  void FillOutput(TestGuest& g, Borrow<OutputStream> out) {
    for (int i = 0; i < 100'000; ++i) {
      const auto permit = g.Call<CountResult>(kCheckWrite, out);
      ASSERT_TRUE(permit.ok());
      const uint64_t n = std::get<0>(permit.value);
      if (n == 0) return;
      ASSERT_TRUE(g.Call<UnitResult>(kWrite, out, Bytes(n, 'x')).ok());
    }
    FAIL() << "never full";
  }

  int in_[2] = {-1, -1};
  int out_[2] = {-1, -1};
  Config config_;
};

TEST_F(IoTest, ReadsWhatIsThere) {
  TestGuest g(config_);
  const Borrow in = Lend(g.Call<Own<InputStream>>("get-stdin"));
  EXPECT_EQ(Text(g.Call<ReadResult>(kRead, in, uint64_t{100})), "");
  Feed("hello world");
  EXPECT_EQ(Text(g.Call<ReadResult>(kRead, in, uint64_t{0})), "");
  EXPECT_EQ(Text(g.Call<ReadResult>(kRead, in, uint64_t{5})), "hello");
  EXPECT_EQ(std::get<0>(g.Call<CountResult>("[method]input-stream.skip", in, uint64_t{1}).value),
            1u);
  // No one allocates for wishes.
  EXPECT_EQ(Text(g.Call<ReadResult>(kBlockingRead, in, uint64_t{1} << 40)), "world");
  CloseEnd(&in_[1]);
  EXPECT_EQ(Failure(g.Call<ReadResult>(kBlockingRead, in, uint64_t{1})), "closed");
  EXPECT_EQ(Failure(g.Call<ReadResult>(kRead, in, uint64_t{0})), "closed");
  EXPECT_EQ(Failure(g.Call<CountResult>("[method]input-stream.blocking-skip", in, uint64_t{1})),
            "closed");
}

TEST_F(IoTest, BlockingReadWaits) {
  TestGuest g(config_);
  const Borrow in = Lend(g.Call<Own<InputStream>>("get-stdin"));
  std::thread other([&] {
    const timespec moment = {.tv_sec = 0, .tv_nsec = 20'000'000};
    nanosleep(&moment, nullptr);
    Feed("late");
  });
  EXPECT_EQ(Text(g.Call<ReadResult>(kBlockingRead, in, uint64_t{100})), "late");
  other.join();
}

TEST_F(IoTest, WritesWithinThePermit) {
  TestGuest g(config_);
  const Borrow out = Lend(g.Call<Own<OutputStream>>("get-stdout"));
  ASSERT_GE(std::get<0>(g.Call<CountResult>(kCheckWrite, out).value), 10u);
  EXPECT_TRUE(g.Call<UnitResult>(kWrite, out, ToBytes("abc")).ok());
  EXPECT_TRUE(g.Call<UnitResult>(kWrite, out, ToBytes("def")).ok());
  EXPECT_TRUE(g.Call<UnitResult>(kBlockingWrite, out, ToBytes("ghi")).ok());
  EXPECT_TRUE(
      g.Call<UnitResult>("[method]output-stream.blocking-write-zeroes-and-flush", out, uint64_t{2})
          .ok());
  EXPECT_TRUE(g.Call<UnitResult>("[method]output-stream.blocking-flush", out).ok());
  char got[32] = {};
  ASSERT_EQ(read(out_[0], got, sizeof got), 11);
  EXPECT_EQ(std::string(got, 11), std::string("abcdefghi\0\0", 11));
}

// Each ends the guest, so each has its own.
TEST_F(IoTest, MoreThanThePermitTraps) {
  const struct {
    const char* name;
    std::function<Result<UnitResult>(TestGuest&, Borrow<OutputStream>)> call;
  } kCases[] = {
      {"write without check-write",
       [](TestGuest& g, Borrow<OutputStream> out) {
         return g.Try<UnitResult>(kWrite, out, ToBytes("a"));
       }},
      {"write of more",
       [](TestGuest& g, Borrow<OutputStream> out) {
         const auto permit = std::get<0>(g.Call<CountResult>(kCheckWrite, out).value);
         return g.Try<UnitResult>(kWrite, out, Bytes(permit + 1));
       }},
      {"write-zeroes of more",
       [](TestGuest& g, Borrow<OutputStream> out) {
         return g.Try<UnitResult>("[method]output-stream.write-zeroes", out, uint64_t{1} << 50);
       }},
      {"write after flush",
       [](TestGuest& g, Borrow<OutputStream> out) {
         g.Call<CountResult>(kCheckWrite, out);
         g.Call<UnitResult>("[method]output-stream.flush", out);
         return g.Try<UnitResult>(kWrite, out, ToBytes("a"));
       }},
      {"blocking-write-and-flush of 4097",
       [](TestGuest& g, Borrow<OutputStream> out) {
         return g.Try<UnitResult>(kBlockingWrite, out, Bytes(4097));
       }},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TestGuest g(config_);
    const Result<UnitResult> result = c.call(g, Lend(g.Call<Own<OutputStream>>("get-stdout")));
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.trap().message().find("permitted"), std::string::npos)
        << result.trap().message();
  }
}

TEST_F(IoTest, AFullPipePermitsNothing) {
  TestGuest g(config_);
  const Borrow out = Lend(g.Call<Own<OutputStream>>("get-stdout"));
  const Borrow pollable = Lend(g.Call<Own<Pollable>>("[method]output-stream.subscribe", out));
  EXPECT_TRUE(g.Call<bool>("[method]pollable.ready", pollable));
  FillOutput(g, out);
  EXPECT_FALSE(g.Call<bool>("[method]pollable.ready", pollable));
  std::string taken(1 << 20, '\0');
  ASSERT_GT(read(out_[0], taken.data(), taken.size()), 0);
  g.Call<void>("[method]pollable.block", pollable);
  EXPECT_GT(std::get<0>(g.Call<CountResult>(kCheckWrite, out).value), 0u);
}

TEST_F(IoTest, NoOneReads) {
  TestGuest g(config_);
  const Borrow out = Lend(g.Call<Own<OutputStream>>("get-stdout"));
  CloseEnd(&out_[0]);
  EXPECT_EQ(Failure(g.Call<UnitResult>(kBlockingWrite, out, ToBytes("a"))), "closed");
  EXPECT_EQ(Failure(g.Call<CountResult>(kCheckWrite, out)), "closed");
}

TEST_F(IoTest, Splice) {
  TestGuest g(config_);
  const Borrow in = Lend(g.Call<Own<InputStream>>("get-stdin"));
  const Borrow out = Lend(g.Call<Own<OutputStream>>("get-stdout"));
  Feed("abcdef");
  EXPECT_EQ(
      std::get<0>(g.Call<CountResult>("[method]output-stream.splice", out, in, uint64_t{4}).value),
      4u);
  EXPECT_EQ(
      std::get<0>(
          g.Call<CountResult>("[method]output-stream.blocking-splice", out, in, UINT64_MAX).value),
      2u);
  char got[8] = {};
  EXPECT_EQ(read(out_[0], got, sizeof got), 6);
  EXPECT_EQ(std::string(got), "abcdef");
}

TEST_F(IoTest, PollTellsAllThatIsReady) {
  TestGuest g(config_);
  const Borrow in = Lend(g.Call<Own<InputStream>>("get-stdin"));
  const Own input = g.Call<Own<Pollable>>("[method]input-stream.subscribe", in);
  const Own past = g.Call<Own<Pollable>>("subscribe-instant", uint64_t{0});
  const Own never = g.Call<Own<Pollable>>("subscribe-duration", UINT64_MAX);
  const Own soon = g.Call<Own<Pollable>>("subscribe-duration", uint64_t{5'000'000});
  using List = std::vector<Borrow<Pollable>>;
  using Ready = std::vector<uint32_t>;
  EXPECT_EQ(g.Call<Ready>("poll", List{Lend(never), Lend(past), Lend(input), Lend(past)}),
            (Ready{1, 3}));
  EXPECT_EQ(g.Call<Ready>("poll", List{Lend(never), Lend(input), Lend(soon)}), Ready{2});
  Feed("x");
  EXPECT_EQ(g.Call<Ready>("poll", List{Lend(never), Lend(input)}), Ready{1});
  // A pollable may outlive its stream.
  Context::Drop(in.rep);
  EXPECT_TRUE(g.Call<bool>("[method]pollable.ready", Lend(input)));
  EXPECT_FALSE(g.Try<Ready>("poll", List{}).ok());
}

TEST_F(IoTest, AnInterruptionEndsWhatIsWaitedFor) {
  enum { kBlock, kPoll, kRead, kWrite };
  for (const int what : {kBlock, kPoll, kRead, kWrite}) {
    SCOPED_TRACE(what);
    TestGuest g(config_);
    const Borrow in = Lend(g.Call<Own<InputStream>>("get-stdin"));
    const Borrow out = Lend(g.Call<Own<OutputStream>>("get-stdout"));
    const Borrow never = Lend(g.Call<Own<Pollable>>("subscribe-duration", UINT64_MAX));
    if (what == kWrite) FillOutput(g, out);
    std::thread other([&] {
      const timespec moment = {.tv_sec = 0, .tv_nsec = 20'000'000};
      nanosleep(&moment, nullptr);
      g.store().interrupter().Interrupt();
    });
    TrapKind kind = TrapKind::kNone;
    const auto note = [&](const auto& result) {
      if (!result.ok()) kind = result.trap().kind();
    };
    if (what == kBlock) note(g.Try<void>("[method]pollable.block", never));
    if (what == kPoll)
      note(g.Try<std::vector<uint32_t>>("poll", std::vector<Borrow<Pollable>>{never}));
    if (what == kRead) note(g.Try<ReadResult>(kBlockingRead, in, uint64_t{1}));
    if (what == kWrite) note(g.Try<UnitResult>(kBlockingWrite, out, ToBytes("a")));
    other.join();
    EXPECT_EQ(kind, TrapKind::kInterrupted);
  }
}

TEST(IoLimitTest, ResourcesAreCounted) {
  Config config;
  config.max_resources = 3;
  TestGuest g(config);
  std::vector<Own<Pollable>> pollables;
  for (int i = 0; i < 3; ++i)
    pollables.push_back(g.Call<Own<Pollable>>("subscribe-instant", uint64_t{0}));
  Context::Drop(pollables.back().rep);
  g.Call<Own<Pollable>>("subscribe-instant", uint64_t{0});
  const auto more = g.Try<Own<Pollable>>("subscribe-instant", uint64_t{0});
  ASSERT_FALSE(more.ok());
  EXPECT_NE(more.trap().message().find("more than 3 resources"), std::string::npos);
}

TEST(CliTest, NothingIsGivenUnasked) {
  TestGuest g(Config{});
  EXPECT_TRUE(g.Call<std::vector<std::string>>("get-arguments").empty());
  EXPECT_TRUE(
      (g.Call<std::vector<std::tuple<std::string, std::string>>>("get-environment").empty()));
  EXPECT_FALSE(g.Call<std::optional<std::string>>("initial-cwd").has_value());
  const Borrow in = Lend(g.Call<Own<InputStream>>("get-stdin"));
  EXPECT_EQ(Failure(g.Call<ReadResult>(kBlockingRead, in, uint64_t{1})), "closed");
  const Borrow out = Lend(g.Call<Own<OutputStream>>("get-stdout"));
  EXPECT_TRUE(g.Call<UnitResult>(kBlockingWrite, out, Bytes(4096)).ok());
}

TEST(CliTest, WhatIsGiven) {
  Config config;
  config.args = {"program", "one", ""};
  config.env = {{"A", "1"}, {"B", "x=y"}};
  config.initial_cwd = "/here";
  TestGuest g(config);
  EXPECT_EQ(g.Call<std::vector<std::string>>("get-arguments"), config.args);
  EXPECT_EQ((g.Call<std::vector<std::tuple<std::string, std::string>>>("get-environment")),
            (std::vector<std::tuple<std::string, std::string>>{{"A", "1"}, {"B", "x=y"}}));
  EXPECT_EQ(g.Call<std::optional<std::string>>("initial-cwd"), "/here");
}

TEST(CliTest, ExitEndsTheGuest) {
  using Status = WitResult<std::monostate, std::monostate>;
  for (const auto& [status, code] : {std::pair{Status::Ok(), 0}, std::pair{Status::Err(), 1}}) {
    TestGuest g(Config{});
    const Result<void> result = g.Try<void>("exit", status);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.trap().exit_code(), code);
  }
}

TEST(RandomTest, Bytes) {
  TestGuest g(Config{});
  const auto a = g.Call<Bytes>("get-random-bytes", uint64_t{32});
  const auto b = g.Call<Bytes>("get-random-bytes", uint64_t{32});
  EXPECT_EQ(a.size(), 32u);
  EXPECT_NE(a, b);
  EXPECT_NE(g.Call<uint64_t>("get-random-u64"), g.Call<uint64_t>("get-random-u64"));
  EXPECT_TRUE(g.Call<Bytes>("get-random-bytes", uint64_t{0}).empty());
  EXPECT_FALSE(g.Try<Bytes>("get-random-bytes", uint64_t{1} << 40).ok());
}

TEST(VersionTest, EveryVersionOfTheTrackIsServed) {
  for (const char* version : {"0.2.0", "0.2.4", "0.2.10", "0.2.12"}) {
    SCOPED_TRACE(version);
    TestGuest g(Config{}, version);
    EXPECT_TRUE(g.ok());
    EXPECT_GT(g.Call<uint64_t>("now"), 0u);
  }
}

// A stream of stdout@0.2.0 is one of streams@0.2.4, and its pollable one of poll@0.2.10.
TEST(VersionTest, ResourcesAreSharedAcrossVersions) {
  Engine engine;
  const absl::StatusOr<Component> component = Component::Create(engine, std::string_view(R"(
    (component
      (import "wasi:io/poll@0.2.10" (instance $poll
        (export "pollable" (type $pollable (sub resource)))
        (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))))
      (alias export $poll "pollable" (type $pollable))
      (import "wasi:io/streams@0.2.4" (instance $streams
        (alias outer 1 $pollable (type $p)) (export "pollable" (type $pollable (eq $p)))
        (export "output-stream" (type $out (sub resource)))
        (export "[method]output-stream.subscribe"
          (func (param "self" (borrow $out)) (result (own $pollable))))))
      (alias export $streams "output-stream" (type $out))
      (import "wasi:cli/stdout@0.2.0" (instance $stdout
        (alias outer 1 $out (type $o)) (export "output-stream" (type $out (eq $o)))
        (export "get-stdout" (func (result (own $out))))))
      (core func $get (canon lower (func $stdout "get-stdout")))
      (core func $subscribe (canon lower (func $streams "[method]output-stream.subscribe")))
      (core func $ready (canon lower (func $poll "[method]pollable.ready")))
      (core module $M
        (import "" "get" (func $get (result i32)))
        (import "" "subscribe" (func $subscribe (param i32) (result i32)))
        (import "" "ready" (func $ready (param i32) (result i32)))
        (func (export "run") (result i32) (call $ready (call $subscribe (call $get)))))
      (core instance $m (instantiate $M (with "" (instance
        (export "get" (func $get)) (export "subscribe" (func $subscribe))
        (export "ready" (func $ready))))))
      (func (export "run") (result bool) (canon lift (core func $m "run"))))
  )"));
  ASSERT_TRUE(component.ok()) << component.status();
  Store store(engine);  // given nothing: a context of nothing
  ComponentLinker linker(engine);
  ASSERT_TRUE(DefineWasi(linker).ok());
  const auto instance = linker.Instantiate(store, *component);
  ASSERT_TRUE(instance.ok()) << instance.status();
  const auto run = instance->Get<bool()>("run");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(*(*run)());
}

}  // namespace
}  // namespace airwasm::wasi::p2
