// Which system calls are left.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "airwasm/isolate.h"

namespace airwasm::security::isolate {

// Puts a filter on every thread of the process, and says how many calls it lets through.
absl::StatusOr<size_t> ApplySeccomp(const IsolationPlan& plan);

}  // namespace airwasm::security::isolate
