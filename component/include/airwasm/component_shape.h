// C++ types described for those who bind them to component types: plain data that the compiler
// makes of the templates in component_types.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "airwasm/component_host_call.h"

namespace airwasm::component::abi {

enum class ShapeKind : uint8_t {
  kNone,  // no payload
  kBool,
  kS8,
  kU8,
  kS16,
  kU16,
  kS32,
  kU32,
  kS64,
  kU64,
  kF32,
  kF64,
  kChar,
  kString,
  kList,
  kFixedList,
  kMap,
  kRecord,
  kTuple,
  kVariant,
  kEnum,
  kFlags,
  kOption,
  kResult,
  kOwn,
  kBorrow,
};

struct TypeShape {
  ShapeKind kind = ShapeKind::kNone;
  uint32_t count = 0;                         // enum, flags: names; fixed-length list: elements
  std::string_view names = {};                // record: fields, as "a, b_c"
  const void* resource = nullptr;             // own, borrow: the tag of a host's; null: any
  std::span<const TypeShape* const> parts{};  // in order; kNone where there is no payload
};

// A function's parameters and result.
struct FuncShape {
  std::span<const TypeShape* const> params;
  const TypeShape* result = nullptr;  // null: none
};

// A host function with C++ types, before it is bound to the type of an import.
struct TypedHost {
  FuncShape shape;
  canon::HostThunk thunk = nullptr;
  std::shared_ptr<void> env;
  canon::HostGate gate = {};
};

// Tells the C++ types of a host's resources apart.
template <typename T>
inline constexpr char kResourceTag = 0;

}  // namespace airwasm::component::abi
