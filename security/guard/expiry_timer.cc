#include "security/guard/expiry_timer.h"

#include <signal.h>

#include <algorithm>
#include <map>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

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
    // Signals to the process are for the embedder's threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { Run(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
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
