// Component values of scripts: from script to engine, and whether a result is what a script wants;
// whether a message is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "airwasm/component_val.h"
#include "component/text/script.h"

namespace airwasm::wast {

component::canon::Val ToVal(const component::text::ScriptValue& value);
bool Matches(const component::canon::Val& value, const component::text::ScriptValue& expected);

// Whether what the engine says is what a script of components wants: one contains the other, or
// they are two wordings of one thing (kWordings).
bool ComponentMessageMatches(std::string_view actual, std::string_view expected);

}  // namespace airwasm::wast
