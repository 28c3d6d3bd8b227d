// Calls of compiled code to what is interpreted: the arguments and results of all shapes, and how
// such calls end.
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::Typed;
using testing::World;

class MixedCalls : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    if (!CompilerIsAvailable(&why)) GTEST_SKIP() << why;
  }
  // A function that the compiler refuses.
  static std::string Interpreted(const std::string& head, const std::string& body) {
    std::string text = "(func " + head + " (local";
    for (int i = 0; i < 21'000; ++i) text += " i32";
    return text + ") " + body + ")\n";
  }
  template <typename T>
  static void ExpectTrap(TrapKind kind, const Result<T>& result) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(kind, result.trap().kind());
  }
};

TEST_F(MixedCalls, IntegersInRegistersAndBeyond) {
  World world({.tier = Tier::kJit});
  const Instance instance = world.Make(absl::StrCat(
      "(module (memory 1) (data (i32.const 40) \"\\07\")", Interpreted("$none", ""),
      Interpreted("$ref (param i32 externref) (result externref)", "(local.get 1)"),
      Interpreted("$two (param i32 i64) (result i64)",
                  "(i64.sub (local.get 1) (i64.extend_i32_u (local.get 0)))"),
      // The 6th and the 7th have no register. The address must have been extended.
      Interpreted("$seven (param i32 i32 i32 i32 i32 i32 i64) (result i64)",
                  "(i64.add (local.get 6) (i64.extend_i32_u (i32.load8_u (local.get 5))))"),
      Interpreted("$stale (param i64 i64 i64 i64 i64 i64 i64)", ""),
      R"((func (export "none") (call $none))
         (func (export "two") (param i32 i64) (result i64)
           (call $two (local.get 0) (local.get 1)))
         (func (export "ref") (param externref) (result i32)
           (ref.is_null (call $ref (i32.const 1) (local.get 0))))
         (func (export "seven") (param i32 i64) (result i64)
           (call $stale (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1)
                        (i64.const -1) (i64.const -1))
           (call $seven (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
                        (local.get 0) (local.get 1)))))"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Typed<void()>(instance, "none")().ok());
    EXPECT_EQ(-5 - 0xFFFFFFFFll, *(Typed<int64_t(int32_t, int64_t)>(instance, "two")(-1, -5)));
    EXPECT_EQ(-2, *(Typed<int64_t(int32_t, int64_t)>(instance, "seven")(40, -9)));
  }
}

TEST_F(MixedCalls, FloatsVectorsAndSeveralResults) {
  World world({.tier = Tier::kJit});
  const std::string ten = "f64 f64 f64 f64 f64 f64 f64 f64 f32 f64";
  const Instance instance = world.Make(absl::StrCat(
      "(module ",
      Interpreted("$mix (param i32 f64 i64 f32) (result f64)",
                  "(f64.add (f64.mul (local.get 1) (f64.promote_f32 (local.get 3))) (f64.sub "
                  "(f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 2))))"),
      Interpreted(
          "$ten (param " + ten + ") (result f64)",
          "(f64.add (f64.promote_f32 (local.get 8)) (f64.sub (local.get 9) (local.get 7)))"),
      Interpreted(
          "$vector (param i32 v128 v128) (result v128)",
          "(i32x4.add (i32x4.splat (local.get 0)) (i32x4.sub (local.get 1) (local.get 2)))"),
      Interpreted("$many (param f32 i32) (result i32 f32 i64 f64 i32 f64)",
                  "(local.get 1) (local.get 0) (i64.const -3) (f64.const 4) (i32.const -5) "
                  "(f64.const 6)"),
      R"((func (export "mix") (param i32 f64 i64 f32) (result f64)
           (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
         (func (export "ten") (param f32 f64) (result f64)
           (call $ten (f64.const 0) (f64.const 1) (f64.const 2) (f64.const 3) (f64.const 4)
                      (f64.const 5) (f64.const 6) (f64.const 7) (local.get 0) (local.get 1)))
         (func (export "vector") (param i32) (result i32)
           (i32x4.extract_lane 3 (call $vector (local.get 0) (v128.const i32x4 1 2 3 40)
                                       (v128.const i32x4 5 6 7 8))))
         (func (export "many") (param f32 i32) (result i32 f32 i64 f64 i32 f64)
           (call $many (local.get 0) (local.get 1)))))"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(2.5 * 4 + (-3 - 7),
              *(Typed<double(int32_t, double, int64_t, float)>(instance, "mix")(-3, 2.5, 7, 4.0f)));
    EXPECT_EQ(0.5 + (9.0 - 7), *(Typed<double(float, double)>(instance, "ten")(0.5f, 9)));
    EXPECT_EQ(100 + 40 - 8, *(Typed<int32_t(int32_t)>(instance, "vector")(100)));
    const auto many =
        Typed<std::tuple<int32_t, float, int64_t, double, int32_t, double>(float, int32_t)>(
            instance, "many")(1.5f, -2);
    EXPECT_EQ(std::tuple(-2, 1.5f, int64_t{-3}, 4.0, -5, 6.0), *many);
  }
}

