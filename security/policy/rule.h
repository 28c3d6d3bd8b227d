// ParseRule with errors that know their place, for those who know the file around it.
#pragma once

#include <string_view>

#include "airwasm/policy.h"
#include "engine/base/error.h"

namespace airwasm::security {

// The error's offset is in bytes from the start of `text`. The rule's origin is left empty.
Expected<Rule> ReadRule(std::string_view text, bool allow);

}  // namespace airwasm::security
