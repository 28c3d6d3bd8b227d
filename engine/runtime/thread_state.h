// The few words that belong to a thread, not to a store: what the fault handler and nested entries
// need.
#pragma once

#include <cstdint>

namespace airwasm::runtime {

struct Activation;

struct ThreadState {
  Activation* activation = nullptr;  // the newest one of this thread, whatever its store
  uint32_t nested_activations = 0;
  bool signal_stack_ensured = false;
};

// initial-exec: a signal handler may read it, so it must never be allocated on first use.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ThreadState thread_state;

}  // namespace airwasm::runtime
