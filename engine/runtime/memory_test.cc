#include "engine/runtime/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "engine/base/limits.h"
#include "engine/runtime/memory_mapping.h"
#include "engine/runtime/runtime_test_util.h"

namespace airwasm::runtime {
namespace {

constexpr uint64_t kPage = 65536;
constexpr uint64_t kRefused = UINT64_MAX;

MemInst* NewMemory(World& world, uint64_t min, std::optional<uint64_t> max, bool is_64 = false,
                   bool shared = false, uint32_t page_size_log2 = 16) {
  absl::StatusOr<MemInst*> memory = world.store->NewMemory(
      {.limits = {min, max}, .is_64 = is_64, .shared = shared, .page_size_log2 = page_size_log2});
  EXPECT_TRUE(memory.ok()) << memory.status();
  return *memory;
}

TEST(Memory, GrowsInPlaceUpToItsMaximum) {
  const struct {
    std::string_view name;
    MemoryType type;
    bool guarded;
    uint64_t page;
  } kCases[] = {
      {"32-bit", {.limits = {1, 3}}, true, kPage},
      {"64-bit", {.limits = {1, 3}, .is_64 = true}, false, kPage},
      {"shared", {.limits = {1, 3}, .shared = true}, true, kPage},
      {"single-byte pages", {.limits = {1, 3}, .page_size_log2 = 0}, false, 1},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world;
    absl::StatusOr<MemInst*> made = world.store->NewMemory(c.type);
    ASSERT_TRUE(made.ok()) << made.status();
    MemInst* const memory = *made;
    EXPECT_EQ(c.guarded, memory->guarded);
    uint8_t* const base = memory->base;
    EXPECT_EQ(c.page, memory->size_bytes);
    base[c.page - 1] = 7;
    EXPECT_EQ(1u, world.store->GrowMemory(memory, 0));
    EXPECT_EQ(1u, world.store->GrowMemory(memory, 1));
    EXPECT_EQ(2 * c.page, memory->size_bytes);
    EXPECT_EQ(0, base[2 * c.page - 1]);
    EXPECT_EQ(kRefused, world.store->GrowMemory(memory, 2));
    EXPECT_EQ(kRefused, world.store->GrowMemory(memory, UINT64_MAX));
    EXPECT_EQ(kRefused, world.store->GrowMemory(memory, UINT64_MAX / c.page));
    EXPECT_EQ(2u, world.store->GrowMemory(memory, 1));
    EXPECT_EQ(kRefused, world.store->GrowMemory(memory, 1));
    base[3 * c.page - 1] = 1;
    EXPECT_EQ(7, base[c.page - 1]);
    EXPECT_EQ(base, memory->base);
    EXPECT_EQ(3 * c.page, world.store->memory_bytes());
  }
}

TEST(Memory, StoreLimitsBoundGrowth) {
  World world({.limits = {.memory_bytes = 3 * kPage, .total_memory_bytes = 5 * kPage}});
  MemInst* const a = NewMemory(world, 1, std::nullopt);
  MemInst* const b = NewMemory(world, 1, std::nullopt);
  EXPECT_EQ(kRefused, world.store->GrowMemory(a, 3));
  EXPECT_EQ(1u, world.store->GrowMemory(a, 2));
  EXPECT_EQ(kRefused, world.store->GrowMemory(b, 2));
  EXPECT_EQ(1u, world.store->GrowMemory(b, 1));
  EXPECT_TRUE(world.store->host_error.ok());
  EXPECT_EQ(absl::StatusCode::kResourceExhausted,
            world.store->NewMemory({.limits = {1}}).status().code());
  EXPECT_TRUE(world.store->NewMemory({.limits = {0}}).ok());
}

TEST(Memory, RefusedGrowthIsAHostErrorWhereTheEmbedderWantsATrap) {
  World world({.limits = {.trap_on_grow_failure = true}});
  MemInst* const memory = NewMemory(world, 1, 1);
  EXPECT_EQ(kRefused, world.store->GrowMemory(memory, 1));
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, world.store->host_error.code());
}

TEST(Memory, AbsurdSizesEndInErrorsAtOnce) {
  const struct {
    std::string_view name;
    MemoryType type;
  } kCases[] = {
      {"2^48 pages", {.limits = {uint64_t{1} << 48}, .is_64 = true}},
      {"2^64-1 bytes", {.limits = {UINT64_MAX}, .is_64 = true, .page_size_log2 = 0}},
      {"a page beyond our limit", {.limits = {limits::kMemory64Bytes / kPage + 1}, .is_64 = true}},
      {"all of a 32-bit memory of single bytes and one more",
       {.limits = {uint64_t{1} << 32}, .page_size_log2 = 0}},
  };
  World world;
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(absl::StatusCode::kResourceExhausted, world.store->NewMemory(c.type).status().code());
  }
  // A declared maximum costs nothing.
  MemInst* const memory = NewMemory(world, 0, uint64_t{1} << 48, true);
  EXPECT_EQ(kRefused, world.store->GrowMemory(memory, uint64_t{1} << 47));
  EXPECT_EQ(0u, world.store->GrowMemory(memory, 1));
  EXPECT_NE(nullptr, NewMemory(world, 0, 0)->base);
}

