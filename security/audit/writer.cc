#include "security/audit/writer.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "airwasm/capability.h"
#include "engine/base/out_of_memory.h"
#include "engine/base/status_macros.h"
#include "security/audit/futex.h"

namespace airwasm::security::audit {
namespace {

constexpr uint64_t kMillisecond = 1'000'000;
// Between two looks into empty rings, and how it grows with the time that they have been empty.
constexpr uint64_t kShortestPause = kMillisecond;
constexpr uint64_t kLongestPause = 32 * kMillisecond;
constexpr uint64_t kIdleUntilSleep = 100 * kMillisecond;
// A sleep that ends by itself costs nothing at this length; without membarrier() a call may go
// unheard, so it is short.
constexpr uint64_t kSleep = 10'000 * kMillisecond;
constexpr uint64_t kSleepWithoutBarrier = 50 * kMillisecond;
// Between two attempts to write to a full disk.
constexpr uint64_t kFirstBackoff = kMillisecond;
constexpr uint64_t kLongestBackoff = 200 * kMillisecond;
// After less than this, rings are left to fill for a while: few large writes cost less than many
// small ones.
constexpr size_t kSmallBatchBytes = 64 << 10;
// Of one ring at a time, so that a busy one does not keep the others waiting.
constexpr uint64_t kTurnBytes = 64 << 10;

uint64_t NowNs() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

bool MemBarrier(int command) {
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}

// Signals are the business of the threads that run guests.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Writer::Writer(Resumed log, WriterOptions options, std::shared_ptr<RingPool> pool,
               const NameTable& names)
    : options_(std::move(options)),
      pool_(std::move(pool)),
      names_(names),
      note_not_closed_(log.was_not_closed),
      lines_after_head_(log.lines_after_head),
      output_(std::move(log), options_.output) {}

Writer::~Writer() {
  Close().IgnoreError();
}

absl::Status Writer::Start() {
  RETURN_IF_ERROR(output_.Begin());
  const AllSignalsBlocked blocked;
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "airwasm-audit");
  return absl::OkStatus();
}

void Writer::Hurry() {
  // Together with Sleep(): either that sees the new count, or this sees that it sleeps.
  called_.fetch_add(1, std::memory_order_seq_cst);
  if (sleeping_.load(std::memory_order_seq_cst)) FutexWake(called_);
}

absl::Status Writer::Flush() {
  std::unique_lock lock(mutex_);
  if (ended()) return absl::FailedPreconditionError("the audit log is closed");
  const uint64_t mine = flush_asked_.fetch_add(1, std::memory_order_seq_cst) + 1;
  Hurry();
  flushed_.wait(lock, [&] { return flush_answered_ >= mine; });
  return flush_status_;
}

absl::Status Writer::Close() {
  const std::lock_guard lock(close_mutex_);
  if (!thread_.joinable()) return close_status_;
  attention_.fetch_or(kRefuses, std::memory_order_seq_cst);
  stopping_.store(true, std::memory_order_seq_cst);
  Hurry();
  thread_.join();
  return close_status_;
}

void Writer::Run() {
  uint64_t deadline = 0;
  bool goes_on = true;
  while (goes_on) {
    try {
      goes_on = Step(&deadline);
    } catch (const std::bad_alloc&) {
      // What was read is in the batch, what was not is in the rings: both wait, as for a full disk.
      goes_on = deadline == 0 || NowNs() < deadline;
      Sleep(kShortestPause);
    }
  }
  End();
}

bool Writer::Step(uint64_t* deadline) {
  seen_calls_ = called_.load(std::memory_order_seq_cst);
  Beat();
  const bool stopping = stopping_.load(std::memory_order_seq_cst);
  if (stopping && *deadline == 0) *deadline = NowNs() + options_.close_timeout_ns;
  TakeFlushRequest();
  if (failing_ || FillBatch()) {
    const bool small = output_.bytes() < kSmallBatchBytes;
    WriteBatch();
    if (failing_ && stopping && NowNs() >= *deadline) return false;
    if (failing_) {
      Sleep(backoff_ns_);
    } else if (small && !stopping) {
      Sleep(kShortestPause);
    }
    return true;
  }
  AnswerFlush(absl::OkStatus(), /*always=*/false);
  if (stopping) return false;
  Idle();
  return true;
}

