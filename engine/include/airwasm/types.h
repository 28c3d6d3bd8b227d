// The composite types of the type section, and the types of tables, memories, globals and tags.
//
// Plain data; concrete heap types inside follow the rule of value_type.h.
// Spec: core, syntax/types.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "airwasm/value_type.h"

namespace airwasm {

using TypeIdx = uint32_t;  // inside a module
using TypeId = uint32_t;   // engine-wide, given by TypeRegistry
inline constexpr uint32_t kNoType = UINT32_MAX;

struct FuncType {
  std::vector<ValType> params;
  std::vector<ValType> results;
  bool operator==(const FuncType&) const = default;
};

enum class Packed : uint8_t { kNone, kI8, kI16 };

// Type of a struct field or array element; packed ones show as i32 on the stack.
struct FieldType {
  ValType type;  // i32 for packed fields
  Packed packed = Packed::kNone;
  bool mut = false;
  bool operator==(const FieldType&) const = default;
  // Bytes that the field takes in an object: 1, 2, 4, 8 or 16 (references are 8).
  uint32_t size_bytes() const {
    if (packed == Packed::kI8) return 1;
    if (packed == Packed::kI16) return 2;
    switch (type.kind()) {
      case ValKind::kI32:
      case ValKind::kF32:
        return 4;
      case ValKind::kV128:
        return 16;
      case ValKind::kI64:
      case ValKind::kF64:
      case ValKind::kRef:
      case ValKind::kBottom:
        return 8;
    }
    return 8;
  }
};

enum class CompositeKind : uint8_t { kFunc, kStruct, kArray };

struct SubType {
  CompositeKind kind = CompositeKind::kFunc;
  bool is_final = true;
  uint32_t supertype = kNoType;   // at most one; kNoType for none
  FuncType func;                  // if kFunc
  std::vector<FieldType> fields;  // of a struct; exactly one for an array
  bool operator==(const SubType&) const = default;
};

struct Limits {
  uint64_t min = 0;
  std::optional<uint64_t> max;
  bool operator==(const Limits&) const = default;
};

struct TableType {
  ValType element = kFuncRef;
  Limits limits;  // in elements
  bool is_64 = false;
  bool operator==(const TableType&) const = default;
};

struct MemoryType {
  Limits limits;  // in pages
  bool is_64 = false;
  bool shared = false;
  uint32_t page_size_log2 = 16;  // bytes; 0 or 16
  bool operator==(const MemoryType&) const = default;
};

struct GlobalType {
  ValType type;
  bool mut = false;
  bool operator==(const GlobalType&) const = default;
};

struct TagType {
  TypeIdx type = 0;  // of a function type; a TypeId once canonical
  bool operator==(const TagType&) const = default;
};

}  // namespace airwasm
