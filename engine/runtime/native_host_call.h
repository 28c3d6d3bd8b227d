// Calls of compiled code from the host.
//
// FAST: no cell of register code and no function of the executor lies between the host and compiled
// code (bench/micro/call_bench.cc).
#pragma once

#include <cstdint>

#include "engine/runtime/context.h"

namespace airwasm::runtime {

#if defined(__x86_64__)

extern "C" bool airwasm_call_native(StoreContext* context, FuncInst* func, uint64_t* slots,
                                    const void* entry);

// Calls a function whose FuncCode::native_entry is `entry`. The arguments lie at `slots`, which are
// anywhere; the results go there. False: trapped, as Executor::Call.
inline bool CallNative(StoreContext& context, FuncInst& func, uint64_t* slots, const void* entry) {
  return airwasm_call_native(&context, &func, slots, entry);
}

#else
// There is no such entry on this machine.
inline bool CallNative(StoreContext&, FuncInst&, uint64_t*, const void*) {
  return false;
}
#endif

}  // namespace airwasm::runtime
