// What handlers call when a cell needs more than a few instructions: ordinary C++, defined in
// slow_paths.cc, interpreter.cc and unwind.cc.
#pragma once

#include "engine/interp/cell.h"
#include "engine/interp/handler.h"
#include "engine/runtime/context.h"

namespace airwasm::interp {

// The callee of call_indirect at `index` (in bounds), made if it is lazy; traps if null or not of a
// subtype of `type`.
TrapOr<runtime::FuncInst*> FindIndirectCallee(runtime::InstanceContext& ctx,
                                              runtime::TableInst& table, uint64_t index,
                                              TypeId type);

// Validates (if that is still to be done) and translates the body of `code`, unless another thread
// has. False: invalid; Store::host_error says why.
bool TranslateNow(runtime::FuncCode& code, runtime::StoreContext& store);

// Ends the activation with the failure in acc of a host function called at pc, or raises the
// exception that it left.
AIRWASM_COLD_HANDLER HostFailed(AIRWASM_HANDLER_PARAMS);
// Raises the exnref in acc at pc.
AIRWASM_COLD_HANDLER Raise(AIRWASM_HANDLER_PARAMS);

// The poll word asks what runs (runtime::TierObserver). Of the function whose Enter cell is at pc:
// returns the cell to go on with, that one or one that enters compiled code. `return_pc`: that of
// its frame.
const Cell* SampleEntry(runtime::InstanceContext& ctx, const Cell* pc, const Cell* return_pc);
// Of the loop whose first cell is at pc: `entry` is the compiled code to go on in, or null.
struct LoopSample {
  const runtime::FuncCode* code = nullptr;
  const void* entry = nullptr;
};
LoopSample SampleLoop(runtime::InstanceContext& ctx, const Cell* pc);

// Where an exception goes.
struct CatchSite {
  const Cell* pc = nullptr;  // null: nobody catches it in this activation
  uint64_t* fp = nullptr;
};
// Walks the frames from `fp`, standing at `pc`, outward to the first handler for `exception`; puts
// the payload where the handler expects it.
CatchSite FindCatch(const Cell* pc, uint64_t* fp, gc::Ref exception);

// Before anything that can collect garbage: tells the collector how far the stack is in use.
inline void SaveState(runtime::InstanceContext* ctx, const Cell* pc, uint8_t* fp,
                      uint32_t top_bytes) {
  runtime::Activation* const activation = ctx->store->activation;
  activation->pc = pc;
  activation->fp = reinterpret_cast<uint64_t*>(fp);
  activation->top = reinterpret_cast<uint64_t*>(fp + top_bytes);
}

}  // namespace airwasm::interp
