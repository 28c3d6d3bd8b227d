// Helpers of garbage-collected objects. Spec: core, exec/instructions, aggregate instructions.
#include "engine/runtime/gc_ops.h"
#include "engine/runtime/store.h"
#include "engine/tier/helpers.h"

namespace airwasm::tier {

using runtime::InstanceContext;

namespace {

const CanonicalType& Type(InstanceContext* ctx, uint32_t type) {
  return ctx->store->store->types().Get(ctx->type_ids[type]);
}

uint64_t ObjectOrTrap(InstanceContext* ctx, TrapOr<gc::Ref> object, const void* frame) {
  if (!object.ok()) runtime::RaiseTrap(*ctx->store, object.trap, frame);
  if (runtime::InterruptPending(*ctx->poll_word))
    runtime::RaiseTrap(*ctx->store, TrapKind::kInterrupted, frame);
  return object.value;
}

}  // namespace

uint64_t HelperStructNew(InstanceContext* ctx, uint32_t type) {
  return ObjectOrTrap(ctx, runtime::NewStruct(*ctx, Type(ctx, type)), __builtin_frame_address(0));
}

uint64_t HelperArrayNew(InstanceContext* ctx, uint32_t type, uint32_t length) {
  return ObjectOrTrap(ctx, runtime::NewArray(*ctx, Type(ctx, type), length),
                      __builtin_frame_address(0));
}

uint64_t HelperArrayNewData(InstanceContext* ctx, uint32_t type, uint32_t data, uint32_t offset,
                            uint32_t length) {
  return ObjectOrTrap(ctx, runtime::NewArrayFromData(*ctx, Type(ctx, type), data, offset, length),
                      __builtin_frame_address(0));
}

uint64_t HelperArrayNewElem(InstanceContext* ctx, uint32_t type, uint32_t elem, uint32_t offset,
                            uint32_t length) {
  return ObjectOrTrap(ctx, runtime::NewArrayFromElem(*ctx, Type(ctx, type), elem, offset, length),
                      __builtin_frame_address(0));
}

void HelperArrayFill(InstanceContext* ctx, uint64_t array, uint32_t index, void* value,
                     uint32_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::FillArray(*ctx, array, index, value, count));
  AIRWASM_POLL(ctx);
}

void HelperArrayCopy(InstanceContext* ctx, uint64_t dst, uint32_t dst_index, uint64_t src,
                     uint32_t src_index, uint32_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::CopyArray(*ctx, dst, dst_index, src, src_index, count));
  AIRWASM_POLL(ctx);
}

void HelperArrayInitData(InstanceContext* ctx, uint64_t array, uint32_t index, uint32_t data,
                         uint32_t offset, uint32_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::InitArrayFromData(*ctx, array, index, data, offset, count));
  AIRWASM_POLL(ctx);
}

void HelperArrayInitElem(InstanceContext* ctx, uint64_t array, uint32_t index, uint32_t elem,
                         uint32_t offset, uint32_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::InitArrayFromElem(*ctx, array, index, elem, offset, count));
  AIRWASM_POLL(ctx);
}

uint32_t HelperRefHasKind(InstanceContext* ctx, uint64_t ref, uint32_t kind) {
  const bool matches = runtime::RefHasKind(*ctx, ref, static_cast<HeapKind>(kind));
  AIRWASM_POLL(ctx);
  return matches;
}

uint32_t HelperRefHasType(InstanceContext* ctx, uint64_t ref, uint32_t type) {
  const bool matches = runtime::RefHasType(*ctx, ref, type);
  AIRWASM_POLL(ctx);
  return matches;
}

}  // namespace airwasm::tier
