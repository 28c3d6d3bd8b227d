// Checks of value types that the type section, the module's parts and the bodies share.
#pragma once

#include <string>

#include "airwasm/features.h"
#include "airwasm/types.h"

namespace airwasm::valid {

// What is wrong with a type of the module, or "": an index of `num_types` or above, or a feature
// that is switched off.
std::string CheckValType(ValType type, uint32_t num_types, const Features& features);

// "a function type".
const char* CompositeKindText(CompositeKind kind);

}  // namespace airwasm::valid
