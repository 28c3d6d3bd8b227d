// What guarded functions of the embedder's have in common, those of modules and of components.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "airwasm/guarded_func.h"
#include "engine/runtime/store.h"

namespace airwasm {

// A function as its guard knows it.
struct GuardedName {
  security::FunctionId function = 0;
  security::CapabilitySet classes = 0;
};
// Errors: those of NeededClasses::set, with `name` before them.
absl::StatusOr<GuardedName> NameGuarded(std::string_view name, const NeededClasses& classes);

inline bool LacksAll(const security::Guard& guard, const GuardedName& name) {
  return (guard.word().load(std::memory_order_relaxed) & name.classes) == 0;
}
// Records that a guest has none of the classes; the status ends it. `guard` may be null.
absl::Status DenyGuarded(security::Guard* guard, const GuardedName& name);

bool GuardAllows(const runtime::Store& store, security::CapabilitySet classes,
                 std::string_view object);
absl::Status GuardDenial(const runtime::Store& store);

}  // namespace airwasm