TEST(Memory, ReusedReservationsKeepNothing) {
  TrimMemoryPool();
  uint8_t* base = nullptr;
  {
    World world;
    MemInst* const memory = NewMemory(world, 1, std::nullopt);
    base = memory->base;
    world.store->GrowMemory(memory, 3);
    std::memset(base, 0xAB, 4 * kPage);
  }
  World world;
  MemInst* const memory = NewMemory(world, 2, std::nullopt);
  ASSERT_EQ(base, memory->base);  // the pool did its work
  EXPECT_EQ(2 * kPage, memory->mapping->accessible_bytes);
  world.store->GrowMemory(memory, 2);
  for (uint64_t i = 0; i < 4 * kPage; ++i) ASSERT_EQ(0, base[i]) << i;
}

#ifndef AIRWASM_SANITIZED
void LiveWithOneGibibyteOfAddresses() {
  World guarded, unguarded({.guard_pages = false});
  const rlimit limit{.rlim_cur = 1 << 30, .rlim_max = 1 << 30};
  setrlimit(RLIMIT_AS, &limit);
  TrimMemoryPool();
  const bool refused = guarded.store->NewMemory({.limits = {1}}).status().code() ==
                       absl::StatusCode::kResourceExhausted;
  absl::StatusOr<MemInst*> memory = unguarded.store->NewMemory({.limits = {1}});
  const bool works = memory.ok() && !(*memory)->guarded &&
                     unguarded.store->GrowMemory(*memory, 100) == 1 &&
                     unguarded.store->GrowMemory(*memory, 60'000) == kRefused;
  _exit((refused ? 0 : 1) | (works ? 0 : 2));
}

TEST(MemoryDeathTest, FewAddressesMeanLessRoomNotACrash) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(LiveWithOneGibibyteOfAddresses(), testing::ExitedWithCode(0), "");
}
#endif

constexpr std::string_view kDataModule = R"((module (memory (export "m") 2)
  (data (i32.const 8) "first") (data (i32.const 10) "REST") (data (i32.const 65540) "far")))";

TEST(Memory, ImagesShowTheDataAndEachInstanceHasItsOwn) {
  TrimMemoryPool();
  World world;
  const std::shared_ptr<Module> module = world.Compile(kDataModule);
  EXPECT_EQ(nullptr, module->AcquireImage(0));  // the first instance copies
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    World other;
    Trap trap;
    absl::StatusOr<Instance*> instance = other.store->Instantiate(module, {}, &trap);
    ASSERT_TRUE(instance.ok());
    MemInst* const memory = (*instance)->memory(0);
    EXPECT_NE(nullptr, memory->mapping->image);
    EXPECT_EQ(0, std::memcmp(memory->base + 8, "fiREST", 6));
    EXPECT_EQ(0, std::memcmp(memory->base + 65540, "far", 4));
    EXPECT_EQ(0, memory->base[0]);
    EXPECT_EQ(0, memory->base[kPage - 100]);
    EXPECT_EQ(0, memory->base[kPage + 100]);
    // In turn little, which is wiped in place, and everything, which is discarded.
    std::memset(memory->base + (round == 1 ? kPage - 100 : 0), 0xCD, round == 1 ? 300 : 2 * kPage);
  }
  // The next user of the reservation is another module.
  World other;
  MemInst* const memory = NewMemory(other, 2, std::nullopt);
  for (uint64_t i = 0; i < 2 * kPage; ++i) ASSERT_EQ(0, memory->base[i]) << i;
}

