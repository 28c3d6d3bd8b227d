// What the runtime must know of the thread it runs on: how much native stack is left, where it
// begins, and that signals have a stack of their own.
//
// All three come down to one comparison per entry: a thread's first entry gives it a signal stack
// and takes the surroundings of the stack pointer for usable; the true bounds of the stack, which
// cost a reading of /proc on the main thread, are asked for when an entry lies farther away.
#pragma once

#include <cstdint>

#include "engine/runtime/store.h"
#include "engine/runtime/thread_state.h"

// An address in the native frame of the function that asks: that of its local `variable`, which
// spares a frame pointer; but sanitizers may keep variables on the heap.
#ifdef AIRWASM_SANITIZED
#define AIRWASM_HERE(variable) __builtin_frame_address(0)
#else
#define AIRWASM_HERE(variable) static_cast<const void*>(&(variable))
#endif

namespace airwasm::runtime {

// Whether wasm of `store` may be entered by a native frame that `here` lies in.
// Recursion host → wasm → host is bounded by the stack that is left, and on stacks that are not the
// thread's own (fibers), whose size nobody tells, by kMaxNestedActivations.
//
// Gives the thread an alternate signal stack unless it has one that is big enough, or the store
// does without signals; taken back when the thread ends. The host may have installed none at all,
// and a handler of the embedder's may need more than what guest code leaves.
bool HasNativeStackForFarEntry(uintptr_t here, const Store& store);
inline bool HasNativeStackForEntry(const void* here, const Store& store) {
  const auto address = reinterpret_cast<uintptr_t>(here);
  const ThreadState& thread = thread_state;
  if (address - thread.entry_low < thread.entry_bytes[store.uses_signals()]) [[likely]]
    return true;
  return HasNativeStackForFarEntry(address, store);
}
inline constexpr uint32_t kMaxNestedActivations = 2000;

// What compiled code may use of the native stack that `here` lies in: what is below is left to host
// functions, traps and the collector.
struct StackRegion {
  uintptr_t low;
  uintptr_t bytes;
};
StackRegion UsableNativeStack(uintptr_t here);

// At an entry that lies in no other: compiled frames of it get as much as interpreted ones do.
inline void AllowNativeStack(StoreContext& store, const void* here) {
  store.native_limit = reinterpret_cast<uintptr_t>(here) - store.native_stack_bytes;
}

// The end of the native stack that `address`, a local variable's, lies in: where scanning for
// references stops. `fallback` when the stack is not the thread's own.
const void* NativeStackEnd(const void* address, const void* fallback);

}  // namespace airwasm::runtime
