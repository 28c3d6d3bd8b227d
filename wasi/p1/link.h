// The functions of p1.h in the engine's linker. Embedders have airwasm/wasi.h; this is for those
// who want to keep the Context.
#ifndef AIRWASM_WASI_P1_LINK_H_
#define AIRWASM_WASI_P1_LINK_H_

#include <memory>

#include "absl/status/status.h"
#include "airwasm/linker.h"
#include "airwasm/wasi.h"
#include "wasi/p1/p1.h"

namespace airwasm::wasi::p1 {

// What DefineWasi does, with a context that was made before. One context is one guest: instances
// that share it share its descriptors, and must run on one thread at a time.
//
// Errors: ALREADY_EXISTS  one of the names is taken
absl::Status AddToLinker(Linker& linker, std::shared_ptr<Context> context);

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_LINK_H_
