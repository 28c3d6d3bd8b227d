// From bytes to code that can run: decoding, validation, translation. Rates are bytes of the module
// per second.
#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "bench/micro/big_module.h"
#include "bench/micro/fixture.h"
#include "engine/binary/decoder.h"

namespace airwasm::bench {
namespace {

const std::vector<uint8_t>& TenMegabytes() {
  static const std::vector<uint8_t>& bytes = *new std::vector<uint8_t>(BigModule(10'000'000));
  return bytes;
}

void CountBytes(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
}

void BM_Decode(benchmark::State& state) {
  const std::vector<uint8_t>& bytes = TenMegabytes();
  for (auto _ : state) {
    auto module = binary::Decode(bytes);
    if (!module.ok()) std::abort();
    benchmark::DoNotOptimize(module);
  }
  CountBytes(state, bytes.size());
}
BENCHMARK(BM_Decode)->Unit(benchmark::kMillisecond);

// The bar: 150 MB/s for the whole of it, on one core.
void BM_DecodeAndValidate(benchmark::State& state) {
  const std::vector<uint8_t>& bytes = TenMegabytes();
  const Engine engine(EngineOptions{.eager_validation = true});
  for (auto _ : state)
    benchmark::DoNotOptimize(Must(Module::Create(engine, std::span<const uint8_t>(bytes))));
  CountBytes(state, bytes.size());
}
BENCHMARK(BM_DecodeAndValidate)->Unit(benchmark::kMillisecond);

// What a module costs before its first call when validation waits for the calls.
void BM_CreateLazily(benchmark::State& state) {
  const std::vector<uint8_t>& bytes = TenMegabytes();
  const Engine engine(EngineOptions{.eager_validation = false});
  for (auto _ : state)
    benchmark::DoNotOptimize(Must(Module::Create(engine, std::span<const uint8_t>(bytes))));
  CountBytes(state, bytes.size());
}
BENCHMARK(BM_CreateLazily)->Unit(benchmark::kMillisecond);

// Each function of a module is called once: validation, translation and a short run of every body.
void BM_TranslateAll(benchmark::State& state) {
  static const std::vector<uint8_t>& bytes = *new std::vector<uint8_t>(BigModule(1'000'000));
  const Engine engine(EngineOptions{.eager_validation = false});
  for (auto _ : state) {
    state.PauseTiming();
    {
      const Module module = Must(Module::Create(engine, std::span<const uint8_t>(bytes)));
      Store store(engine);
      const Instance instance = Must(Linker(engine).Instantiate(store, module));
      const auto all = Must(instance.Get<void()>("all"));
      state.ResumeTiming();
      Must(all());
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  CountBytes(state, bytes.size());
}
BENCHMARK(BM_TranslateAll)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace airwasm::bench
