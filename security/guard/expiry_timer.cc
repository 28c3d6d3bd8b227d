#include "security/guard/expiry_timer.h"

#include <algorithm>
#include <map>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "engine/base/background_thread.h"

namespace airwasm::security {
namespace {

// The wall clock can be set: so no wait is longer than this.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

class Timer {
 public:
  void Add(absl::Time when, std::function<void()> action) {
    const absl::MutexLock lock(&mutex_);
    actions_.emplace(when, std::move(action));
    if (!started_) Start();
    changed_.Signal();
  }

 private:
  void Start() {
    started_ = true;
    StartBackgroundThread([this] { Run(); }).detach();
  }

  void Run() {
    const absl::MutexLock lock(&mutex_);
    while (true) {
      const absl::Time now = absl::Now();
      if (!actions_.empty() && actions_.begin()->first <= now) {
        const std::function<void()> action = std::move(actions_.begin()->second);
        actions_.erase(actions_.begin());
        mutex_.Unlock();
        action();
        mutex_.Lock();
        continue;
      }
      absl::Duration wait = kLongestWait;
      if (!actions_.empty()) wait = std::min(wait, actions_.begin()->first - now);
      if (actions_.empty()) {
        changed_.Wait(&mutex_);
      } else {
        changed_.WaitWithTimeout(&mutex_, wait);
      }
    }
  }

  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::multimap<absl::Time, std::function<void()>> actions_;
  bool started_ = false;
};

}  // namespace

void CallAt(absl::Time when, std::function<void()> action) {
  static auto* const timer = new Timer;  // never destroyed: its thread runs
  timer->Add(when, std::move(action));
}

}  // namespace airwasm::security
