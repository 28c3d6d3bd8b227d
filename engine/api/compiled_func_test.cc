// Calls from the host into compiled code: what it leaves to the interpreter, nesting, and the ends.
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::Typed;
using testing::World;

class CompiledFunc : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    if (!CompilerIsAvailable(&why)) GTEST_SKIP() << why;
  }
  // A function that the compiler refuses.
  static std::string WithLocals(const std::string& head, const std::string& body) {
    std::string text = head + " (local";
    for (int i = 0; i < 21'000; ++i) text += " i32";
    return text + ") " + body + ")";
  }
  // A function of the host that calls the caller's export "f".
  static void DefineCaller(World& world) {
    EXPECT_TRUE(world.linker
                    .Define("env", "call_f",
                            [](Caller& caller) -> Result<void> {
                              const Func f = std::get<Func>(*caller.FindExport("f"));
                              const Result<void> result = (*f.Typed<void()>())();
                              if (result.ok()) return {};
                              return Trap(result.trap());
                            })
                    .ok());
  }
};

// The callee takes the caller's place in a frame of the interpreter, wherever the host's arguments
// lie.
TEST_F(CompiledFunc, TailCallsWhatIsInterpreted) {
  World world({.tier = Tier::kJit});
  const Instance instance = world.Make(absl::StrCat(
      "(module (memory 1)",
      WithLocals("(func $swap (param i32 i64) (result i64 i32)", "local.get 1 local.get 0"),
      WithLocals("(func $trap (param i32) (result i32)", "unreachable"),
      R"((func (export "swap") (param i32 i64) (result i64 i32)
           (return_call $swap (i32.add (local.get 0) (i32.const 1)) (local.get 1)))
         (func (export "trap") (param i32) (result i32) (return_call $trap (local.get 0)))))"));
  const auto swap = Typed<std::tuple<int64_t, int32_t>(int32_t, int64_t)>(instance, "swap");
  const auto trap = Typed<int32_t(int32_t)>(instance, "trap");
  for (int32_t i = 0; i < 3; ++i) {
    const auto swapped = swap(i, -5);
    ASSERT_TRUE(swapped.ok());
    EXPECT_EQ(std::tuple(int64_t{-5}, i + 1), *swapped);
    const Result<int32_t> trapped = trap(i);
    ASSERT_FALSE(trapped.ok());
    EXPECT_EQ(TrapKind::kUnreachable, trapped.trap().kind());
  }
}

// Frames of nested calls lie above each other, and a call that ends badly leaves the host's
// registers as they were.
TEST_F(CompiledFunc, NestsThroughTheHost) {
  // Room for the frames of $interpreted.
  World world({.tier = Tier::kJit}, {.max_stack_bytes = 16 << 20});
  ASSERT_TRUE(world.linker
                  .Define("env", "down",
                          [](Caller& caller, int32_t n) -> Result<int32_t> {
                            const auto f =
                                std::get<Func>(*caller.FindExport("f")).Typed<int32_t(int32_t)>();
                            const Result<int32_t> result = (*f)(n - 1);
                            if (result.ok()) return *result;
                            if (n % 2 == 0) return -1;
                            return Trap(result.trap());
                          })
                  .ok());
  const Instance instance = world.Make(
      absl::StrCat(R"((module (import "env" "down" (func $down (param i32) (result i32))))",
                   WithLocals("(func $interpreted (param i32) (result i32)",
                              "(i32.add (call $down (local.get 0)) (i32.const 1))"),
                   R"((func (export "f") (param i32) (result i32)
           (if (i32.eqz (local.get 0)) (then (return (i32.const 100))))
           (if (i32.lt_s (local.get 0) (i32.const 0)) (then unreachable))
           (if (i32.eq (i32.rem_u (local.get 0) (i32.const 3)) (i32.const 1))
             (then (return_call $interpreted (local.get 0))))
           (i32.add (call $down (local.get 0)) (i32.const 1)))
         (func (export "bad") (param i32) (result i32) (call $down (local.get 0)))))"));
  const auto f = Typed<int32_t(int32_t)>(instance, "f");
  const auto bad = Typed<int32_t(int32_t)>(instance, "bad");
  int32_t sum = 0;
  for (int32_t n = 0; n < 40; ++n) sum += *f(n);
  EXPECT_EQ(40 * 100 + 39 * 40 / 2, sum);
  EXPECT_EQ(-1, *bad(0));  // n - 1 traps, and the host makes something of it
  EXPECT_FALSE(bad(-1).ok());
}

// Whoever has entered it; an entry through the host gets no stack of its own.
TEST_F(CompiledFunc, GoesAsDeepAsTheStoreAllows) {
  const auto depth = [&](uint64_t max_stack_bytes, const std::string& entry) {
    World world({.tier = Tier::kJit}, {.max_stack_bytes = max_stack_bytes});
    DefineCaller(world);
    const Instance instance = world.Make(absl::StrCat(
        R"((module (import "env" "call_f" (func $by_host))
          (global $depth (export "depth") (mut i32) (i32.const 0))
          (func $f (export "f")
            (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
            (call $f)
            (global.set $depth (i32.add (global.get $depth) (i32.const 0))))
          (func (export "through_host") (call $by_host)))",
        WithLocals(R"((func (export "interpreted"))", "(call $f)"), ")"));
    const Result<void> endless = Typed<void()>(instance, entry)();
    EXPECT_FALSE(endless.ok());
    EXPECT_EQ(TrapKind::kCallStackExhausted, endless.trap().kind());
    return std::get<Global>(*instance.FindExport("depth")).Get().i32();
  };
  const int32_t with_512_kib = depth(512 << 10, "f");
  for (const char* const entry : {"f", "through_host", "interpreted"}) {
    EXPECT_NEAR(with_512_kib, depth(512 << 10, entry), with_512_kib * 0.1) << entry;
    EXPECT_NEAR(with_512_kib * 4, depth(2 << 20, entry), with_512_kib * 0.4) << entry;
  }
}

TEST_F(CompiledFunc, EndlessNestingExhaustsTheCallStack) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP()
      << "ThreadSanitizer looks through all callers at each allocation, which takes minutes";
#endif
  for (const uint64_t max_stack_bytes : {uint64_t{64} << 10, uint64_t{1} << 20}) {
    World world({.tier = Tier::kJit}, {.max_stack_bytes = max_stack_bytes});
    DefineCaller(world);
    const Instance instance = world.Make(R"((module (import "env" "call_f" (func $again))
      (func (export "f") (call $again))))");
    const Result<void> endless = Typed<void()>(instance, "f")();
    ASSERT_FALSE(endless.ok());
    EXPECT_EQ(TrapKind::kCallStackExhausted, endless.trap().kind());
  }
}

}  // namespace
}  // namespace airwasm
