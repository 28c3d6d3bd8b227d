// Entering, leaving and unwinding compiled code on x86-64.
#include "engine/runtime/native_entry.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "engine/runtime/native_code.h"
#include "engine/runtime/native_stack.h"
#include "engine/runtime/store.h"

namespace airwasm::runtime {

#ifdef AIRWASM_HAS_NATIVE

static_assert(offsetof(Activation, native_sp) == 8);
static_assert(offsetof(Activation, native_end) == 16);
static_assert(offsetof(FuncCode, native) == 8);

// The register block of the stubs: ints at 0 (five), floats at 48 (eight of 16 bytes), 176 in all;
// behind it what NativeStub saves for an exception that the callee lets out.
asm(R"(
  .text
  # The frame of a stub, and the arguments of the C++ function that it calls.
  .macro AIRWASM_SPILL_REGISTERS
  pushq %rbp
  movq %rsp, %rbp
  subq $224, %rsp
  movq %rbx, 176(%rsp)
  movq %r12, 184(%rsp)
  movq %r13, 192(%rsp)
  movq %r14, 200(%rsp)
  movq %r15, 208(%rsp)
  movq %rsi, (%rsp)
  movq %rdx, 8(%rsp)
  movq %rcx, 16(%rsp)
  movq %r8, 24(%rsp)
  movq %r9, 32(%rsp)
  movaps %xmm0, 48(%rsp)
  movaps %xmm1, 64(%rsp)
  movaps %xmm2, 80(%rsp)
  movaps %xmm3, 96(%rsp)
  movaps %xmm4, 112(%rsp)
  movaps %xmm5, 128(%rsp)
  movaps %xmm6, 144(%rsp)
  movaps %xmm7, 160(%rsp)
  movq %r10, %rsi
  movq %rsp, %rdx
  movq %rbp, %rcx
  .endm
  # The frame of a helper that may raise an exception: (ctx, what) become
  # (ctx, what, frame, SavedRegisters*).
  .macro AIRWASM_SAVE_REGISTERS
  pushq %rbp
  movq %rsp, %rbp
  subq $48, %rsp
  movq %rbx, (%rsp)
  movq %r12, 8(%rsp)
  movq %r13, 16(%rsp)
  movq %r14, 24(%rsp)
  movq %r15, 32(%rsp)
  movq %rbp, %rdx
  movq %rsp, %rcx
  .endm

  # To behind the call that has entered compiled code, and behind the instruction there that says
  # kReturned.
  .p2align 4
  .globl airwasm_leave_native
  .hidden airwasm_leave_native
  .type airwasm_leave_native, @function
airwasm_leave_native:
  movl %esi, %eax
  movq 8(%rdi), %rsp
  movq -8(%rsp), %rdx
  addq $2, %rdx
  jmp *%rdx
  .size airwasm_leave_native, .-airwasm_leave_native

  .p2align 4
  .globl airwasm_native_stub
  .hidden airwasm_native_stub
  .type airwasm_native_stub, @function
airwasm_native_stub:
  AIRWASM_SPILL_REGISTERS
  call airwasm_call_from_native
  movq (%rsp), %rax
  movq 8(%rsp), %rdx
  movaps 48(%rsp), %xmm0
  movaps 64(%rsp), %xmm1
  leave
  ret
  .size airwasm_native_stub, .-airwasm_native_stub

  .p2align 4
  .globl airwasm_native_tail_stub
  .hidden airwasm_native_tail_stub
  .type airwasm_native_tail_stub, @function
airwasm_native_tail_stub:
  AIRWASM_SPILL_REGISTERS
  call airwasm_tail_call_from_loop
  ud2
  .size airwasm_native_tail_stub, .-airwasm_native_tail_stub

  .p2align 4
  .globl airwasm_native_throw
  .hidden airwasm_native_throw
  .type airwasm_native_throw, @function
airwasm_native_throw:
  AIRWASM_SAVE_REGISTERS
  call airwasm_throw_from_native
  ud2
  .size airwasm_native_throw, .-airwasm_native_throw

  .p2align 4
  .globl airwasm_native_host_failed
  .hidden airwasm_native_host_failed
  .type airwasm_native_host_failed, @function
airwasm_native_host_failed:
  AIRWASM_SAVE_REGISTERS
  call airwasm_fail_host_call
  ud2
  .size airwasm_native_host_failed, .-airwasm_native_host_failed

  .p2align 4
  .globl airwasm_native_fault_landing
  .hidden airwasm_native_fault_landing
  .type airwasm_native_fault_landing, @function
airwasm_native_fault_landing:
  andq $-16, %rsp
  call airwasm_finish_native_trap
  ud2
  .size airwasm_native_fault_landing, .-airwasm_native_fault_landing

  .p2align 4
  .globl airwasm_land_on_pad
  .hidden airwasm_land_on_pad
  .type airwasm_land_on_pad, @function
airwasm_land_on_pad:
  movq (%r8), %rbx
  movq 8(%r8), %r12
  movq 16(%r8), %r13
  movq 24(%r8), %r14
  movq 32(%r8), %r15
  movq %rdi, %rax
  movq %rdx, %rsp
  movq %rcx, %rbp
  xorl %edx, %edx
  jmp *%rsi
  .size airwasm_land_on_pad, .-airwasm_land_on_pad
)");

extern "C" [[noreturn]] void airwasm_land_on_pad(gc::Ref exception, const void* pad, const void* sp,
                                                 const void* fp, const SavedRegisters* registers);

extern "C" [[noreturn, gnu::used]] void airwasm_throw_from_native(InstanceContext* ctx,
                                                                  gc::Ref exception,
                                                                  const void* frame,
                                                                  const SavedRegisters* registers) {
  ThrowNative(*ctx->store, exception, frame, *registers);
}

// The frames are still there: the backtrace is taken before the stack is cut back.
extern "C" [[noreturn, gnu::used]] void airwasm_finish_native_trap(Activation* activation) {
  gc::DropPartialObject(activation->store->free_run);
  if (!activation->reported) {
    activation->store->store->FailCall(activation->trap, activation);
    activation->reported = true;
  }
  airwasm_leave_native(activation, NativeOutcome::kTrapped);
}

void RaiseTrap(StoreContext& store, TrapKind kind, const void* frame) {
  Activation* const activation = store.activation;
  activation->native_pc = nullptr;
  activation->native_fp = static_cast<const uint64_t*>(frame);
  activation->trap = kind;
  airwasm_finish_native_trap(activation);
}

void ThrowNative(StoreContext& store, gc::Ref exception, const void* frame,
                 SavedRegisters registers) {
  Activation* const activation = store.activation;
  // A loop may be closed by a throw alone.
  if (store.store->interrupted()) RaiseTrap(store, TrapKind::kInterrupted, frame);
  const NativeCode* const code = native_code.load(std::memory_order_acquire);
  // Each step: fp[0] is the caller's frame pointer, fp[1] where the call returns to, and
  // `registers` what the caller had in them.
  for (auto fp = static_cast<const uint64_t*>(frame); fp != activation->native_end;
       fp = reinterpret_cast<const uint64_t*>(fp[0])) {
    const UnwindStep step = code->Unwind(reinterpret_cast<const void*>(fp[1]));
    if (step.landing_pad != nullptr)
      airwasm_land_on_pad(exception, step.landing_pad, fp + 2, reinterpret_cast<const void*>(fp[0]),
                          &registers);
    for (int i = 0; i < kNumSavedRegisters; ++i) {
      if (step.saved[i] != 0)
        registers.values[i] = *reinterpret_cast<const uint64_t*>(fp[0] + step.saved[i]);
    }
  }
  activation->exception = exception;
  airwasm_leave_native(activation, NativeOutcome::kThrew);
}

#endif

void PrepareFarNativeStack(StoreContext& store, uintptr_t here) {
  ThreadState& thread = thread_state;
  thread.thread_id = static_cast<int32_t>(syscall(SYS_gettid));
  const StackRegion usable = UsableNativeStack(here);
  thread.native_limit = usable.low;
  thread.native_bytes[0] = usable.bytes;
  thread.native_bytes[1] = thread.has_signal_stack ? usable.bytes : 0;
  // The outermost entry may lie in another stack, if it is one of the embedder's.
  const bool is_elsewhere = here < store.native_limit;
  store.native_limit = is_elsewhere ? usable.low : std::max(store.native_limit, usable.low);
  store.native_thread.store(thread.thread_id, std::memory_order_relaxed);
}

}  // namespace airwasm::runtime
