// How guests end early: kinds and backtraces, host errors, exits, exceptions, fuel, interruption.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::ExpectContains;
using testing::ExpectError;
using testing::Typed;
using testing::World;

TEST(Trap, KindsAndMessages) {
  const struct {
    std::string_view body;
    TrapKind kind;
  } kCases[] = {
      {"(unreachable)", TrapKind::kUnreachable},
      {"(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind::kIntegerDivideByZero},
      {"(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))",
       TrapKind::kIntegerOverflow},
      {"(drop (i32.trunc_f32_s (f32.const nan)))", TrapKind::kInvalidConversionToInteger},
      {"(drop (i32.load (i32.const -4)))", TrapKind::kOutOfBoundsMemory},
      {"(drop (table.get 0 (i32.const 9)))", TrapKind::kOutOfBoundsTable},
      {"(call_indirect (type $v) (i32.const 9))", TrapKind::kUndefinedElement},
      {"(call_indirect (type $v) (i32.const 0))", TrapKind::kUninitializedElement},
      {"(call_indirect (type $i) (i32.const 7) (i32.const 1))",
       TrapKind::kIndirectCallTypeMismatch},
      {"(call $deep)", TrapKind::kCallStackExhausted},
      {"(drop (i31.get_s (ref.null i31)))", TrapKind::kNullI31Reference},
  };
  for (const bool guard_pages : {true, false}) {
    for (const auto& c : kCases) {
      SCOPED_TRACE(c.body);
      World world({.guard_pages = guard_pages});
      const Instance instance = world.Make(
          "(module (type $v (func)) (type $i (func (param i32))) (memory 1) (table 2 funcref)"
          "(elem (i32.const 1) $v) (func $v) (func $deep (call $deep) (nop))"
          "(func (export \"f\") " +
          std::string(c.body) + "))");
      const auto f = Typed<void()>(instance, "f");
      for (int round = 0; round < 2; ++round) {
        const Result<void> result = f();
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(c.kind, result.trap().kind()) << result.trap().message();
        EXPECT_EQ(TrapText(c.kind), result.trap().message());
        EXPECT_FALSE(result.trap().backtrace().empty());
      }
    }
  }
}

// A server's workers inherit a mask that blocks everything. Without a compiler the second row is
// the first again.
TEST(Trap, ThreadsWithEverySignalBlocked) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer keeps signals until the thread calls the C library, which an "
                  "endless loop of compiled code never does";
#endif
  for (const Tier tier : {Tier::kInterp, Tier::kJit}) {
    SCOPED_TRACE(static_cast<int>(tier));
    World world({.tier = tier});
    const Instance instance = world.Make(R"((module (memory 1)
      (func (export "spin") (loop $l (br $l)))
      (func (export "load") (drop (i32.load (i32.const -4))))
      (func (export "stop") (unreachable))))");
    std::atomic<bool> spins = false;
    std::thread guest([&] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, nullptr);
      const std::pair<const char*, TrapKind> cases[] = {{"load", TrapKind::kOutOfBoundsMemory},
                                                        {"stop", TrapKind::kUnreachable},
                                                        {"spin", TrapKind::kInterrupted}};
      for (const auto& [name, kind] : cases) {
        spins = kind == TrapKind::kInterrupted;
        spins.notify_one();
        const Result<void> result = Typed<void()>(instance, name)();
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(kind, result.trap().kind()) << name;
      }
    });
    spins.wait(false);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    world.store.interrupter().Interrupt();
    guest.join();
  }
}

TEST(Trap, BacktraceNamesFunctionsAndOffsets) {
  World world;
  ASSERT_TRUE(world.linker
                  .Define("env", "fail",
                          []() -> Result<void> { return Trap(absl::DataLossError("disk gone")); })
                  .ok());
  const Instance instance = world.Make(R"((module $app (import "env" "fail" (func $fail))
    (func $outer (export "outer") (call $middle))
    (func $middle (nop) (call $fail))))");
  const Result<void> result = Typed<void()>(instance, "outer")();
  ASSERT_FALSE(result.ok());
  const Trap& trap = result.trap();
  EXPECT_EQ(TrapKind::kHostError, trap.kind());
  EXPECT_EQ("disk gone", trap.message());
  EXPECT_EQ(absl::StatusCode::kDataLoss, trap.host_error().code());
  std::vector<Frame> frames = trap.backtrace();
  if (!frames.empty() && frames[0].instance == nullptr)
    frames.erase(frames.begin());  // the host function's own
  ASSERT_EQ(2u, frames.size());
  ExpectContains(frames[0].func_name, "middle");
  ExpectContains(frames[1].func_name, "outer");
  EXPECT_EQ(2u, frames[0].func_index);
  EXPECT_EQ(1u, frames[1].func_index);
  EXPECT_EQ(2u, frames[0].func_offset);  // the count of locals, nop, call
  EXPECT_EQ(1u, frames[1].func_offset);
  for (const Frame& frame : frames) {
    EXPECT_EQ("app", frame.module_name);
    EXPECT_EQ(instance.impl(), frame.instance);
    EXPECT_EQ(0x10, instance.module().bytes()[frame.module_offset]);  // call
  }
  ExpectContains(trap.ToString(), "disk gone");
  ExpectContains(trap.ToString(), "app!");
}

