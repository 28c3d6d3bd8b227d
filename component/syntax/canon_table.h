// The rows of canons.def as a table, with what a feature column means.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "airwasm/component_features.h"
#include "component/syntax/component.h"

namespace airwasm::component::syntax {

// What follows the code of a canonical definition; see canons.def.
enum class CanonImmediates : uint8_t {
  kNone,
  kType,
  kOpts,
  kTypeOpts,
  kTypeAsync,
  kAsync,
  kCancel,
  kCancelMemory,
  kContext,
  kResultOpts,
  kFuncTable,
  kLift,
  kLower,
};

struct CanonRow {
  std::string_view text;
  uint8_t code;
  CanonImmediates immediates;
  std::optional<ComponentFeature> feature;
};

namespace canon_table_internal {
using enum ComponentFeature;
inline constexpr std::nullopt_t kBase = std::nullopt;
inline constexpr CanonRow kRows[] = {
#define AIRWASM_CANON(name, text, code, immediates, feature) \
  {text, code, CanonImmediates::k##immediates, k##feature},
#include "component/syntax/canons.def"
#undef AIRWASM_CANON
};
}  // namespace canon_table_internal

inline constexpr auto& kCanons = canon_table_internal::kRows;

constexpr const CanonRow& RowOf(CanonKind kind) {
  return kCanons[static_cast<size_t>(kind)];
}

}  // namespace airwasm::component::syntax
