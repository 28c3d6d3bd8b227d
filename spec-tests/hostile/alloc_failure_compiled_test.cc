// Each allocation of the life of compiled code fails in turn: its image is read and mapped, linked,
// instantiated and called. No exception can pass its frames; what finds no memory below it traps.
//
// The programs are compiled beforehand, when nothing fails: the compiler is not used again after an
// allocation has failed in it (compiler_out_of_memory_test.cc).
#include <gtest/gtest.h>

#include <string>

#include "airwasm/airwasm.h"
#include "alloc_failure.h"
#include "alloc_failure_programs.h"

namespace airwasm::alloc_failure {
namespace {

EngineOptions Compiled() {
  return {.tier = Tier::kJit};
}

class CompiledLife : public testing::TestWithParam<Program> {
 protected:
  void SetUp() override {
    std::string why;
    if (!CompilerIsAvailable(&why)) GTEST_SKIP() << why;
    const Engine engine(Compiled());
    absl::StatusOr<std::string> precompiled = Module::Precompile(engine, GetParam().text);
    if (absl::IsFailedPrecondition(precompiled.status())) GTEST_SKIP() << precompiled.status();
    ASSERT_TRUE(precompiled.ok()) << precompiled.status();
    precompiled_ = *std::move(precompiled);
  }

  // The whole life, its engine included.
  End Live(bool repeats) const {
    const std::optional<Engine> engine = Make<Engine>(Compiled());
    if (!engine) return End::kConstructor;
    absl::StatusOr<Module> module = Module::FromPrecompiled(*engine, precompiled_);
    if (!module.ok()) return EndOf(module.status());
    return RunProgram(*engine, *module, GetParam(), repeats);
  }

  std::string precompiled_;
};

TEST_P(CompiledLife, FromItsImage) {
  FailEach(GetParam().name, [&] { return Live(true); });
  FailEach(GetParam().name, [&] { return Live(false); },
           {.all_of_first = 500, .of_the_others = 200, .failing = Failing::kFromThenOn});
}

TEST_P(CompiledLife, InStoresOfOneModule) {
  const Engine engine(Compiled());
  const absl::StatusOr<Module> module = Module::FromPrecompiled(engine, precompiled_);
  ASSERT_TRUE(module.ok()) << module.status();
  FailEachBothWays(GetParam().name, [&] { return RunProgram(engine, *module, GetParam(), false); });
  EXPECT_GT(engine.stats().images_loaded, 0u);
}

// What compiled code calls is translated by that call, in the interpreter below its frames.
std::string CallsWhatIsInterpreted() {
  std::string locals = "(local";
  for (int i = 0; i < 21'000; ++i) locals += " i32";  // the compiler refuses it
  locals += ")";
  return "(module (func $int (param i32) (result i32) " + locals +
         R"((i32.add (local.get 0) (i32.const 1)))
            (func $float (param f64) (result f64) )" +
         locals + R"((f64.add (local.get 0) (f64.const 1)))
            (func (export "run") (result i32)
              (i32.add (call $int (i32.const 1))
                       (i32.trunc_f64_s (call $float (f64.const 2)))))))";
}
const std::string kMixedText = CallsWhatIsInterpreted();
const Program kMixed = {"mixed", kMixedText, 5};

INSTANTIATE_TEST_SUITE_P(MixedAllocationFailure, CompiledLife, testing::Values(kMixed),
                         [](const auto& row) { return std::string(row.param.name); });
INSTANTIATE_TEST_SUITE_P(AllocationFailure, CompiledLife, testing::ValuesIn(kPrograms),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace airwasm::alloc_failure
