// Turns the typed input error into the absl::Status of the public edge.
#pragma once

#include "absl/status/status.h"
#include "engine/base/error.h"

namespace airwasm {

// kMalformed and kInvalid become INVALID_ARGUMENT, kLimit becomes RESOURCE_EXHAUSTED; the message
// is Error::ToString().
absl::Status ToStatus(const Error& error);

}  // namespace airwasm
