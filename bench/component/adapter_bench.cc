// Calls between two components of one composition, in every tier, with the adapter as C++ and as
// wasm (component/canon/wasm_link.h). The bars, compiled: 3 ns with scalars, 20 ns with a string of
// 20 bytes. A row's time is that of kCalls calls; per_call is one of them with one turn of the
// loop.
#include <benchmark/benchmark.h>

#include <string>

#include "airwasm/component_linker.h"
#include "bench/micro/fixture.h"
#include "engine/api/engine_impl.h"

namespace airwasm::bench {
namespace {

constexpr uint32_t kCalls = 1000;

constexpr std::string_view kCallee = R"(
  (component $callee
    (core module $m
      (memory (export "memory") 64)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "length") (param i32 i32) (result i32) (local.get 1)))
    (core instance $m (instantiate $m))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32)
      (canon lift (core func $m "add")))
    (func (export "text") (param "s" string) (result u32)
      (canon lift (core func $m "length") (memory $m "memory") (realloc (func $m "realloc"))))
    (func (export "bytes") (param "s" (list u8)) (result u32)
      (canon lift (core func $m "length") (memory $m "memory") (realloc (func $m "realloc")))))
  (instance $callee (instantiate $callee)))";

constexpr std::string_view kCaller = R"(
  (component $caller
    (import "callee" (instance $callee
      (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
      (export "text" (func (param "s" string) (result u32)))
      (export "bytes" (func (param "s" (list u8)) (result u32)))))
    (core module $libc (memory (export "memory") 64))
    (core instance $libc (instantiate $libc))
    (core func $add (canon lower (func $callee "add")))
    (core func $text (canon lower (func $callee "text") (memory $libc "memory")))
    (core func $bytes (canon lower (func $callee "bytes") (memory $libc "memory")))
    (core module $m
      (import "" "memory" (memory 64))
      (import "" "add" (func $add (param i32 i32) (result i32)))
      (import "" "text" (func $text (param i32 i32) (result i32)))
      (import "" "bytes" (func $bytes (param i32 i32) (result i32)))
      (func (export "add") (param $n i32) (param $unused i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (call $add (local.get $sum) (local.get $n)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
      (func (export "text") (param $n i32) (param $length i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (local.get $sum)
            (call $text (i32.const 16) (local.get $length))))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
      (func (export "bytes") (param $n i32) (param $length i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (local.get $sum)
            (call $bytes (i32.const 16) (local.get $length))))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum)))
    (core instance $m (instantiate $m (with "" (instance (export "memory" (memory $libc "memory"))
      (export "add" (func $add)) (export "text" (func $text)) (export "bytes" (func $bytes))))))
    (func (export "add") (param "n" u32) (param "l" u32) (result u32)
      (canon lift (core func $m "add")))
    (func (export "text") (param "n" u32) (param "l" u32) (result u32)
      (canon lift (core func $m "text")))
    (func (export "bytes") (param "n" u32) (param "l" u32) (result u32)
      (canon lift (core func $m "bytes"))))
  (instance $caller (instantiate $caller (with "callee" (instance $callee))))
  (export "caller" (instance $caller)))";

void Run(benchmark::State& state, const char* name, Tier tier, bool is_wasm) {
  EngineOptions options;
  options.tier = tier;
  const Engine engine(options);
  uint32_t& threshold = engine.impl()->executor->host_calls_before_wasm;
  if (!is_wasm) {
    threshold = UINT32_MAX;
  } else if (tier == Tier::kInterp) {
    threshold = 0;
  }
  Store store(engine);
  const ComponentLinker linker(engine);
  const std::string text = "(component" + std::string(kCallee) + std::string(kCaller) + ")";
  const ComponentInstance instance =
      Must(linker.Instantiate(store, Must(Component::Create(engine, text))));
  const auto call = Must(instance.Get<uint32_t(uint32_t, uint32_t)>(std::string("caller#") + name));
  const auto length = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(call(kCalls, length).value());
  state.counters["per_call"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kCalls,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void Register(const char* tier_name, Tier tier) {
  for (const bool is_wasm : {false, true}) {
    const std::string suffix =
        std::string("/") + tier_name + (is_wasm ? "/wasm_adapter" : "/cpp_adapter");
    const struct {
      const char* name;
      std::vector<int64_t> lengths;
    } kRows[] = {{"add", {0}}, {"text", {5, 20, 50, 2000}}, {"bytes", {20, 1 << 20}}};
    for (const auto& row : kRows) {
      for (const int64_t length : row.lengths) {
        benchmark::RegisterBenchmark(("BM_Adapter/" + std::string(row.name) + suffix).c_str(), Run,
                                     row.name, tier, is_wasm)
            ->Arg(length);
      }
    }
  }
}

const bool registered = [] {
  Register("interp", Tier::kInterp);
  if (CompilerIsAvailable()) {
    Register("auto", Tier::kAuto);
    Register("jit", Tier::kJit);
  }
  return true;
}();

}  // namespace
}  // namespace airwasm::bench
