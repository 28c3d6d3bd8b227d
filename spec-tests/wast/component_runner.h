// Runs scripts of components; RunScript of runner.h hands them over.
#pragma once

#include <string_view>

#include "airwasm/component_features.h"
#include "spec-tests/wast/runner.h"

namespace airwasm::wast {

// Runs one script in a store of its own. Components in it import nothing.
ScriptResult RunComponentScript(std::string_view script, const Options& options);

}  // namespace airwasm::wast