TEST(Trap, PassesThroughNestedCallsUnchanged) {
  World world;
  ASSERT_TRUE(world.linker
                  .Define("env", "again",
                          [](Caller& caller) -> Result<void> {
                            return (*std::get<Func>(*caller.FindExport("inner")).Typed<void()>())();
                          })
                  .ok());
  const Instance instance = world.Make(R"((module (import "env" "again" (func $again))
    (func (export "inner") (drop (i32.rem_u (i32.const 1) (i32.const 0)))) (func (export "f") (call $again))))");
  const Result<void> result = Typed<void()>(instance, "f")();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(TrapKind::kIntegerDivideByZero, result.trap().kind());
}

TEST(Trap, ExitCodesComeThrough) {
  World world;
  ASSERT_TRUE(
      world.linker
          .Define("env", "exit", [](int32_t code) -> Result<void> { return Trap::Exit(code); })
          .ok());
  const Instance instance = world.Make(R"((module (import "env" "exit" (func $exit (param i32)))
    (func (export "f") (param i32) (block $h (try_table (catch_all $h) (call $exit (local.get 0)))))))");
  for (const int32_t code : {0, 3, -1, INT32_MIN}) {
    const Result<void> result = Typed<void(int32_t)>(instance, "f")(code);
    ASSERT_FALSE(result.ok());  // catch_all catches exceptions, not exits
    EXPECT_EQ(code, result.trap().exit_code());
  }
  EXPECT_FALSE(Trap(TrapKind::kUnreachable).exit_code());
}

TEST(Trap, ThatNobodyFilledInIsAnErrorAllTheSame) {
  World world;
  ASSERT_TRUE(world.linker.Define("env", "f", []() -> Result<int32_t> { return Trap(); }).ok());
  const Instance instance = world.Make(R"((module (import "env" "f" (func $f (result i32)))
    (func (export "g") (result i32) (call $f))))");
  const Result<int32_t> result = Typed<int32_t()>(instance, "g")();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(TrapKind::kHostError, result.trap().kind());
}

TEST(Trap, ValuesAfterATrapAreThoseWrittenBefore) {
  World world;
  const Instance instance = world.Make(
      R"((module (memory (export "memory") 1) (global $g (export "g") (mut i32) (i32.const 0))
    (func (export "f") (i32.store (i32.const 8) (i32.const 5)) (global.set $g (i32.const 6)) (unreachable))))");
  EXPECT_FALSE(Typed<void()>(instance, "f")().ok());
  EXPECT_EQ(5, (*instance.GetMemory("memory")).data()[8]);
  EXPECT_EQ(6, (*instance.GetGlobal("g")).Get().i32());
}

TEST(Exception, ThrownByTheHostAndCaughtByTheGuest) {
  World world;
  const Tag tag = Tag::New(world.store, {.params = {kI32, kF64}});
  EXPECT_EQ((FuncType{.params = {kI32, kF64}}), tag.type());
  ASSERT_TRUE(world.linker.Define("env", "t", tag).ok());
  ASSERT_TRUE(world.linker
                  .Define("env", "throw",
                          [tag](Caller& caller, int32_t n) -> Result<void> {
                            return caller.Throw(tag, std::vector<Value>{Value(n), Value(2.5)});
                          })
                  .ok());
  ASSERT_TRUE(world.linker
                  .Define("env", "throw_wrong",
                          [tag](Caller& caller) -> Result<void> { return caller.Throw(tag, {}); })
                  .ok());
  const Instance instance = world.Make(R"((module
    (import "env" "t" (tag $t (param i32 f64))) (import "env" "throw" (func $throw (param i32)))
    (import "env" "throw_wrong" (func $throw_wrong))
    (func (export "caught") (param i32) (result i32 f64)
      (block $h (result i32 f64)
        (try_table (catch $t $h) (call $throw (local.get 0)))
        (i32.const -1) (f64.const 0)))
    (func (export "uncaught") (param i32) (call $throw (local.get 0)))
    (func (export "wrong") (call $throw_wrong))))");
  const auto caught = Typed<std::tuple<int32_t, double>(int32_t)>(instance, "caught")(7);
  ASSERT_TRUE(caught.ok());
  EXPECT_EQ(std::tuple(7, 2.5), *caught);
  const Result<void> uncaught = Typed<void(int32_t)>(instance, "uncaught")(7);
  ASSERT_FALSE(uncaught.ok());
  EXPECT_EQ(TrapKind::kUncaughtException, uncaught.trap().kind());
  EXPECT_FALSE(uncaught.trap().exception().IsNull());
  const Result<void> wrong = Typed<void()>(instance, "wrong")();
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(TrapKind::kHostError, wrong.trap().kind());
  ExpectContains(wrong.trap().message(), "expected 2, got 0");
}

