// A ring of bytes between one thread that appends records and the thread that writes them out.
//
// Positions count bytes since the ring was made and never wrap; a record lies in one piece, so what
// is left of a lap that is too short for the next record is skipped. What holds at any time: head
// <= what the reader has read <= tail <= write, and write - head <= capacity. The reader moves
// `head` when the records before it are in the file, not when it has read them: a process that is
// killed loses at most what its rings hold.
//
// The appending side may change: a thread that takes a ring over sees all that the one before it
// did (RingPool's mutex).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace airwasm::security::audit {

// How a record begins in the ring; the object's bytes and then the backtrace's follow it.
//
// FAST: function and rule, which AuditLog::Record has side by side, are apart here. Else both were
// copied at once, and a processor that reads at once what was just written in two pieces waits for
// them to reach its cache (bench/guard_bench).
struct RecordHeader {
  uint32_t
      size;  // of the whole record, a multiple of 8; kSkip: what is left of the lap is no record
  uint32_t component;
  uint64_t ticks;  // Ticks() (clock.h)
  uint64_t instance;
  uint32_t function;
  uint32_t object_full_bytes;  // before they were cut to what follows
  uint32_t rule;
  uint32_t backtrace_full_bytes;
  uint16_t object_bytes;
  uint16_t backtrace_bytes;
  uint8_t capability;
  bool allow;
};
inline constexpr uint32_t kSkip = UINT32_MAX;
static_assert(sizeof(RecordHeader) == 48);

// More of an object or a backtrace is not kept; the record says how much there was.
inline constexpr size_t kMaxObjectBytes = 4 << 10;
inline constexpr size_t kMaxBacktraceBytes = 16 << 10;

constexpr uint32_t RecordBytes(size_t object_bytes, size_t backtrace_bytes) {
  return static_cast<uint32_t>((sizeof(RecordHeader) + object_bytes + backtrace_bytes + 7) & ~7);
}
// A ring takes several of the largest records.
inline constexpr size_t kMinRingBytes = 64 << 10;
static_assert(RecordBytes(kMaxObjectBytes, kMaxBacktraceBytes) * 2 < kMinRingBytes);

class Ring {
 public:
  // `bytes`: rounded up to a power of two, at least kMinRingBytes. Pages are touched as they are
  // used.
  explicit Ring(size_t bytes);

  // The appending thread.

  // Room for `size` bytes (RecordBytes()); null: there is none now. Nothing is seen of them before
  // Commit().
  std::byte* Reserve(uint32_t size) {
    // FAST: one compare stands for "the lap ends", "the ring is full" and "the writer should be
    // told" (security_audit_bench, Append).
    if (write_ + size > limit_) [[unlikely]]
      return ReserveSlow(size);
    std::byte* const at = bytes_.get() + (write_ & mask_);
    // FAST: the reader's processor has these lines, and it takes as long as some twenty records to
    // get one back. Past the end of the ring this does no harm.
    __builtin_prefetch(at + kPrefetchBytes, 1);
    return at;
  }
  void Commit(uint32_t size) {
    write_ += size;
    appended_.store(appended_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    tail_.store(write_, std::memory_order_release);
  }
  // True once after the ring has grown half full, and again each further quarter: the reader should
  // hurry.
  bool TakeNotice() { return std::exchange(notice_, false); }
  // Waits until the reader has moved `head`, but not longer than `timeout_ns`; for when Reserve()
  // gave null. `size` as then.
  void WaitForRoom(uint32_t size, uint64_t timeout_ns);

  // The reading thread.

  uint64_t tail() const { return tail_.load(std::memory_order_acquire); }
  const std::byte* At(uint64_t position) const { return bytes_.get() + (position & mask_); }
  uint64_t EndOfLap(uint64_t position) const { return (position | mask_) + 1; }
  // Everything before `position` may be overwritten.
  void Release(uint64_t position);

  // Any thread.

  uint64_t appended() const { return appended_.load(std::memory_order_relaxed); }
  size_t capacity() const { return mask_ + 1; }

 private:
  static constexpr size_t kPrefetchBytes = 1024;
  bool HasRoom(uint32_t size, uint64_t head) const { return EndOf(size) - head <= capacity(); }
  // Where a record of `size` would end.
  uint64_t EndOf(uint32_t size) const {
    const uint64_t lap = EndOfLap(write_);
    return write_ + size > lap ? lap + size : write_ + size;
  }
  std::byte* ReserveSlow(uint32_t size);

  const std::unique_ptr<std::byte[]> bytes_;
  const uint64_t mask_;
  // Of the appending thread. limit_: up to there Reserve() needs to ask nothing.
  uint64_t write_ = 0;
  uint64_t limit_ = 0;
  bool notice_ = false;
  std::atomic<uint64_t> appended_{0};
  std::atomic<uint64_t> tail_{0};
  // Of the reading thread.
  alignas(64) std::atomic<uint64_t> head_{0};
  std::atomic<bool> waiting_{false};
  std::atomic<uint32_t> moved_{0};  // a futex: counts for those that wait
};

}  // namespace airwasm::security::audit
