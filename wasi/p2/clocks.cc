// wasi:clocks: the monotonic clock is the one that waits are measured with; the wall clock is the
// host's; of the host's time zone nothing is told.
#include "wasi/p2/clocks.h"

#include "wasi/host/system.h"
#include "wasi/p2/interface.h"
#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {
namespace {

using host::ClockId;
using host::Deadline;

class Timer : public host::Pollable {
 public:
  explicit Timer(Deadline deadline) : deadline_(deadline) {}
  bool Ready() override { return deadline_ != host::kNever && host::MonotonicNow() >= deadline_; }
  Interest interest() override { return {.deadline = deadline_}; }

 private:
  const Deadline deadline_;
};

// record timezone-display
struct TimezoneDisplay {
  int32_t utc_offset = 0;
  std::string name = "UTC";
  bool in_daylight_saving_time = false;
};
AIRWASM_RECORD(TimezoneDisplay, utc_offset, name, in_daylight_saving_time);

uint64_t Now() {
  return static_cast<uint64_t>(host::MonotonicNow());
}

absl::StatusOr<uint64_t> Known(host::Result<uint64_t> ns) {
  if (ns.error().posix() == EACCES)
    return absl::PermissionDeniedError("the guest may not read this clock");
  if (!ns.ok()) return absl::UnavailableError("the host has no such clock");
  return *ns;
}
absl::StatusOr<Datetime> KnownDatetime(host::Result<uint64_t> ns) {
  absl::StatusOr<uint64_t> known = Known(ns);
  if (!known.ok()) return known.status();
  return Datetime::FromNs(*known);
}

}  // namespace

absl::Status DefineClocks(ComponentLinker& linker) {
  absl::Status status;
  Interface(linker, "wasi:clocks/monotonic-clock", asks::kClock, &status)
      .Use("pollable", "wasi:io/poll")
      .Func("now",
            [](HostCall& call) {
              return Known(host::ClockNow(ClockId::kMonotonic, Context::Of(call).guard()));
            })
      .Func("resolution",
            [](HostCall& call) {
              return Known(host::ClockResolution(ClockId::kMonotonic, Context::Of(call).guard()));
            })
      .Func("subscribe-instant", asks::kWait,
            [](HostCall& call, uint64_t when) {
              return Subscribe(Context::Of(call), std::make_shared<Timer>(DeadlineOf(when)));
            })
      .Func("subscribe-duration", asks::kWait, [](HostCall& call, uint64_t when) {
        const uint64_t now = Now();
        const uint64_t end = when > UINT64_MAX - now ? UINT64_MAX : now + when;
        return Subscribe(Context::Of(call), std::make_shared<Timer>(DeadlineOf(end)));
      });
  Interface(linker, "wasi:clocks/wall-clock", asks::kClock, &status)
      .Func("now",
            [](HostCall& call) {
              return KnownDatetime(host::ClockNow(ClockId::kRealtime, Context::Of(call).guard()));
            })
      .Func("resolution", [](HostCall& call) {
        return KnownDatetime(host::ClockResolution(ClockId::kRealtime, Context::Of(call).guard()));
      });
  Interface(linker, "wasi:clocks/timezone", asks::kClock, &status)
      .Func("display", [](Datetime) { return TimezoneDisplay(); })
      .Func("utc-offset", [](Datetime) -> int32_t { return 0; });
  return status;
}

}  // namespace airwasm::wasi::p2
