// Waiting for a word of this process to change, with a limit of time; std::atomic::wait has none.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>

namespace airwasm::security::audit {

// Returns when `word` is not `seen`, when it is woken, when the time is over, or for no reason.
inline void FutexWait(const std::atomic<uint32_t>& word, uint32_t seen, uint64_t timeout_ns) {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  const timespec timeout = {.tv_sec = static_cast<time_t>(timeout_ns / kNsPerSecond),
                            .tv_nsec = static_cast<long>(timeout_ns % kNsPerSecond)};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, &timeout, nullptr, 0);
}

inline void FutexWake(const std::atomic<uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace airwasm::security::audit
