// The bulk memory instructions. Bounds are checked against the size once, before the first byte is
// written; memories never shrink, so what was checked stays true.
#include "engine/runtime/memory.h"

#include <algorithm>
#include <cstring>

#include "engine/runtime/store.h"

namespace airwasm::runtime {
namespace {

// Between two polls: some milliseconds of copying.
constexpr uint64_t kChunkBytes = uint64_t{8} << 20;

uint64_t SizeBytes(const MemInst& memory) {
  return memory.size_bytes.load(std::memory_order_acquire);
}

bool InBounds(uint64_t address, uint64_t count, uint64_t size) {
  return address <= size && count <= size - address;
}

bool Interrupted(const std::atomic<uint32_t>& poll) {
  return InterruptPending(poll);
}

}  // namespace

TrapKind MemoryFill(MemInst& memory, uint64_t address, uint8_t value, uint64_t count,
                    const std::atomic<uint32_t>& poll) {
  if (!InBounds(address, count, SizeBytes(memory))) return TrapKind::kOutOfBoundsMemory;
  uint8_t* at = memory.base + address;
  while (count > kChunkBytes) {
    std::memset(at, value, kChunkBytes);
    at += kChunkBytes;
    count -= kChunkBytes;
    if (Interrupted(poll)) return TrapKind::kInterrupted;
  }
  std::memset(at, value, count);
  return TrapKind::kNone;
}

TrapKind MemoryCopy(MemInst& dst, uint64_t dst_address, MemInst& src, uint64_t src_address,
                    uint64_t count, const std::atomic<uint32_t>& poll) {
  if (!InBounds(dst_address, count, SizeBytes(dst)) ||
      !InBounds(src_address, count, SizeBytes(src))) {
    return TrapKind::kOutOfBoundsMemory;
  }
  uint8_t* to = dst.base + dst_address;
  const uint8_t* from = src.base + src_address;
  if (to <= from) {
    for (; count > kChunkBytes; count -= kChunkBytes, to += kChunkBytes, from += kChunkBytes) {
      std::memmove(to, from, kChunkBytes);
      if (Interrupted(poll)) return TrapKind::kInterrupted;
    }
  } else {
    // Overlapping upward: the last chunk first.
    for (; count > kChunkBytes; count -= kChunkBytes) {
      std::memmove(to + count - kChunkBytes, from + count - kChunkBytes, kChunkBytes);
      if (Interrupted(poll)) return TrapKind::kInterrupted;
    }
  }
  std::memmove(to, from, count);
  return TrapKind::kNone;
}

TrapKind MemoryInit(Instance& instance, MemInst& memory, uint64_t address, uint32_t data_index,
                    uint64_t src_offset, uint64_t count) {
  const std::span<const uint8_t> data = instance.data(data_index);
  if (!InBounds(address, count, SizeBytes(memory)) || !InBounds(src_offset, count, data.size())) {
    return TrapKind::kOutOfBoundsMemory;
  }
  // A segment is no bigger than its module: no need to poll.
  if (count != 0) std::memcpy(memory.base + address, data.data() + src_offset, count);
  return TrapKind::kNone;
}

}  // namespace airwasm::runtime
