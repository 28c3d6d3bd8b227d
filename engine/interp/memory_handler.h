// Where a memory access goes: the address modes shared by the handlers of scalar loads and stores.
//
// Guarded memories (memory 0 only: its base is in a register) need no check: whatever address a
// 32-bit address and offset give lies in the reservation, and what lies beyond the memory's size
// faults. Everything else is checked against MemInst::size_bytes, which never shrinks.
#pragma once

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"

namespace airwasm::interp {

// Cells of an access: kChecked has its 64-bit offset in the following cell.
constexpr int CellsOf(AddrMode mode) {
  return mode == AddrMode::kChecked ? 2 : 1;
}

// The host address of a guarded access.
template <AddrMode mode>
[[gnu::always_inline]] inline uint8_t* GuardedAddress(Pc pc, uint8_t* fp, uint8_t* mem0,
                                                      uint64_t acc) {
  const uint64_t offset = Offset(pc->imm);
  const auto addend = SmallConstant<uint32_t>(pc->b);
  const auto word = [&](SlotOffset field) {
    return UsesAcc(mode) ? static_cast<uint32_t>(acc) : At<uint32_t>(fp, field);
  };
  if constexpr (mode == AddrMode::kSlot || mode == AddrMode::kAcc) {
    return mem0 + word(pc->a) + offset;
  } else if constexpr (mode == AddrMode::kConst) {
    return mem0 + offset;
  } else if constexpr (mode == AddrMode::kSum || mode == AddrMode::kSumAcc) {
    return mem0 + (At<uint32_t>(fp, pc->a) + word(pc->b)) + uint64_t{pc->aux};
  } else if constexpr (mode == AddrMode::kOffset || mode == AddrMode::kOffsetAcc) {
    return mem0 + (word(pc->a) + addend) + uint64_t{pc->aux};
  } else if constexpr (mode >= AddrMode::kScaled1 && mode <= AddrMode::kScaledAcc3) {
    constexpr int kShift = (int(mode) - int(AddrMode::kScaled1)) % 3 + 1;
    return mem0 + (At<uint32_t>(fp, pc->a) + (word(pc->b) << kShift)) + uint64_t{pc->aux};
  } else {
    constexpr int kShift = (int(mode) - int(AddrMode::kScaledImm0)) % 4;
    return mem0 + ((word(pc->a) << kShift) + static_cast<uint32_t>(pc->imm));
  }
}

// The host address of `size` bytes at slot a + the offset of the next cell in the memory at context
// offset pc->imm; null if out of bounds. 32-bit addresses are zero-extended in their slots, so both
// kinds of memory read alike.
[[gnu::always_inline]] inline uint8_t* CheckedAddress(Pc pc, uint8_t* fp,
                                                      runtime::InstanceContext* ctx, uint64_t size,
                                                      uint64_t memory, uint64_t offset) {
  runtime::MemInst* const mem = InContext<runtime::MemInst*>(ctx, memory);
  uint64_t address;
  const bool overflow = __builtin_add_overflow(At<uint64_t>(fp, pc->a), offset, &address);
  const uint64_t bytes = mem->size_bytes.load(std::memory_order_relaxed);
  if (overflow || bytes < size || address > bytes - size) [[unlikely]]
    return nullptr;
  return mem->base + address;
}

}  // namespace airwasm::interp
