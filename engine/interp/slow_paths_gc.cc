// Casts, allocation and bulk operations of garbage-collected objects. Cells are read as regcode.def
// describes them.
#include "engine/interp/slow_paths_gc.h"

#include <algorithm>
#include <cstring>

#include "engine/gc/heap.h"
#include "engine/interp/slow_paths.h"
#include "engine/runtime/store.h"

namespace airwasm::interp {
namespace {

using gc::ArrayObject;
using gc::Ref;
using runtime::InstanceContext;

// Bulk operations look at the poll word after this many bytes.
constexpr uint64_t kPollBytes = uint64_t{1} << 24;

uint64_t& Slot(uint8_t* fp, uint32_t offset) {
  return *reinterpret_cast<uint64_t*>(fp + offset);
}

const CanonicalType& TypeAt(const Cell& cell) {
  return *static_cast<const CanonicalType*>(cell.pointer);
}

// Why an array of `length` elements could not be made.
TrapKind ArrayFailure(const CanonicalType& type, uint64_t length) {
  return length * type.elem_size_bytes > UINT32_MAX ? TrapKind::kAllocationTooLarge
                                                    : TrapKind::kOutOfGcMemory;
}

bool Interrupted(const InstanceContext& ctx) {
  return ctx.poll_word->load(std::memory_order_relaxed) != 0;
}

// Writes `count` copies of the `size` bytes at `value`.
TrapKind FillElements(const InstanceContext& ctx, uint8_t* to, const void* value, uint32_t size,
                      uint64_t count) {
  uint64_t until_poll = kPollBytes / size;
  for (uint64_t i = 0; i < count; ++i) {
    std::memcpy(to + i * size, value, size);
    if (--until_poll == 0) {
      if (Interrupted(ctx)) return TrapKind::kInterrupted;
      until_poll = kPollBytes / size;
    }
  }
  return TrapKind::kNone;
}

// The bytes [offset, offset + size) of a data segment.
TrapOr<const uint8_t*> DataBytes(InstanceContext& ctx, uint32_t segment, uint64_t offset,
                                 uint64_t size) {
  const std::span<const uint8_t> data = ctx.instance->data(segment);
  if (offset > data.size() || size > data.size() - offset)
    return {.trap = TrapKind::kOutOfBoundsMemory};
  return {.value = data.data() + offset};
}

bool InElem(InstanceContext& ctx, uint32_t segment, uint64_t offset, uint64_t count) {
  const uint64_t size = ctx.instance->elem_size(segment);
  return offset <= size && count <= size - offset;
}

}  // namespace

bool RefHasKind(InstanceContext& ctx, Ref ref, HeapKind kind) {
  const auto composite = [&]() -> int {
    if (gc::IsI31(ref)) return -1;
    const TypeId type = gc::ToObject(ref)->type;
    if (type == gc::kExternBoxType || type == gc::kExceptionType) return -1;
    return static_cast<int>(ctx.store->store->types().Get(type).type.kind);
  };
  switch (kind) {
    case HeapKind::kFunc:
    case HeapKind::kExtern:
    case HeapKind::kAny:
    case HeapKind::kExn:
      return true;
    case HeapKind::kI31:
      return gc::IsI31(ref);
    case HeapKind::kEq:
      return gc::IsI31(ref) || composite() >= 0;
    case HeapKind::kStruct:
      return composite() == static_cast<int>(CompositeKind::kStruct);
    case HeapKind::kArray:
      return composite() == static_cast<int>(CompositeKind::kArray);
    case HeapKind::kNone:
    case HeapKind::kNoFunc:
    case HeapKind::kNoExtern:
    case HeapKind::kNoExn:
    case HeapKind::kConcrete:
      return false;
  }
  return false;
}

bool TypeMatches(InstanceContext& ctx, TypeId sub, TypeId super) {
  if (sub == gc::kExternBoxType || sub == gc::kExceptionType) return false;
  return ctx.store->store->types().IsSubtype(sub, super);
}

Ref FuncRef(InstanceContext& ctx, uint32_t func_index) {
  return reinterpret_cast<Ref>(ctx.instance->func(func_index));
}

RefOrTrap NewStruct(InstanceContext& ctx, const Cell* pc, uint8_t* fp, bool from_slots) {
  const CanonicalType& type = TypeAt(pc[1]);
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  gc::Object* const object = ctx.store->store->heap().NewStruct(type);
  if (object == nullptr) return {.trap = TrapKind::kOutOfGcMemory};
  if (from_slots) {
    uint32_t slot = pc[2].words[1] / 8;
    uint8_t* const bytes = reinterpret_cast<uint8_t*>(object);
    const std::vector<FieldType>& fields = type.type.fields;
    for (size_t i = 0; i < fields.size(); ++i) {
      const uint32_t size = fields[i].size_bytes();
      if (size == 16) slot = (slot + 1) & ~1u;
      const uint8_t* const from = fp + 8 * size_t{slot};
      uint8_t* const to = bytes + type.field_offsets[i];
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
  return {.value = gc::ToRef(object)};
}

RefOrTrap NewArray(InstanceContext& ctx, const Cell* pc, uint8_t* fp, bool from_slot) {
  const CanonicalType& type = TypeAt(pc[1]);
  const uint32_t length = static_cast<uint32_t>(Slot(fp, pc->b));
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  ArrayObject* const array = ctx.store->store->heap().NewArray(type, length);
  if (array == nullptr) return {.trap = ArrayFailure(type, length)};
  if (from_slot) {
    const TrapKind trap =
        FillElements(ctx, array->elements(), fp + pc->a, type.elem_size_bytes, length);
    if (trap != TrapKind::kNone) return {.trap = trap};
  }
  return {.value = gc::ToRef(array)};
}

RefOrTrap NewArrayFixed(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[1]);
  const uint32_t count = static_cast<uint32_t>(pc->imm);
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  ArrayObject* const array = ctx.store->store->heap().NewArray(type, count);
  if (array == nullptr) return {.trap = ArrayFailure(type, count)};
  const uint32_t size = type.elem_size_bytes;
  const uint32_t stride = size == 16 ? 16 : 8;
  for (uint32_t i = 0; i < count; ++i)
    std::memcpy(array->elements() + uint64_t{i} * size, fp + pc[2].words[1] + uint64_t{i} * stride,
                size);
  return {.value = gc::ToRef(array)};
}

RefOrTrap NewArrayFromData(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[1]);
  const uint64_t offset = static_cast<uint32_t>(Slot(fp, pc->a));
  const uint32_t length = static_cast<uint32_t>(Slot(fp, pc->b));
  const uint64_t bytes = uint64_t{length} * type.elem_size_bytes;
  const TrapOr<const uint8_t*> data = DataBytes(ctx, pc[2].words[1], offset, bytes);
  if (!data.ok()) return {.trap = data.trap};
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  ArrayObject* const array = ctx.store->store->heap().NewArray(type, length);
  if (array == nullptr) return {.trap = ArrayFailure(type, length)};
  if (bytes != 0) std::memcpy(array->elements(), data.value, bytes);
  return {.value = gc::ToRef(array)};
}

RefOrTrap NewArrayFromElem(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[1]);
  const uint32_t segment = pc[2].words[1];
  const uint64_t offset = static_cast<uint32_t>(Slot(fp, pc->a));
  const uint32_t length = static_cast<uint32_t>(Slot(fp, pc->b));
  if (!InElem(ctx, segment, offset, length)) return {.trap = TrapKind::kOutOfBoundsTable};
  SaveState(&ctx, pc, fp, pc[2].words[0]);
  ArrayObject* const array = ctx.store->store->heap().NewArray(type, length);
  if (array == nullptr) return {.trap = ArrayFailure(type, length)};
  // An element may be made here for the first time, but only function references are, which are no
  // objects of this heap.
  for (uint32_t i = 0; i < length; ++i) {
    const Ref ref = ctx.instance->elem(segment, offset + i);
    std::memcpy(array->elements() + 8 * uint64_t{i}, &ref, 8);
  }
  return {.value = gc::ToRef(array)};
}

