// The way from the interpreter into compiled code.
#include <algorithm>
#include <cstddef>

#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/native_stack.h"

namespace airwasm::interp {

using runtime::Activation;
using runtime::FuncCode;
using runtime::InstanceContext;
using runtime::NativeOutcome;

#ifdef AIRWASM_HAS_NATIVE

static_assert(offsetof(Activation, native_sp) == 8 && offsetof(Activation, native_end) == 16);
static_assert(offsetof(Activation, native_fp) == 32 && offsetof(Activation, native_slots) == 88);

// Not handlers, but called as they are: pc is the callee word, acc the code of the entry signature;
// and what leads on when that has ended in another way than by returning, with the NativeOutcome in
// acc.
//
// FAST: handlers keep no register but rsp and rbp, and compiled code keeps rbx and r12 to r15: what
// lies in these is still there behind the call, and nothing has to be saved
// (bench/micro/tier_call_bench.cc).
__attribute__((preserve_none)) void RunCompiled(AIRWASM_HANDLER_PARAMS) asm("airwasm_run_compiled");
AIRWASM_COLD_HANDLER LeftCompiled(AIRWASM_HANDLER_PARAMS) asm("airwasm_left_compiled");

asm(R"(
  .text
  .p2align 4
  .hidden airwasm_run_compiled
  .hidden airwasm_left_compiled
  .type airwasm_run_compiled, @function
airwasm_run_compiled:
  .cfi_startproc
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  movq 16(%r15), %rbx
  movq 24(%rbx), %rcx
  movq %rdi, %rax
  movq %rsp, 8(%rcx)
  movq %rsp, 16(%rcx)
  movq %r15, %rdi
  movq %r13, %rsi
  movq %r12, %rdx
  call *%rax
1:
  xorl %eax, %eax
2:
  .if 2b - 1b != 2
  .error "airwasm_leave_native steps over two bytes"
  .endif
  popq %rbp
  .cfi_def_cfa %rsp, 8
  testl %eax, %eax
  jne 3f
  movq 24(%rbx), %rcx
  movq -24(%r13), %r12
  movq (%r13), %rdi
  movq (%r13), %xmm0
  movq -16(%r13), %r13
  movq $0, 32(%rcx)
  jmp )" AIRWASM_DISPATCH_TARGET R"(
  # Nothing is left of the registers; airwasm_leave_native has the activation in rdi.
3:
  movq 88(%rdi), %r13
  movq -8(%r13), %r15
  movq (%r15), %r14
  movl %eax, %edi
  jmp airwasm_left_compiled
  .cfi_endproc
  .size airwasm_run_compiled, .-airwasm_run_compiled
)");

namespace {

// The callee of a tail call gets the frame. As in TailCallFuncInAcc, one of another instance
// returns to its caller's ReloadCtx cell.
const Cell* TakePlace(const Activation& activation, uint8_t* fp) {
  const Cell*& return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  InstanceContext*& ctx = reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext];
  if (activation.tail_ctx != ctx && return_pc->handler != &reg::ReloadCtx &&
      return_pc->handler != &reg::Exit)
    return_pc -= 1;
  ctx = activation.tail_ctx;
  const FuncCode& code = **static_cast<const FuncCode* const*>(activation.tail_callee);
  return code.entry.load(std::memory_order_acquire);
}

// Before compiled code runs in the place of the function whose frame is at fp and has its header.
// While it runs the activation stands at the call in the caller.
[[gnu::always_inline]] inline void StandAtCall(runtime::StoreContext& store, uint8_t* fp,
                                               uint32_t slots, bool at_loop) {
  uint64_t* const frame = reinterpret_cast<uint64_t*>(fp);
  const Cell* const return_pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc];
  uint64_t* const caller_fp = reinterpret_cast<uint64_t**>(fp)[runtime::kFrameCallerFp];
  Activation* const activation = store.activation;
  activation->pc = caller_fp == nullptr ? nullptr : return_pc - 1;
  activation->fp = caller_fp;
  activation->top = frame + slots;
  activation->native_slots = frame;
  activation->native_at_loop = at_loop;
  const void* here;
  asm volatile("movq %%rsp, %0" : "=r"(here));
  runtime::PrepareNativeStack(store, here);
}

}  // namespace

AIRWASM_COLD_HANDLER LeftCompiled(AIRWASM_HANDLER_PARAMS) {
  Activation* const activation = ctx->store->activation;
  activation->native_fp = nullptr;  // the frames have gone
  const auto outcome = static_cast<NativeOutcome>(acc);
  if (outcome == NativeOutcome::kTrapped) return;
  if (outcome == NativeOutcome::kTailCall) {
    pc = TakePlace(*activation, fp);
    acc = reinterpret_cast<uint64_t>(activation->tail_callee);
  } else {
    pc = reinterpret_cast<const Cell**>(fp)[runtime::kFrameReturnPc] - 1;
    fp = reinterpret_cast<uint8_t**>(fp)[runtime::kFrameCallerFp];
    acc = activation->exception;
    if (fp == nullptr) {
      activation->trap = TrapKind::kUncaughtException;
      return;
    }
  }
  ctx = reinterpret_cast<InstanceContext**>(fp)[runtime::kFrameContext];
  mem0 = ctx->mem0_base;
  if (outcome == NativeOutcome::kThrew) AIRWASM_BECOME(Raise);
  AIRWASM_NEXT(0);
}

// Ends a handler: enters `entry`, code of `func` or of one of its loops.
#define AIRWASM_RUN_COMPILED(func, entry)                              \
  do {                                                                 \
    pc = reinterpret_cast<const Cell*>(&(func)->self);                 \
    acc = reinterpret_cast<uint64_t>(static_cast<const void*>(entry)); \
    AIRWASM_BECOME(RunCompiled);                                       \
  } while (false)

#else

namespace {
void StandAtCall(runtime::StoreContext&, uint8_t*, uint32_t, bool) {}
}  // namespace
#define AIRWASM_RUN_COMPILED(func, entry) return

#endif

namespace reg {

// What FuncCode::entry of a compiled function leads to; the cell holds the FuncCode*. The frame
// gets the results where its arguments are.
AIRWASM_FRAME_HANDLER NativeEntry(AIRWASM_HANDLER_PARAMS) {
  const FuncCode* const code = static_cast<const FuncCode*>(pc->pointer);
  StandAtCall(*ctx->store, fp, std::max(code->param_slots, code->result_slots), false);
  AIRWASM_RUN_COMPILED(code, code->native_entry.load(std::memory_order_acquire));
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
  StandAtCall(*ctx->store, fp, sample.code->frame_slots, true);
  AIRWASM_RUN_COMPILED(sample.code, sample.entry);
}

}  // namespace airwasm::interp
