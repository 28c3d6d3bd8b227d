// Handlers of memory.*, table.* and segments beyond single accesses. Most of them call the runtime.
#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/runtime/memory.h"
#include "engine/runtime/store.h"
#include "engine/runtime/table.h"

namespace airwasm::interp::reg {
using runtime::MemInst;
using runtime::TableInst;

#ifndef AIRWASM_STENCILS
namespace {

uint64_t& Slot(uint8_t* fp, uint16_t offset) {
  return At<uint64_t>(fp, offset);
}
MemInst& Memory(runtime::InstanceContext* ctx, uint32_t offset) {
  return *ctx->At<MemInst*>(offset);
}
TableInst& Table(runtime::InstanceContext* ctx, uint32_t offset) {
  return *ctx->At<TableInst*>(offset);
}

// The failure value of grow is -1 of the address type.
uint64_t AddressResult(uint64_t value, bool is_64) {
  return is_64 ? value : static_cast<uint32_t>(value);
}

// The element was null and the table has elements that nobody has read.
AIRWASM_COLD_HANDLER TableGetLazy(AIRWASM_HANDLER_PARAMS) {
  acc = runtime::TableGet(Table(ctx, static_cast<uint32_t>(pc->imm)), Slot(fp, pc->a));
  Slot(fp, pc->dst) = acc;
  AIRWASM_NEXT(1);
}
AIRWASM_COLD_HANDLER TableSetLazy(AIRWASM_HANDLER_PARAMS) {
  runtime::TableSet(Table(ctx, static_cast<uint32_t>(pc->imm)), Slot(fp, pc->a), Slot(fp, pc->dst));
  AIRWASM_NEXT(1);
}

}  // namespace
#endif

AIRWASM_HANDLER MemorySize(AIRWASM_HANDLER_PARAMS) {
  const MemInst& memory = *InContext<MemInst*>(ctx, Offset(pc->imm));
  Write<Dst::kSlot>(
      fp, acc, facc, pc->dst,
      memory.size_bytes.load(std::memory_order_relaxed) >> memory.type.page_size_log2);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER TableGet(AIRWASM_HANDLER_PARAMS) {
  const TableInst& table = *InContext<TableInst*>(ctx, Offset(pc->imm));
  const uint64_t index = At<uint64_t>(fp, pc->a);
  if (index >= table.size) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsTable);
  const gc::Ref ref = table.elements[runtime::MaskIndex(index, table.size)];
  if (ref == gc::kNullRef && table.lazy != nullptr) [[unlikely]]
    AIRWASM_BECOME(TableGetLazy);
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, ref);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER TableSet(AIRWASM_HANDLER_PARAMS) {
  const TableInst& table = *InContext<TableInst*>(ctx, Offset(pc->imm));
  const uint64_t index = At<uint64_t>(fp, pc->a);
  if (index >= table.size) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsTable);
  if (table.lazy != nullptr) [[unlikely]]
    AIRWASM_BECOME(TableSetLazy);
  table.elements[index] = At<uint64_t>(fp, pc->dst);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER TableSize(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, InContext<TableInst*>(ctx, Offset(pc->imm))->size);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER AtomicFence(AIRWASM_HANDLER_PARAMS) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  AIRWASM_NEXT(1);
}

#ifndef AIRWASM_STENCILS

#define AIRWASM_TRAP_IF(expr)                 \
  do {                                        \
    const TrapKind kind = (expr);             \
    if (kind != TrapKind::kNone) [[unlikely]] \
      AIRWASM_TRAP_NOW(kind);                 \
  } while (false)

AIRWASM_COLD_HANDLER MemoryGrow(AIRWASM_HANDLER_PARAMS) {
  MemInst& memory = Memory(ctx, static_cast<uint32_t>(pc->imm));
  runtime::Store& store = *ctx->store->store;
  acc = AddressResult(store.GrowMemory(&memory, Slot(fp, pc->a)), memory.type.is_64);
  if (acc == AddressResult(UINT64_MAX, memory.type.is_64) && store.limits().trap_on_grow_failure)
    AIRWASM_TRAP_NOW(TrapKind::kHostError);  // the store knows why
  Slot(fp, pc->dst) = acc;
  AIRWASM_NEXT(1);
}
AIRWASM_COLD_HANDLER MemoryFill(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_IF(runtime::MemoryFill(Memory(ctx, pc[1].words[0]), Slot(fp, pc->a),
                                      static_cast<uint8_t>(Slot(fp, pc->b)), Slot(fp, pc->aux),
                                      *ctx->poll_word));
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER MemoryCopy(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_IF(runtime::MemoryCopy(Memory(ctx, pc[1].words[0]), Slot(fp, pc->a),
                                      Memory(ctx, pc[1].words[1]), Slot(fp, pc->b),
                                      Slot(fp, pc->aux), *ctx->poll_word));
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER MemoryInit(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_IF(runtime::MemoryInit(*ctx->instance, Memory(ctx, pc[1].words[0]), Slot(fp, pc->a),
                                      pc[1].words[1], static_cast<uint32_t>(Slot(fp, pc->b)),
                                      static_cast<uint32_t>(Slot(fp, pc->aux))));
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER DataDrop(AIRWASM_HANDLER_PARAMS) {
  ctx->instance->DropData(static_cast<uint32_t>(pc->imm));
  AIRWASM_NEXT(1);
}

AIRWASM_COLD_HANDLER TableGrow(AIRWASM_HANDLER_PARAMS) {
  TableInst& table = Table(ctx, pc[1].words[0]);
  runtime::Store& store = *ctx->store->store;
  acc = AddressResult(store.GrowTable(&table, Slot(fp, pc->b), Slot(fp, pc->a)), table.type.is_64);
  if (acc == AddressResult(UINT64_MAX, table.type.is_64) && store.limits().trap_on_grow_failure)
    AIRWASM_TRAP_NOW(TrapKind::kHostError);
  Slot(fp, pc->dst) = acc;
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER TableFill(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_IF(runtime::TableFill(Table(ctx, pc[1].words[0]), Slot(fp, pc->a), Slot(fp, pc->b),
                                     Slot(fp, pc->aux)));
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER TableCopy(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_IF(runtime::TableCopy(Table(ctx, pc[1].words[0]), Slot(fp, pc->a),
                                     Table(ctx, pc[1].words[1]), Slot(fp, pc->b),
                                     Slot(fp, pc->aux)));
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER TableInit(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_IF(runtime::TableInit(*ctx->instance, Table(ctx, pc[1].words[0]), Slot(fp, pc->a),
                                     pc[1].words[1], static_cast<uint32_t>(Slot(fp, pc->b)),
                                     static_cast<uint32_t>(Slot(fp, pc->aux))));
  AIRWASM_NEXT(2);
}
AIRWASM_COLD_HANDLER ElemDrop(AIRWASM_HANDLER_PARAMS) {
  ctx->instance->DropElem(static_cast<uint32_t>(pc->imm));
  AIRWASM_NEXT(1);
}

#endif  // AIRWASM_STENCILS

}  // namespace airwasm::interp::reg
