// What the handlers of objects call: allocation, bulk operations on arrays.
#pragma once

#include "engine/interp/cell.h"
#include "engine/runtime/gc_ops.h"

namespace airwasm::interp {

// words[1] of a cast's second cell.
enum CastFlags : uint32_t {
  kCastNullable = 1,  // null passes
  kCastFunc = 2,      // the concrete type is a function type: references to it are FuncInst*
};

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
