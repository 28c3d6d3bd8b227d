// Constants of scripts with components. Private to component/text.
#pragma once

#include "component/text/script.h"
#include "engine/text/token_reader.h"

namespace airwasm::component::text {

// "(" word contents ")" at the cursor: (u8.const 1), (record.const (field "a" bool.const true)).
// Patterns for floats, nan:canonical and nan:arithmetic, are for results.
ScriptValue ParseScriptValue(airwasm::text::TokenReader& in, bool is_result);

}  // namespace airwasm::component::text
