// The few words that belong to a thread, not to a store: what the fault handler and entries into
// wasm need.
#pragma once

#include <cstdint>

namespace airwasm::runtime {

struct Activation;

struct ThreadState {
  Activation* activation = nullptr;  // the newest one of this thread, whatever its store
  // The part of the native stack on which wasm is entered without further questions: bytes from
  // entry_low upward. [0] counts for stores in signals-free mode, [1] for the others: nothing until
  // the thread has a signal stack. Nothing at all until the first entry (native_stack.h).
  uintptr_t entry_low = 0;
  uintptr_t entry_bytes[2] = {0, 0};
  bool has_signal_stack = false;
  // Where compiled code may use the stack: bytes from native_limit upward, [0] and [1] as above.
  // Nothing until the first entry (native_entry.h). What lies in there needs no look at entry_low.
  uintptr_t native_limit = 0;
  uintptr_t native_bytes[2] = {0, 0};
  int32_t thread_id = 0;
};

// initial-exec: a signal handler may read it, so it must never be allocated on first use.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ThreadState thread_state;

}  // namespace airwasm::runtime
