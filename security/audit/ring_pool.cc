#include "security/audit/ring_pool.h"

#include <algorithm>
#include <new>

namespace airwasm::security::audit {
namespace {

struct HeldRing {
  uint64_t log_id;
  std::shared_ptr<RingPool> pool;
  Ring* ring;
};

constinit thread_local bool t_ended = false;

struct ThreadRings {
  std::vector<HeldRing> held;
  ~ThreadRings() {
    for (const HeldRing& entry : held) entry.pool->GiveBack(entry.ring);
    t_cached_ring = {};
    t_ended = true;
  }
};

ThreadRings& OfThisThread() {
  static thread_local ThreadRings rings;
  return rings;
}

}  // namespace

Ring* RingPool::Take() noexcept try {
  const std::lock_guard lock(mutex_);
  if (!free_.empty()) {
    Ring* const ring = free_.back();
    free_.pop_back();
    return ring;
  }
  free_.reserve(rings_.size() + 1);
  rings_.push_back(std::make_unique<Ring>(ring_bytes_));
  size_.store(rings_.size(), std::memory_order_release);
  return rings_.back().get();
} catch (const std::bad_alloc&) {
  return nullptr;
}

void RingPool::GiveBack(Ring* ring) {
  const std::lock_guard lock(mutex_);
  free_.push_back(ring);
}

std::vector<Ring*> RingPool::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<Ring*> all;
  for (const std::unique_ptr<Ring>& ring : rings_) all.push_back(ring.get());
  return all;
}

Ring* RingOfThisThread(uint64_t log_id, const std::shared_ptr<RingPool>& pool,
                       bool* borrowed) noexcept try {
  *borrowed = t_ended;
  if (t_ended) return pool->Take();
  std::vector<HeldRing>& held = OfThisThread().held;
  auto found = std::ranges::find(held, log_id, &HeldRing::log_id);
  if (found == held.end()) {
    std::erase_if(held, [](const HeldRing& entry) { return entry.pool->closed(); });
    held.reserve(held.size() + 1);
    Ring* const ring = pool->Take();
    if (ring == nullptr) return nullptr;
    held.push_back({log_id, pool, ring});
    found = held.end() - 1;
  }
  t_cached_ring = {.log_id = log_id, .ring = found->ring};
  return found->ring;
} catch (const std::bad_alloc&) {
  return nullptr;
}

}  // namespace airwasm::security::audit
