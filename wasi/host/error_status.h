// What an embedder is told of a host operation that failed while a guest was being set up.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

// `what` names the thing that could not be had: "directory data".
absl::Status ToStatus(Error error, const std::string& what);

}  // namespace airwasm::wasi::host
