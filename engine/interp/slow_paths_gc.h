// What the handlers of references and objects call: casts that are no single comparison,
// allocation, bulk operations on arrays.
#pragma once

#include "engine/interp/cell.h"
#include "engine/runtime/context.h"

namespace airwasm::interp {

// words[1] of a cast's second cell.
enum CastFlags : uint32_t {
  kCastNullable = 1,  // null passes
  kCastFunc = 2,      // the concrete type is a function type: references to it are FuncInst*
};

// Whether `ref`, not null, belongs to the abstract heap type.
bool RefHasKind(runtime::InstanceContext& ctx, gc::Ref ref, HeapKind kind);
// Whether canonical type `sub` is a subtype of `super`; they are known to differ.
bool TypeMatches(runtime::InstanceContext& ctx, TypeId sub, TypeId super);

using RefOrTrap = TrapOr<gc::Ref>;
RefOrTrap NewStruct(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp, bool from_slots);
RefOrTrap NewArray(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp, bool from_slot);
RefOrTrap NewArrayFixed(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
RefOrTrap NewArrayFromData(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
RefOrTrap NewArrayFromElem(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
TrapKind ArrayFill(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
TrapKind ArrayCopy(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
TrapKind ArrayInitData(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
TrapKind ArrayInitElem(runtime::InstanceContext& ctx, const Cell* pc, uint8_t* fp);
gc::Ref FuncRef(runtime::InstanceContext& ctx, uint32_t func_index);

}  // namespace airwasm::interp
