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

namespace {

using runtime::Activation;

// How the caller of a function in compiled code goes on.
struct After {
  const Cell* pc;  // null: the activation ends
  uint8_t* fp;
  bool throws;  // Activation::exception is raised there
};

// Runs compiled code in the place of the function whose frame is at fp and has its header. While it
// runs the activation stands at the call in the caller.
After RunCompiled(InstanceContext* ctx, uint8_t* fp, uint64_t* top, const void* callee,
                  const void* entry) {
#ifdef AIRWASM_HAS_NATIVE
  uint64_t* const slots = reinterpret_cast<uint64_t*>(fp);
  const Cell* const return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  uint8_t* const caller_fp = reinterpret_cast<uint8_t**>(fp)[runtime::kFrameCallerFp];
  runtime::StoreContext& store = *ctx->store;
  Activation* const activation = store.activation;
  activation->pc = caller_fp == nullptr ? nullptr : return_pc - 1;
  activation->fp = reinterpret_cast<uint64_t*>(caller_fp);
  activation->top = top;
  runtime::PrepareNativeStack(store, &activation);
  const NativeOutcome outcome = airwasm_enter_native(activation, ctx, slots, callee, entry);
  activation->native_fp = nullptr;
  switch (outcome) {
    case NativeOutcome::kReturned:
      return {return_pc, caller_fp, false};
    case NativeOutcome::kTrapped:
      return {nullptr, nullptr, false};
    case NativeOutcome::kThrew:
      break;
  }
  if (caller_fp != nullptr) return {return_pc - 1, caller_fp, true};
  activation->trap = TrapKind::kUncaughtException;
#else
  (void)ctx, (void)fp, (void)top, (void)callee, (void)entry;
#endif
  return {nullptr, nullptr, false};
}

// Ends a handler behind RunCompiled.
#define AIRWASM_GO_ON(after)                                                 \
  do {                                                                       \
    if ((after).pc == nullptr) [[unlikely]]                                  \
      return;                                                                \
    pc = (after).pc;                                                         \
    if ((after).throws) [[unlikely]] {                                       \
      acc = ctx->store->activation->exception;                               \
      fp = (after).fp;                                                       \
      ctx = reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext]; \
      AIRWASM_BECOME(Raise);                                                 \
    }                                                                        \
    acc = At<uint64_t>(fp, 0);                                               \
    facc = ToFacc(At<double>(fp, 0));                                        \
    fp = (after).fp;                                                         \
    AIRWASM_NEXT(0);                                                         \
  } while (false)

}  // namespace

namespace reg {

// What FuncCode::entry of a compiled function leads to; the cell holds the FuncCode*. The frame
// gets the results where its arguments are.
AIRWASM_FRAME_HANDLER NativeEntry(AIRWASM_HANDLER_PARAMS) {
  const FuncCode* const code = static_cast<const FuncCode*>(pc->pointer);
  uint64_t* const top =
      reinterpret_cast<uint64_t*>(fp) + std::max(code->param_slots, code->result_slots);
  const After after =
      RunCompiled(ctx, fp, top, &code->self, code->native_entry.load(std::memory_order_acquire));
  AIRWASM_GO_ON(after);
}

}  // namespace reg

AIRWASM_COLD_HANDLER PollAtEntry(AIRWASM_HANDLER_PARAMS) {
  if (runtime::InterruptPending(*ctx->poll_word)) AIRWASM_TRAP_NOW(TrapKind::kInterrupted);
  pc = SampleEntry(*ctx, pc);
  if (pc->handler == &reg::Enter) AIRWASM_BECOME(reg::EnterFrame);
  AIRWASM_NEXT(0);
}

AIRWASM_COLD_HANDLER PollAtLoop(AIRWASM_HANDLER_PARAMS) {
  if (runtime::InterruptPending(*ctx->poll_word)) AIRWASM_TRAP_NOW(TrapKind::kInterrupted);
  const LoopSample sample = SampleLoop(*ctx, pc);
  if (sample.entry == nullptr) AIRWASM_NEXT(0);
  const After after =
      RunCompiled(ctx, fp, reinterpret_cast<uint64_t*>(fp) + sample.code->frame_slots,
                  &sample.code->self, sample.entry);
  AIRWASM_GO_ON(after);
}

}  // namespace airwasm::interp
