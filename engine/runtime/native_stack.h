// What the runtime must know of the thread it runs on: how much native stack is left, where it
// begins, and that signals have a stack of their own.
#pragma once

#include <cstdint>

#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {

// Gives this thread an alternate signal stack unless it has one that is big enough; taken back when
// the thread ends. The host may have installed none at all, and a handler of the embedder's may
// need more than what guest code leaves. Later calls cost a load.
void MakeSignalStack();
inline void EnsureSignalStack() {
  if (!thread_state.signal_stack_ensured) [[unlikely]]
    MakeSignalStack();
}

// Whether enough native stack is left for another entry into wasm: recursion host → wasm → host is
// bounded by this and by kMaxNestedActivations, which serves stacks that are not the thread's own
// (fibers).
bool HasNativeStackForDeepEntry(uint32_t nested_activations);
inline constexpr uint32_t kMaxNestedActivations = 2000;
// Nesting this deep is taken to fit: the bounds cost too much to ask for in every process.
inline constexpr uint32_t kUncheckedActivations = 4;
inline bool HasNativeStackForEntry(uint32_t nested_activations) {
  return nested_activations <= kUncheckedActivations ||
         HasNativeStackForDeepEntry(nested_activations);
}

// The end of the native stack that `address`, a local variable's, lies in: where scanning for
// references stops. `fallback` when the stack is not the thread's own.
const void* NativeStackEnd(const void* address, const void* fallback);

}  // namespace airwasm::runtime
