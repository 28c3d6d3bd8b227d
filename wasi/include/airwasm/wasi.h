// WASI 0.1 for embedders.
//
//   wasi::Config config;
//   config.InheritStdio();
//   config.args = {"program", "argument"};
//   config.preopens = {{.host_path = "data", .guest_path = "/"}};
//   absl::Status status = DefineWasi(linker, config);
//   absl::StatusOr<Instance> instance = linker.Instantiate(store, module);
//   Result<void> result = (*instance->Get<void()>("_start"))();
//   // Either it returned, or result.trap().exit_code() is what the guest gave to proc_exit.
#pragma once

#include "absl/status/status.h"
#include "airwasm/linker.h"
#include "airwasm/wasi_config.h"

namespace airwasm {

// Opens what `config` names and defines the functions of WASI 0.1 in `linker`, for one guest: under
// "wasi_snapshot_preview1", and under "wasi_unstable" as they were there. They work on the memory
// that the calling instance exports as "memory".
//
// proc_exit ends the guest with Trap::Exit. An interruption of the store also ends what the guest
// waits for in here: a read, a write, a sleep.
//
// Errors: ALREADY_EXISTS    one of the functions is defined in `linker`
//         INVALID_ARGUMENT  a NUL in an argument or variable, '=' in a variable's name, a socket
//                           that is none
//         NOT_FOUND, PERMISSION_DENIED, ...  a directory cannot be opened; the message names it
// Spec: WASI 0.1, wasi_snapshot_preview1.
absl::Status DefineWasi(Linker& linker, const wasi::Config& config);

}  // namespace airwasm