void Writer::UpdateSources() {
  if (sources_.size() == pool_->size()) return;
  const std::vector<Ring*> rings = pool_->All();
  for (size_t i = sources_.size(); i < rings.size(); ++i) sources_.push_back({.ring = rings[i]});
}

// What has been appended by now is what the request waits for.
void Writer::TakeFlushRequest() {
  const uint64_t asked = flush_asked_.load(std::memory_order_seq_cst);
  if (asked == flush_taken_) return;
  UpdateSources();
  flush_taken_ = asked;
  for (Source& source : sources_) source.flush_until = source.ring->tail();
}

void Writer::AnswerFlush(const absl::Status& status, bool always) {
  // A batch is empty here or has failed, so what was read is written.
  const bool done =
      std::ranges::all_of(sources_, [](const Source& s) { return s.read >= s.flush_until; });
  if (!done && !always) return;
  const std::lock_guard lock(mutex_);
  if (flush_answered_ >= flush_taken_) return;
  flush_answered_ = flush_taken_;
  flush_status_ = status;
  flushed_.notify_all();
}

bool Writer::FillBatch() {
  UpdateSources();
  clock_.Synchronize();
  AddNotes();
  for (size_t i = 0; i < sources_.size() && !output_.IsFull(); ++i) {
    if (next_source_ >= sources_.size()) next_source_ = 0;
    AddRecordsOf(sources_[next_source_++]);
  }
  return output_.bytes() != 0;
}

void Writer::AddRecordsOf(Source& source) {
  const Ring& ring = *source.ring;
  const uint64_t end = std::min(ring.tail(), source.read + kTurnBytes);
  if (source.read == end) return;
  Beat();
  while (source.read < end && !output_.IsFull()) {
    const std::byte* const at = ring.At(source.read);
    RecordHeader header;
    std::memcpy(&header.object_bytes, at, sizeof header.object_bytes);
    if (header.object_bytes == kEndOfLap) {
      source.read = ring.EndOfLap(source.read);
      continue;
    }
    std::memcpy(&header, at, sizeof header);
    const RecordNames names = UnpackNames(header.names);
    const auto* texts = reinterpret_cast<const char*>(at + sizeof header);
    FullBytes full{.object = header.object_bytes, .backtrace = header.backtrace_bytes};
    if (header.cut) {
      std::memcpy(&full, texts, sizeof full);
      texts += sizeof full;
    }
    output_.Add({.time_ns = clock_.TimeOf(header.ticks),
                 .component = names_.Escaped(names.component),
                 .instance = header.instance,
                 .function = names_.Escaped(names.function),
                 .capability = TextOf(static_cast<Capability>(header.capability)),
                 .object = {texts, header.object_bytes},
                 .allow = header.allow,
                 .rule = names_.Escaped(names.rule),
                 .backtrace = {texts + header.object_bytes, header.backtrace_bytes},
                 .object_full_bytes = full.object,
                 .backtrace_full_bytes = full.backtrace},
                /*is_record=*/true);
    source.read += RecordBytes(header.object_bytes, header.backtrace_bytes, header.cut);
  }
}

// Lines that say what is not in the log.
void Writer::AddNotes() {
  const auto note = [&](std::string_view what, const std::string& how_much) {
    output_.Add({.time_ns = clock_.TimeOf(Ticks()),
                 .function = what,
                 .capability = kLogClass,
                 .object = how_much},
                /*is_record=*/false);
  };
  if (note_not_closed_)
    note(kLogNotClosed, absl::StrCat("what the rings of the process before held is missing; ",
                                     lines_after_head_, " lines before this were not in the head"));
  note_not_closed_ = false;
  const uint64_t refused = refused_.load(std::memory_order_relaxed);
  if (refused == noted_refused_ || output_.IsFull()) return;
  note(kLogRefused, absl::StrCat(refused - noted_refused_, " decisions, whose calls failed"));
  noted_refused_ = refused;
  output_.SetRefused(refused);
}

void Writer::WriteBatch() {
  StopBeating();
  if (const absl::Status status = output_.Write(); !status.ok()) return Failed(status);
  Wrote();
  Rotate();
  AnswerFlush(absl::OkStatus(), /*always=*/false);
}

void Writer::Wrote() {
  if (failing_ && !stopping_.load(std::memory_order_relaxed))
    attention_.fetch_and(~kRefuses, std::memory_order_relaxed);
  failing_ = false;
  backoff_ns_ = 0;
  idle_since_ns_ = 0;
  written_.store(output_.records(), std::memory_order_relaxed);
  for (const Source& source : sources_) source.ring->Release(source.read);
}