TEST(Memory, FillAndCopyCheckBoundsFirst) {
  World world;
  MemInst* const memory = NewMemory(world, 1, std::nullopt);
  std::atomic<uint32_t> poll{0};
  const struct {
    uint64_t address, count;
    bool ok;
  } kCases[] = {
      {0, 0, true},           {kPage, 0, true},       {kPage + 1, 0, false},
      {0, kPage, true},       {1, kPage, false},      {kPage - 1, 1, true},
      {UINT64_MAX, 1, false}, {1, UINT64_MAX, false}, {UINT64_MAX, UINT64_MAX, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.address << " + " << c.count);
    const TrapKind expected = c.ok ? TrapKind::kNone : TrapKind::kOutOfBoundsMemory;
    EXPECT_EQ(expected, MemoryFill(*memory, c.address, 1, c.count, poll));
    EXPECT_EQ(expected, MemoryCopy(*memory, c.address, *memory, 0,
                                   c.ok ? c.count : std::min<uint64_t>(c.count, kPage), poll));
    EXPECT_EQ(expected, MemoryCopy(*memory, 0, *memory, c.address, c.count, poll));
  }
  MemoryFill(*memory, 0, 0, kPage, poll);
  MemoryFill(*memory, 10, 0x15A & 0xFF, 3, poll);
  EXPECT_EQ(0x5A, memory->base[12]);
  EXPECT_EQ(0, memory->base[13]);
  std::memcpy(memory->base, "abcdef", 6);
  MemoryCopy(*memory, 2, *memory, 0, 4, poll);
  EXPECT_EQ(0, std::memcmp(memory->base, "ababcd", 6));
  MemoryCopy(*memory, 0, *memory, 2, 4, poll);
  EXPECT_EQ(0, std::memcmp(memory->base, "abcdcd", 6));
}

TEST(Memory, LongBulkOperationsCanBeInterrupted) {
  World world;
  MemInst* const memory = NewMemory(world, 1024, std::nullopt);
  std::atomic<uint32_t> poll{1};
  EXPECT_EQ(TrapKind::kInterrupted, MemoryFill(*memory, 0, 1, 1024 * kPage, poll));
  EXPECT_EQ(0, memory->base[1024 * kPage - 1]);
  EXPECT_EQ(TrapKind::kInterrupted, MemoryCopy(*memory, 1, *memory, 0, 1023 * kPage, poll));
  EXPECT_EQ(TrapKind::kInterrupted, MemoryCopy(*memory, 0, *memory, 1, 1023 * kPage, poll));
  EXPECT_EQ(TrapKind::kNone, MemoryFill(*memory, 0, 0, 4 * kPage, poll));
}

TEST(Memory, InitReadsPassiveSegmentsUntilTheyAreDropped) {
  World world;
  Instance* const instance =
      world.Make(R"((module (memory 1) (data "passive") (data (i32.const 0) "active")))");
  MemInst& memory = *instance->memory(0);
  EXPECT_EQ(TrapKind::kNone, MemoryInit(*instance, memory, 100, 0, 4, 3));
  EXPECT_EQ(0, std::memcmp(memory.base + 100, "ive", 4));
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, MemoryInit(*instance, memory, 0, 0, 4, 4));
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, MemoryInit(*instance, memory, kPage - 1, 0, 0, 2));
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, MemoryInit(*instance, memory, 0, 1, 0, 1));
  EXPECT_EQ(TrapKind::kNone, MemoryInit(*instance, memory, 0, 1, 0, 0));
  instance->DropData(0);
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, MemoryInit(*instance, memory, 0, 0, 0, 1));
  EXPECT_EQ(TrapKind::kNone, MemoryInit(*instance, memory, kPage, 0, 0, 0));
}

