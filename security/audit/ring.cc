#include "security/audit/ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "security/audit/futex.h"

namespace airwasm::security::audit {

Ring::Ring(size_t bytes)
    : bytes_(new std::byte[std::bit_ceil(std::max(bytes, kMinRingBytes))]),
      mask_(std::bit_ceil(std::max(bytes, kMinRingBytes)) - 1) {}

std::byte* Ring::ReserveSlow(uint32_t size) {
  const uint64_t head = head_.load(std::memory_order_acquire);
  if (!HasRoom(size, head)) {
    notice_ = true;
    return nullptr;
  }
  const uint64_t end = EndOf(size);
  if (end != write_ + size) {
    std::memcpy(bytes_.get() + (write_ & mask_), &kEndOfLap, sizeof kEndOfLap);
    write_ = EndOfLap(write_);
  }
  const uint64_t half = head + capacity() / 2;
  notice_ = end > half;
  const uint64_t next_notice = notice_ ? end + capacity() / 4 : half;
  limit_ = std::min({EndOfLap(write_), head + capacity(), next_notice});
  return bytes_.get() + (write_ & mask_);
}

void Ring::WaitForRoom(uint32_t size, uint64_t timeout_ns) {
  // Together with Release(): either this sees the new head, or that sees that somebody waits.
  const uint32_t seen = moved_.load(std::memory_order_seq_cst);
  waiting_.store(true, std::memory_order_seq_cst);
  if (!HasRoom(size, head_.load(std::memory_order_seq_cst))) FutexWait(moved_, seen, timeout_ns);
}

void Ring::Release(uint64_t position) {
  head_.store(position, std::memory_order_seq_cst);
  if (!waiting_.load(std::memory_order_seq_cst)) return;
  waiting_.store(false, std::memory_order_relaxed);
  moved_.fetch_add(1, std::memory_order_seq_cst);
  FutexWake(moved_);
}

}  // namespace airwasm::security::audit
