// Layout of garbage-collected objects, shared by the collector, the interpreter and compiled code.
//
//   struct:  | header 8 | fields at CanonicalType::field_offsets ...           |
//   array:   | header 8 | u32 length | u32 unused | elements from byte 16 on   |
//   extern:  | header 8 | u64 host value                                       |
//   exn:     | header 8 | TagInst* | u32 payload slots | u32 unused | slots ... |
//
// `extern` is what a host puts into an externref, `exn` a thrown exception.
//
// A reference is a 64-bit word: 0 is null; bit 0 set is an i31 (value in bits 1..31, upper half
// zero); else the object's address.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/types/type_registry.h"

namespace airwasm::gc {

using Ref = uint64_t;
inline constexpr Ref kNullRef = 0;

// Type ids of the objects that no type section declares.
inline constexpr TypeId kExternBoxType = 0xFFFF'FFF0;
inline constexpr TypeId kExceptionType = 0xFFFF'FFF1;

struct Object {
  TypeId type;       // canonical id, or one of the two above
  uint32_t gc_bits;  // the collector's: mark and size class
};
static_assert(sizeof(Object) == 8);

struct ArrayObject {
  Object header;
  uint32_t length;  // elements
  uint32_t unused;
  uint8_t* elements() { return reinterpret_cast<uint8_t*>(this) + 16; }
};
static_assert(offsetof(ArrayObject, length) == 8 && sizeof(ArrayObject) == 16);

// Where small objects are bump-allocated: [cursor, limit) is zero, but for what an allocation that
// was cut off left in its first sixteen bytes (DropPartialObject). Empty while there is no heap.
//
// Compiled code allocates here by itself, and may be left between any two of its instructions. So
// the header (and an array's length) is in place before the cursor moves, fields are written after.
struct FreeRun {
  uint8_t* cursor = nullptr;
  uint8_t* limit = nullptr;
};
static_assert(offsetof(FreeRun, cursor) == 0 && offsetof(FreeRun, limit) == 8);

// After compiled code was left in a trap: the run is zero again.
inline void DropPartialObject(const FreeRun& run) {
  const auto left = static_cast<size_t>(run.limit - run.cursor);
  if (left != 0) std::memset(run.cursor, 0, std::min(left, sizeof(ArrayObject)));
}

struct ExternBox {
  Object header;
  uint64_t host_value;
};

struct ExceptionObject {
  Object header;
  void* tag;  // runtime::TagInst*
  uint32_t num_slots;
  uint32_t unused;
  uint64_t* slots() { return reinterpret_cast<uint64_t*>(this) + 3; }
};

inline bool IsI31(Ref ref) {
  return (ref & 1) != 0;
}
inline Ref MakeI31(uint32_t value) {
  return (uint64_t{value} << 1 | 1) & 0xFFFF'FFFF;
}
inline uint32_t I31GetU(Ref ref) {
  return static_cast<uint32_t>(ref) >> 1;
}
inline int32_t I31GetS(Ref ref) {
  return static_cast<int32_t>(static_cast<uint32_t>(ref)) >> 1;
}
inline Object* ToObject(Ref ref) {
  return reinterpret_cast<Object*>(ref);
}
inline Ref ToRef(const void* object) {
  return reinterpret_cast<Ref>(object);
}

}  // namespace airwasm::gc
