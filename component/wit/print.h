// A resolved Document as WIT text, which parses back to the same document.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "component/wit/model.h"

namespace airwasm::component::wit {

// The root package with its declaration first, then the others as nested packages. What a world
// imports only because other items use its types is left out.
// Errors: RESOURCE_EXHAUSTED: the text would be larger than kPrintBytes, because types share parts.
absl::StatusOr<std::string> Print(const Document& document);

}  // namespace airwasm::component::wit
