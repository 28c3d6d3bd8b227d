// Sees when threads have used up processor time or time on the clock: one thread for the process,
// started when something is first watched.
#pragma once

#include <time.h>

#include <cstdint>
#include <functional>
#include <optional>

namespace airwasm::security {

int64_t NowOf(clockid_t clock);  // 0 if the clock is gone, with its thread

struct TimeLimits {
  clockid_t cpu_clock{};
  std::optional<uint64_t> cpu_ns;   // from now on
  std::optional<uint64_t> wall_ns;  // likewise
  // Called once, on the watching thread, with whether it was the processor time; it is quick.
  std::function<void(bool is_cpu)> on_limit;
};

// A number for Unwatch. Threads: any.
uint64_t Watch(TimeLimits limits);
// Once it returns, `on_limit` is not running and will not run. Threads: any but the watching one.
void Unwatch(uint64_t watch);

}  // namespace airwasm::security
