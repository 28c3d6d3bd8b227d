// Helpers of tables and function references. Spec: core, exec/instructions, table instructions.
#include "engine/runtime/store.h"
#include "engine/runtime/table.h"
#include "engine/tier/helpers.h"

namespace airwasm::tier {

using runtime::FuncInst;
using runtime::InstanceContext;
using runtime::TableInst;

namespace {

TableInst& Table(InstanceContext* ctx, uint32_t index) {
  return *ctx->At<TableInst*>(ctx->instance->module().layout().Table(index));
}

}  // namespace

// The index is in bounds.
uint64_t HelperTableGet(InstanceContext* ctx, uint32_t table, uint64_t index) {
  const gc::Ref ref = runtime::TableGet(Table(ctx, table), index);
  AIRWASM_POLL(ctx);
  return ref;
}

void HelperTableSet(InstanceContext* ctx, uint32_t table, uint64_t index, uint64_t ref) {
  runtime::TableSet(Table(ctx, table), index, ref);
  AIRWASM_POLL(ctx);
}

uint64_t HelperTableGrow(InstanceContext* ctx, uint32_t table, uint64_t delta, uint64_t init) {
  runtime::Store& store = *ctx->store->store;
  const uint64_t old_size = store.GrowTable(&Table(ctx, table), delta, init);
  if (old_size == UINT64_MAX && store.limits().trap_on_grow_failure)
    AIRWASM_RAISE(ctx, TrapKind::kHostError);
  AIRWASM_POLL(ctx);
  return old_size;
}

void HelperTableFill(InstanceContext* ctx, uint32_t table, uint64_t index, uint64_t ref,
                     uint64_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::TableFill(Table(ctx, table), index, ref, count));
  AIRWASM_POLL(ctx);
}

void HelperTableCopy(InstanceContext* ctx, uint32_t dst, uint32_t src, uint64_t dst_index,
                     uint64_t src_index, uint64_t count) {
  AIRWASM_RAISE_IF_TRAP(
      ctx, runtime::TableCopy(Table(ctx, dst), dst_index, Table(ctx, src), src_index, count));
  AIRWASM_POLL(ctx);
}

void HelperTableInit(InstanceContext* ctx, uint32_t table, uint32_t elem, uint64_t dst,
                     uint64_t src, uint64_t count) {
  AIRWASM_RAISE_IF_TRAP(
      ctx, runtime::TableInit(*ctx->instance, Table(ctx, table), dst, elem, src, count));
  AIRWASM_POLL(ctx);
}

void HelperElemDrop(InstanceContext* ctx, uint32_t elem) {
  ctx->instance->DropElem(elem);
  AIRWASM_POLL(ctx);
}

// The index is in bounds.
void* HelperIndirectCallee(InstanceContext* ctx, uint32_t table, uint64_t index, uint32_t type) {
  const gc::Ref ref = runtime::TableGet(Table(ctx, table), index);
  if (ref == gc::kNullRef) AIRWASM_RAISE(ctx, TrapKind::kUninitializedElement);
  auto* const func = reinterpret_cast<FuncInst*>(ref);
  if (func->type != type && !ctx->store->store->types().IsSubtype(func->type, type))
    AIRWASM_RAISE(ctx, TrapKind::kIndirectCallTypeMismatch);
  AIRWASM_POLL(ctx);
  return func;
}

uint64_t HelperFuncRef(InstanceContext* ctx, uint32_t func_index) {
  FuncInst* const func = ctx->instance->func(func_index);
  AIRWASM_POLL(ctx);
  return reinterpret_cast<uint64_t>(func);
}

}  // namespace airwasm::tier
