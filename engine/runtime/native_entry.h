// The ways between compiled code and everything else (native.h has the conventions).
//
// The native stack of one activation: the interpreter (engine/interp/handlers_native.cc) or the
// host by CallNative (native_host_call.h) enters, compiled frames follow, and at their end perhaps
// NativeStub, which leads back to the interpreter (as a nested activation) or to a host function. A
// trap cuts the stack back to the entry in one step, after the backtrace has been taken; no C++
// frame with anything to clean up lies in between.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/runtime/context.h"
#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {

enum class NativeOutcome : int {
  kReturned = 0,
  kTrapped = 1,   // Activation::trap says how; the store has the Trap already
  kThrew = 2,     // Activation::exception left all compiled frames
  kTailCall = 3,  // Activation::tail_callee takes the place of the function that was entered
};

#if defined(__x86_64__)
#define AIRWASM_HAS_NATIVE 1

// Goes back to where compiled code was entered in the activation, airwasm_run_compiled
// (engine/interp/handlers_native.cc) or airwasm_call_native, with `outcome` in eax and the
// activation in rdi: two bytes behind the call there.
extern "C" [[noreturn]] void airwasm_leave_native(Activation* activation, NativeOutcome outcome);

// What FuncCode::native is where nobody has anything faster (engine/interp/from_native.h): spreads
// the registers into slots and calls the interpreter, or a host function. Of the universal
// signature.
extern "C" void airwasm_native_stub();
// What code that was entered at a loop calls, in the universal signature, in place of what it
// tail-calls: so that the callee takes the place of the interpreter's frame. Does not return.
extern "C" void airwasm_native_tail_stub();
// The helpers that raise an exception (ctx, exception), and what a host function has failed with
// (ctx, TrapKind): they save the registers for the unwinder.
extern "C" void airwasm_native_throw();
extern "C" void airwasm_native_host_failed();
// Where the fault handler continues a thread whose compiled code has trapped.
extern "C" void airwasm_native_fault_landing();
inline const void* NativeStub() {
  return reinterpret_cast<const void*>(&airwasm_native_stub);
}
#else
// No compiled code on this machine.
inline const void* NativeStub() {
  return nullptr;
}
#endif

// Before an entry: how deep compiled code may go on this thread's stack, and which thread an
// interruption must signal. What the outermost entry has allowed (AllowNativeStack) stays as it is.
void PrepareFarNativeStack(StoreContext& store, uintptr_t here);
inline void PrepareNativeStack(StoreContext& store, const void* here) {
  const auto address = reinterpret_cast<uintptr_t>(here);
  const ThreadState& thread = thread_state;
  if (address - thread.native_limit >= thread.native_bytes[0]) [[unlikely]]
    return PrepareFarNativeStack(store, address);
  store.native_limit = std::max(store.native_limit, thread.native_limit);
  store.native_thread.store(thread.thread_id, std::memory_order_relaxed);
}

// Ends compiled code in a trap. `frame`: the frame address (__builtin_frame_address(0)) of the
// function that compiled code has called, which keeps a frame pointer.
[[noreturn]] void RaiseTrap(StoreContext& store, TrapKind kind, const void* frame);

// rbx and r12 to r15, which functions preserve.
struct SavedRegisters {
  uint64_t values[5];
};
// Raises an exception in compiled code, likewise; `registers` are those of compiled code at the
// call.
[[noreturn]] void ThrowNative(StoreContext& store, gc::Ref exception, const void* frame,
                              SavedRegisters registers);

}  // namespace airwasm::runtime
