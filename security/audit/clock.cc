#include "security/audit/clock.h"

#include <cstring>
#include <ctime>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace airwasm::security::audit {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
// Pairs that are closer together than this would give a bad slope: reading a clock takes some 20
// ns.
constexpr int64_t kMinSpanNs = 1'000'000;

int64_t Now(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

char* WriteDigits(char* to, int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + digits;
}

}  // namespace

#if defined(__x86_64__)
const bool kCounterIsSteady = [] {
  constexpr unsigned kPowerManagement = 0x80000007;
  constexpr unsigned kInvariantTsc = 1 << 8;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(kPowerManagement, &eax, &ebx, &ecx, &edx) != 0 && (edx & kInvariantTsc) != 0;
}();
#endif

uint64_t TicksWithoutCounter() {
#if defined(__aarch64__)
  uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return static_cast<uint64_t>(Now(CLOCK_MONOTONIC));
#endif
}

// Of several tries the one that took least: a thread may lose its processor between the two
// readings.
Clock::Pair Clock::TakePair() {
  constexpr int kTries = 3;
  Pair best{};
  uint64_t best_span = UINT64_MAX;
  for (int i = 0; i < kTries; ++i) {
    const uint64_t before = Ticks();
    const int64_t ns = Now(CLOCK_MONOTONIC);
    const uint64_t span = Ticks() - before;
    if (span >= best_span) continue;
    best_span = span;
    best = {.ticks = before + span / 2, .ns = ns};
  }
  return best;
}

void Clock::Synchronize() {
  now_ = TakePair();
  ahead_ns_ = Now(CLOCK_REALTIME) - Now(CLOCK_MONOTONIC);
  const auto ticks = static_cast<int64_t>(now_.ticks - last_.ticks);
  if (ticks <= 0) return;
  const int64_t span = now_.ns - last_.ns;
  ns_per_tick_ = static_cast<int64_t>((static_cast<__int128>(span) << kShift) / ticks);
  if (span >= kMinSpanNs) last_ = now_;
}

char* TimeFormatter::Write(int64_t ns_since_1970, char* to) {
  int64_t second = ns_since_1970 / kNsPerSecond;
  int64_t ns = ns_since_1970 % kNsPerSecond;
  if (ns < 0) {
    --second;
    ns += kNsPerSecond;
  }
  if (second != second_) {
    second_ = second;
    const time_t seconds = second;
    tm utc{};
    gmtime_r(&seconds, &utc);
    auto write = [at = text_](int64_t value, int digits, char separator) mutable {
      at = WriteDigits(at, value, digits);
      *at++ = separator;
    };
    write(utc.tm_year + 1900, 4, '-');
    write(utc.tm_mon + 1, 2, '-');
    write(utc.tm_mday, 2, 'T');
    write(utc.tm_hour, 2, ':');
    write(utc.tm_min, 2, ':');
    write(utc.tm_sec, 2, '.');
  }
  std::memcpy(to, text_, sizeof text_);
  to = WriteDigits(to + sizeof text_, ns, 9);
  *to++ = 'Z';
  return to;
}

}  // namespace airwasm::security::audit
