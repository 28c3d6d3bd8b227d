// Ending a guest that waits.
//
// Every host operation that can block does so in poll(2), together with the Interrupter's event
// descriptor; so a timeout or an interruption from another thread ends a read from a silent stdin,
// a sleep, and a write into a pipe that nobody reads. An operation that was ended this way answers
// Error::Interrupted(), which the bindings turn into a trap.
#ifndef AIRWASM_WASI_HOST_INTERRUPTER_H_
#define AIRWASM_WASI_HOST_INTERRUPTER_H_

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "wasi/host/result.h"
#include "wasi/host/unique_fd.h"

namespace airwasm::wasi::host {

// The side that another thread holds. Stays interrupted until cleared, so an interruption that
// comes just before a wait is not lost.
//
// Threads: all members may be called from any thread; Interrupt() also from a signal handler.
class Interrupter {
 public:
  Interrupter();
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;

  void Interrupt();
  void Clear();
  bool interrupted() const { return interrupted_.load(std::memory_order_acquire); }

  // Readable while interrupted; -1 if the host had no descriptor to spare (waits then look at the
  // flag now and then).
  int event_fd() const { return event_.get(); }

 private:
  std::atomic<bool> interrupted_{false};
  UniqueFd event_;
};

// A moment of CLOCK_MONOTONIC, in nanoseconds.
using Deadline = int64_t;
inline constexpr Deadline kNever = std::numeric_limits<Deadline>::max();

// Now, on the clock of Deadline.
Deadline MonotonicNow();

// The side that the guest's thread waits on. `interrupter` outlives it.
class Waiter {
 public:
  explicit Waiter(const Interrupter* interrupter) : interrupter_(interrupter) {}

  // True once `fd` can be read (or written) without blocking, which includes end of file and
  // errors; false when the deadline passed first.
  Result<bool> WaitReadable(int fd, Deadline deadline = kNever) const {
    return WaitOne(fd, POLLIN, deadline);
  }
  Result<bool> WaitWritable(int fd, Deadline deadline = kNever) const {
    return WaitOne(fd, POLLOUT, deadline);
  }

  // Waits until one of `fds` has something to report in `revents`; the number of those, or 0 when
  // the deadline passed. Leaves `fds` with the entries it came with.
  Result<int> Poll(std::vector<pollfd>& fds, Deadline deadline) const;

  Error Sleep(Deadline deadline) const;

  // What a long computation on the guest's behalf asks between two chunks.
  Error Check() const { return interrupter_->interrupted() ? Error::Interrupted() : Error(); }

 private:
  Result<bool> WaitOne(int fd, short events, Deadline deadline) const;
  // `fds[count]` is a spare entry for the event descriptor.
  Result<int> PollRaw(pollfd* fds, nfds_t count, Deadline deadline) const;

  const Interrupter* interrupter_;
};

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_INTERRUPTER_H_