namespace {

// The array in slot `dst`, if [index, index + count) lies within it.
TrapOr<ArrayObject*> ArrayRange(uint8_t* fp, uint16_t array_slot, uint64_t index, uint64_t count) {
  const Ref ref = Slot(fp, array_slot);
  if (ref == gc::kNullRef) return {.trap = TrapKind::kNullArrayReference};
  ArrayObject* const array = reinterpret_cast<ArrayObject*>(ref);
  if (index > array->length || count > array->length - index)
    return {.trap = TrapKind::kOutOfBoundsArray};
  return {.value = array};
}

}  // namespace

TrapKind ArrayFill(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[1]);
  const uint64_t index = static_cast<uint32_t>(Slot(fp, pc->a));
  const uint64_t count = static_cast<uint32_t>(Slot(fp, pc->aux));
  const TrapOr<ArrayObject*> array = ArrayRange(fp, pc->dst, index, count);
  if (!array.ok()) return array.trap;
  const uint32_t size = type.elem_size_bytes;
  return FillElements(ctx, array.value->elements() + index * size, fp + pc->b, size, count);
}

TrapKind ArrayCopy(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[2]);
  const uint64_t to = static_cast<uint32_t>(Slot(fp, pc->a));
  const uint64_t from = static_cast<uint32_t>(Slot(fp, pc->aux));
  const uint64_t count = static_cast<uint32_t>(Slot(fp, pc[1].words[0]));
  // Both nulls trap before either bound is looked at.
  if (Slot(fp, pc->b) == gc::kNullRef || Slot(fp, pc->dst) == gc::kNullRef)
    return TrapKind::kNullArrayReference;
  const TrapOr<ArrayObject*> dst = ArrayRange(fp, pc->dst, to, count);
  if (!dst.ok()) return dst.trap;
  const TrapOr<ArrayObject*> src = ArrayRange(fp, pc->b, from, count);
  if (!src.ok()) return src.trap;
  if (Interrupted(ctx)) return TrapKind::kInterrupted;
  const uint32_t size = type.elem_size_bytes;
  if (count != 0)
    std::memmove(dst.value->elements() + to * size, src.value->elements() + from * size,
                 count * size);
  return TrapKind::kNone;
}

