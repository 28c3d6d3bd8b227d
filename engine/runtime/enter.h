// The way from the host into wasm, as every executor takes it: the activation of one call, pushed
// before the first instruction and popped after the last.
//
// FAST: inlined into Executor::Call, so that a call from the host is one native frame between the
// embedder's and the guest's code (bench/micro/call_bench.cc).
#pragma once

#include <new>

#include "engine/base/out_of_memory.h"
#include "engine/runtime/native_stack.h"
#include "engine/runtime/store.h"
#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {

// What becomes of an activation that ended in a trap. Returns false.
[[gnu::cold, gnu::noinline]] inline bool LeaveByTrap(Store& store, const Activation& activation,
                                                     gc::Ref* escaped) {
  if (activation.reported) return false;
  if (escaped != nullptr && activation.trap == TrapKind::kUncaughtException) {
    *escaped = activation.exception;
    return false;
  }
  return store.FailCall(activation.trap, &activation);
}

[[gnu::cold, gnu::noinline]] inline TrapKind FailForLackOfMemory(Store& store) {
  store.host_error = OutOfMemory();
  return TrapKind::kHostError;
}

// Calls run(activation), which leaves activation.trap as the outcome. `frame` is what
// Store::PrepareCall returned, with arguments of `param_slots` in place. False: trapped;
// Store::TakeTrap says how; but with `escaped` an uncaught exception is put there instead.
template <typename Run>
[[gnu::always_inline]] inline bool EnterWasm(Store& store, uint32_t param_slots, uint64_t* frame,
                                             Run run, gc::Ref* escaped = nullptr) {
  Activation activation;
  const void* const here = AIRWASM_HERE(activation);
  if (frame == nullptr || !HasNativeStackForEntry(here, store)) [[unlikely]]
    return store.FailCall(TrapKind::kCallStackExhausted, nullptr);

  StoreContext& context = store.context();
  if (context.activation == nullptr) AllowNativeStack(context, here);
  activation.previous = context.activation;
  activation.store = &context;
  activation.first_fp = frame;
  activation.pc = nullptr;
  activation.fp = nullptr;
  activation.top = frame + param_slots;
  activation.native_fp = nullptr;
  activation.trap = TrapKind::kNone;
  activation.reported = false;
  Activation* const previous_of_thread = thread_state.activation;
  // The clock of the tiers asks on its own thread whether there is one (tier/tiering.cc).
  __atomic_store_n(&context.activation, &activation, __ATOMIC_RELAXED);
  thread_state.activation = &activation;

  try {
    run(activation);
  } catch (const std::bad_alloc&) {
    // Of the interpreter or what it has called; compiled code lets nothing through. The frames have
    // gone, and where they stood was not kept.
    activation.pc = nullptr;
    activation.fp = nullptr;
    activation.native_fp = nullptr;
    activation.trap = FailForLackOfMemory(store);
  }

  // While the frames are still there, for the backtrace.
  const bool ok = activation.trap == TrapKind::kNone || LeaveByTrap(store, activation, escaped);
  thread_state.activation = previous_of_thread;
  __atomic_store_n(&context.activation, activation.previous, __ATOMIC_RELAXED);
  return ok;
}

}  // namespace airwasm::runtime
