// The bytes of a value definition against its type.
//
// Internal to this folder.
#pragma once

#include <string>

#include "component/types/value_types.h"

namespace airwasm::component::valid {

// "", or what is wrong. Spec: component model, Binary, "Value Definitions".
std::string CheckValueBytes(const TypeTable& values, ValType type, syntax::Bytes bytes);

}  // namespace airwasm::component::valid
