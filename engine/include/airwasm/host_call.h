// The raw form of a host function, as the tiers call it. Embedders use Linker::Define and
// Func::New, which are made of this.
#pragma once

#include <cstdint>
#include <new>

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

// The last bit of a capability word is set in every one: what belongs to a function that asks for
// nothing. The engine gives the other bits no meaning.
inline constexpr uint64_t kNoCapabilityNeeded = uint64_t{1} << 63;

// What stands before a host function: one of `capabilities` has to be set in the capability word of
// the store when a guest calls (Store::SetCapabilities). If none is, `denied` is called in place of
// the function, with the same environment; null: the call traps.
struct HostCallGate {
  uint64_t capabilities = kNoCapabilityNeeded;
  TrapKind (*denied)(HostCall& call) = nullptr;
};

// What a host function that finds no memory ends in.
TrapKind FailForMemory(HostCall& call) noexcept;

// `function` for a HostFunc or its gate: nothing may be thrown through the frames of a guest, so
// that one that finds no memory traps.
template <TrapKind (*function)(HostCall&)>
TrapKind Contained(HostCall& call) {
  try {
    return function(call);
  } catch (const std::bad_alloc&) {
    return FailForMemory(call);
  }
}

struct HostFunc {
  // Throws nothing (Contained). kNone: fine. kHostError: Store::host_error holds what went wrong.
  // kUncaughtException: Store::pending_exception holds the exception to raise in the caller.
  // Others: that trap.
  TrapKind (*call)(HostCall& call);
  void* env;
  void (*drop_env)(void* env);  // may be null
  HostCallGate gate = {};
};

}  // namespace airwasm::runtime
