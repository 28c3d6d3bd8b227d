// WASI 0.2 for embedders: once per linker, once per store.
//
//   ComponentLinker linker(engine);
//   absl::Status defined = DefineWasi(linker);
//   Store store(engine);
//   wasi::Config config;
//   config.InheritStdio();
//   absl::Status given = GiveWasi(store, config);
//   absl::StatusOr<ComponentInstance> command = linker.Instantiate(store, component);
//   auto run = command->Get<WitResult<std::monostate, std::monostate>()>("wasi:cli/run@0.2.0#run");
#pragma once

#include "absl/status/status.h"
#include "airwasm/component_linker.h"
#include "airwasm/wasi_config.h"

namespace airwasm {

// Defines the functions of WASI 0.2.12, which serve every version from 0.2.0 on, and those of
// wasi:config, wasi:keyvalue and wasi:logging. They work on what GiveWasi gave to the calling
// guest's store.
//
// `exit` ends the guest with Trap::Exit. An interruption of the store also ends what the guest
// waits for in here.
//
// Errors: ALREADY_EXISTS  one of the interfaces is defined in `linker`
// Spec: WASI 0.2.12.
absl::Status DefineWasi(ComponentLinker& linker);

// Opens what `config` names for the guests of `store`; in place of what was given before.
//
// Errors: INVALID_ARGUMENT  a NUL in an argument or variable, '=' in a variable's name
//         NOT_FOUND, PERMISSION_DENIED, ...  a directory cannot be opened; the message names it
//         UNIMPLEMENTED, UNAVAILABLE, ...    a key-value store cannot be opened, or this was built
//                                            or runs without SQLite
absl::Status GiveWasi(Store& store, const wasi::Config& config);

}  // namespace airwasm