void Writer::Failed(const absl::Status& status) {
  failed_writes_.fetch_add(1, std::memory_order_relaxed);
  if (options_.fail_calls) attention_.fetch_or(kRefuses, std::memory_order_relaxed);
  AnswerFlush(status, /*always=*/true);
  if (!failing_) options_.on_write_error(status);
  failing_ = true;
  backoff_ns_ = std::clamp(2 * backoff_ns_, kFirstBackoff, kLongestBackoff);
  close_status_ = status;  // until a later attempt succeeds: End()
}

void Writer::Rotate() {
  const absl::Status status = output_.RotateIfDue();
  rotations_.store(output_.rotations(), std::memory_order_relaxed);
  if (status.ok()) {
    rotation_failing_ = false;
    return;
  }
  failed_writes_.fetch_add(1, std::memory_order_relaxed);
  if (!rotation_failing_) options_.on_write_error(status);
  rotation_failing_ = true;
}

// FAST: callers read the processor's counter, half of what a record costs, for one record in four
// as long as this is called every millisecond or so (Ring::TakeTicks; bench/guard_bench).
void Writer::Beat() {
  attention_.fetch_add(kBeat, std::memory_order_relaxed);
  attention_.fetch_or(kBeating, std::memory_order_relaxed);
}

// Before all that may take longer.
void Writer::StopBeating() {
  attention_.fetch_and(~kBeating, std::memory_order_relaxed);
}

bool Writer::RingsAreEmpty() {
  UpdateSources();
  return std::ranges::all_of(sources_, [](const Source& s) { return s.read == s.ring->tail(); });
}

void Writer::Sleep(uint64_t timeout_ns) {
  if (timeout_ns > kShortestPause) StopBeating();
  sleeping_.store(true, std::memory_order_seq_cst);
  if (called_.load(std::memory_order_seq_cst) == seen_calls_)
    FutexWait(called_, seen_calls_, timeout_ns);
  sleeping_.store(false, std::memory_order_relaxed);
}

void Writer::Idle() {
  const uint64_t now = NowNs();
  if (idle_since_ns_ == 0) idle_since_ns_ = now;
  const uint64_t idle_ns = now - idle_since_ns_;
  if (idle_ns >= kIdleUntilSleep) return SleepUntilCalled();
  Sleep(std::clamp(idle_ns / 2, kShortestPause, kLongestPause));
}

// Callers look for kAsleep after their record is in the ring, without a fence between; the barrier
// here is one in each of them. So either the rings are seen not to be empty, or the caller sees the
// bit.
void Writer::SleepUntilCalled() {
  // Not before it is needed: where there are threads already, this takes milliseconds.
  if (!has_barrier_) has_barrier_ = MemBarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  attention_.fetch_or(kAsleep, std::memory_order_seq_cst);
  const bool barrier = has_barrier_ && MemBarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  if (RingsAreEmpty()) Sleep(barrier ? kSleep : kSleepWithoutBarrier);
  attention_.fetch_and(~kAsleep, std::memory_order_relaxed);
}

void Writer::End() {
  try {
    WriteEnd();
  } catch (const std::bad_alloc&) {
    close_status_ = OutOfMemory();
  }
  const std::lock_guard lock(mutex_);
  ended_.store(true, std::memory_order_release);
  flush_answered_ = flush_asked_.load(std::memory_order_relaxed);
  flush_status_ = close_status_;
  flushed_.notify_all();
}

void Writer::WriteEnd() {
  uint64_t appended = 0;
  if (output_.IsRotating()) Rotate();
  if (failing_) {
    output_.Abandon();
    written_.store(output_.records(), std::memory_order_relaxed);
  } else {
    close_status_ = absl::OkStatus();
  }
  UpdateSources();
  for (const Source& source : sources_) appended += source.ring->appended();
  const uint64_t lost = appended - output_.records();
  output_.SetRefused(refused_.load(std::memory_order_relaxed));
  if (const absl::Status status = output_.Finish(lost); !status.ok()) close_status_ = status;
  if (lost != 0)
    close_status_ =
        absl::DataLossError(absl::StrCat(lost, " decisions are not in the audit log",
                                         failing_ ? ": " : "", close_status_.message()));
}

}  // namespace airwasm::security::audit
