// Signatures beside files.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace airwasm::tools {

// FILE.sig.
std::string SignatureFileOf(const std::string& path);
// Its contents; nothing if there is none.
absl::StatusOr<std::optional<std::string>> ReadSignatureFile(const std::string& path);

}  // namespace airwasm::tools
