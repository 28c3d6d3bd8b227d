// The way from the interpreter into compiled code.
#include <algorithm>

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/native_stack.h"

namespace airwasm::interp {

using runtime::FuncCode;
using runtime::InstanceContext;
using runtime::NativeOutcome;

namespace {

using runtime::Activation;

// How the interpreter goes on when compiled code has ended.
struct After {
  enum Kind : uint8_t { kReturn, kEnd, kRaise, kTailCall } kind;
  const Cell* pc;  // where the caller of the frame goes on; for kTailCall the callee's entry
  uint8_t* fp;     // of the caller; for kTailCall of the frame itself
};

// The callee of a tail call gets the frame. As in TailCallFuncInAcc, one of another instance
// returns to its caller's ReloadCtx cell.
After TakePlace(const Activation& activation, uint8_t* fp) {
  const Cell*& return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  InstanceContext*& ctx = reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext];
  if (activation.tail_ctx != ctx && return_pc->handler != &reg::ReloadCtx &&
      return_pc->handler != &reg::Exit)
    return_pc -= 1;
  ctx = activation.tail_ctx;
  const FuncCode& code = **static_cast<const FuncCode* const*>(activation.tail_callee);
  return {After::kTailCall, code.entry.load(std::memory_order_acquire), fp};
}

// Runs compiled code in the place of the function whose frame is at fp and has its header. While it
// runs the activation stands at the call in the caller.
After RunCompiled(InstanceContext* ctx, uint8_t* fp, uint64_t* top, const void* callee,
                  const void* entry, bool at_loop) {
#ifdef AIRWASM_HAS_NATIVE
  uint64_t* const slots = reinterpret_cast<uint64_t*>(fp);
  const Cell* const return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  uint8_t* const caller_fp = reinterpret_cast<uint8_t**>(fp)[runtime::kFrameCallerFp];
  runtime::StoreContext& store = *ctx->store;
  Activation* const activation = store.activation;
  activation->pc = caller_fp == nullptr ? nullptr : return_pc - 1;
  activation->fp = reinterpret_cast<uint64_t*>(caller_fp);
  activation->top = top;
  activation->native_slots = slots;
  activation->native_at_loop = at_loop;
  runtime::PrepareNativeStack(store, AIRWASM_HERE(activation));
  const NativeOutcome outcome = airwasm_enter_native(activation, ctx, slots, callee, entry);
  activation->native_fp = nullptr;
  switch (outcome) {
    case NativeOutcome::kReturned:
      return {After::kReturn, return_pc, caller_fp};
    case NativeOutcome::kTrapped:
      return {After::kEnd, nullptr, nullptr};
    case NativeOutcome::kTailCall:
      return TakePlace(*activation, fp);
    case NativeOutcome::kThrew:
      break;
  }
  if (caller_fp != nullptr) return {After::kRaise, return_pc - 1, caller_fp};
  activation->trap = TrapKind::kUncaughtException;
#else
  (void)ctx, (void)fp, (void)top, (void)callee, (void)entry, (void)at_loop;
#endif
  return {After::kEnd, nullptr, nullptr};
}

// Ends a handler behind RunCompiled.
#define AIRWASM_GO_ON(after)                                               \
  do {                                                                     \
    pc = (after).pc;                                                       \
    if ((after).kind == After::kReturn) [[likely]] {                       \
      acc = At<uint64_t>(fp, 0);                                           \
      facc = ToFacc(At<double>(fp, 0));                                    \
      fp = (after).fp;                                                     \
      AIRWASM_NEXT(0);                                                     \
    }                                                                      \
    if ((after).kind == After::kEnd) return;                               \
    fp = (after).fp;                                                       \
    const Activation* const activation = ctx->store->activation;           \
    ctx = reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext]; \
    mem0 = ctx->mem0_base;                                                 \
    if ((after).kind == After::kTailCall) {                                \
      acc = reinterpret_cast<uint64_t>(activation->tail_callee);           \
      AIRWASM_NEXT(0);                                                     \
    }                                                                      \
    acc = activation->exception;                                           \
    AIRWASM_BECOME(Raise);                                                 \
  } while (false)

}  // namespace

namespace reg {

// What FuncCode::entry of a compiled function leads to; the cell holds the FuncCode*. The frame
// gets the results where its arguments are.
AIRWASM_FRAME_HANDLER NativeEntry(AIRWASM_HANDLER_PARAMS) {
  const FuncCode* const code = static_cast<const FuncCode*>(pc->pointer);
  uint64_t* const top =
      reinterpret_cast<uint64_t*>(fp) + std::max(code->param_slots, code->result_slots);
  const After after = RunCompiled(ctx, fp, top, &code->self,
                                  code->native_entry.load(std::memory_order_acquire), false);
  AIRWASM_GO_ON(after);
}

}  // namespace reg

AIRWASM_COLD_HANDLER PollAtEntry(AIRWASM_HANDLER_PARAMS) {
  if (runtime::InterruptPending(*ctx->poll_word)) AIRWASM_TRAP_NOW(TrapKind::kInterrupted);
  const Cell* const entry =
      SampleEntry(*ctx, pc, reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc]);
  if (entry == pc) AIRWASM_BECOME(reg::EnterFrame);
  AIRWASM_GO(entry);
}

AIRWASM_COLD_HANDLER PollAtLoop(AIRWASM_HANDLER_PARAMS) {
  if (runtime::InterruptPending(*ctx->poll_word)) AIRWASM_TRAP_NOW(TrapKind::kInterrupted);
  const LoopSample sample = SampleLoop(*ctx, pc);
  if (sample.entry == nullptr) AIRWASM_NEXT(0);
  const After after =
      RunCompiled(ctx, fp, reinterpret_cast<uint64_t*>(fp) + sample.code->frame_slots,
                  &sample.code->self, sample.entry, true);
  AIRWASM_GO_ON(after);
}

}  // namespace airwasm::interp
