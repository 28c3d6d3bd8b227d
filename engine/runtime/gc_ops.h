// Operations on garbage-collected objects that are more than a load or a store, for every tier:
// allocation, bulk operations on arrays, casts. Spec: core, exec/instructions, aggregate
// instructions.
#pragma once

#include "engine/runtime/context.h"
#include "engine/types/type_registry.h"

namespace airwasm::runtime {

// Whether `ref`, not null, belongs to the abstract heap type.
bool RefHasKind(InstanceContext& ctx, Ref ref, HeapKind kind);
// Whether canonical type `sub` is a subtype of `super`.
bool TypeMatches(InstanceContext& ctx, TypeId sub, TypeId super);
// Whether `ref`, not null, is of the concrete canonical type, a function type or not.
bool RefHasType(InstanceContext& ctx, Ref ref, TypeId type);

// New objects, zeroed. Each may collect: the activation's `top` must be right.
TrapOr<Ref> NewStruct(InstanceContext& ctx, const CanonicalType& type);
TrapOr<Ref> NewArray(InstanceContext& ctx, const CanonicalType& type, uint32_t length);
TrapOr<Ref> NewArrayFromData(InstanceContext& ctx, const CanonicalType& type, uint32_t data_index,
                             uint32_t offset, uint32_t length);
TrapOr<Ref> NewArrayFromElem(InstanceContext& ctx, const CanonicalType& type, uint32_t elem_index,
                             uint32_t offset, uint32_t length);

// `array` may be null. Long ones poll.
TrapKind FillArray(InstanceContext& ctx, Ref array, uint32_t index, const void* value,
                   uint32_t count);
TrapKind CopyArray(InstanceContext& ctx, Ref dst, uint32_t dst_index, Ref src, uint32_t src_index,
                   uint32_t count);
TrapKind InitArrayFromData(InstanceContext& ctx, Ref array, uint32_t index, uint32_t data_index,
                           uint32_t offset, uint32_t count);
TrapKind InitArrayFromElem(InstanceContext& ctx, Ref array, uint32_t index, uint32_t elem_index,
                           uint32_t offset, uint32_t count);

}  // namespace airwasm::runtime
