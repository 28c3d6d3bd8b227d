// WASI 0.1 for the engine: makes the functions of p1.h importable.
//
//   auto context = wasi::p1::Context::Create(config);
//   wasi::p1::AddToLinker(linker, *std::move(context));
//   auto instance = linker.Instantiate(store, module);
//   auto result = instance->Get<void()>("_start")...;   // Trap::exit_code() if the guest called
//   proc_exit
#ifndef AIRWASM_WASI_P1_LINK_H_
#define AIRWASM_WASI_P1_LINK_H_

#include <memory>

#include "absl/status/status.h"
#include "airwasm/linker.h"
#include "wasi/p1/p1.h"

namespace airwasm::wasi::p1 {

// Defines all functions under "wasi_snapshot_preview1", and under "wasi_unstable" as they were
// there. They work on the memory that the calling instance exports as "memory". One context is one
// guest: instances that share it share its descriptors, and must run on one thread at a time.
//
// proc_exit ends the guest with Trap::Exit. An interruption, of the store or by
// Context::interrupter(), also ends what the guest waits for in here (kInterrupted).
//
// Errors: ALREADY_EXISTS  one of the names is taken
absl::Status AddToLinker(Linker& linker, std::shared_ptr<Context> context);

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_LINK_H_
