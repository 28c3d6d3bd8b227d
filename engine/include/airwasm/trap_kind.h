// The kinds of trap a guest can end in, with the official suite's wording for each.
//
// One row of traps.def per kind; everything that names or prints a trap reads that table.
#pragma once

#include <cstdint>
#include <string_view>

namespace airwasm {

enum class TrapKind : uint8_t {
#define AIRWASM_TRAP(name, text) name,
#include "airwasm/traps.def"
#undef AIRWASM_TRAP
};

// The text of `kind`, in the words of the official suite where it has any ("integer divide by
// zero").
constexpr std::string_view TrapText(TrapKind kind) {
  switch (kind) {
#define AIRWASM_TRAP(name, text) \
  case TrapKind::name:           \
    return text;
#include "airwasm/traps.def"
#undef AIRWASM_TRAP
  }
  return "unknown trap";
}

// A value, or the reason why there is none. `value` means nothing when `trap` is not kNone.
template <typename T>
struct TrapOr {
  T value{};
  TrapKind trap = TrapKind::kNone;
  constexpr bool ok() const { return trap == TrapKind::kNone; }
};

}  // namespace airwasm
