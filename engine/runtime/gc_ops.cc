#include "engine/runtime/gc_ops.h"

#include <algorithm>
#include <cstring>

#include "engine/gc/heap.h"
#include "engine/runtime/store.h"

namespace airwasm::runtime {
namespace {

using gc::ArrayObject;

// Bulk operations look at the poll word after this many bytes.
constexpr uint64_t kPollBytes = uint64_t{1} << 24;

const CanonicalType& TypeOf(InstanceContext& ctx, const ArrayObject& array) {
  return ctx.store->store->types().Get(array.header.type);
}

// Why an array of `length` elements could not be made.
TrapKind ArrayFailure(const CanonicalType& type, uint64_t length) {
  return length * type.elem_size_bytes > UINT32_MAX ? TrapKind::kAllocationTooLarge
                                                    : TrapKind::kOutOfGcMemory;
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

// The array, if [index, index + count) lies within it.
TrapOr<ArrayObject*> ArrayRange(Ref ref, uint64_t index, uint64_t count) {
  if (ref == gc::kNullRef) return {.trap = TrapKind::kNullArrayReference};
  auto* const array = reinterpret_cast<ArrayObject*>(ref);
  if (index > array->length || count > array->length - index)
    return {.trap = TrapKind::kOutOfBoundsArray};
  return {.value = array};
}

// Elements [offset, offset + count) of a segment, into references. An element may be made here for
// the first time, but only function references are, which are no objects of this heap.
void CopyElems(InstanceContext& ctx, uint32_t segment, uint64_t offset, uint64_t count,
               uint8_t* to) {
  for (uint64_t i = 0; i < count; ++i) {
    const Ref ref = ctx.instance->elem(segment, offset + i);
    std::memcpy(to + 8 * i, &ref, 8);
  }
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

bool RefHasType(InstanceContext& ctx, Ref ref, TypeId type) {
  if (ctx.store->store->types().Get(type).type.kind == CompositeKind::kFunc)
    return TypeMatches(ctx, reinterpret_cast<const FuncInst*>(ref)->type, type);
  return !gc::IsI31(ref) && TypeMatches(ctx, gc::ToObject(ref)->type, type);
}

TrapOr<Ref> NewStruct(InstanceContext& ctx, const CanonicalType& type) {
  gc::Object* const object = ctx.store->store->heap().NewStruct(type);
  if (object == nullptr) return {.trap = TrapKind::kOutOfGcMemory};
  return {.value = gc::ToRef(object)};
}

TrapOr<Ref> NewArray(InstanceContext& ctx, const CanonicalType& type, uint32_t length) {
  ArrayObject* const array = ctx.store->store->heap().NewArray(type, length);
  if (array == nullptr) return {.trap = ArrayFailure(type, length)};
  return {.value = gc::ToRef(array)};
}

TrapOr<Ref> NewArrayFromData(InstanceContext& ctx, const CanonicalType& type, uint32_t data_index,
                             uint32_t offset, uint32_t length) {
  const uint64_t bytes = uint64_t{length} * type.elem_size_bytes;
  const TrapOr<const uint8_t*> data = DataBytes(ctx, data_index, offset, bytes);
  if (!data.ok()) return {.trap = data.trap};
  const TrapOr<Ref> array = NewArray(ctx, type, length);
  if (array.ok() && bytes != 0)
    std::memcpy(reinterpret_cast<ArrayObject*>(array.value)->elements(), data.value, bytes);
  return array;
}

TrapOr<Ref> NewArrayFromElem(InstanceContext& ctx, const CanonicalType& type, uint32_t elem_index,
                             uint32_t offset, uint32_t length) {
  if (!InElem(ctx, elem_index, offset, length)) return {.trap = TrapKind::kOutOfBoundsTable};
  const TrapOr<Ref> array = NewArray(ctx, type, length);
  if (array.ok())
    CopyElems(ctx, elem_index, offset, length,
              reinterpret_cast<ArrayObject*>(array.value)->elements());
  return array;
}

TrapKind FillArray(InstanceContext& ctx, Ref array, uint32_t index, const void* value,
                   uint32_t count) {
  const TrapOr<ArrayObject*> range = ArrayRange(array, index, count);
  if (!range.ok()) return range.trap;
  const uint64_t size = TypeOf(ctx, *range.value).elem_size_bytes;
  uint8_t* const to = range.value->elements() + index * size;
  uint64_t until_poll = kPollBytes / size;
  for (uint64_t i = 0; i < count; ++i) {
    std::memcpy(to + i * size, value, size);
    if (--until_poll == 0) {
      if (ctx.store->store->interrupted()) return TrapKind::kInterrupted;
      until_poll = kPollBytes / size;
    }
  }
  return TrapKind::kNone;
}

TrapKind CopyArray(InstanceContext& ctx, Ref dst, uint32_t dst_index, Ref src, uint32_t src_index,
                   uint32_t count) {
  // Both nulls trap before either bound is looked at.
  if (dst == gc::kNullRef || src == gc::kNullRef) return TrapKind::kNullArrayReference;
  const TrapOr<ArrayObject*> to = ArrayRange(dst, dst_index, count);
  if (!to.ok()) return to.trap;
  const TrapOr<ArrayObject*> from = ArrayRange(src, src_index, count);
  if (!from.ok()) return from.trap;
  if (ctx.store->store->interrupted()) return TrapKind::kInterrupted;
  const uint64_t size = TypeOf(ctx, *to.value).elem_size_bytes;
  if (count != 0)
    std::memmove(to.value->elements() + dst_index * size, from.value->elements() + src_index * size,
                 count * size);
  return TrapKind::kNone;
}

TrapKind InitArrayFromData(InstanceContext& ctx, Ref array, uint32_t index, uint32_t data_index,
                           uint32_t offset, uint32_t count) {
  const TrapOr<ArrayObject*> range = ArrayRange(array, index, count);
  if (!range.ok()) return range.trap;
  const uint64_t size = TypeOf(ctx, *range.value).elem_size_bytes;
  const TrapOr<const uint8_t*> data = DataBytes(ctx, data_index, offset, count * size);
  if (!data.ok()) return data.trap;
  if (count != 0) std::memcpy(range.value->elements() + index * size, data.value, count * size);
  return TrapKind::kNone;
}

TrapKind InitArrayFromElem(InstanceContext& ctx, Ref array, uint32_t index, uint32_t elem_index,
                           uint32_t offset, uint32_t count) {
  const TrapOr<ArrayObject*> range = ArrayRange(array, index, count);
  if (!range.ok()) return range.trap;
  if (!InElem(ctx, elem_index, offset, count)) return TrapKind::kOutOfBoundsTable;
  CopyElems(ctx, elem_index, offset, count, range.value->elements() + 8 * uint64_t{index});
  return TrapKind::kNone;
}

}  // namespace airwasm::runtime
