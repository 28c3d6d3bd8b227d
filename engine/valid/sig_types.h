// The rows of signatures.def as template arguments, for the code that is made once per signature.
//
// Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "airwasm/value_type.h"
#include "engine/instr/op.h"

namespace airwasm::valid {

struct SigTypes {
  SigType types[4] = {};
  uint8_t count = 0;
  constexpr bool begins_with_address() const { return count > 0 && types[0] == SigType::Addr; }
};

struct SigRow {
  SigTypes params;
  SigTypes results;
};

// As signatures.def writes it: List(I32, I64), List().
template <typename... T>
consteval SigTypes List(T... types) {
  return {{types...}, sizeof...(types)};
}

consteval SigRow RowOf(Signature signature) {
  using enum SigType;
  constexpr SigRow kRows[] = {
      {},  // Special
#define AIRWASM_SIGNATURE(name, params, results) {List params, List results},
#include "engine/instr/signatures.def"
#undef AIRWASM_SIGNATURE
  };
  return kRows[static_cast<size_t>(signature)];
}

// SigType and ValKind list the number types in the same order.
static_assert(static_cast<int>(SigType::V128) == static_cast<int>(ValKind::kV128));
constexpr ValType ToValType(SigType type, ValType address) {
  return type == SigType::Addr ? address : ValType(static_cast<ValKind>(type));
}

}  // namespace airwasm::valid
