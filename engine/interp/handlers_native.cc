// The way from the interpreter into compiled code.
#include <algorithm>

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths.h"
#include "engine/runtime/native_entry.h"

namespace airwasm::interp {

using runtime::FuncCode;
using runtime::InstanceContext;
using runtime::NativeOutcome;

namespace reg {

// What FuncCode::entry of a compiled function leads to; the cell holds the FuncCode*. The frame at
// fp has its header and its arguments, and gets the results. While compiled code runs the activation
// stands at the call in the caller.
AIRWASM_FRAME_HANDLER NativeEntry(AIRWASM_HANDLER_PARAMS) {
#ifdef AIRWASM_HAS_NATIVE
  const FuncCode* const code = static_cast<const FuncCode*>(pc->pointer);
  uint64_t* const slots = reinterpret_cast<uint64_t*>(fp);
  const Cell* const return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  uint8_t* const caller_fp = reinterpret_cast<uint8_t**>(fp)[runtime::kFrameCallerFp];
  runtime::StoreContext& store = *ctx->store;
  runtime::Activation* const activation = store.activation;
  activation->pc = caller_fp == nullptr ? nullptr : return_pc - 1;
  activation->fp = reinterpret_cast<uint64_t*>(caller_fp);
  activation->top = slots + std::max(code->param_slots, code->result_slots);
  runtime::PrepareNativeStack(store, &activation);
  const NativeOutcome outcome =
      airwasm_enter_native(activation, ctx, slots, &code->self,
                           code->native_entry.load(std::memory_order_acquire));
  activation->native_fp = nullptr;
  if (outcome != NativeOutcome::kReturned) [[unlikely]] {
    if (outcome == NativeOutcome::kTrapped) return;
    if (caller_fp == nullptr) {
      activation->trap = TrapKind::kUncaughtException;
      return;
    }
    // The call throws in its caller.
    acc = activation->exception;
    pc = return_pc - 1;
    fp = caller_fp;
    ctx = reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext];
    AIRWASM_BECOME(Raise);
  }
  acc = slots[0];
  facc = ToFacc(std::bit_cast<double>(slots[0]));
  pc = return_pc;
  fp = caller_fp;
  AIRWASM_NEXT(0);
#else
  AIRWASM_TRAP_NOW(TrapKind::kInvalidFunction);
#endif
}

}  // namespace reg
}  // namespace airwasm::interp
