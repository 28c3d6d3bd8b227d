// Instances of components, through the public interface. wasmtime 48 needs 24 us for a three-memory
// component on such a machine, and 8.9 us with pooling.
#include <benchmark/benchmark.h>

#include <string_view>

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

// From text to an instance: parsing, validation, flattening, and the first instance of each module.
void BM_LoadSmallComponent(benchmark::State& state) {
  const Engine engine;
  const ComponentLinker linker(engine);
  for (auto _ : state) {
    Store store(engine);
    benchmark::DoNotOptimize(
        Must(linker.Instantiate(store, Must(Component::Create(engine, kThreeMemories)))));
  }
}
BENCHMARK(BM_LoadSmallComponent)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace airwasm::bench
