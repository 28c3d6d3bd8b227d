// What the guarded functions of modules and those of components ask, for who has the store.
#pragma once

#include <string_view>

#include "airwasm/guarded_func.h"
#include "engine/runtime/store.h"

namespace airwasm {

bool GuardAllows(const runtime::Store& store, security::CapabilitySet classes,
                 std::string_view object);
absl::Status GuardDenial(const runtime::Store& store);

}  // namespace airwasm