// With what its caller keeps over the call, and with what it is called through.
TEST_F(MixedCalls, EndInExceptionsAndTraps) {
  World world({.tier = Tier::kJit});
  const std::string types[] = {"(param i32)", "(param i32 f64)"};
  for (const bool has_float : {false, true}) {
    const Instance instance = world.Make(
        absl::StrCat("(module (tag $e (param i32)) (type $t (func ", types[has_float], "))",
                     "(table funcref (elem $throw $trap))",
                     Interpreted("$throw " + types[has_float], "(throw $e (local.get 0))"),
                     Interpreted("$trap " + types[has_float], "unreachable"),
                     R"((func (export "run") (param i32 i32) (result i32) (local $sum i32)
             (block $caught (result i32)
               (try_table (catch $e $caught)
                 (call_indirect (type $t) (i32.add (local.get 1) (i32.const 5)))",
                     has_float ? "(f64.const 1)" : "",
                     R"((local.get 0)))
               (i32.const -1))
             (i32.add (local.get 1)))
           (func (export "escape") (call $throw (i32.const 1) )",
                     has_float ? "(f64.const 1)" : "", ")))"));
    const auto run = Typed<int32_t(int32_t, int32_t)>(instance, "run");
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(15, *run(0, 5));
      const Result<int32_t> trapped = run(1, 5);
      ExpectTrap(TrapKind::kUnreachable, trapped);
      ASSERT_EQ(2u, trapped.trap().backtrace().size());
      EXPECT_EQ("trap", trapped.trap().backtrace()[0].func_name);
      ExpectTrap(TrapKind::kUncaughtException, Typed<void()>(instance, "escape")());
    }
  }
}

// The two by turns: as calls until the stacks are used up, as tail calls for ever.
TEST_F(MixedCalls, NestUntilTheStackIsFull) {
  for (const uint64_t max_stack_bytes : {uint64_t{1} << 20, uint64_t{1} << 30}) {
    World world({.tier = Tier::kJit}, {.max_stack_bytes = max_stack_bytes});
    const Instance instance = world.Make(absl::StrCat(
        "(module ",
        Interpreted("$deeper (param i32) (result i32)",
                    "(i32.add (call $f (local.get 0)) (i32.const 1))"),
        Interpreted("$even (param i32) (result i32)", "(return_call $odd (local.get 0))"),
        R"((func $f (export "f") (param i32) (result i32)
             (if (result i32) (local.get 0)
               (then (i32.add (call $deeper (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
               (else (i32.const 0))))
           (func $odd (export "odd") (param i32) (result i32)
             (if (result i32) (local.get 0)
               (then (return_call $even (i32.sub (local.get 0) (i32.const 1))))
               (else (i32.const 7))))))"));
    const auto f = Typed<int32_t(int32_t)>(instance, "f");
    EXPECT_EQ(6, *f(3));
    ExpectTrap(TrapKind::kCallStackExhausted, f(1'000'000));
    EXPECT_EQ(8, *f(4));
    EXPECT_EQ(7, *(Typed<int32_t(int32_t)>(instance, "odd")(10'000)));
  }
}

}  // namespace
}  // namespace airwasm
