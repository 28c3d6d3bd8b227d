// Calls across the border, both ways, and calls inside the guest for comparison. The bar: 15 ns
// each way.
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

struct CallGuest {
  CallGuest() : module(Must(Module::Create(engine, kGuest))), store(engine), linker(engine) {
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

void BM_CallHostToWasm(benchmark::State& state) {
  CallGuest guest;
  const auto sum = Must(guest.Instantiate().Get<int32_t(int32_t, int32_t)>("sum"));
  int32_t value = 0;
  for (auto _ : state) value = Must(sum(value, 1));
  benchmark::DoNotOptimize(value);
}
BENCHMARK(BM_CallHostToWasm);

void BM_CallHostToWasmDynamic(benchmark::State& state) {
  CallGuest guest;
  const Func sum = Must(guest.Instantiate().GetFunc("sum"));
  const Value args[] = {Value(int32_t{2}), Value(int32_t{3})};
  for (auto _ : state) benchmark::DoNotOptimize(Must(Must(sum.Call(args))));
}
BENCHMARK(BM_CallHostToWasmDynamic);

// A loop of calls inside the guest; the time is that of one call and one turn of the loop.
void LoopOfCalls(benchmark::State& state, std::string_view name) {
  constexpr int32_t kCalls = 10000;
  CallGuest guest;
  const auto loop = Must(guest.Instantiate().Get<int32_t(int32_t)>(name));
  for (auto _ : state) benchmark::DoNotOptimize(Must(loop(kCalls)));
  state.counters["per_call"] = benchmark::Counter(
      kCalls, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
void BM_CallWasmToHost(benchmark::State& state) {
  LoopOfCalls(state, "call_host");
}
BENCHMARK(BM_CallWasmToHost);
void BM_CallWasmToWasm(benchmark::State& state) {
  LoopOfCalls(state, "call_wasm");
}
BENCHMARK(BM_CallWasmToWasm);

}  // namespace
}  // namespace airwasm::bench
