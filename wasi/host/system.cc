#include "wasi/host/system.h"

#include <sys/random.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include "airwasm/guard.h"
#include "security/base/object.h"

namespace airwasm::wasi::host {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
// About a millisecond's worth.
constexpr size_t kRandomChunkBytes = 256 * 1024;

std::optional<clockid_t> HostClock(ClockId id) {
  switch (id) {
    case ClockId::kRealtime:
      return CLOCK_REALTIME;
    case ClockId::kMonotonic:
      return CLOCK_MONOTONIC;
    case ClockId::kProcessCpu:
      return CLOCK_PROCESS_CPUTIME_ID;
    case ClockId::kThreadCpu:
      return CLOCK_THREAD_CPUTIME_ID;
  }
  return std::nullopt;
}

template <typename Call>
Result<uint64_t> Ask(ClockId id, Call call) {
  const std::optional<clockid_t> clock = HostClock(id);
  if (!clock) return Error::Posix(EINVAL);
  timespec t;
  if (call(*clock, &t) != 0) return Error::Last();
  return static_cast<uint64_t>(t.tv_sec) * kNsPerSecond + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace

Result<uint64_t> ClockNow(ClockId id) {
  return Ask(id, clock_gettime);
}

Result<uint64_t> ClockResolution(ClockId id) {
  return Ask(id, clock_getres);
}

namespace {

// As scopes of the capability name them.
constexpr std::string_view kClockNames[] = {"wall", "monotonic", "process", "thread"};

Result<uint64_t> AskFor(security::Guard* guard, ClockId id, Result<uint64_t> (*ask)(ClockId),
                        bool down) {
  Result<uint64_t> answer = ask(id);
  if (guard == nullptr || !answer.ok()) return answer;
  const std::string_view name = kClockNames[static_cast<size_t>(id)];
  using security::Capability;
  if (!guard->Allow(security::SetOf(Capability::kClock), security::Object::Name(name)))
    return Error::Posix(EACCES);
  const uint64_t quantum = guard->ClockQuantumNs(name);
  if (quantum == 0) return answer;
  return down ? *answer - *answer % quantum : std::max(*answer, quantum);
}

}  // namespace

Result<uint64_t> ClockNow(ClockId id, security::Guard* guard) {
  return AskFor(guard, id, &ClockNow, true);
}

Result<uint64_t> ClockResolution(ClockId id, security::Guard* guard) {
  return AskFor(guard, id, &ClockResolution, false);
}

Error FillRandom(std::span<uint8_t> bytes, const Waiter& waiter) {
  while (!bytes.empty()) {
    if (Error e = waiter.Check(); !e.ok()) return e;
    const ssize_t n = getrandom(bytes.data(), std::min(bytes.size(), kRandomChunkBytes), 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      return Error::Last();
    }
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return Error();
}

}  // namespace airwasm::wasi::host
