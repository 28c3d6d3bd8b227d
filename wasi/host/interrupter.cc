#include "wasi/host/interrupter.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace airwasm::wasi::host {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
// Without an event descriptor a wait looks at the flag this often.
constexpr int64_t kBlindSliceNs = 10'000'000;

}  // namespace

Interrupter::Interrupter() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // In a process that was started without standard streams their numbers are free, and whoever then
  // hands "standard input" to a guest would hand out this.
  if (event_.valid() && event_.get() <= STDERR_FILENO) {
    event_.Reset(fcntl(event_.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
}

void Interrupter::Interrupt() {
  interrupted_.store(true, std::memory_order_release);
  if (!event_.valid()) return;
  const uint64_t one = 1;
  // Can only fail when the counter is full, and then the descriptor is readable anyway.
  [[maybe_unused]] ssize_t n = write(event_.get(), &one, sizeof one);
}

void Interrupter::Clear() {
  if (event_.valid()) {
    uint64_t count;
    [[maybe_unused]] ssize_t n = read(event_.get(), &count, sizeof count);
  }
  interrupted_.store(false, std::memory_order_release);
}

Deadline MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

Result<int> Waiter::Poll(std::vector<pollfd>& fds, Deadline deadline) const {
  const size_t count = fds.size();
  fds.push_back({});
  Result<int> ready = PollRaw(fds.data(), count, deadline);
  fds.pop_back();
  return ready;
}

Error Waiter::Sleep(Deadline deadline) const {
  pollfd spare;
  return PollRaw(&spare, 0, deadline).error();
}

Result<bool> Waiter::WaitOne(int fd, short events, Deadline deadline) const {
  pollfd fds[2] = {{.fd = fd, .events = events, .revents = 0}, {}};
  Result<int> ready = PollRaw(fds, 1, deadline);
  if (!ready.ok()) return ready.error();
  return *ready > 0;
}

Result<int> Waiter::PollRaw(pollfd* fds, nfds_t count, Deadline deadline) const {
  const int event_fd = interrupter_->event_fd();
  pollfd& event = fds[count];
  while (true) {
    if (interrupter_->interrupted()) return Error::Interrupted();
    int64_t left = kNever;
    if (deadline != kNever) left = std::max<int64_t>(deadline - MonotonicNow(), 0);
    const bool blind = event_fd < 0 && left > kBlindSliceNs;
    if (blind) left = kBlindSliceNs;
    // A negative descriptor is ignored by poll(2).
    event = {.fd = event_fd, .events = POLLIN, .revents = 0};
    const timespec timeout = {.tv_sec = static_cast<time_t>(left / kNsPerSecond),
                              .tv_nsec = static_cast<long>(left % kNsPerSecond)};
    const int n = ppoll(fds, count + 1, left == kNever ? nullptr : &timeout, nullptr);
    if (interrupter_->interrupted()) return Error::Interrupted();
    if (n < 0) {
      if (errno == EINTR) continue;
      return Error::Last();
    }
    const int ready = n - (event.revents != 0 ? 1 : 0);
    if (ready > 0) return ready;
    if (event.revents != 0) continue;  // Cleared between the poll and now.
    if (!blind) return 0;
  }
}

}  // namespace airwasm::wasi::host
