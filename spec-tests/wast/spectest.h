// The host module "spectest" that the official scripts import.
#pragma once

#include "absl/status/status.h"
#include "airwasm/airwasm.h"

namespace airwasm::wast {

// Spec: the reference interpreter's host module: print functions (silent here), constants, a table,
// a memory and a shared memory.
absl::Status DefineSpectest(Store& store, Linker& linker);

}  // namespace airwasm::wast
