// What handlers of objects call: engine/runtime/gc_ops.h with the operands that cells name. Cells
// are read as regcode.def describes them.
#include "engine/interp/slow_paths_gc.h"

#include <cstring>

#include "engine/interp/slow_paths.h"
#include "engine/runtime/store.h"

namespace airwasm::interp {
namespace {

using gc::ArrayObject;
using gc::Ref;
using runtime::InstanceContext;

uint64_t Slot(uint8_t* fp, uint32_t offset) {
  return *reinterpret_cast<uint64_t*>(fp + offset);
}
uint32_t Slot32(uint8_t* fp, uint32_t offset) {
  return static_cast<uint32_t>(Slot(fp, offset));
}

const CanonicalType& TypeAt(const Cell& cell) {
  return *static_cast<const CanonicalType*>(cell.pointer);
}

// Fields from consecutive slots.
void InitFields(const CanonicalType& type, const uint8_t* slots, uint8_t* object) {
  const std::vector<FieldType>& fields = type.type.fields;
  uint32_t slot = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const uint32_t size = fields[i].size_bytes();
    if (size == 16) slot = (slot + 1) & ~1u;
    const uint8_t* const from = slots + 8 * size_t{slot};
    uint8_t* const to = object + type.field_offsets[i];
    switch (size) {
      case 1:
        std::memcpy(to, from, 1);
        break;
      case 2:
        std::memcpy(to, from, 2);
        break;
      case 4:
        std::memcpy(to, from, 4);
        break;
      case 8:
        std::memcpy(to, from, 8);
        break;
      default:
        std::memcpy(to, from, 16);
        ++slot;
    }
    ++slot;
  }
}

}  // namespace

Ref FuncRef(InstanceContext& ctx, uint32_t func_index) {
  return reinterpret_cast<Ref>(ctx.instance->func(func_index));
}

RefOrTrap NewStruct(InstanceContext& ctx, const Cell* pc, uint8_t* fp, bool from_slots) {
  const CanonicalType& type = TypeAt(pc[1]);
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  const RefOrTrap object = runtime::NewStruct(ctx, type);
  // The slots stand at an even one.
  if (object.ok() && from_slots)
    InitFields(type, fp + pc[2].words[1], reinterpret_cast<uint8_t*>(object.value));
  return object;
}

RefOrTrap NewArray(InstanceContext& ctx, const Cell* pc, uint8_t* fp, bool from_slot) {
  const uint32_t length = Slot32(fp, pc->b);
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  const RefOrTrap array = runtime::NewArray(ctx, TypeAt(pc[1]), length);
  if (array.ok() && from_slot) {
    const TrapKind trap = runtime::FillArray(ctx, array.value, 0, fp + pc->a, length);
    if (trap != TrapKind::kNone) return {.trap = trap};
  }
  return array;
}

RefOrTrap NewArrayFixed(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[1]);
  const uint32_t count = static_cast<uint32_t>(pc->imm);
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  const RefOrTrap array = runtime::NewArray(ctx, type, count);
  if (!array.ok()) return array;
  uint8_t* const elements = reinterpret_cast<ArrayObject*>(array.value)->elements();
  const uint32_t size = type.elem_size_bytes;
  const uint32_t stride = size == 16 ? 16 : 8;
  for (uint32_t i = 0; i < count; ++i)
    std::memcpy(elements + uint64_t{i} * size, fp + pc[2].words[1] + uint64_t{i} * stride, size);
  return array;
}

RefOrTrap NewArrayFromData(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  return runtime::NewArrayFromData(ctx, TypeAt(pc[1]), pc[2].words[1], Slot32(fp, pc->a),
                                   Slot32(fp, pc->b));
}

RefOrTrap NewArrayFromElem(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  return runtime::NewArrayFromElem(ctx, TypeAt(pc[1]), pc[2].words[1], Slot32(fp, pc->a),
                                   Slot32(fp, pc->b));
}

TrapKind ArrayFill(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  return runtime::FillArray(ctx, Slot(fp, pc->dst), Slot32(fp, pc->a), fp + pc->b,
                            Slot32(fp, pc->aux));
}

TrapKind ArrayCopy(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  return runtime::CopyArray(ctx, Slot(fp, pc->dst), Slot32(fp, pc->a), Slot(fp, pc->b),
                            Slot32(fp, pc->aux), Slot32(fp, pc[1].words[0]));
}

TrapKind ArrayInitData(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  return runtime::InitArrayFromData(ctx, Slot(fp, pc->dst), Slot32(fp, pc->a), pc[1].words[0],
                                    Slot32(fp, pc->b), Slot32(fp, pc->aux));
}

TrapKind ArrayInitElem(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  return runtime::InitArrayFromElem(ctx, Slot(fp, pc->dst), Slot32(fp, pc->a), pc[1].words[0],
                                    Slot32(fp, pc->b), Slot32(fp, pc->aux));
}

}  // namespace airwasm::interp