TEST(SharedMemory, StoresOnSeveralThreadsSeeOneMemory) {
  World first;
  MemInst* const memory = NewMemory(first, 1, 100, false, true);
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      World other;
      absl::StatusOr<MemInst*> adopted = other.store->AdoptSharedMemory(*memory);
      ASSERT_TRUE(adopted.ok());
      ASSERT_EQ(memory, *adopted);
      for (int i = 0; i < 10; ++i) EXPECT_NE(kRefused, other.store->GrowMemory(*adopted, 1));
      __atomic_fetch_add(reinterpret_cast<uint32_t*>((*adopted)->base), 1, __ATOMIC_SEQ_CST);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ((1 + kThreads * 10) * kPage, memory->size_bytes);
  EXPECT_EQ(kThreads, memory->base[0]);
  EXPECT_FALSE(first.store->AdoptSharedMemory(*NewMemory(first, 1, 1)).ok());
}

TEST(SharedMemory, OutlivesTheStoreThatMadeIt) {
  World second;
  MemInst* memory = nullptr;
  {
    World first;
    memory = NewMemory(first, 1, 1, false, true);
    memory->base[3] = 9;
    ASSERT_TRUE(second.store->AdoptSharedMemory(*memory).ok());
  }
  EXPECT_EQ(9, memory->base[3]);
}

TEST(AtomicWait, ChecksItsOperands) {
  World world;
  MemInst* const shared = NewMemory(world, 1, 1, false, true);
  MemInst* const unshared = NewMemory(world, 1, 1);
  std::atomic<uint32_t> poll{0};
  EXPECT_EQ(TrapKind::kUnalignedAtomic, AtomicWait(*shared, 2, 0, 4, 0, poll).trap);
  EXPECT_EQ(TrapKind::kUnalignedAtomic, AtomicWait(*shared, 4, 0, 8, 0, poll).trap);
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, AtomicWait(*shared, kPage, 0, 4, 0, poll).trap);
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, AtomicWait(*shared, UINT64_MAX - 3, 0, 4, 0, poll).trap);
  EXPECT_EQ(TrapKind::kExpectedSharedMemory, AtomicWait(*unshared, 0, 0, 4, 0, poll).trap);
  EXPECT_EQ(TrapKind::kUnalignedAtomic, AtomicNotify(*unshared, 1, 1).trap);
  EXPECT_EQ(0u, AtomicNotify(*unshared, 0, 1).value);
  EXPECT_EQ(0u, AtomicNotify(*shared, 0, 1).value);
  EXPECT_EQ(1u, AtomicWait(*shared, 0, 1, 4, -1, poll).value);
  EXPECT_EQ(2u, AtomicWait(*shared, 0, 0, 4, 0, poll).value);
  EXPECT_EQ(2u, AtomicWait(*shared, 8, 0, 8, 1000, poll).value);
}

TEST(AtomicWait, NotifyWakesAsManyAsAsked) {
  World world;
  MemInst* const memory = NewMemory(world, 1, 1, false, true);
  std::atomic<uint32_t> poll{0};
  std::atomic<int> woken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      EXPECT_EQ(0u, AtomicWait(*memory, 64, 0, 4, -1, poll).value);
      ++woken;
    });
  }
  uint32_t notified = 0;
  while (notified < 2) notified += AtomicNotify(*memory, 64, 2 - notified).value;
  EXPECT_EQ(2u, notified);
  while (woken < 2) std::this_thread::yield();
  while (notified < 3) notified += AtomicNotify(*memory, 64, UINT32_MAX).value;
  EXPECT_EQ(3u, notified);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(3, woken);
}

TEST(AtomicWait, InterruptEndsIt) {
  World world;
  MemInst* const memory = NewMemory(world, 1, 1, false, true);
  std::thread waiter([&] {
    EXPECT_EQ(TrapKind::kInterrupted,
              AtomicWait(*memory, 0, 0, 8, -1, *world.store->context().poll_word).trap);
  });
  int hook_calls = 0;
  const uint64_t hook = world.store->AddInterruptHook([&] { ++hook_calls; });
  world.store->Interrupt();
  waiter.join();
  EXPECT_EQ(1, hook_calls);
  world.store->RemoveInterruptHook(hook);
  world.store->Interrupt();
  EXPECT_EQ(1, hook_calls);
  EXPECT_TRUE(world.store->interrupted());
  world.store->ClearInterrupt();
  EXPECT_FALSE(world.store->interrupted());
}

}  // namespace
}  // namespace airwasm::runtime
