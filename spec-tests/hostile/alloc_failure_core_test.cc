// Each allocation of a core module's life fails in turn: read and compiled, from text and from
// bytes, linked, instantiated and called, interpreted.
//
// After the failure there is memory again, and what was refused is done once more in the same
// engine and store: both are as they were.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "airwasm/airwasm.h"
#include "airwasm/wasi.h"
#include "alloc_failure.h"
#include "alloc_failure_programs.h"
#include "engine/text/wat.h"

namespace airwasm::alloc_failure {
namespace {

constexpr std::string_view kStartTraps = R"((module
  (table $t 4 funcref)
  (memory 1)
  (data (i32.const 8) "kept")
  (elem (i32.const 1) $f $f)
  (func $f (param i32) (if (i32.eqz (local.get 0)) (then (unreachable)))
    (call $f (i32.sub (local.get 0) (i32.const 1))))
  (func $start (call $f (i32.const 5)))
  (start $start)))";

constexpr std::string_view kInvalid = R"((module
  (type $point (struct (field $x i32) (field $y i32)))
  (import "env" "log" (func $log (param i32)))
  (memory 1)
  (func $a (param i32) (result i32) (local.get 0))
  (func $b (result i64) (call $a (i32.const 1)))
  (export "a" (func $a)) (export "b" (func $b))))";

constexpr std::string_view kMalformed = R"((module
  (func $a (param i32) (result i32) (local.get 0))
  (func $b (result i32) (call $c (i32.const 1)))))";

EngineOptions Interpreted() {
  return {.tier = Tier::kInterp};
}

std::string BytesOf(std::string_view text) {
  Expected<std::vector<uint8_t>> bytes = text::WatToWasm(text, Features());
  if (!bytes.ok()) return "";
  return std::string(bytes->begin(), bytes->end());
}

// The whole life of a program, its engine included. `repeats`: what was refused is asked for again
// when there is memory.
End Live(const EngineOptions& options, const Program& program, std::string_view input,
         bool repeats) {
  const std::optional<Engine> engine = Make<Engine>(options);
  if (!engine) return End::kConstructor;
  absl::StatusOr<Module> module = Module::Create(*engine, input);
  if (!module.ok()) {
    const End end = EndOf(module.status());
    if (end != End::kExhausted || !repeats) return end;
    Disarm();
    module = Module::Create(*engine, input);
    if (!module.ok()) return Wrong("the module is refused when there is memory");
    return RunProgram(*engine, *module, program, /*repeats=*/true) == End::kWell
               ? End::kExhausted
               : Wrong("the program goes wrong when there is memory");
  }
  return RunProgram(*engine, *module, program, repeats);
}

struct Named {
  const char* name;
  std::string_view text;
};

class Life : public testing::TestWithParam<Program> {};

TEST_P(Life, FromText) {
  const Program& program = GetParam();
  FailEach(program.name, [&] { return Live(Interpreted(), program, program.text, true); });
  FailEach(program.name, [&] { return Live(Interpreted(), program, program.text, false); },
           {.all_of_first = 700, .of_the_others = 300, .failing = Failing::kFromThenOn});
}

TEST_P(Life, FromBytes) {
  const Program& program = GetParam();
  const std::string bytes = BytesOf(program.text);
  ASSERT_FALSE(bytes.empty());
  FailEach(program.name, [&] { return Live(Interpreted(), program, bytes, true); });
  FailEach(program.name, [&] { return Live(Interpreted(), program, bytes, false); },
           {.all_of_first = 700, .of_the_others = 300, .failing = Failing::kFromThenOn});
}

INSTANTIATE_TEST_SUITE_P(AllocationFailure, Life, testing::ValuesIn(kPrograms),
                         [](const auto& row) { return std::string(row.param.name); });

// One engine and one module for all lives, as the host of many guests has them.
TEST(AllocationFailure, OfStoresOfOneModule) {
  for (const Program& program : kPrograms) {
    const Engine engine(Interpreted());
    const absl::StatusOr<Module> module = Module::Create(engine, program.text);
    ASSERT_TRUE(module.ok()) << module.status();
    FailEach(program.name, [&] { return RunProgram(engine, *module, program, true); });
  }
}

