// Where a guest waits: for the first of several pollables, for an interruption, for a wake-up from
// another thread.
#pragma once

#include <span>
#include <vector>

#include "wasi/host/interrupter.h"
#include "wasi/host/stream.h"

namespace airwasm::wasi::host {

// Wakes the guest's wait from other threads, when the state behind a pollable without a descriptor
// has changed. A wake-up before the wait is not lost.
class Wakeup {
 public:
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  void Notify();  // Threads: any.
  void Clear();
  int fd() const { return event_.get(); }

 private:
  UniqueFd event_;
};

// Waits until at least one of `pollables` is ready, and returns the indices of those that are.
// Errors: Interrupted.
Result<std::vector<uint32_t>> WaitForAny(std::span<Pollable* const> pollables, Wakeup& wakeup,
                                         const Waiter& waiter);

}  // namespace airwasm::wasi::host
