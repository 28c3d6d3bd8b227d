// The times of records: a counter of the processor where they are made, the time of day where they
// are written.
//
// Reading the counter costs a few nanoseconds and no call into the kernel. The writer takes pairs
// of (counter, monotonic clock), puts a record on the line through the last two, and adds what the
// time of day is ahead: a clock that is set moves what is written from then on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airwasm::security::audit {

extern const bool kCounterIsSteady;  // of this processor: goes at one speed, and never stops
// Ticks() of processors other than x86, and of those whose counter does not do.
uint64_t TicksWithoutCounter();

// Ticks() where kCounterIsSteady.
inline uint64_t Counter() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return TicksWithoutCounter();
#endif
}

// A counter that goes at one speed on all processors, or CLOCK_MONOTONIC in ns where there is none.
inline uint64_t Ticks() {
  return kCounterIsSteady ? Counter() : TicksWithoutCounter();
}

// Threads: the writer's alone.
class Clock {
 public:
  Clock() : last_(TakePair()) {}
  // Called before records that have been made since the last time are converted.
  void Synchronize();
  // ns since 1970, UTC, of a moment for which Ticks() gave `ticks`.
  int64_t TimeOf(uint64_t ticks) const {
    const auto delta = static_cast<int64_t>(ticks - now_.ticks);
    return now_.ns + ahead_ns_ +
           static_cast<int64_t>((static_cast<__int128>(delta) * ns_per_tick_) >> kShift);
  }

 private:
  static constexpr int kShift = 32;
  struct Pair {
    uint64_t ticks;
    int64_t ns;  // CLOCK_MONOTONIC
  };
  static Pair TakePair();

  Pair last_;  // at least kMinSpanNs before now_, unless nothing is that old
  Pair now_{};
  int64_t ns_per_tick_ = 0;  // times 2^kShift
  int64_t ahead_ns_ = 0;     // the time of day, of the monotonic clock
};

// RFC 3339 with nanoseconds: "2026-08-18T09:30:00.000000123Z". Texts of years 0 to 9999 compare as
// the times do.
inline constexpr size_t kTimeTextBytes = 30;

class TimeFormatter {
 public:
  // Writes kTimeTextBytes and returns where they end.
  char* Write(int64_t ns_since_1970, char* to);

 private:
  int64_t second_ = INT64_MIN;  // what text_ is of
  char text_[20];               // up to the seconds, and a dot
};

}  // namespace airwasm::security::audit