TrapKind ArrayInitData(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const CanonicalType& type = TypeAt(pc[2]);
  const uint64_t index = static_cast<uint32_t>(Slot(fp, pc->a));
  const uint64_t offset = static_cast<uint32_t>(Slot(fp, pc->b));
  const uint64_t count = static_cast<uint32_t>(Slot(fp, pc->aux));
  const TrapOr<ArrayObject*> array = ArrayRange(fp, pc->dst, index, count);
  if (!array.ok()) return array.trap;
  const uint32_t size = type.elem_size_bytes;
  const TrapOr<const uint8_t*> data = DataBytes(ctx, pc[1].words[0], offset, count * size);
  if (!data.ok()) return data.trap;
  if (count != 0) std::memcpy(array.value->elements() + index * size, data.value, count * size);
  return TrapKind::kNone;
}

TrapKind ArrayInitElem(InstanceContext& ctx, const Cell* pc, uint8_t* fp) {
  const uint64_t index = static_cast<uint32_t>(Slot(fp, pc->a));
  const uint64_t offset = static_cast<uint32_t>(Slot(fp, pc->b));
  const uint64_t count = static_cast<uint32_t>(Slot(fp, pc->aux));
  const TrapOr<ArrayObject*> array = ArrayRange(fp, pc->dst, index, count);
  if (!array.ok()) return array.trap;
  const uint32_t segment = pc[1].words[0];
  if (!InElem(ctx, segment, offset, count)) return TrapKind::kOutOfBoundsTable;
  for (uint64_t i = 0; i < count; ++i) {
    const Ref ref = ctx.instance->elem(segment, offset + i);
    std::memcpy(array.value->elements() + 8 * (index + i), &ref, 8);
  }
  return TrapKind::kNone;
}

}  // namespace airwasm::interp
