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
  return object.value;
}

}  // namespace

uint64_t HelperStructNew(InstanceContext* ctx, uint32_t type) {
  AIRWASM_POLL(ctx);
  return ObjectOrTrap(ctx, runtime::NewStruct(*ctx, Type(ctx, type)), __builtin_frame_address(0));
}

uint64_t HelperArrayNew(InstanceContext* ctx, uint32_t type, uint32_t length) {
  AIRWASM_POLL(ctx);
  return ObjectOrTrap(ctx, runtime::NewArray(*ctx, Type(ctx, type), length),
                      __builtin_frame_address(0));
}

uint64_t HelperArrayNewData(InstanceContext* ctx, uint32_t type, uint32_t data, uint32_t offset,
                            uint32_t length) {
  AIRWASM_POLL(ctx);
  return ObjectOrTrap(ctx,
                      runtime::NewArrayFromData(*ctx, Type(ctx, type), data, offset, length),
                      __builtin_frame_address(0));
}

uint64_t HelperArrayNewElem(InstanceContext* ctx, uint32_t type, uint32_t elem, uint32_t offset,
                            uint32_t length) {
  AIRWASM_POLL(ctx);
  return ObjectOrTrap(ctx,
                      runtime::NewArrayFromElem(*ctx, Type(ctx, type), elem, offset, length),
                      __builtin_frame_address(0));
}

void HelperArrayFill(InstanceContext* ctx, uint64_t array, uint32_t index, void* value,
                     uint32_t count) {
  AIRWASM_POLL(ctx);
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::FillArray(*ctx, array, index, value, count));
}

void HelperArrayCopy(InstanceContext* ctx, uint64_t dst, uint32_t dst_index, uint64_t src,
                     uint32_t src_index, uint32_t count) {
  AIRWASM_RAISE_IF_TRAP(ctx, runtime::CopyArray(*ctx, dst, dst_index, src, src_index, count));
}

void HelperArrayInitData(InstanceContext* ctx, uint64_t array, uint32_t index, uint32_t data,
                         uint32_t offset, uint32_t count) {
  AIRWASM_POLL(ctx);
  AIRWASM_RAISE_IF_TRAP(ctx,
                        runtime::InitArrayFromData(*ctx, array, index, data, offset, count));
}

void HelperArrayInitElem(InstanceContext* ctx, uint64_t array, uint32_t index, uint32_t elem,
                         uint32_t offset, uint32_t count) {
  AIRWASM_POLL(ctx);
  AIRWASM_RAISE_IF_TRAP(ctx,
                        runtime::InitArrayFromElem(*ctx, array, index, elem, offset, count));
}

uint32_t HelperRefHasKind(InstanceContext* ctx, uint64_t ref, uint32_t kind) {
  AIRWASM_POLL(ctx);
  return runtime::RefHasKind(*ctx, ref, static_cast<HeapKind>(kind));
}

uint32_t HelperRefHasType(InstanceContext* ctx, uint64_t ref, uint32_t type) {
  AIRWASM_POLL(ctx);
  return runtime::RefHasType(*ctx, ref, type);
}

}  // namespace airwasm::tier