TEST(AllocationFailure, OfACollectedHeap) {
  // A shorter list: it is walked at every allocation.
  constexpr std::string_view kLength = "(i32.const 3000)";
  const Program& whole = ProgramNamed("collected");
  std::string text(whole.text);
  text.replace(text.find(kLength), kLength.size(), "(i32.const 10)");
  const Program program = {whole.name, text, whole.result - 3000 * 3001 / 2 + 10 * 11 / 2};
  const Engine engine(Interpreted());
  const absl::StatusOr<Module> module = Module::Create(engine, text);
  ASSERT_TRUE(module.ok()) << module.status();
  const auto life = [&] {
    return RunProgram(engine, *module, program, false, {.gc_stress = true});
  };
  FailEach("a collection at every allocation", life);
  FailEach("a collection at every allocation", life,
           {.all_of_first = 40, .of_the_others = 20, .failing = Failing::kFromThenOn});
}

TEST(AllocationFailure, OfAStartFunctionThatTraps) {
  FailEachBothWays("start traps", [] {
    const std::optional<Engine> engine = Make<Engine>(Interpreted());
    if (!engine) return End::kConstructor;
    const absl::StatusOr<Module> module = Module::Create(*engine, kStartTraps);
    if (!module.ok()) return EndOf(module.status());
    std::optional<Store> store = Make<Store>(*engine);
    const std::optional<Linker> linker = Make<Linker>(*engine);
    if (!store || !linker) return End::kConstructor;
    Trap trap;
    const absl::StatusOr<Instance> instance = linker->Instantiate(*store, *module, &trap);
    if (instance.ok()) return Wrong("it does not trap");
    if (instance.status().code() != absl::StatusCode::kAborted) return EndOf(instance.status());
    return trap.kind() == TrapKind::kUnreachable ? End::kWell : EndOf(trap);
  });
}

TEST(AllocationFailure, OfInputThatIsRefused) {
  const std::string invalid_bytes = BytesOf(kInvalid);
  ASSERT_FALSE(invalid_bytes.empty());
  const Named kInputs[] = {{"invalid, as text", kInvalid},
                           {"invalid, as bytes", invalid_bytes},
                           {"malformed text", kMalformed},
                           {"cut bytes", std::string_view(invalid_bytes).substr(0, 60)}};
  for (const Named& input : kInputs) {
    FailEachBothWays(input.name, [&] {
      const std::optional<Engine> engine = Make<Engine>(Interpreted());
      if (!engine) return End::kConstructor;
      const absl::StatusOr<Module> module = Module::Create(*engine, input.text);
      if (module.ok()) return Wrong("it is accepted");
      return module.status().code() == absl::StatusCode::kInvalidArgument ? End::kWell
                                                                          : EndOf(module.status());
    });
  }
}

TEST(AllocationFailure, OfLinking) {
  constexpr std::string_view kText = R"((module
    (import "env" "add" (func $add (param i32 i32) (result i32)))
    (import "env" "missing" (func $missing (param i64)))
    (func (export "f") (result i32) (call $add (i32.const 1) (i32.const 2)))))";
  const Engine engine(Interpreted());
  const absl::StatusOr<Module> module = Module::Create(engine, kText);
  ASSERT_TRUE(module.ok()) << module.status();
  for (const bool traps : {false, true}) {
    FailEachBothWays(traps ? "unknown imports that trap" : "an unknown import", [&] {
      std::optional<Store> store = Make<Store>(engine);
      std::optional<Linker> linker = Make<Linker>(engine);
      if (!store || !linker) return End::kConstructor;
      linker->DefineUnknownImportsAsTraps(traps);
      absl::Status defined;
      try {
        defined = linker->Define("env", "add", [](int32_t a, int32_t b) { return a + b; });
      } catch (const std::bad_alloc&) {  // of the callable's own copy, made in the embedder's code
        return End::kConstructor;
      }
      if (!defined.ok()) return EndOf(defined);
      const absl::StatusOr<Instance> instance = linker->Instantiate(*store, *module);
      if (!instance.ok())
        return !traps && absl::IsNotFound(instance.status()) ? End::kWell
                                                             : EndOf(instance.status());
      if (!traps) return Wrong("nothing is missing");
      const absl::StatusOr<TypedFunc<int32_t()>> f = instance->Get<int32_t()>("f");
      if (!f.ok()) return EndOf(f.status());
      const Result<int32_t> three = (*f)();
      if (!three.ok()) return EndOf(three.trap());
      return *three == 3 ? End::kWell : Wrong("another sum");
    });
  }
}

}  // namespace
}  // namespace airwasm::alloc_failure
