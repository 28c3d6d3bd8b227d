#include "jit/budget.h"

#include <time.h>

namespace airwasm::jit {
uint64_t ThreadTimeNs() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

Budget::Budget(const std::atomic<bool>* cancelled)
    : begin_ns_(ThreadTimeNs()), begin_(std::chrono::steady_clock::now()), cancelled_(cancelled) {}

bool Budget::IsLate() const {
  if (MustStop()) return true;
  // Each pass asks, of each function and loop. Processor time is a call of the kernel, which is
  // saved until so much time can have been spent at all.
  constexpr std::chrono::nanoseconds kMost(kMaxOptimizeNs);
  return std::chrono::steady_clock::now() - begin_ > kMost &&
         ThreadTimeNs() - begin_ns_ > kMaxOptimizeNs;
}

}  // namespace airwasm::jit
