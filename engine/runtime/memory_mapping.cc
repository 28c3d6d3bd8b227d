// A guarded reservation returns to the pool with its image still mapped and its pages reset. Who
// takes it next, for the same module, needs no system call at all; another module needs one to
// unmap the image, and one per change of the accessible size.
#include "engine/runtime/memory_mapping.h"

#include <sys/mman.h>

#include <algorithm>
#include <vector>

#include "engine/base/format.h"
#include "engine/base/limits.h"
#include "engine/runtime/fault_handler.h"
#include "engine/runtime/memory_image.h"
#include "engine/runtime/os_memory.h"
#include "engine/runtime/page_reset.h"

namespace airwasm::runtime {
namespace {

constexpr size_t kPoolReservations = 128;

// A guarded reservation and what is mapped in it. Owned by the pool or by one mapping.
struct Reservation {
  uint8_t* base = nullptr;
  uint64_t accessible_bytes = 0;
  uint64_t image_id = 0;
  uint64_t image_bytes = 0;
};

void Free(const Reservation& reservation) {
  UnregisterFaultRegion(reservation.base);
  ReleaseAddresses(reservation.base, kGuardedReservationBytes);
}

class ReservationPool {
 public:
  // What comes back when a store goes must not need memory.
  ReservationPool() { free_.reserve(kPoolReservations); }

  // One that has the image with this id (0: none) mapped, if there is one, and else any; null base
  // when the pool is empty.
  Reservation Take(uint64_t image_id) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return {};
    auto it = std::find_if(free_.rbegin(), free_.rend(),
                           [&](const Reservation& r) { return r.image_id == image_id; });
    // Else the one that has lain idle longest: the others may still find their module again.
    auto taken = it == free_.rend() ? free_.begin() : std::prev(it.base());
    const Reservation reservation = *taken;
    free_.erase(taken);
    return reservation;
  }

  void Put(const Reservation& reservation) {
    Reservation evicted = reservation;
    {
      const std::lock_guard lock(mutex_);
      if (free_.size() >= kPoolReservations) {
        evicted = free_.front();
        free_.erase(free_.begin());
      } else {
        evicted.base = nullptr;
      }
      free_.push_back(reservation);
    }
    if (evicted.base != nullptr) Free(evicted);
  }

