// The thread of a log that takes records out of the rings and writes them.
//
// It looks into the rings every millisecond, less and less often while they are empty, and after a
// while sleeps until it is called (Asleep()). Rings that fill up call it sooner (Hurry()). A ring's
// records are released when they are in the file.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "security/audit/attention.h"
#include "security/audit/clock.h"
#include "security/audit/log_output.h"
#include "security/audit/name_table.h"
#include "security/audit/ring_pool.h"

namespace airwasm::security::audit {

struct WriterOptions {
  OutputOptions output;
  bool fail_calls = false;  // while writes fail (AuditOptions::OnFull::kFail)
  uint64_t close_timeout_ns = 0;
  std::function<void(const absl::Status&)> on_write_error;
};

class Writer {
 public:
  Writer(Resumed log, WriterOptions options, std::shared_ptr<RingPool> pool,
         const NameTable& names);
  ~Writer();
  // Writes the head, so that a log that cannot be written is found now, and starts the thread.
  absl::Status Start();

  // Any thread.
  uint64_t attention() const { return attention_.load(std::memory_order_relaxed); }
  void Hurry();
  // A call fails.
  void CountRefused() { refused_.fetch_add(1, std::memory_order_relaxed); }
  absl::Status Flush();
  absl::Status Close();

  uint64_t written() const { return written_.load(std::memory_order_relaxed); }
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  uint64_t failed_writes() const { return failed_writes_.load(std::memory_order_relaxed); }
  uint64_t rotations() const { return rotations_.load(std::memory_order_relaxed); }
  bool ended() const { return ended_.load(std::memory_order_acquire); }

 private:
  struct Source {
    Ring* ring;
    uint64_t read = 0;         // everything before is in the batch or written
    uint64_t flush_until = 0;  // what the present Flush() waits for
  };

  void Run();
  bool Step(uint64_t* deadline);  // false: that was all
  void TakeFlushRequest();
  void AnswerFlush(const absl::Status& status, bool always);
  bool FillBatch();
  void AddRecordsOf(Source& source);
  void AddNotes();
  void WriteBatch();
  void Wrote();
  void Failed(const absl::Status& status);
  void Rotate();
  void Beat();
  void StopBeating();
  bool RingsAreEmpty();
  void UpdateSources();
  void Sleep(uint64_t timeout_ns);
  void Idle();
  void SleepUntilCalled();
  void End();
  void WriteEnd();

  const WriterOptions options_;
  const std::shared_ptr<RingPool> pool_;
  const NameTable& names_;

  // Of the thread.
  bool note_not_closed_;
  const uint64_t lines_after_head_;
  LogOutput output_;
  Clock clock_;
  std::vector<Source> sources_;
  size_t next_source_ = 0;
  uint32_t seen_calls_ = 0;  // called_, before it looked around
  uint64_t noted_refused_ = 0;
  bool failing_ = false;
  bool rotation_failing_ = false;
  uint64_t backoff_ns_ = 0;
  uint64_t idle_since_ns_ = 0;  // 0: it is not idle
  uint64_t flush_taken_ = 0;    // the request that flush_until stands for
  bool has_barrier_ = false;

  // Read by all on each call, written a thousand times a second.
  alignas(64) std::atomic<uint64_t> attention_{0};
  alignas(64) std::atomic<uint32_t> called_{0};  // a futex
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{false};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> failed_writes_{0};
  std::atomic<uint64_t> rotations_{0};

  std::mutex mutex_;
  std::condition_variable flushed_;
  std::atomic<uint64_t> flush_asked_{0};  // changed under mutex_
  uint64_t flush_answered_ = 0;
  absl::Status flush_status_;
  std::mutex close_mutex_;
  absl::Status close_status_;
  std::thread thread_;
};

}  // namespace airwasm::security::audit
