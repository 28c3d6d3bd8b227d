// The way from native code into register code and back (enter_x86_64.S).
#pragma once

#include "engine/interp/cell.h"

namespace airwasm::interp {

// Saves the callee-saved registers and runs cells from `pc` until one leaves (Exit, or a trap,
// which stands in activation->trap). `acc` is what the first cell finds in the accumulator.
extern "C" void airwasm_interp_enter(const Cell* pc, uint64_t* fp, uint8_t* mem0,
                                     runtime::InstanceContext* ctx, uint64_t acc,
                                     runtime::Activation* activation);
// Where a fault in a handler is sent: expects the Activation* as first argument, returns from
// airwasm_interp_enter of that activation.
extern "C" const char airwasm_interp_landing[];

// The wasm pc and fp of a handler that was interrupted, from its machine context (a ucontext_t*).
void StateOfFault(const void* machine_context, const Cell** pc, uint64_t** fp);

}  // namespace airwasm::interp
