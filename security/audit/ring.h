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

#include "security/audit/attention.h"
#include "security/audit/clock.h"
#include "security/audit/record.h"

namespace airwasm::security::audit {

// A ring takes several of the largest records.
inline constexpr size_t kMinRingBytes = 64 << 10;
static_assert(kMaxRecordBytes * 2 < kMinRingBytes);

class Ring {
 public:
  // `bytes`: rounded up to a power of two, at least kMinRingBytes. Pages are touched as they are
  // used.
  explicit Ring(size_t bytes);

  // The appending thread.

  // Room for `size` bytes (RecordBytes()); null: there is none now. Nothing is seen of them before
  // Commit().
  std::byte* Reserve(uint32_t size) {
    std::byte* const at = ReserveAtOnce(size);
    return at != nullptr ? at : ReserveSlow(size);
  }
  // As Reserve(), but null also where that has to look around.
  //
  // FAST: one compare stands for "the lap ends", "the ring is full" and "the writer should be told"
  // (security_audit_bench, Append).
  std::byte* ReserveAtOnce(uint32_t size) {
    if (write_ + size > limit_) [[unlikely]]
      return nullptr;
    std::byte* const at = bytes_.get() + (write_ & mask_);
    PrefetchForWriting(at + kPrefetchBytes);
    return at;
  }
  // The time of the record that is to be appended.
  uint64_t ReadTicks() { return ticks_ = Ticks(); }
  // The same for records of a header alone, where kCounterIsSteady: as read for one of the three
  // before, unless the beat in `attention` (attention.h) has changed since then.
  //
  // FAST: a reading takes as long as the rest of the record (bench/guard_bench).
  uint64_t TakeTicks(uint64_t attention) {
    constexpr uint64_t kGroupBytes = 4 * sizeof(RecordHeader);
    if (attention == beat_ && write_ % kGroupBytes >= sizeof(RecordHeader)) [[likely]]
      return ticks_;
    beat_ = attention | kBeating;  // which nothing is equal to that does not beat
    return ticks_ = Counter();
  }
  void Commit(uint32_t size) {
    write_ += size;
    appended_.store(appended_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    tail_.store(write_, std::memory_order_release);
  }
  // True once after the ring has grown half full, and again each further quarter: the reader should
  // hurry.
  bool TakeNotice() {
    if (!notice_) [[likely]]
      return false;
    notice_ = false;
    return true;
  }
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
  // FAST: the reader's processor has these lines, and it takes as long as some twenty records to
  // get one back for writing. __builtin_prefetch asks for reading only, where the compiler does not
  // know the processor, and the store waits again. Past the end of the ring this does no harm.
  static void PrefetchForWriting(const std::byte* at) {
#if defined(__x86_64__)
    asm volatile("prefetchw %0" : : "m"(*at));
#else
    __builtin_prefetch(at, 1);
#endif
  }
  bool HasRoom(uint32_t size, uint64_t head) const { return EndOf(size) - head <= capacity(); }
  // Where a record of `size` would end.
  uint64_t EndOf(uint32_t size) const {
    const uint64_t lap = EndOfLap(write_);
    return write_ + size > lap ? lap + size : write_ + size;
  }
  std::byte* ReserveSlow(uint32_t size);

  const std::unique_ptr<std::byte[]> bytes_;
  const uint64_t mask_;
  // Of the appending thread, apart from what both threads only read: with each record that the
  // reader looks at it would take the line away. FAST: 128 bytes apart, for processors fetch pairs
  // of lines (security_audit_bench, Calls).
  alignas(128) uint64_t write_ = 0;
  uint64_t limit_ = 0;        // up to there Reserve() needs to ask nothing
  uint64_t beat_ = kBeating;  // the attention that TakeTicks() read the counter under
  uint64_t ticks_ = 0;        // the last reading
  std::atomic<uint64_t> appended_{0};
  std::atomic<uint64_t> tail_{0};
  bool notice_ = false;
  // Of the reading thread.
  alignas(128) std::atomic<uint64_t> head_{0};
  std::atomic<bool> waiting_{false};
  std::atomic<uint32_t> moved_{0};  // a futex: counts for those that wait
};

}  // namespace airwasm::security::audit
