// EnterWasm (enter.h) and the entry of compiled code in one, by hand: a frame that holds the
// activation, and the registers that compiled code preserves, which only another end than its
// return has to load again.
#include "engine/runtime/native_host_call.h"

#include <cstddef>
#include <cstring>

#include "engine/runtime/enter.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"
#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {

#ifdef AIRWASM_HAS_NATIVE

static_assert(offsetof(Activation, previous) == 0 && offsetof(Activation, native_sp) == 8);
static_assert(offsetof(Activation, native_end) == 16 && offsetof(Activation, native_fp) == 32);
static_assert(offsetof(Activation, pc) == 40 && offsetof(Activation, trap) == 56);
static_assert(offsetof(Activation, reported) == 57 && offsetof(Activation, native_at_loop) == 58);
static_assert(offsetof(Activation, store) == 64 && offsetof(Activation, top) == 80);
static_assert(offsetof(Activation, native_slots) == 88);
static_assert(sizeof(Activation) <= 128);
static_assert(offsetof(ThreadState, activation) == 0 && offsetof(ThreadState, native_limit) == 40);
static_assert(offsetof(ThreadState, native_bytes) == 48 && offsetof(ThreadState, thread_id) == 64);

namespace {

// Of the callee that compiled code was left for, which are those of the function that was called.
uint32_t ResultSlots(const Activation& activation) {
  const FuncCode& code = **static_cast<const FuncCode* const*>(activation.tail_callee);
  return code.module != nullptr
             ? code.result_slots
             : static_cast<const FuncInst*>(activation.tail_callee)->result_slots;
}

}  // namespace

// The frame: the activation at 0; rbx and r12 to r15 at 128; the thread's activation before at 168,
// and `slots` at 176. rbx is the store's context, r12 where thread_state lies from fs.
asm(R"(
  .text
  .p2align 4
  .globl airwasm_call_native
  .hidden airwasm_call_native
  .type airwasm_call_native, @function
airwasm_call_native:
  pushq %rbp
  movq %rsp, %rbp
  subq $192, %rsp
  movq %rbx, 128(%rsp)
  movq %r12, 136(%rsp)
  movq %r13, 144(%rsp)
  movq %r14, 152(%rsp)
  movq %r15, 160(%rsp)
  movq %rdi, %rbx
  movq _ZN7airwasm7runtime12thread_stateE@gottpoff(%rip), %r12
  # AllowNativeStack and PrepareNativeStack; and what the latter says holds for the entry too.
  movq %fs:40(%r12), %rax
  movzbl 84(%rdi), %r8d
  movq %rsp, %r9
  subq %rax, %r9
  cmpq %fs:48(%r12, %r8, 8), %r9
  jae 4f
  movl %fs:64(%r12), %r8d
  cmpl %r8d, 80(%rdi)
  jne 4f
  cmpq $0, 24(%rdi)
  jne 4f
  movq %rsp, %r9
  subq 128(%rdi), %r9
  cmpq %rax, %r9
  cmovbq %rax, %r9
  movq %r9, 64(%rdi)
  xorl %eax, %eax
  movq 56(%rdi), %r10
1:
  movq %fs:(%r12), %xmm4
  movq %rsp, %xmm1
  movq %rbp, %xmm2
  movq %r10, %xmm3
  movq %rdx, %xmm5
  xorps %xmm0, %xmm0
  punpcklqdq %xmm2, %xmm1
  punpcklqdq %xmm3, %xmm3
  punpcklqdq %xmm5, %xmm4
  movq %rax, (%rsp)
  movups %xmm1, 8(%rsp)
  movups %xmm0, 32(%rsp)
  movq $0, 56(%rsp)
  movq %rbx, 64(%rsp)
  movups %xmm3, 80(%rsp)
  movups %xmm4, 168(%rsp)
  movq %rsp, 24(%rbx)
  movq %rsp, %fs:(%r12)
  movq 8(%rsi), %rdi
  movq %rdx, %rax
  movq %rsi, %rdx
  movq %rax, %rsi
  call *%rcx
5:
  xorl %eax, %eax
6:
  .if 6b - 5b != 2
  .error "airwasm_leave_native steps over two bytes"
  .endif
  testl %eax, %eax
  jne 3f
  movl $1, %eax
2:
  # Most entries are in no other: a predicted branch that knows it keeps one call of a loop from
  # waiting for what the call before has stored.
  movq (%rsp), %rcx
  movq 168(%rsp), %rdx
  movq %rcx, %r8
  orq %rdx, %r8
  jne 8f
  movq $0, 24(%rbx)
  movq $0, %fs:(%r12)
7:
  movq 128(%rsp), %rbx
  movq 136(%rsp), %r12
  leave
  ret
8:
  movq %rcx, 24(%rbx)
  movq %rdx, %fs:(%r12)
  jmp 7b
  # It has not returned: nothing is left of the registers.
3:
  leaq 192(%rsp), %rbp
  movq %rsp, %rdi
  movl %eax, %esi
  movq 176(%rsp), %rdx
  call airwasm_finish_native_call
  movq 64(%rsp), %rbx
  movq _ZN7airwasm7runtime12thread_stateE@gottpoff(%rip), %r12
  movq 144(%rsp), %r13
  movq 152(%rsp), %r14
  movq 160(%rsp), %r15
  jmp 2b
4:
  movq %rsi, %r13
  movq %rdx, %r14
  movq %rcx, %r15
  movq %rsp, %rsi
  call airwasm_prepare_native_call
  movq %rax, %r10
  movq 24(%rbx), %rax
  movq %r13, %rsi
  movq %r14, %rdx
  movq %r15, %rcx
  movq 144(%rsp), %r13
  movq 152(%rsp), %r14
  movq 160(%rsp), %r15
  testq %r10, %r10
  jne 1b
  xorl %eax, %eax
  jmp 7b
  .size airwasm_call_native, .-airwasm_call_native
)");

// Where frames begin in an activation inside others, or that is entered from an unusual place;
// null: it may not be entered.
extern "C" [[gnu::used]] const uint64_t* airwasm_prepare_native_call(StoreContext* context,
                                                                     const void* here) {
  Store& store = *context->store;
  const uint64_t* const frame = store.NewFrame(0);
  if (frame == nullptr || !HasNativeStackForEntry(here, store)) {
    store.FailCall(TrapKind::kCallStackExhausted, nullptr);
    return nullptr;
  }
  if (context->activation == nullptr) AllowNativeStack(*context, here);
  PrepareNativeStack(*context, here);
  return frame;
}

// Whether the call succeeds all the same.
extern "C" [[gnu::used, gnu::cold]] bool airwasm_finish_native_call(Activation* activation,
                                                                    NativeOutcome outcome,
                                                                    uint64_t* slots) {
  Store& store = *activation->store->store;
  activation->native_fp = nullptr;  // the frames have gone
  if (outcome == NativeOutcome::kThrew) activation->trap = TrapKind::kUncaughtException;
  if (outcome == NativeOutcome::kTailCall) {
    activation->first_fp = activation->native_slots;
    try {
      store.executor().RunTailCallee(*activation);
    } catch (const std::bad_alloc&) {
      activation->pc = nullptr;
      activation->fp = nullptr;
      activation->trap = FailForLackOfMemory(store);
    }
  }
  if (activation->trap != TrapKind::kNone) return LeaveByTrap(store, *activation, nullptr);
  // Where it was to leave them, had it not been left.
  std::memmove(slots, activation->native_slots, ResultSlots(*activation) * sizeof(uint64_t));
  return true;
}

#endif

}  // namespace airwasm::runtime
