// Clocks and random numbers.
#ifndef AIRWASM_WASI_HOST_SYSTEM_H_
#define AIRWASM_WASI_HOST_SYSTEM_H_

#include <cstdint>
#include <span>

#include "wasi/host/interrupter.h"
#include "wasi/host/result.h"

namespace airwasm::security {
class Guard;
}

namespace airwasm::wasi::host {

// The numbers are those of WASI 0.1 (typename $clockid).
enum class ClockId : uint32_t { kRealtime = 0, kMonotonic = 1, kProcessCpu = 2, kThreadCpu = 3 };

// Nanoseconds; since 1970 for kRealtime. EINVAL for a clock that does not exist.
Result<uint64_t> ClockNow(ClockId id);
Result<uint64_t> ClockResolution(ClockId id);
// The same for a guest: EACCES if its guard denies the clock, and no finer than the guard allows.
Result<uint64_t> ClockNow(ClockId id, security::Guard* guard);
Result<uint64_t> ClockResolution(ClockId id, security::Guard* guard);

// Fills `bytes` from the kernel's generator, piece by piece, so that gigabytes can be interrupted.
Error FillRandom(std::span<uint8_t> bytes, const Waiter& waiter);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_SYSTEM_H_
