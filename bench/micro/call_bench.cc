// Calls across the border, both ways, and calls inside the guest for comparison; interpreted and
// compiled. The bars: 15 ns each way interpreted, 5 ns compiled.
#include <benchmark/benchmark.h>

#include "bench/micro/fixture.h"

namespace airwasm::bench {
namespace {

constexpr std::string_view kGuest = R"((module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (func $inner (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "call_host") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "call_wasm") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $inner (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))))";

EngineOptions OptionsOf(Tier tier) {
  EngineOptions options;
  options.tier = tier;
  return options;
}

struct CallGuest {
  explicit CallGuest(Tier tier)
      : engine(OptionsOf(tier)),
        module(Must(Module::Create(engine, kGuest))),
        store(engine),
        linker(engine) {
    Check(linker.Define("env", "add", [](int32_t a, int32_t b) {
      return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
    }));
  }
  Instance Instantiate() { return Must(linker.Instantiate(store, module)); }
  Engine engine;
  Module module;
  Store store;
  Linker linker;
};

void BM_CallHostToWasm(benchmark::State& state, Tier tier) {
  CallGuest guest(tier);
  const auto sum = Must(guest.Instantiate().Get<int32_t(int32_t, int32_t)>("sum"));
  int32_t value = 0;
  for (auto _ : state) value = Must(sum(value, 1));
  benchmark::DoNotOptimize(value);
}

void BM_CallHostToWasmDynamic(benchmark::State& state, Tier tier) {
  CallGuest guest(tier);
  const Func sum = Must(guest.Instantiate().GetFunc("sum"));
  const Value args[] = {Value(int32_t{2}), Value(int32_t{3})};
  for (auto _ : state) benchmark::DoNotOptimize(Must(Must(sum.Call(args))));
}

// A loop of calls inside the guest; per_call is the time of one call and one turn of the loop.
void BM_LoopOfCalls(benchmark::State& state, std::string_view name, Tier tier) {
  constexpr int32_t kCalls = 10000;
  CallGuest guest(tier);
  const auto loop = Must(guest.Instantiate().Get<int32_t(int32_t)>(name));
  for (auto _ : state) benchmark::DoNotOptimize(Must(loop(kCalls)));
  state.counters["per_call"] = benchmark::Counter(
      kCalls, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// Those of compiled code are there when LLVM is.
const bool kRegistered = [] {
  const auto add = [](const std::string& tier_name, Tier tier) {
    const auto name = [&](const char* bench) { return bench + ("/" + tier_name); };
    benchmark::RegisterBenchmark(name("BM_CallHostToWasm").c_str(), BM_CallHostToWasm, tier);
    benchmark::RegisterBenchmark(name("BM_CallHostToWasmDynamic").c_str(), BM_CallHostToWasmDynamic,
                                 tier);
    benchmark::RegisterBenchmark(name("BM_CallWasmToHost").c_str(), BM_LoopOfCalls, "call_host",
                                 tier);
    benchmark::RegisterBenchmark(name("BM_CallWasmToWasm").c_str(), BM_LoopOfCalls, "call_wasm",
                                 tier);
  };
  add("interp", Tier::kInterp);
  std::string why;
  if (CompilerIsAvailable(&why)) {
    add("jit", Tier::kJit);
  } else {
    std::fprintf(stderr, "no benches of compiled calls: %s\n", why.c_str());
  }
  return true;
}();

}  // namespace
}  // namespace airwasm::bench
