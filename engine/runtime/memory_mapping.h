// Who owns the addresses of a linear memory: reservation, growth in place, copy-on-write images,
// and the pool of reservations.
//
// A mapping lives as long as some store holds it; several stores on several threads may hold the
// mapping of one shared memory. It never moves and its size never shrinks, so a base may be cached
// and a stale size is safe to check against. Spec: core, exec/runtime, memory instances.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "engine/runtime/context.h"

namespace airwasm::runtime {

struct MemoryImage;

// Addresses that a guarded memory reserves: 4 GiB for the address, 4 GiB for the offset, and a
// guard for the width of the access.
inline constexpr uint64_t kGuardedReservationBytes = (uint64_t{8} << 30) + (uint64_t{64} << 10);

// True for memories whose every access stays within a guarded reservation: 32-bit, 64 KiB pages.
inline bool CanBeGuarded(const MemoryType& type) {
  return !type.is_64 && type.page_size_log2 == 16;
}

struct MemoryMapping : std::enable_shared_from_this<MemoryMapping> {
  MemInst inst;
  uint64_t reserved_bytes = 0;
  uint64_t accessible_bytes =
      0;  // of the reservation, whole host pages; in a guarded one equal to the size
  uint64_t max_bytes = 0;  // growth ends here whatever the store's limits: declared maximum,
                           // reservation, our own limit
  std::shared_ptr<const MemoryImage> image;  // mapped at the start; may be null
  bool pooled = false;                       // the reservation goes back to the pool
  std::mutex grow_mutex;  // held while growing: other stores may hold the same shared memory

  MemoryMapping() = default;
  ~MemoryMapping();
  MemoryMapping(const MemoryMapping&) = delete;
  MemoryMapping& operator=(const MemoryMapping&) = delete;

  uint64_t size_pages() const {
    return inst.size_bytes.load(std::memory_order_acquire) >> inst.type.page_size_log2;
  }
};

// A memory of `type.limits.min` pages: zero, or the contents of `image` if one is given.
// `need_guard` insists on a guarded reservation where CanBeGuarded; without it, a refused
// reservation falls back to explicit checks.
//
// Errors: RESOURCE_EXHAUSTED  the minimum exceeds `limit_bytes`, our limits, or what the system
// gives
absl::StatusOr<std::shared_ptr<MemoryMapping>> NewMemoryMapping(
    const MemoryType& type, uint64_t limit_bytes, bool need_guard,
    std::shared_ptr<const MemoryImage> image);

// Grows by `delta_pages` unless the memory would exceed its maximum or `limit_bytes`. The old size
// in pages, or UINT64_MAX. Threads: any.
uint64_t GrowMapping(MemoryMapping& mapping, uint64_t delta_pages, uint64_t limit_bytes);

// Frees the pool's idle reservations: for tests and for hosts that want their addresses back.
void TrimMemoryPool();

}  // namespace airwasm::runtime
