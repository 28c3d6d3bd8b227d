#include "security/guard/time_watch.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>

#include "engine/base/background_thread.h"

namespace airwasm::security {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kNever = INT64_MAX;
// A thread that does not run comes no nearer to its limit: it is looked at this often, which is
// also how late its end may be seen.
constexpr int64_t kShortestWaitNs = 1'000'000;

class TimeWatch {
 public:
  uint64_t Add(TimeLimits limits) {
    const int64_t now = NowOf(CLOCK_MONOTONIC);
    Entry entry{.cpu_from = NowOf(limits.cpu_clock),
                .wall_end = limits.wall_ns ? After(now, *limits.wall_ns) : kNever,
                .limits = std::move(limits)};
    const std::lock_guard lock(mutex_);
    if (!started_) Start();
    const int64_t look_at = LookAt(entry, now);
    entries_.emplace(++last_, std::move(entry));
    if (look_at < wakes_at_) changed_.notify_one();
    return last_;
  }
  void Remove(uint64_t watch) {
    const std::lock_guard lock(mutex_);
    entries_.erase(watch);
  }

 private:
  struct Entry {
    int64_t cpu_from = 0;
    int64_t wall_end = kNever;
    TimeLimits limits;
    bool told = false;
  };

  static int64_t After(int64_t now, uint64_t ns) {
    return ns > static_cast<uint64_t>(kNever - now) ? kNever : now + static_cast<int64_t>(ns);
  }
  static int64_t CpuLeft(const Entry& entry) {
    const int64_t used = NowOf(entry.limits.cpu_clock) - entry.cpu_from;
    return *entry.limits.cpu_ns > static_cast<uint64_t>(kNever)
               ? kNever
               : static_cast<int64_t>(*entry.limits.cpu_ns) - used;
  }
  // The first moment at which a limit can have been reached: a thread uses no more processor time
  // than passes on the clock.
  static int64_t LookAt(const Entry& entry, int64_t now) {
    int64_t at = entry.wall_end;
    if (entry.limits.cpu_ns) {
      const int64_t left = std::max(CpuLeft(entry), kShortestWaitNs);
      at = std::min(at, After(now, static_cast<uint64_t>(left)));
    }
    return at;
  }

  void Start() {
    StartBackgroundThread([this] { Run(); }).detach();
    started_ = true;
  }

  // False: there was no memory for it, and it has to be told again.
  static bool Tell(const Entry& entry, bool is_cpu) {
    try {
      entry.limits.on_limit(is_cpu);
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      const int64_t now = NowOf(CLOCK_MONOTONIC);
      wakes_at_ = kNever;
      for (auto& [watch, entry] : entries_) {
        if (entry.told) continue;
        const bool cpu = entry.limits.cpu_ns && CpuLeft(entry) <= 0;
        if ((cpu || entry.wall_end <= now) && Tell(entry, cpu)) {
          entry.told = true;
        } else {
          wakes_at_ = std::min(wakes_at_, std::max(LookAt(entry, now), now + kShortestWaitNs));
        }
      }
      if (wakes_at_ == kNever) {
        changed_.wait(lock);
      } else {
        // Counts from the same moment as CLOCK_MONOTONIC.
        using Clock = std::chrono::steady_clock;
        changed_.wait_until(lock, Clock::time_point(std::chrono::nanoseconds(wakes_at_)));
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, Entry> entries_;
  uint64_t last_ = 0;
  int64_t wakes_at_ = kNever;
  bool started_ = false;
};

TimeWatch& TheWatch() {
  static auto* const watch = new TimeWatch;  // never destroyed: its thread runs
  return *watch;
}

}  // namespace

int64_t NowOf(clockid_t clock) {
  timespec now = {};
  if (clock_gettime(clock, &now) != 0) return 0;
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

uint64_t Watch(TimeLimits limits) {
  return TheWatch().Add(std::move(limits));
}
void Unwatch(uint64_t watch) {
  TheWatch().Remove(watch);
}

}  // namespace airwasm::security
