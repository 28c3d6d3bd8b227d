#include "alloc_failure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace airwasm::alloc_failure {
namespace {

constexpr long kNever = -1;

// Of this thread: whether its allocations are those that are counted. The life's own thread.
constinit thread_local bool t_is_life = false;
constinit std::atomic<bool> g_armed{false};
constinit std::atomic<Failing> g_failing{Failing::kOnce};
constinit std::atomic<long> g_until_failure{kNever};  // allocations that still succeed
constinit std::atomic<bool> g_failed{false};
constinit std::atomic<long> g_live{0};
constinit std::atomic<const char*> g_wrong{nullptr};

bool Fails() {
  if (!g_armed.load(std::memory_order_acquire)) return false;
  const Failing failing = g_failing.load(std::memory_order_relaxed);
  if (t_is_life == (failing == Failing::kOtherThreads)) return false;
  const long left = g_until_failure.fetch_sub(1);
  if (left > 0 || (left < 0 && failing != Failing::kFromThenOn)) return false;
  g_failed = true;
  return true;
}

void* Allocate(size_t bytes) noexcept {
  if (Fails()) return nullptr;
  void* const p = std::malloc(bytes != 0 ? bytes : 1);
  if (p != nullptr) g_live.fetch_add(1, std::memory_order_relaxed);
  return p;
}

void* AllocateAligned(size_t bytes, size_t alignment) noexcept {
  if (Fails()) return nullptr;
  void* const p = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (p != nullptr) g_live.fetch_add(1, std::memory_order_relaxed);
  return p;
}

void* OrThrow(void* p) {
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void Free(void* p) noexcept {
  if (p == nullptr) return;
  g_live.fetch_sub(1, std::memory_order_relaxed);
  std::free(p);
}

}  // namespace

End Wrong(const char* what) {
  g_wrong = what;
  return End::kWrong;
}

End EndOf(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kResourceExhausted) return End::kExhausted;
  Disarm();
  std::printf("%s\n", status.ToString().c_str());
  return Wrong("a status that is not RESOURCE_EXHAUSTED");
}

End EndOf(const Trap& trap) {
  if (trap.kind() == TrapKind::kOutOfGcMemory) return End::kTrap;
  if (trap.kind() == TrapKind::kHostError &&
      trap.host_error().code() == absl::StatusCode::kResourceExhausted)
    return End::kTrap;
  Disarm();
  std::printf("%s\n", trap.ToString().c_str());
  return Wrong("a trap that does not tell of too little memory");
}

void Arm(long number, Failing failing) {
  t_is_life = true;
  g_failed = false;
  g_failing = failing;
  g_until_failure = number;
  g_armed = true;
}

bool Disarm() {
  g_armed = false;
  return g_failed;
}

long Live() {
  return g_live.load();
}

namespace {

const char* WhatWasWrong() {
  const char* const what = g_wrong.load();
  return what == nullptr ? "" : what;
}

// The allocations of a life that ends well.
long CountOf(const std::function<End()>& life, Failing failing) {
  constexpr long kMany = 1'000'000'000;
  Arm(kMany, failing);
  const End end = life();
  Disarm();
  EXPECT_EQ(end, End::kWell) << WhatWasWrong();
  return kMany - g_until_failure;
}

struct Tally {
  long lives = 0;
  long ends[5] = {};
  long growing = 0;
};

// One life in which allocation `number` fails. False: there is no such allocation.
bool FailOne(const std::function<End()>& life, long number, Failing failing, Tally& tally) {
  const auto live_it = [&](End* end) {
    Arm(number, failing);
    try {
      *end = life();
    } catch (const std::bad_alloc&) {
      *end = Wrong("std::bad_alloc has left the engine");
    }
    return Disarm();
  };
  End end = End::kWell;
  long before = Live();
  if (!live_it(&end)) return false;
  ++tally.lives;
  ++tally.ends[static_cast<size_t>(end)];
  if (Live() != before) {
    // What is kept for good, a larger pool or what the first trap makes, is not made twice.
    ++tally.growing;
    before = Live();
    live_it(&end);
    EXPECT_EQ(before, Live()) << "left behind when allocation " << number << " failed";
  }
  return true;
}

}  // namespace

