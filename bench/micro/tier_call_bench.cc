// Calls between the tiers: a loop that is compiled calls a small function that is not, and the
// other way round. per_call is the time of one call and one turn of the loop; the same with both in
// one tier is there to be subtracted. The bars: 25 ns from compiled code to the interpreter's, 10
// ns the other way.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "bench/micro/fixture.h"
#include "engine/api/engine_impl.h"
#include "engine/runtime/module.h"
#include "engine/tier/compiler_loader.h"
#include "engine/tier/loaded_image.h"

namespace airwasm::bench {
namespace {

// Bytes enough that nothing inlines the function that they are put into.
#define NOPS_16 "nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop "
#define NOPS_64 NOPS_16 NOPS_16 NOPS_16 NOPS_16
#define PADDING NOPS_64 NOPS_64 NOPS_64 NOPS_64
// Function 2n is a loop, 2n + 1 what it calls.
constexpr std::string_view kGuest = R"((module
  (global $count (mut i32) (i32.const 0))
  (func (export "none") (param $n i32)
    (loop $again
      (call $nothing)
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $nothing )" PADDING R"((global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func (export "ints") (param $n i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (global.set $count (local.get $sum)))
  (func $add (param i32 i32) (result i32) )" PADDING R"((i32.add (local.get 0) (local.get 1)))
  (func (export "mixed") (param $n i32) (local $sum f64)
    (loop $again
      (local.set $sum (call $mix (local.get $n) (local.get $sum) (i64.const 3) (f64.const 0.5)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (global.set $count (i32.trunc_sat_f64_s (local.get $sum))))
  (func $mix (param i32 f64 i64 f64) (result f64)
    )" PADDING R"((f64.add (f64.mul (local.get 1) (local.get 3))
             (f64.convert_i32_u (i32.add (local.get 0) (i32.wrap_i64 (local.get 2))))))
  (func (export "many") (param $n i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $add_many (local.get $sum) (local.get $n) (local.get $n)
                                      (i32.const 4) (i32.const 5) (i32.const 6) (local.get $sum)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (global.set $count (local.get $sum)))
  (func $add_many (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    )" PADDING R"((i32.add (local.get 0) (local.get 6)))))";
constexpr const char* kNames[] = {"none", "ints", "mixed", "many"};

EngineOptions Baseline() {
  EngineOptions options;
  options.tier = Tier::kBaseline;
  return options;
}

void CompileFunction(runtime::Module& module, runtime::Executor& executor, uint32_t index) {
  tier::CompileResult result =
      tier::LoadCompiler()->Compile({.module = &module, .functions = {index}});
  const auto loaded = tier::LoadedImage::Load(std::move(result.image), module);
  module.Keep(loaded);
  const tier::CompiledFunction& function = loaded->image().functions[0];
  runtime::FuncCode& code = module.func_code(index);
  code.native.store(loaded->Address(function), std::memory_order_release);
  code.native_entry.store(loaded->base() + function.entry_offset, std::memory_order_release);
  executor.EnterNatively(code);
}

void BM_CallBetweenTiers(benchmark::State& state, uint32_t which, bool compile_caller,
                         bool compile_callee) {
  constexpr int32_t kCalls = 10000;
  Guest guest(kGuest, Baseline());
  runtime::Executor& executor = *guest.engine.impl()->executor;
  if (compile_caller) CompileFunction(*guest.module.impl(), executor, 2 * which);
  if (compile_callee) CompileFunction(*guest.module.impl(), executor, 2 * which + 1);
  const auto loop = Must(guest.instance.Get<void(int32_t)>(kNames[which]));
  for (auto _ : state) Must(loop(kCalls));
  state.counters["per_call"] = benchmark::Counter(
      kCalls, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

const bool kRegistered = [] {
  std::string why;
  if (tier::LoadCompiler(&why) == nullptr) {
    std::fprintf(stderr, "no benches of calls between tiers: %s\n", why.c_str());
    return false;
  }
  for (uint32_t i = 0; i < std::size(kNames); ++i) {
    const auto add = [&](const char* way, bool compile_caller, bool compile_callee) {
      const std::string name = std::string("BM_CallBetweenTiers/") + kNames[i] + "/" + way;
      benchmark::RegisterBenchmark(name.c_str(), BM_CallBetweenTiers, i, compile_caller,
                                   compile_callee);
    };
    add("out_of_compiled", true, false);
    add("into_compiled", false, true);
    add("compiled", true, true);
    add("interpreted", false, false);
  }
  return true;
}();

}  // namespace
}  // namespace airwasm::bench
