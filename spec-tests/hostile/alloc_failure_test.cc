// Each allocation of a guest's life fails once, in turn: nothing crashes, and nothing is left.
//
// In a call of WASI that ends the guest in a trap. Elsewhere the embedder is told by
// std::bad_alloc, where RESOURCE_EXHAUSTED would be better; but the guest's life unwinds, and what
// it had is given back.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "airwasm/airwasm.h"
#include "airwasm/wasi.h"

namespace {

constexpr long kNever = -1;
std::atomic<long> g_until_failure{kNever};  // allocations that still succeed
std::atomic<long> g_live{0};                // allocations that were not freed

bool Fails() {
  return g_until_failure.load() != kNever && g_until_failure.fetch_sub(1) == 0;
}

void* Allocate(size_t bytes) noexcept {
  if (Fails()) return nullptr;
  void* const p = std::malloc(bytes != 0 ? bytes : 1);
  if (p != nullptr) ++g_live;
  return p;
}

void Free(void* p) noexcept {
  if (p == nullptr) return;
  --g_live;
  std::free(p);
}

}  // namespace

void* operator new(size_t bytes) {
  void* const p = Allocate(bytes);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return Allocate(bytes);
}
void operator delete(void* p) noexcept {
  Free(p);
}
void operator delete(void* p, size_t) noexcept {
  Free(p);
}

namespace airwasm {
namespace {

constexpr char kGuest[] = R"((module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2 16)
  (table $t 10 20 funcref)
  (func (export "_start")
    (drop (call $now (i32.const 0) (i64.const 0) (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (drop (call $poll (i32.const 1024) (i32.const 2048) (i32.const 2) (i32.const 16)))
    (drop (table.grow $t (ref.null func) (i32.const 5)))
    (drop (memory.grow (i32.const 2))))))";

enum class End { kWell, kStatus, kException };

End Live(const Engine& engine, const Module& module) {
  try {
    Store store(engine);
    Linker linker(engine);
    if (!DefineWasi(linker, {}).ok()) return End::kStatus;
    const absl::StatusOr<Instance> instance = linker.Instantiate(store, module);
    if (!instance.ok()) return End::kStatus;
    const absl::StatusOr<TypedFunc<void()>> start = instance->Get<void()>("_start");
    if (!start.ok()) return End::kStatus;
    return (*start)().ok() ? End::kWell : End::kStatus;
  } catch (const std::bad_alloc&) {
    return End::kException;
  }
}

TEST(AllocationFailure, OfEachAllocationOfALife) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Module> module = Module::Create(engine, kGuest);
  ASSERT_TRUE(module.ok()) << module.status();
  int statuses = 0;
  int exceptions = 0;
  // The first time fills what is kept for good: pools, and whatever the first trap makes once.
  for (const bool is_rehearsal : {true, false}) {
    statuses = exceptions = 0;
    ASSERT_EQ(End::kWell, Live(engine, *module));
    const long live = g_live;
    for (long n = 0;; ++n) {
      g_until_failure = n;
      const End end = Live(engine, *module);
      const bool failed = g_until_failure.exchange(kNever) < 0;
      if (!is_rehearsal)
        ASSERT_EQ(live, g_live) << "left behind when allocation " << n << " failed";
      if (!failed) break;
      statuses += end == End::kStatus ? 1 : 0;
      exceptions += end == End::kException ? 1 : 0;
    }
  }
  ASSERT_EQ(End::kWell, Live(engine, *module));
  std::printf("%d lives ended in a status or trap, %d in std::bad_alloc\n", statuses, exceptions);
  EXPECT_GT(statuses, 0);
  EXPECT_GT(exceptions, 0);
}

}  // namespace
}  // namespace airwasm
