// Components: instances, and calls between host and component and between components.
//
// Beside each is what wasmtime 48 needs on such a machine, compiled code where code matters:
// host to component u32 655 ns, component to host 200 ns, component to component u32 11.5 ns and a
// 20-byte string 35 ns, a three-memory component 24 us, pooled 8.9 us.
#include <benchmark/benchmark.h>

#include <string>

#include "airwasm/component_linker.h"
#include "bench/micro/fixture.h"

namespace airwasm::bench {
namespace {

constexpr std::string_view kThreeMemories = R"((component
  (core module $m
    (memory (export "memory") 1)
    (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
  (core instance $a (instantiate $m))
  (core instance $b (instantiate $m))
  (core instance $c (instantiate $m))
  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $c "f")))))";

// The bar: 9 us.
void BM_InstantiateThreeMemories(benchmark::State& state) {
  const Engine engine;
  const LinkedComponent component =
      Must(ComponentLinker(engine).Link(Must(Component::Create(engine, kThreeMemories))));
  for (auto _ : state) {
    Store store(engine);
    benchmark::DoNotOptimize(Must(component.Instantiate(store)));
  }
}
BENCHMARK(BM_InstantiateThreeMemories)->Unit(benchmark::kMicrosecond);

// The bar: 60 ns.
void BM_HostToComponent(benchmark::State& state) {
  const Engine engine;
  Store store(engine);
  const ComponentInstance instance = Must(
      ComponentLinker(engine).Instantiate(store, Must(Component::Create(engine, kThreeMemories))));
  const auto f = Must(instance.Get<uint32_t(uint32_t)>("f"));
  uint32_t x = 0;
  for (auto _ : state) x = Must(f(x));
  benchmark::DoNotOptimize(x);
}
BENCHMARK(BM_HostToComponent);

// $user calls what it imports `n` times; parts are shared by the benches below.
constexpr std::string_view kMemory = R"(
  (core module $libc
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc)))";
constexpr std::string_view kUser = R"(
  (core module $m
    (import "" "f" (func $f (param i32) (result i32)))
    (func (export "run") (param $n i32) (result i32)
      (local $x i32)
      (loop
        (local.set $x (call $f (local.get $x)))
        (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $x)))
  (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))";

constexpr uint32_t kCalls = 1000;

void RunCalls(benchmark::State& state, const Engine& engine, const ComponentLinker& linker,
              const std::string& text) {
  Store store(engine);
  const ComponentInstance instance =
      Must(linker.Instantiate(store, Must(Component::Create(engine, text))));
  const auto run = Must(instance.Get<uint32_t(uint32_t)>("run"));
  for (auto _ : state) benchmark::DoNotOptimize(Must(run(kCalls)));
  state.SetItemsProcessed(state.iterations() * kCalls);
}

// The bar: 40 ns an item.
void BM_ComponentToHost(benchmark::State& state) {
  const Engine engine;
  ComponentLinker linker(engine);
  Check(linker.Define("f", [](uint32_t x) -> uint32_t { return x + 1; }));
  RunCalls(state, engine, linker,
           std::string(R"((component
             (import "f" (func $host (param "x" u32) (result u32)))
             (core func $f (canon lower (func $host))))") +
               std::string(kUser) + ")");
}
BENCHMARK(BM_ComponentToHost);

// The bar: 30 ns an item.
void BM_ComponentToComponentScalars(benchmark::State& state) {
  const Engine engine;
  RunCalls(state, engine, ComponentLinker(engine),
           std::string(R"((component
             (component $lib
               (core module $m (func (export "f") (param i32) (result i32)
                 (i32.add (local.get 0) (i32.const 1))))
               (core instance $m (instantiate $m))
               (func (export "f") (param "x" u32) (result u32) (canon lift (core func $m "f"))))
             (instance $lib (instantiate $lib))
             (component $user
               (import "f" (func $lib (param "x" u32) (result u32)))
               (core func $f (canon lower (func $lib))))") +
               std::string(kUser) + R"()
             (instance $user (instantiate $user (with "f" (func $lib "f"))))
             (export "run" (func $user "run"))))");
}
BENCHMARK(BM_ComponentToComponentScalars);

// A string of 20 bytes, given to another component. The bar: 150 ns an item.
void BM_ComponentToComponentString(benchmark::State& state) {
  const Engine engine;
  RunCalls(state, engine, ComponentLinker(engine),
           "(component (component $lib" + std::string(kMemory) + R"(
               (core module $m (func (export "f") (param i32 i32) (result i32) (local.get 1)))
               (core instance $m (instantiate $m))
               (func (export "f") (param "x" string) (result u32)
                 (canon lift (core func $m "f") (memory $libc "mem")
                   (realloc (func $libc "realloc")))))
             (instance $lib (instantiate $lib))
             (component $user
               (import "f" (func $lib (param "x" string) (result u32)))" +
               std::string(kMemory) + R"(
               (core func $f (canon lower (func $lib) (memory $libc "mem")))
               (core module $m
                 (import "" "f" (func $f (param i32 i32) (result i32)))
                 (func (export "run") (param $n i32) (result i32)
                   (loop
                     (drop (call $f (i32.const 0) (i32.const 20)))
                     (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                   (local.get $n)))
               (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
               (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))
             (instance $user (instantiate $user (with "f" (func $lib "f"))))
             (export "run" (func $user "run"))))");
}
BENCHMARK(BM_ComponentToComponentString);

constexpr std::string_view kTakesBytes = R"((component
  (core module $m
    (memory (export "mem") 64)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "take") (param i32 i32) (result i32) (local.get 1)))
  (core instance $m (instantiate $m))
  (func (export "take") (param "bytes" (list u8)) (result u32)
    (canon lift (core func $m "take") (memory $m "mem") (realloc (func $m "realloc"))))))";

// A list<u8> of 1 MiB. The bar: memcpy, 5 GB/s.
void BM_HostToComponentBytes(benchmark::State& state) {
  const Engine engine;
  Store store(engine);
  const ComponentInstance instance = Must(
      ComponentLinker(engine).Instantiate(store, Must(Component::Create(engine, kTakesBytes))));
  const auto take = Must(instance.Get<uint32_t(std::vector<uint8_t>)>("take"));
  const std::vector<uint8_t> bytes(1 << 20, 7);
  for (auto _ : state) benchmark::DoNotOptimize(Must(take(bytes)));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK(BM_HostToComponentBytes);

}  // namespace
}  // namespace airwasm::bench
