// Linear memories: reservations with guard regions, copy-on-write images, growth, and the bulk
// operations.
//
// A 32-bit memory reserves 4 GiB of addresses, 4 GiB of offsets and a guard, so that no access
// computed from a 32-bit address and a 32-bit offset can reach anything else; only size_bytes of it
// is accessible. Everything else (64-bit memories, custom page sizes, guard pages off) is checked
// explicitly against size_bytes. Memories never move and never shrink.
#pragma once

#include <cstdint>
#include <span>

#include "engine/runtime/context.h"

namespace airwasm::runtime {

// Spec: core, exec/instructions, memory instructions. All check bounds first and then act; copies
// over large ranges poll `poll` between chunks and then return kInterrupted.
TrapKind MemoryFill(MemInst& memory, uint64_t address, uint8_t value, uint64_t count,
                    const std::atomic<uint32_t>& poll);
TrapKind MemoryCopy(MemInst& dst, uint64_t dst_address, MemInst& src, uint64_t src_address,
                    uint64_t count, const std::atomic<uint32_t>& poll);
TrapKind MemoryInit(Instance& instance, MemInst& memory, uint64_t address, uint32_t data_index,
                    uint64_t src_offset, uint64_t count);

// Threads proposal: wait and notify. `address` is the effective one, alignment and bounds are
// checked here. The result of wait: 0 ok, 1 not-equal, 2 timed-out. `timeout_ns` < 0 waits for ever
// (until notified or interrupted).
TrapOr<uint32_t> AtomicWait(MemInst& memory, uint64_t address, uint64_t expected,
                            uint32_t width_bytes, int64_t timeout_ns,
                            const std::atomic<uint32_t>& poll);
TrapOr<uint32_t> AtomicNotify(MemInst& memory, uint64_t address, uint32_t count);

}  // namespace airwasm::runtime
