// WAVE: values of components as text, read by their types. Val::ToString writes it.
//
// In accordance with the format, a value of an option or result type may stand without `some(...)`
// or `ok(...)` around it unless it is itself of such a type, and fields of option types may be left
// out of a record. A case that is named like a keyword may also stand without its '%' where its
// type leaves no doubt. Handles, streams and futures have no text form.
// Spec: WAVE, Web Assembly Value Encoding.
#pragma once

#include <string_view>
#include <vector>

#include "component/canon/functions.h"
#include "component/types/value_types.h"
#include "engine/base/error.h"

namespace airwasm::component::wave {

// The whole text is one value of the type. Errors say line and column.
Expected<canon::Val> Parse(std::string_view text, const TypeTable& types, ValType type);

// The whole text is "(VALUE, ...)", one for each parameter; values `none` at the end may be left
// out.
Expected<std::vector<canon::Val>> ParseArguments(std::string_view text, const TypeTable& types,
                                                 const FuncType& type);

}  // namespace airwasm::component::wave
