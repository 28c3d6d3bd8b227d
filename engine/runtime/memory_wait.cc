// Waiting on shared memory: a process-wide table of waiters, hashed by host address, so that stores
// on several threads that share a mapping meet.
//
// A waiter lives on its thread's stack and is linked into its bucket while it waits. The comparison
// with the expected value and the linking happen under the bucket's lock, as does notifying: no
// wake-up is lost. Spec: threads proposal, memory.atomic.wait and memory.atomic.notify.
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <list>
#include <mutex>

#include "engine/runtime/memory.h"
#include "engine/runtime/memory_wait.h"

namespace airwasm::runtime {
namespace {

struct Waiter {
  const uint8_t* address;
  const std::atomic<uint32_t>* poll;
  bool notified = false;
  std::condition_variable wake;
};

struct Bucket {
  std::mutex mutex;
  std::list<Waiter*> waiters;  // oldest first
};

constexpr size_t kBuckets = 64;

std::array<Bucket, kBuckets>& Buckets() {
  static std::array<Bucket, kBuckets>& buckets = *new std::array<Bucket, kBuckets>;
  return buckets;
}

Bucket& BucketOf(const uint8_t* address) {
  const auto a = reinterpret_cast<uintptr_t>(address) >> 2;
  return Buckets()[(a * 0x9E37'79B9'7F4A'7C15u) >> 58];
}

// Waiters in the whole process: lets Store::Interrupt skip the table when nobody waits.
constinit std::atomic<uint32_t> num_waiters{0};

TrapKind CheckAccess(const MemInst& memory, uint64_t address, uint32_t width_bytes) {
  const uint64_t size = memory.size_bytes.load(std::memory_order_acquire);
  if (address > size || width_bytes > size - address) return TrapKind::kOutOfBoundsMemory;
  if (address % width_bytes != 0) return TrapKind::kUnalignedAtomic;
  return TrapKind::kNone;
}

uint64_t LoadSeqCst(const uint8_t* address, uint32_t width_bytes) {
  if (width_bytes == 4)
    return __atomic_load_n(reinterpret_cast<const uint32_t*>(address), __ATOMIC_SEQ_CST);
  return __atomic_load_n(reinterpret_cast<const uint64_t*>(address), __ATOMIC_SEQ_CST);
}

constexpr uint32_t kWaitOk = 0;
constexpr uint32_t kWaitNotEqual = 1;
constexpr uint32_t kWaitTimedOut = 2;

}  // namespace

TrapOr<uint32_t> AtomicWait(MemInst& memory, uint64_t address, uint64_t expected,
                            uint32_t width_bytes, int64_t timeout_ns,
                            const std::atomic<uint32_t>& poll) {
  using Clock = std::chrono::steady_clock;
  if (const TrapKind trap = CheckAccess(memory, address, width_bytes); trap != TrapKind::kNone)
    return {.trap = trap};
  if (!memory.type.shared) return {.trap = TrapKind::kExpectedSharedMemory};
  const uint8_t* const host_address = memory.base + address;
  if (width_bytes == 4) expected = static_cast<uint32_t>(expected);

  const Clock::time_point now = Clock::now();
  const auto room =
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::time_point::max() - now).count();
  const bool forever = timeout_ns < 0 || timeout_ns >= room;
  const Clock::time_point deadline =
      forever ? Clock::time_point::max() : now + std::chrono::nanoseconds(timeout_ns);

  Bucket& bucket = BucketOf(host_address);
  std::unique_lock lock(bucket.mutex);
  if (LoadSeqCst(host_address, width_bytes) != expected) return {.value = kWaitNotEqual};
  Waiter waiter{.address = host_address, .poll = &poll};
  const auto position = bucket.waiters.insert(bucket.waiters.end(), &waiter);
  num_waiters.fetch_add(1);
  // The poll word is read after num_waiters was raised and Interrupt does it the other way round:
  // one of the two sees the other.
  TrapOr<uint32_t> result{.value = kWaitOk};
  while (!waiter.notified) {
    if ((poll.load() & kPollInterrupt) != 0) {
      result.trap = TrapKind::kInterrupted;
      break;
    }
    if (forever) {
      waiter.wake.wait(lock);
    } else if (waiter.wake.wait_until(lock, deadline) == std::cv_status::timeout &&
               !waiter.notified) {
      result.value = kWaitTimedOut;
      break;
    }
  }
  bucket.waiters.erase(position);
  num_waiters.fetch_sub(1);
  return result;
}

TrapOr<uint32_t> AtomicNotify(MemInst& memory, uint64_t address, uint32_t count) {
  if (const TrapKind trap = CheckAccess(memory, address, 4); trap != TrapKind::kNone)
    return {.trap = trap};
  // Nobody can wait on a memory that is not shared.
  if (!memory.type.shared || count == 0) return {};
  const uint8_t* const host_address = memory.base + address;
  Bucket& bucket = BucketOf(host_address);
  uint32_t woken = 0;
  const std::lock_guard lock(bucket.mutex);
  for (Waiter* waiter : bucket.waiters) {
    if (woken == count) break;
    if (waiter->address != host_address || waiter->notified) continue;
    waiter->notified = true;
    waiter->wake.notify_one();
    ++woken;
  }
  return {.value = woken};
}

void WakeInterruptedWaiters(const std::atomic<uint32_t>& poll) {
  if (num_waiters.load() == 0) return;
  for (Bucket& bucket : Buckets()) {
    const std::lock_guard lock(bucket.mutex);
    for (Waiter* waiter : bucket.waiters) {
      if (waiter->poll == &poll) waiter->wake.notify_one();
    }
  }
}

}  // namespace airwasm::runtime
