// Interrupts a guest once, after a time, unless destroyed before.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace airwasm::tools {

class Watchdog {
 public:
  Watchdog(std::chrono::nanoseconds timeout, std::function<void()> interrupt)
      : thread_([this, timeout, interrupt = std::move(interrupt)] {
          std::unique_lock lock(mutex_);
          if (!done_cv_.wait_for(lock, timeout, [this] { return done_; })) interrupt();
        }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    done_cv_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_cv_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace airwasm::tools
