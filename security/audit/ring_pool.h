// The rings of a log, each with at most one thread at a time. A ring is never removed: a thread
// that ends hands its ring back with what is in it, and one that comes later goes on with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "security/audit/ring.h"

namespace airwasm::security::audit {

// Threads: any.
class RingPool {
 public:
  explicit RingPool(size_t ring_bytes) : ring_bytes_(ring_bytes) {}

  // Null: there is no memory.
  Ring* Take() noexcept;
  void GiveBack(Ring* ring);

  // Changes whenever there are more rings.
  size_t size() const { return size_.load(std::memory_order_acquire); }
  std::vector<Ring*> All() const;

  // For threads that still hold rings when the log is gone.
  void SetClosed() { closed_.store(true, std::memory_order_relaxed); }
  bool closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  const size_t ring_bytes_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::vector<Ring*> free_;  // has room for all of rings_
  std::atomic<size_t> size_{0};
  std::atomic<bool> closed_{false};
};

// This thread's ring of the log `log_id`, taken from `pool` the first time and handed back when the
// thread ends. Null: there is no memory. `*borrowed`: the thread is just ending, and the caller
// hands the ring back itself.
Ring* RingOfThisThread(uint64_t log_id, const std::shared_ptr<RingPool>& pool,
                       bool* borrowed) noexcept;

// The last ring that RingOfThisThread() found, so that most calls need not ask it. initial-exec: as
// code that may be of a library, the compiler would call for its address.
struct CachedRing {
  uint64_t log_id = 0;  // 0: none
  Ring* ring = nullptr;
};
[[gnu::tls_model("initial-exec")]] inline constinit thread_local CachedRing t_cached_ring;

}  // namespace airwasm::security::audit
