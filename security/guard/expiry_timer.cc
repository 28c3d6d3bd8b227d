#include "security/guard/expiry_timer.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "absl/time/clock.h"
#include "engine/base/background_thread.h"

namespace airwasm::security {
namespace {

// The wall clock can be set: so no wait is longer than this.
constexpr absl::Duration kLongestWait = absl::Seconds(1);
// What has expired has expired, memory or not: an action that found none is tried again.
constexpr absl::Duration kRetryWait = absl::Milliseconds(10);

class Timer {
 public:
  void Add(absl::Time when, std::function<void()> action) {
    const std::lock_guard lock(mutex_);
    actions_.emplace(when, std::move(action));
    if (!started_) Start();
    changed_.notify_one();
  }

 private:
  void Start() {
    StartBackgroundThread([this] { Run(); }).detach();
    started_ = true;
  }

  static bool HasRun(const std::function<void()>& action) {
    try {
      action();
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      const absl::Time now = absl::Now();
      if (!actions_.empty() && actions_.begin()->first <= now) {
        const std::function<void()> action = std::move(actions_.begin()->second);
        actions_.erase(actions_.begin());
        lock.unlock();
        while (!HasRun(action)) absl::SleepFor(kRetryWait);
        lock.lock();
        continue;
      }
      absl::Duration wait = kLongestWait;
      if (!actions_.empty()) wait = std::min(wait, actions_.begin()->first - now);
      if (actions_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, absl::ToChronoNanoseconds(wait));
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<absl::Time, std::function<void()>> actions_;
  bool started_ = false;
};

}  // namespace

void CallAt(absl::Time when, std::function<void()> action) {
  static auto* const timer = new Timer;  // never destroyed: its thread runs
  timer->Add(when, std::move(action));
}

}  // namespace airwasm::security
