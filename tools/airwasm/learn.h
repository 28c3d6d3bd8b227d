// Policies from what guests were seen to do.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace airwasm::tools {

// A policy that allows the actions of an audit log, "-" being standard input, and little else:
// those that were allowed ("allow"), those that were denied ("deny"), or both ("").
// Errors: of reading; INVALID_ARGUMENT "LOG:LINE: ..."
absl::StatusOr<std::string> LearnFromLog(const std::string& path, const std::string& only);

}  // namespace airwasm::tools
