// What other packages share with wasi:clocks.
#pragma once

#include <cstdint>

#include "airwasm/component_linker.h"
#include "wasi/host/interrupter.h"

namespace airwasm::wasi::p2 {

inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

// record datetime
struct Datetime {
  uint64_t seconds = 0;
  uint32_t nanoseconds = 0;

  static constexpr Datetime FromNs(uint64_t ns) {
    return {ns / kNsPerSecond, static_cast<uint32_t>(ns % kNsPerSecond)};
  }
};
AIRWASM_RECORD(Datetime, seconds, nanoseconds);

// The moment of an `instant`; one that the clock will never reach is kNever.
constexpr host::Deadline DeadlineOf(uint64_t instant) {
  return instant < static_cast<uint64_t>(host::kNever) ? static_cast<host::Deadline>(instant)
                                                       : host::kNever;
}

}  // namespace airwasm::wasi::p2
