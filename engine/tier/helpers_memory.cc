// Helpers of memories. Spec: core, exec/instructions, memory instructions; threads proposal.
#include "engine/runtime/memory.h"
#include "engine/runtime/store.h"
#include "engine/tier/helpers.h"

namespace airwasm::tier {

using runtime::InstanceContext;
using runtime::MemInst;

namespace {

MemInst& Memory(InstanceContext* ctx, uint32_t index) {
  return *ctx->At<MemInst*>(ctx->instance->module().layout().Memory(index));
}

uint32_t ValueOrTrap(InstanceContext* ctx, TrapOr<uint32_t> result, const void* frame) {
  if (!result.ok()) runtime::RaiseTrap(*ctx->store, result.trap, frame);
  if (runtime::InterruptPending(*ctx->poll_word))
    runtime::RaiseTrap(*ctx->store, TrapKind::kInterrupted, frame);
  return result.value;
}

}  // namespace

uint64_t HelperMemoryGrow(InstanceContext* ctx, uint32_t memory, uint64_t pages) {
  runtime::Store& store = *ctx->store->store;
  const uint64_t old_pages = store.GrowMemory(&Memory(ctx, memory), pages);
  if (old_pages == UINT64_MAX && store.limits().trap_on_grow_failure)
    AIRWASM_RAISE(ctx, TrapKind::kHostError);  // the store knows why
  AIRWASM_POLL(ctx);
  return old_pages;
}

void HelperMemoryFill(InstanceContext* ctx, uint32_t memory, uint64_t address, uint32_t value,
                      uint64_t count) {
  AIRWASM_RAISE_IF_TRAP(
      ctx, runtime::MemoryFill(Memory(ctx, memory), address, static_cast<uint8_t>(value), count,
                               *ctx->poll_word));
  AIRWASM_POLL(ctx);
}

void HelperMemoryCopy(InstanceContext* ctx, uint32_t dst, uint32_t src, uint64_t dst_address,
                      uint64_t src_address, uint64_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::MemoryCopy(Memory(ctx, dst), dst_address, Memory(ctx, src),
                                                 src_address, count, *ctx->poll_word));
  AIRWASM_POLL(ctx);
}

void HelperMemoryInit(InstanceContext* ctx, uint32_t memory, uint32_t data, uint64_t dst,
                      uint64_t src, uint64_t count) {
  AIRWASM_RAISE_IF_TRAP(
      ctx, runtime::MemoryInit(*ctx->instance, Memory(ctx, memory), dst, data, src, count));
  AIRWASM_POLL(ctx);
}

void HelperDataDrop(InstanceContext* ctx, uint32_t data) {
  ctx->instance->DropData(data);
  AIRWASM_POLL(ctx);
}

uint32_t HelperAtomicWait32(InstanceContext* ctx, uint32_t memory, uint64_t address,
                            uint32_t expected, uint64_t timeout_ns) {
  return ValueOrTrap(ctx,
                     runtime::AtomicWait(Memory(ctx, memory), address, expected, 4,
                                         static_cast<int64_t>(timeout_ns), *ctx->poll_word),
                     __builtin_frame_address(0));
}

uint32_t HelperAtomicWait64(InstanceContext* ctx, uint32_t memory, uint64_t address,
                            uint64_t expected, uint64_t timeout_ns) {
  return ValueOrTrap(ctx,
                     runtime::AtomicWait(Memory(ctx, memory), address, expected, 8,
                                         static_cast<int64_t>(timeout_ns), *ctx->poll_word),
                     __builtin_frame_address(0));
}

uint32_t HelperAtomicNotify(InstanceContext* ctx, uint32_t memory, uint64_t address,
                            uint32_t count) {
  return ValueOrTrap(ctx, runtime::AtomicNotify(Memory(ctx, memory), address, count),
                     __builtin_frame_address(0));
}

}  // namespace airwasm::tier
