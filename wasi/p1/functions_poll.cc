// poll_oneoff: wait until the first of several things happens, and report all that have.
#include <poll.h>

#include <algorithm>
#include <vector>

#include "wasi/host/file_io.h"
#include "wasi/host/system.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {
namespace {

namespace right = host::right;
using host::ClockId;
using host::Deadline;
using host::Descriptor;
using host::Error;
using host::Result;

// Subscriptions in one call. The host keeps a few dozen bytes for each, so there has to be a
// number.
constexpr uint32_t kMaxSubscriptions = 64 * 1024;
// What a pipe that is ready for writing takes for certain (PIPE_BUF).
constexpr uint64_t kWritableBytes = 4096;

struct Subscription {
  uint64_t userdata;
  uint8_t type;
  Error error;             // reported at once, instead of waiting
  ClockId clock;           // for kEventClock
  uint64_t due;            // on that clock
  Descriptor* descriptor;  // for the other two
  size_t slot;             // its place in the list for poll(2)
};

// What the host keeps for each subscription.
constexpr uint64_t kSubscriptionBytes = sizeof(Subscription) + sizeof(pollfd);

// The descriptors to wait for, each once, however many subscriptions name it.
class PollSet {
 public:
  size_t Add(int fd, short events) {
    // Guests rarely mix more than a few; the last ones are the likeliest.
    const auto same = [fd](const pollfd& p) { return p.fd == fd; };
    const auto found = std::find_if(fds_.rbegin(), fds_.rend(), same);
    if (found != fds_.rend()) {
      found->events |= events;
      return static_cast<size_t>(fds_.rend() - found) - 1;
    }
    fds_.push_back({.fd = fd, .events = events, .revents = 0});
    return fds_.size() - 1;
  }
  std::vector<pollfd>& fds() { return fds_; }
  short revents(size_t slot) const { return fds_[slot].revents; }

 private:
  std::vector<pollfd> fds_;
};

void ReadClock(const Call& call, uint64_t at, Subscription& s) {
  const uint32_t id = call.memory.Load<uint32_t>(at + call.layout.clock_id);
  const uint64_t timeout = call.memory.Load<uint64_t>(at + call.layout.clock_timeout);
  const uint16_t flags = call.memory.Load<uint16_t>(at + call.layout.clock_flags);
  s.clock = static_cast<ClockId>(id);
  if ((flags & ~kClockAbstime) != 0) {
    s.error = Error::Posix(EINVAL);
    return;
  }
  // CPU time does not pass while we wait.
  if (s.clock == ClockId::kProcessCpu || s.clock == ClockId::kThreadCpu) {
    s.error = Error::Posix(ENOTSUP);
    return;
  }
  Result<uint64_t> now = host::ClockNow(s.clock);
  if (!now.ok()) {
    s.error = now.error();
    return;
  }
  s.due = timeout;
  if ((flags & kClockAbstime) == 0 && __builtin_add_overflow(*now, timeout, &s.due))
    s.due = UINT64_MAX;
}

void ReadDescriptor(const Call& call, uint64_t at, Subscription& s, PollSet& set) {
  const bool reads = s.type == kEventFdRead;
  const host::Rights rights = right::kPollFdReadwrite | (reads ? right::kFdRead : right::kFdWrite);
  Result<Descriptor*> d = Get(call, call.memory.Load<uint32_t>(at + call.layout.fd), rights);
  if (!d.ok()) {
    s.error = d.error();
    return;
  }
  s.descriptor = *d;
  s.slot = set.Add((*d)->fd.get(), reads ? POLLIN : POLLOUT);
}

// How long until `s` is due; 0 if it is.
uint64_t TimeLeft(const Subscription& s) {
  Result<uint64_t> now = host::ClockNow(s.clock);
  if (!now.ok() || *now >= s.due) return 0;
  return s.due - *now;
}

struct Event {
  Error error;
  uint64_t bytes = 0;
  bool hangup = false;
};

// True if there is something to report on `s`.
bool HasHappened(const Subscription& s, const PollSet& set, Event* event) {
  if (!s.error.ok()) {
    event->error = s.error;
    return true;
  }
  if (s.type == kEventClock) return TimeLeft(s) == 0;
  const short events = set.revents(s.slot);
  const short wanted = s.type == kEventFdRead ? POLLIN : POLLOUT;
  if ((events & POLLNVAL) != 0) {
    event->error = Error::Posix(EBADF);
    return true;
  }
  // An end or an error shows when the guest then reads or writes; it must not wait for more.
  event->hangup = (events & (POLLHUP | POLLERR)) != 0;
  if ((events & wanted) == 0 && !event->hangup) return false;
  event->bytes = s.type == kEventFdRead ? host::BytesReadable(*s.descriptor) : kWritableBytes;
  return true;
}

void StoreEvent(const Call& call, uint64_t at, const Subscription& s, const Event& event) {
  std::memset(call.memory.Bytes(static_cast<uint32_t>(at), event_at::kSize).data(), 0,
              event_at::kSize);
  call.memory.Store<uint64_t>(at + event_at::kUserdata, s.userdata);
  call.memory.Store<uint16_t>(at + event_at::kError, static_cast<uint16_t>(ToErrno(event.error)));
  call.memory.Store<uint8_t>(at + event_at::kType, s.type);
  call.memory.Store<uint64_t>(at + event_at::kNbytes, event.bytes);
  call.memory.Store<uint16_t>(at + event_at::kFlags, event.hangup ? kEventHangup : 0);
}

}  // namespace

