// How an interruption reaches threads that wait in memory.atomic.wait.
#pragma once

#include <atomic>
#include <cstdint>

namespace airwasm::runtime {

// Wakes the waiters of the store with this poll word, which has been set; each finds it set and
// ends in kInterrupted.
void WakeInterruptedWaiters(const std::atomic<uint32_t>& poll);

}  // namespace airwasm::runtime
