// The raw form of a host function, as the tiers call it. Embedders use Linker::Define and
// Func::New, which are made of this.
#pragma once

#include <cstdint>

#include "airwasm/trap_kind.h"

namespace airwasm::runtime {

struct StoreContext;
struct InstanceContext;

// One call. Arguments lie at slots[0..], one 64-bit slot each (i32 zero-extended, f32 in the low
// half), v128 in two slots the first of which is even; results are written to the same place in the
// same layout.
struct HostCall {
  StoreContext& store;
  InstanceContext* caller;  // of the wasm instance that calls; null when the host itself calls
  uint64_t* slots;
  void* env;
};

struct HostFunc {
  // kNone: fine. kHostError: Store::host_error holds what went wrong. kUncaughtException:
  // Store::pending_exception holds the exception to raise in the caller. Others: that trap.
  TrapKind (*call)(HostCall& call);
  void* env;
  void (*drop_env)(void* env);  // may be null
};

}  // namespace airwasm::runtime
