#include "wasi/host/poll_set.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

namespace airwasm::wasi::host {
namespace {

// Without an event descriptor a wait looks at the pollables this often.
constexpr Deadline kBlindSliceNs = 10'000'000;

// So many pollables are asked between two looks at the interrupter.
constexpr uint32_t kLookBetweenChecks = 4096;

// What ppoll is asked: one entry per descriptor, however many pollables look at it; poll(2) takes
// no more entries than the process may have descriptors.
class Interests {
 public:
  explicit Interests(size_t pollables) : by_hash_(pollables > kFewPollables) {}

  // The entry's place; those of pollables without a descriptor are npos.
  size_t Add(const Pollable::Interest& interest) {
    deadline_ = std::min(deadline_, interest.deadline);
    if (interest.fd < 0) return kNone;
    const size_t at = Find(interest.fd);
    fds_[at].events = static_cast<short>(fds_[at].events | interest.events);
    return at;
  }

  static constexpr size_t kNone = static_cast<size_t>(-1);

  Result<int> Wait(const Wakeup& wakeup, const Waiter& waiter) {
    Deadline deadline = deadline_;
    if (wakeup.fd() < 0) deadline = std::min(deadline, MonotonicNow() + kBlindSliceNs);
    wakeup_at_ = fds_.size();
    fds_.push_back({.fd = wakeup.fd(), .events = POLLIN, .revents = 0});
    return waiter.Poll(fds_, deadline);
  }
  bool Reported(size_t at) const { return fds_[at].revents != 0; }
  bool woken() const { return Reported(wakeup_at_); }

 private:
  static constexpr size_t kFewPollables = 16;

  size_t Find(int fd) {
    if (by_hash_) {
      const auto [found, is_new] = places_.try_emplace(fd, fds_.size());
      if (is_new) fds_.push_back({.fd = fd, .events = 0, .revents = 0});
      return found->second;
    }
    for (size_t i = 0; i < fds_.size(); ++i) {
      if (fds_[i].fd == fd) return i;
    }
    fds_.push_back({.fd = fd, .events = 0, .revents = 0});
    return fds_.size() - 1;
  }

  const bool by_hash_;
  std::vector<pollfd> fds_;
  std::unordered_map<int, size_t> places_;
  Deadline deadline_ = kNever;
  size_t wakeup_at_ = 0;
};

}  // namespace

Wakeup::Wakeup() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // As the Interrupter's: never a number that means a standard stream.
  if (event_.valid() && event_.get() <= STDERR_FILENO) {
    event_.Reset(fcntl(event_.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
}

void Wakeup::Notify() {
  if (!event_.valid()) return;
  const uint64_t one = 1;
  // Can only fail when the counter is full, and then the descriptor is readable anyway.
  [[maybe_unused]] ssize_t n = write(event_.get(), &one, sizeof one);
}

void Wakeup::Clear() {
  if (!event_.valid()) return;
  uint64_t count;
  [[maybe_unused]] ssize_t n = read(event_.get(), &count, sizeof count);
}

Result<std::vector<uint32_t>> WaitForAny(std::span<Pollable* const> pollables, Wakeup& wakeup,
                                         const Waiter& waiter) {
  std::vector<uint32_t> ready;
  for (uint32_t i = 0; i < pollables.size(); ++i) {
    // A guest may name one pollable millions of times.
    if (i % kLookBetweenChecks == 0) {
      if (Error e = waiter.Check(); !e.ok()) return e;
    }
    if (pollables[i]->Ready()) ready.push_back(i);
  }
  std::vector<size_t> places(ready.empty() ? pollables.size() : 0);
  while (ready.empty()) {
    Interests interests(pollables.size());
    for (size_t i = 0; i < pollables.size(); ++i) {
      places[i] = interests.Add(pollables[i]->interest());
    }
    if (Result<int> n = interests.Wait(wakeup, waiter); !n.ok()) return n.error();
    // Taken back before looking, so that what happens from now on wakes the next wait.
    if (interests.woken()) wakeup.Clear();
    for (uint32_t i = 0; i < pollables.size(); ++i) {
      const bool may_be = places[i] == Interests::kNone || interests.Reported(places[i]);
      if (may_be && pollables[i]->Ready()) ready.push_back(i);
    }
  }
  if (Error e = waiter.Check(); !e.ok()) return e;
  return ready;
}

}  // namespace airwasm::wasi::host