  void Trim() {
    const std::lock_guard lock(mutex_);
    for (const Reservation& reservation : free_) Free(reservation);
    free_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<Reservation> free_;  // longest idle first
};

// Never destroyed: stores may outlive static destruction.
ReservationPool& Pool() {
  static ReservationPool& pool = *new ReservationPool;
  return pool;
}

Reservation NewReservation() {
  Reservation reservation{.base = ReserveAddresses(kGuardedReservationBytes)};
  if (reservation.base == nullptr) return {};
  if (!RegisterFaultRegion(reservation.base, kGuardedReservationBytes)) {
    ReleaseAddresses(reservation.base, kGuardedReservationBytes);
    return {};
  }
  return reservation;
}

bool MapImage(uint8_t* base, const MemoryImage& image) {
  return mmap(base, image.length_bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, image.fd, 0) != MAP_FAILED;
}

// Makes exactly the first `bytes` accessible, with `image` (may be null) at the start.
bool Prepare(Reservation& r, uint64_t bytes, const MemoryImage* image) {
  const uint64_t wanted_id = image == nullptr ? 0 : image->id;
  if (r.image_id != wanted_id) {
    const uint64_t used = std::max(r.accessible_bytes, r.image_bytes);
    if (r.image_id != 0) {
      if (mmap(r.base, used, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
               0) == MAP_FAILED) {
        return false;
      }
      r.accessible_bytes = 0;
    }
    r.image_id = 0;
    r.image_bytes = 0;
    if (image != nullptr) {
      if (!MapImage(r.base, *image)) return false;
      r.image_id = image->id;
      r.image_bytes = image->length_bytes;
      r.accessible_bytes = std::max(r.accessible_bytes, image->length_bytes);
    }
  }
  if (r.accessible_bytes < bytes) {
    if (!MakeAccessible(r.base + r.accessible_bytes, bytes - r.accessible_bytes)) return false;
  } else if (r.accessible_bytes > bytes) {
    if (!MakeInaccessible(r.base + bytes, r.accessible_bytes - bytes)) return false;
  }
  r.accessible_bytes = bytes;
  return true;
}

uint64_t SaturatingShift(uint64_t value, uint32_t bits) {
  return value > (UINT64_MAX >> bits) ? UINT64_MAX : value << bits;
}

// Growth ends here. A 32-bit memory of single-byte pages stops a page short of 4 GiB, so that its
// size is an i32.
uint64_t OwnLimitBytes(const MemoryType& type) {
  if (type.is_64) return limits::kMemory64Bytes;
  return type.page_size_log2 == 0 ? (uint64_t{1} << 32) - 1 : uint64_t{1} << 32;
}

bool MapGuarded(MemoryMapping& mapping, uint64_t min_bytes, const MemoryImage* image) {
  Reservation reservation = Pool().Take(image == nullptr ? 0 : image->id);
  if (reservation.base == nullptr) reservation = NewReservation();
  if (reservation.base == nullptr) return false;
  if (!Prepare(reservation, min_bytes, image)) {
    Free(reservation);
    return false;
  }
  mapping.inst.base = reservation.base;
  mapping.inst.guarded = true;
  mapping.pooled = true;
  mapping.reserved_bytes = kGuardedReservationBytes;
  mapping.accessible_bytes = reservation.accessible_bytes;
  return true;
}

bool MapUnguarded(MemoryMapping& mapping, uint64_t min_bytes, const MemoryImage* image) {
  // At least a page, so that a memory always has a base.
  const uint64_t page = HostPageBytes();
  const uint64_t least = std::max(RoundUpToHostPage(min_bytes), page);
  uint64_t reserve = std::max(RoundUpToHostPage(mapping.max_bytes), page);
  uint8_t* base = ReserveAddresses(reserve);
  while (base == nullptr && reserve > least) {
    // No room for the maximum: growth ends sooner.
    reserve = std::max(RoundUpToHostPage(reserve / 4), least);
    base = ReserveAddresses(reserve);
  }
  if (base == nullptr) return false;
  mapping.reserved_bytes = reserve;
  mapping.max_bytes = std::min(mapping.max_bytes, reserve);
  mapping.inst.base = base;
  mapping.accessible_bytes = RoundUpToHostPage(min_bytes);
  if (!MakeAccessible(base, mapping.accessible_bytes)) return false;
  return image == nullptr || MapImage(base, *image);
}

}  // namespace

MemoryMapping::~MemoryMapping() {
  if (inst.base == nullptr) return;
  if (!pooled) {
    ReleaseAddresses(inst.base, reserved_bytes);
    return;
  }
  if (image == nullptr) {
    ResetPages(inst.base, accessible_bytes, {});
    Pool().Put({.base = inst.base, .accessible_bytes = accessible_bytes});
  } else {
    ResetPages(inst.base, accessible_bytes, image->contents());
    Pool().Put({inst.base, accessible_bytes, image->id, image->length_bytes});
  }
}

absl::StatusOr<std::shared_ptr<MemoryMapping>> NewMemoryMapping(
    const MemoryType& type, uint64_t limit_bytes, bool need_guard,
    std::shared_ptr<const MemoryImage> image) {
  const uint64_t min_bytes = SaturatingShift(type.limits.min, type.page_size_log2);
  const uint64_t own_limit = OwnLimitBytes(type);
  if (min_bytes > std::min(own_limit, limit_bytes)) {
    return absl::ResourceExhaustedError(
        FormatText("memory minimum size of %d pages exceeds the limit of %d bytes", type.limits.min,
                   std::min(own_limit, limit_bytes)));
  }
  auto mapping = std::make_shared<MemoryMapping>();
  mapping->inst.base = nullptr;
  mapping->inst.guarded = false;
  mapping->inst.type = type;
  mapping->inst.mapping = mapping.get();
  mapping->inst.size_bytes.store(min_bytes, std::memory_order_relaxed);
  mapping->max_bytes =
      type.limits.max ? std::min(own_limit, SaturatingShift(*type.limits.max, type.page_size_log2))
                      : own_limit;
  bool mapped = CanBeGuarded(type) && MapGuarded(*mapping, min_bytes, image.get());
  if (!mapped && !(need_guard && CanBeGuarded(type)))
    mapped = MapUnguarded(*mapping, min_bytes, image.get());
  if (!mapped) {
    return absl::ResourceExhaustedError(
        FormatText("no address space for a memory of %d pages", type.limits.min));
  }
  mapping->image = std::move(image);
  return mapping;
}

uint64_t GrowMapping(MemoryMapping& mapping, uint64_t delta_pages, uint64_t limit_bytes) {
  const std::lock_guard lock(mapping.grow_mutex);
  MemInst& memory = mapping.inst;
  const uint64_t old_bytes = memory.size_bytes.load(std::memory_order_relaxed);
  const uint32_t shift = memory.type.page_size_log2;
  if (delta_pages == 0) return old_bytes >> shift;
  const uint64_t delta_bytes = SaturatingShift(delta_pages, shift);
  const uint64_t bound = std::min(mapping.max_bytes, limit_bytes);
  if (old_bytes > bound || delta_bytes > bound - old_bytes) return UINT64_MAX;
  const uint64_t new_bytes = old_bytes + delta_bytes;
  const uint64_t accessible = RoundUpToHostPage(new_bytes);
  if (accessible > mapping.accessible_bytes) {
    if (!MakeAccessible(memory.base + mapping.accessible_bytes,
                        accessible - mapping.accessible_bytes))
      return UINT64_MAX;
    mapping.accessible_bytes = accessible;
  }
  memory.size_bytes.store(new_bytes, std::memory_order_release);
  return old_bytes >> shift;
}

void TrimMemoryPool() {
  Pool().Trim();
}

}  // namespace airwasm::runtime
