// How long something took that several threads do: all of them together, and by the clock on the
// wall while at least one did.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace airwasm::tier {

// Threads: any.
class BusyClock {
 public:
  // Counts from its construction to its end.
  class Span {
   public:
    explicit Span(BusyClock& clock) : clock_(clock) { clock.Change(+1); }
    ~Span() { clock_.Change(-1); }
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

   private:
    BusyClock& clock_;
  };

  struct Times {
    uint64_t all_threads_ns = 0;
    uint64_t wall_ns = 0;
  };
  // Up to now, spans that have not ended included.
  Times times() {
    Change(0);
    const std::lock_guard lock(mutex_);
    return times_;
  }

 private:
  void Change(int by) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    const auto passed = static_cast<uint64_t>((now - last_).count());
    times_.all_threads_ns += passed * static_cast<uint64_t>(busy_);
    if (busy_ > 0) times_.wall_ns += passed;
    last_ = now;
    busy_ += by;
  }

  std::mutex mutex_;
  int busy_ = 0;
  std::chrono::steady_clock::time_point last_;  // of the last change
  Times times_;
};

}  // namespace airwasm::tier
