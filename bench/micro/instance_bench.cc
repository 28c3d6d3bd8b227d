// Instances, memories and the collected heap.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "bench/micro/fixture.h"

namespace airwasm::bench {
namespace {

constexpr std::string_view kSmall = R"((module
  (memory (export "memory") 2 100)
  (table 16 funcref)
  (global (mut i32) (i32.const 7))
  (data (i32.const 1024) "some bytes that the program finds in its memory")
  (elem (i32.const 1) $f $g)
  (func $f (export "f") (result i32) (i32.load (i32.const 1024)))
  (func $g (result i32) (global.get 0))))";

// A store and an instance of a small module, made and dropped. The bar: 10 us once the module is
// warm.
void BM_Instantiate(benchmark::State& state) {
  const Engine engine;
  const Module module = Must(Module::Create(engine, kSmall));
  const Linker linker(engine);
  for (auto _ : state) {
    Store store(engine);
    benchmark::DoNotOptimize(Must(linker.Instantiate(store, module)));
  }
}
BENCHMARK(BM_Instantiate)->Unit(benchmark::kMicrosecond);

void BM_InstantiateAndCall(benchmark::State& state) {
  const Engine engine;
  const Module module = Must(Module::Create(engine, kSmall));
  const Linker linker(engine);
  for (auto _ : state) {
    Store store(engine);
    const Instance instance = Must(linker.Instantiate(store, module));
    benchmark::DoNotOptimize(Must(Must(instance.Get<int32_t()>("f"))()));
  }
}
BENCHMARK(BM_InstantiateAndCall)->Unit(benchmark::kMicrosecond);

uint64_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  unsigned long long size = 0, resident = 0;
  if (file == nullptr || std::fscanf(file, "%llu %llu", &size, &resident) != 2) std::abort();
  std::fclose(file);
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// What an idle instance, in a store of its own, keeps resident. The bar: 64 KiB beyond the pages
// that the guest touched.
void BM_IdleInstances(benchmark::State& state) {
  constexpr size_t kCount = 200;
  const Engine engine;
  const Module module = Must(Module::Create(engine, kSmall));
  const Linker linker(engine);
  uint64_t bytes = 0;
  for (auto _ : state) {
    std::vector<Store> stores;
    stores.reserve(kCount);
    // The first ones pay for what all share.
    for (size_t i = 0; i < 10; ++i) Must(linker.Instantiate(stores.emplace_back(engine), module));
    const uint64_t before = ResidentBytes();
    while (stores.size() < kCount) Must(linker.Instantiate(stores.emplace_back(engine), module));
    const uint64_t after = ResidentBytes();
    bytes = after > before ? (after - before) / (kCount - 10) : 0;
  }
  state.counters["resident_bytes_each"] = static_cast<double>(bytes);
}
BENCHMARK(BM_IdleInstances)->Iterations(1);

// One page per turn up to 64 MiB, from inside the guest.
void BM_MemoryGrow(benchmark::State& state) {
  constexpr int32_t kPages = 1000;
  const Engine engine;
  const Module module = Must(Module::Create(engine, R"((module (memory 0 2000)
    (func (export "grow") (param $n i32)
      (loop $again
        (drop (memory.grow (i32.const 1)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))"));
  const Linker linker(engine);
  for (auto _ : state) {
    Store store(engine);
    const Instance instance = Must(linker.Instantiate(store, module));
    Must(Must(instance.Get<void(int32_t)>("grow"))(kPages));
  }
  state.counters["per_page"] = benchmark::Counter(
      kPages, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_MemoryGrow)->Unit(benchmark::kMicrosecond);

constexpr std::string_view kGc = R"((module
  (type $node (struct (field $next (ref null $node)) (field i32)))
  (global $kept (mut (ref null $node)) (ref.null $node))
  (func (export "churn") (param $n i32)
    (loop $again
      (drop (struct.new $node (ref.null $node) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "keep") (param $n i32)
    (loop $again
      (global.set $kept (struct.new $node (global.get $kept) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
)";

// Objects that die at once, with whatever collections that takes.
void BM_GcAllocate(benchmark::State& state) {
  constexpr int32_t kObjects = 100000;
  Guest guest(kGc);
  const auto churn = Must(guest.instance.Get<void(int32_t)>("churn"));
  for (auto _ : state) Must(churn(kObjects));
  state.counters["per_object"] = benchmark::Counter(
      kObjects, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_GcAllocate)->Unit(benchmark::kMicrosecond);

// A full collection of a heap that holds a list of so many live objects.
void BM_GcCollect(benchmark::State& state) {
  Guest guest(kGc);
  Must(Must(guest.instance.Get<void(int32_t)>("keep"))(static_cast<int32_t>(state.range(0))));
  for (auto _ : state) guest.store.CollectGarbage();
}
BENCHMARK(BM_GcCollect)->Arg(1000)->Arg(100000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace airwasm::bench