P1Result PollOneoff(const Call& call) {
  const uint32_t in = call.I32(0);
  const uint32_t out = call.I32(1);
  const uint32_t count = call.I32(2);
  const uint32_t count_at = call.I32(3);
  // Waiting for nothing would be forever.
  if (count == 0 || count > kMaxSubscriptions) return Answer(Errno::kInval);
  if (!call.memory.Contains(in, uint64_t{count} * call.layout.subscription_bytes) ||
      !call.memory.Contains(out, uint64_t{count} * event_at::kSize) ||
      !call.memory.Contains(count_at, sizeof(uint32_t))) {
    return Answer(Errno::kFault);
  }
  if (call.context.guard() != nullptr) call.context.guard()->Describe(asks::kWait, "");
  const security::HostBytes charge(call.context.meter(), uint64_t{count} * kSubscriptionBytes);
  if (!charge.ok()) return Answer(Errno::kNomem);
  // Taken out of guest memory before anything is written into it: the two lists may overlap.
  std::vector<Subscription> subscriptions(count);
  PollSet set;
  bool immediate = false;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t at = uint64_t{in} + uint64_t{i} * call.layout.subscription_bytes;
    Subscription& s = subscriptions[i];
    s.userdata = call.memory.Load<uint64_t>(at + call.layout.userdata);
    s.type = call.memory.Load<uint8_t>(at + call.layout.tag);
    if (s.type == kEventClock) {
      ReadClock(call, at, s);
    } else if (s.type == kEventFdRead || s.type == kEventFdWrite) {
      ReadDescriptor(call, at, s, set);
    } else {
      return Answer(Errno::kInval);
    }
    immediate |= !s.error.ok();
  }
  uint32_t happened = 0;
  while (happened == 0) {
    Deadline deadline = immediate ? 0 : host::kNever;
    for (const Subscription& s : subscriptions) {
      if (s.type != kEventClock || !s.error.ok() || deadline == 0) continue;
      const Deadline now = host::MonotonicNow();
      const uint64_t left =
          std::min<uint64_t>(TimeLeft(s), static_cast<uint64_t>(host::kNever - now - 1));
      deadline = std::min(deadline, now + static_cast<Deadline>(left));
    }
    Result<int> ready = call.context.waiter().Poll(set.fds(), deadline);
    if (!ready.ok()) return Answer(ready.error());
    for (const Subscription& s : subscriptions) {
      Event event;
      if (!HasHappened(s, set, &event)) continue;
      StoreEvent(call, uint64_t{out} + uint64_t{happened} * event_at::kSize, s, event);
      ++happened;
    }
    // Nothing: the wall clock was set back, or the wait ended a little early. Once more, for the
    // rest.
  }
  call.memory.Store<uint32_t>(count_at, happened);
  return Success();
}

}  // namespace airwasm::wasi::p1
