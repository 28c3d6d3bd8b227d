#include "engine/gc/marker.h"

#include <cstring>
#include <new>
#include <utility>

namespace airwasm::gc {
namespace {

constexpr size_t RoundUp(size_t bytes) {
  return (bytes + kGranuleBytes - 1) & ~(kGranuleBytes - 1);
}

Ref LoadRef(const void* at) {
  Ref ref;
  std::memcpy(&ref, at,
              sizeof ref);  // fields of structs with v128 are not always aligned to their size
  return ref;
}

}  // namespace

size_t ObjectBytes(const Object& object, const TypeRegistry& types) {
  if (object.type == kExternBoxType) return sizeof(ExternBox);
  if (object.type == kExceptionType) {
    return sizeof(ExceptionObject) +
           size_t{8} * reinterpret_cast<const ExceptionObject&>(object).num_slots;
  }
  const CanonicalType& type = types.Get(object.type);
  if (type.type.kind == CompositeKind::kStruct) return RoundUp(type.size_bytes);
  const size_t length = reinterpret_cast<const ArrayObject&>(object).length;
  return RoundUp(sizeof(ArrayObject) + length * type.elem_size_bytes);
}

Marker::Marker(BlockSpace& space, FreshRuns& fresh, const TypeRegistry& types)
    : space_(space), fresh_(fresh), types_(types) {
  fresh.Sort();
  for (size_t block = 0; block < space.top(); ++block) {
    BlockMeta& meta = space.meta(block);
    if (meta.kind == BlockKind::kSmall) meta.line_marks.fill(0);
  }
}

void Marker::MarkObject(size_t block, Object* object) {
  BlockMeta& meta = space_.meta(block);
  const size_t granule =
      static_cast<size_t>(reinterpret_cast<uint8_t*>(object) - space_.BlockStart(block)) /
      kGranuleBytes;
  if (meta.marks.Has(granule)) return;
  meta.marks.Add(granule);
  if (meta.kind == BlockKind::kSmall) {
    space_.MarkLines(reinterpret_cast<uint8_t*>(object), ObjectBytes(*object, types_));
  }
  try {
    pending_.push_back(object);
  } catch (const std::bad_alloc&) {
    has_overflowed_ = true;
  }
}

void Marker::MarkCandidate(uint64_t word) {
  const auto* const address = reinterpret_cast<const uint8_t*>(word);
  if (!space_.Contains(address)) return;
  size_t block = space_.BlockOf(address);
  if (space_.meta(block).kind == BlockKind::kLargeTail) block -= space_.meta(block).large_blocks;
  const BlockMeta& meta = space_.meta(block);
  switch (meta.kind) {
    case BlockKind::kFree:
    case BlockKind::kLargeTail:
      return;
    case BlockKind::kLargeHead:
      MarkObject(block, reinterpret_cast<Object*>(space_.BlockStart(block)));
      return;
    case BlockKind::kSmall: {
      fresh_.RecordStartsAround(address, space_, types_);
      const size_t granule = meta.starts.FloorOf(
          static_cast<size_t>(address - space_.BlockStart(block)) / kGranuleBytes);
      if (granule == SIZE_MAX) return;
      uint8_t* const start = space_.BlockStart(block) + granule * kGranuleBytes;
      auto* const object = reinterpret_cast<Object*>(start);
      if (address < start + ObjectBytes(*object, types_)) MarkObject(block, object);
      return;
    }
  }
}

// Stacks hold words of every kind and, under a sanitizer, poisoned ones between them.
__attribute__((no_sanitize("address", "memory", "thread"))) void Marker::Conservative(
    const void* begin, const void* end) {
  const uintptr_t first = (reinterpret_cast<uintptr_t>(begin) + 7) & ~uintptr_t{7};
  for (uintptr_t at = first; at + 8 <= reinterpret_cast<uintptr_t>(end); at += 8) {
    MarkCandidate(*reinterpret_cast<const uint64_t*>(at));
  }
}

void Marker::Exact(Ref ref) {
  if (ref == kNullRef || IsI31(ref) || !space_.Contains(ToObject(ref))) return;
  MarkObject(space_.BlockOf(ToObject(ref)), ToObject(ref));
}

void Marker::Trace(Object& object) {
  if (object.type == kExternBoxType) return;
  if (object.type == kExceptionType) {
    auto& exception = reinterpret_cast<ExceptionObject&>(object);
    Conservative(exception.slots(), exception.slots() + exception.num_slots);
    return;
  }
  const CanonicalType& type = types_.Get(object.type);
  if (type.type.kind == CompositeKind::kStruct) {
    const auto* const base = reinterpret_cast<const uint8_t*>(&object);
    for (const uint32_t offset : type.ref_offsets) Exact(LoadRef(base + offset));
    return;
  }
  if (!type.elem_is_ref) return;
  auto& array = reinterpret_cast<ArrayObject&>(object);
  for (uint32_t i = 0; i < array.length; ++i) Exact(LoadRef(array.elements() + size_t{8} * i));
}

void Marker::Drain() {
  do {
    while (!pending_.empty()) {
      Object* const object = pending_.back();
      pending_.pop_back();
      Trace(*object);
    }
    // Each round without room for anything marks at least one object more, or is the last.
    if (std::exchange(has_overflowed_, false)) TraceAllMarked();
  } while (has_overflowed_ || !pending_.empty());
}

void Marker::TraceAllMarked() {
  for (size_t block = 0; block < space_.top(); ++block) {
    const BlockMeta& meta = space_.meta(block);
    if (meta.kind != BlockKind::kSmall && meta.kind != BlockKind::kLargeHead) continue;
    for (size_t granule = 0; granule < kGranulesPerBlock; ++granule) {
      if (meta.marks.Has(granule))
        Trace(*reinterpret_cast<Object*>(space_.BlockStart(block) + granule * kGranuleBytes));
    }
  }
}

}  // namespace airwasm::gc