void FailEach(const char* name, const std::function<End()>& life, const Walk& walk) {
  for (int i = 0; i < 2; ++i) ASSERT_EQ(life(), End::kWell) << WhatWasWrong();  // statics, pools
  const long count = CountOf(life, walk.failing);
  ASSERT_GT(count, 0);
  const long all_of = std::min(count, walk.all_of_first);
  const long stride = std::max<long>(1, (count - all_of) / std::max<long>(1, walk.of_the_others));
  Tally tally;
  for (long n = 0; n < count; n += n < all_of ? 1 : stride) {
    g_wrong = nullptr;
    // Other threads do not do the same in each life.
    if (!FailOne(life, n, walk.failing, tally) && walk.failing != Failing::kOtherThreads) break;
    ASSERT_FALSE(testing::Test::HasFailure()) << name;
    ASSERT_EQ(g_wrong.load(), nullptr)
        << name << ", when allocation " << n << " failed: " << WhatWasWrong();
  }
  ASSERT_EQ(life(), End::kWell) << "after all that";
  const char* const how = walk.failing == Failing::kOnce         ? "failed"
                          : walk.failing == Failing::kFromThenOn ? "failed with all after it"
                                                                 : "of other threads failed";
  std::string sample = "each of ";
  if (stride > 1) {
    sample += "the first " + std::to_string(all_of) + " and every " + std::to_string(stride) +
              ". of the others of ";
  }
  std::printf(
      "%s: %s%ld allocations %s: %ld lives, %ld ended in RESOURCE_EXHAUSTED, %ld in a trap, %ld in "
      "a constructor, %ld well\n",
      name, sample.c_str(), count, how, tally.lives, tally.ends[1], tally.ends[2], tally.ends[3],
      tally.ends[0]);
  EXPECT_LE(tally.growing, walk.growing);
  EXPECT_GT(tally.lives, 0);
}

void FailEachBothWays(const char* name, const std::function<End()>& life) {
  FailEach(name, life);
  FailEach(name, life,
           {.all_of_first = 1000, .of_the_others = 300, .failing = Failing::kFromThenOn});
}

}  // namespace airwasm::alloc_failure

// noinline: else the compiler sees through new to malloc and leaves pairs out.
[[gnu::noinline]] void* operator new(size_t bytes) {
  return airwasm::alloc_failure::OrThrow(airwasm::alloc_failure::Allocate(bytes));
}
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return airwasm::alloc_failure::Allocate(bytes);
}
[[gnu::noinline]] void* operator new(size_t bytes, std::align_val_t alignment) {
  return airwasm::alloc_failure::OrThrow(
      airwasm::alloc_failure::AllocateAligned(bytes, static_cast<size_t>(alignment)));
}
[[gnu::noinline]] void* operator new(size_t bytes, std::align_val_t alignment,
                                     const std::nothrow_t&) noexcept {
  return airwasm::alloc_failure::AllocateAligned(bytes, static_cast<size_t>(alignment));
}
[[gnu::noinline]] void* operator new[](size_t bytes) {
  return operator new(bytes);
}
[[gnu::noinline]] void* operator new[](size_t bytes, const std::nothrow_t& nothrow) noexcept {
  return operator new(bytes, nothrow);
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  airwasm::alloc_failure::Free(p);
}
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept {
  airwasm::alloc_failure::Free(p);
}
[[gnu::noinline]] void operator delete(void* p, const std::nothrow_t&) noexcept {
  airwasm::alloc_failure::Free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept {
  airwasm::alloc_failure::Free(p);
}
[[gnu::noinline]] void operator delete(void* p, size_t, std::align_val_t) noexcept {
  airwasm::alloc_failure::Free(p);
}
[[gnu::noinline]] void operator delete[](void* p) noexcept {
  airwasm::alloc_failure::Free(p);
}
[[gnu::noinline]] void operator delete[](void* p, size_t) noexcept {
  airwasm::alloc_failure::Free(p);
}
