// The adapter that makes components of WASI 0.2 out of programs of WASI 0.1; its code is in
// preview1/.
#pragma once

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "component/wrap/wrap.h"

namespace airwasm::wasi {

// The adapter as a module with its world.
std::span<const uint8_t> Preview1Adapter();

// Adds it to `options` if the module needs it and no adapter is given: if it imports from
// wasi_snapshot_preview1; or if it has the entry point of a command while its world does not export
// wasi:cli/run, which the adapter then does for it.
// An exit code other than 0 and 1 needs wasi:cli/exit of 0.2.12; without `exit_codes`, every
// failure is 1, and any host of 0.2 will do. Errors: INVALID_ARGUMENT: the module is malformed.
absl::Status AddPreview1Adapter(std::span<const uint8_t> module, bool exit_codes,
                                component::wrap::Options& options);

}  // namespace airwasm::wasi