// Rethrown by the host: what the guest threw reaches an outer guest frame as the same exception.
TEST(Exception, PassesThroughTheHost) {
  World world;
  ASSERT_TRUE(world.linker
                  .Define("env", "through",
                          [](Caller& caller) -> Result<void> {
                            return (
                                *std::get<Func>(*caller.FindExport("thrower")).Typed<void()>())();
                          })
                  .ok());
  const Instance instance =
      world.Make(R"((module (import "env" "through" (func $through)) (tag $t (param i64))
    (func (export "thrower") (throw $t (i64.const 99)))
    (func (export "f") (result i64) (block $h (result i64) (try_table (catch $t $h) (call $through)) (i64.const 0)))))");
  const Result<int64_t> result = Typed<int64_t()>(instance, "f")();
  ASSERT_TRUE(result.ok()) << result.trap().ToString();
  EXPECT_EQ(99, *result);
}

TEST(Fuel, IsExact) {
  const struct {
    std::string_view name, body;
  } kCases[] = {
      {"straight", "(local.set 0 (i32.add (local.get 0) (i32.const 1)))"},
      {"loop",
       "(local.set 0 (i32.const 10)) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) "
       "(i32.const 1)))))"},
      {"calls", "(call $leaf) (call $leaf) (call_indirect (type $v) (i32.const 0))"},
      {"branches", "(if (local.get 0) (then (nop)) (else (call $leaf)))"},
      {"memory",
       "(memory.fill (i32.const 0) (i32.const 1) (i32.const 100)) (drop (i32.load (i32.const 0)))"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world({.fuel = true});
    const Instance instance = world.Make(
        "(module (type $v (func)) (memory 1) (table 1 funcref) (elem (i32.const 0) $leaf)"
        "(func $leaf (nop) (nop)) (func (export \"f\") (local i32) " +
        std::string(c.body) + "))");
    const auto f = Typed<void()>(instance, "f");
    Result<void> result = f();
    ASSERT_FALSE(result.ok());  // stores start without fuel
    EXPECT_EQ(TrapKind::kOutOfFuel, result.trap().kind());
    world.store.SetFuel(1'000'000);
    ASSERT_TRUE(f().ok());
    const uint64_t used = 1'000'000 - world.store.Fuel();
    EXPECT_GT(used, 0u);
    for (int round = 0; round < 3; ++round) {
      world.store.SetFuel(used);
      EXPECT_TRUE(f().ok());
      EXPECT_EQ(0u, world.store.Fuel());
      world.store.SetFuel(used - 1);
      result = f();
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(TrapKind::kOutOfFuel, result.trap().kind());
    }
  }
}

TEST(Interrupter, StopsEveryKindOfEndlessness) {
  const struct {
    std::string_view name, body;
  } kCases[] = {
      {"loop", "(loop $l (br $l))"},
      {"tail calls", "(return_call $f)"},
      {"empty loop with work",
       "(local i64) (loop $l (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br $l))"},
      {"wait", "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world;
    const Instance instance = world.Make("(module (memory 1 1 shared) (func $f (export \"f\") " +
                                         std::string(c.body) + ") (func (export \"ok\")))");
    const Store::Interrupter interrupter = world.store.interrupter();
    std::thread other([interrupter] { interrupter.Interrupt(); });
    const Result<void> result = Typed<void()>(instance, "f")();
    other.join();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(TrapKind::kInterrupted, result.trap().kind());
    // The request stays until it is cleared.
    EXPECT_EQ(TrapKind::kInterrupted, Typed<void()>(instance, "f")().trap().kind());
    interrupter.Clear();
    EXPECT_TRUE(Typed<void()>(instance, "ok")().ok());
  }
}

TEST(Interrupter, OutlivesItsStore) {
  std::optional<World> world(std::in_place);
  const Store::Interrupter interrupter = world->store.interrupter();
  world.reset();
  interrupter.Interrupt();
  interrupter.Clear();
}

TEST(Start, TrapsAreTold) {
  World world;
  Trap trap;
  ExpectError(world.Fail("(module (func $f (unreachable)) (start $f))", &trap),
              absl::StatusCode::kAborted, "unreachable");
  EXPECT_EQ(TrapKind::kUnreachable, trap.kind());
  EXPECT_EQ(1u, trap.backtrace().size());
  ExpectError(world.Fail("(module (memory 1) (data (i32.const 65536) \"x\"))", &trap),
              absl::StatusCode::kAborted, "out of bounds memory access");
  ExpectError(world.Fail("(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))"),
              absl::StatusCode::kAborted, "out of bounds table access");
}

}  // namespace
}  // namespace airwasm
