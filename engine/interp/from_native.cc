// The stubs, which are EnterWasm (engine/runtime/enter.h) and a call of the first handler by hand:
// a frame with the activation, and the registers that compiled code wants kept. What is out of the
// ordinary (a tail call that leaves compiled code, too little stack) they leave to
// airwasm_native_stub before they have changed anything.
//
// FAST: no type is looked at where all parameters are integers and references
// (bench/micro/tier_call_bench.cc).
#include "engine/interp/from_native.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/interp/cell.h"
#include "engine/interp/code.h"
#include "engine/runtime/enter.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/native_registers.h"
#include "engine/runtime/store.h"
#include "engine/valid/context.h"

namespace airwasm::interp {

#ifdef AIRWASM_HAS_NATIVE

using runtime::Activation;
using runtime::FuncCode;
using runtime::InstanceContext;
using runtime::StoreContext;
using runtime::ThreadState;

namespace {

// A stub's frame, from the stack pointer upward.
struct StubFrame {
  union {
    Activation activation;
    uint64_t words[16];
  };
  runtime::SavedRegisters saved;
  const FuncCode* code;
  runtime::Registers values;  // of airwasm_interpret_any only
};
static_assert(offsetof(StubFrame, saved) == 128 && offsetof(StubFrame, code) == 168);
static_assert(offsetof(StubFrame, values) == 176 && sizeof(StubFrame) == 352);
static_assert(offsetof(Activation, native_sp) == 8 && offsetof(Activation, native_pc) == 24);
static_assert(offsetof(Activation, native_fp) == 32 && offsetof(Activation, pc) == 40);
static_assert(offsetof(Activation, fp) == 48 && offsetof(Activation, trap) == 56);
static_assert(offsetof(Activation, reported) == 57 && offsetof(Activation, store) == 64);
static_assert(offsetof(Activation, first_fp) == 72 && offsetof(Activation, top) == 80);
static_assert(TrapKind{} == TrapKind::kNone);
static_assert(offsetof(ThreadState, activation) == 0 && offsetof(ThreadState, native_limit) == 40);
static_assert(offsetof(ThreadState, native_bytes) == 48);
static_assert(offsetof(FuncCode, param_slots) == 48 && offsetof(FuncCode, result_slots) == 52);

const FuncType& TypeOf(const FuncCode& code) {
  return code.module->valid_context().funcs[code.func_index]->type.func;
}

}  // namespace

asm(R"(
  .text
  # The frame, of \bytes; and the activation, unless something is out of the ordinary (9). rbx is
  # the store's context, r12 the FuncCode, r13 the callee's frame, r15 the instance's context.
  .macro AIRWASM_BEGIN_INTERPRETING function, bytes
  .cfi_startproc
  .cfi_personality 0x9b, .Lairwasm_personality
  .cfi_lsda 0x1b, .L\function\()_handlers
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  subq $\bytes, %rsp
  movq %rbx, 128(%rsp)
  movq %r12, 136(%rsp)
  movq %r13, 144(%rsp)
  movq %r14, 152(%rsp)
  movq %r15, 160(%rsp)
  movq 16(%rdi), %rbx
  movq (%r10), %r12
  movq 24(%rbx), %rax
  # Jumped to by the function that was entered: its trampoline's frame is around this one
  # (StandsForEntry in engine/runtime/native_call.cc).
  movq 8(%rax), %r11
  subq $16, %r11
  cmpq (%rbp), %r11
  je 9f
  # Where compiled code may be, the interpreter may (engine/runtime/thread_state.h).
  movq _ZN7airwasm7runtime12thread_stateE@gottpoff(%rip), %r11
  movq %rsp, %r13
  subq %fs:40(%r11), %r13
  movzbl 84(%rbx), %r14d
  cmpq %fs:48(%r11, %r14, 8), %r13
  jae 9f
  # The frame above all others; five slots are written, whatever the type.
  movq 80(%rax), %r13
  movl 48(%r12), %r14d
  movl 52(%r12), %r15d
  addq $39, %r13
  andq $-16, %r13
  leaq (%r13, %r14, 8), %r14
  leaq 40(%r14, %r15, 8), %r15
  cmpq 8(%rbx), %r15
  ja 9f
  movq %rdi, %r15
  movq $0, 24(%rax)
  movq %rbp, 32(%rax)
  pxor %xmm8, %xmm8
  movq %rax, (%rsp)
  movaps %xmm8, 32(%rsp)
  movaps %xmm8, 48(%rsp)
  movq %rbx, 64(%rsp)
  movq %r13, 72(%rsp)
  movq %r14, 80(%rsp)
  movq %rsp, 24(%rbx)
  movq %rsp, %fs:(%r11)
  leaq airwasm_exit_cells+16(%rip), %rax
  movq $0, -16(%r13)
  movq %r15, -8(%r13)
  movq %rax, -24(%r13)
  .endm

  # From the first handler on, to the last.
  .macro AIRWASM_INTERPRET
  movq (%r12), %r12
  movq (%r15), %r14
  xorl %edi, %edi
1:
  call )" AIRWASM_DISPATCH_TARGET R"(
2:
  cmpb $0, 56(%rsp)
  jne 4f
  movq (%rsp), %rax
  movq 64(%rsp), %rcx
  movq _ZN7airwasm7runtime12thread_stateE@gottpoff(%rip), %rdx
  movq %rax, 24(%rcx)
  movq %rax, %fs:(%rdx)
  .endm

  .macro AIRWASM_LEAVE_FRAME
  movq 128(%rsp), %rbx
  movq 136(%rsp), %r12
  movq 144(%rsp), %r13
  movq 152(%rsp), %r14
  movq 160(%rsp), %r15
  leave
  .endm

  # The end of `function`, with the results in their registers; and what is seldom needed.
  .macro AIRWASM_END_INTERPRETING function
  AIRWASM_LEAVE_FRAME
  .cfi_remember_state
  .cfi_def_cfa %rsp, 8
  ret
  .cfi_restore_state
  # std::bad_alloc came here.
3:
  movq %rax, %rdi
  movq %rsp, %rsi
  call airwasm_end_without_memory
4:
  movq %rsp, %rdi
  movq %rbp, %rsi
  call airwasm_fail_interpreted
  ud2
9:
  AIRWASM_LEAVE_FRAME
  .cfi_def_cfa %rsp, 8
  jmp airwasm_native_stub
  .cfi_endproc
  .size \function, .-\function
  # That the call of the handler has a landing pad for std::bad_alloc.
  .section .gcc_except_table, "a", @progbits
  .p2align 2
.L\function\()_handlers:
  .byte 0xff
  .byte 0x9b
  .uleb128 7f - 5f
5:
  .byte 1
  .uleb128 6f - 5b - 2
  .uleb128 1b - \function
  .uleb128 2b - 1b
  .uleb128 3b - \function
  .uleb128 1
6:
  .byte 1
  .byte 0
  .p2align 2
  .long .Lairwasm_bad_alloc - .
7:
  .text
  .endm

  .section .data.rel.ro, "aw", @progbits
  .p2align 3
.Lairwasm_personality:
  .quad __gxx_personality_v0
.Lairwasm_bad_alloc:
  .quad _ZTISt9bad_alloc
  .text

  # Of types without floats and vectors but for a single scalar result.
  .p2align 4
  .globl airwasm_interpret_ints
  .hidden airwasm_interpret_ints
  .type airwasm_interpret_ints, @function
airwasm_interpret_ints:
  AIRWASM_BEGIN_INTERPRETING airwasm_interpret_ints, 176
  movl 48(%r12), %eax
  movq %rsi, (%r13)
  movq %rdx, 8(%r13)
  movq %rcx, 16(%r13)
  movq %r8, 24(%r13)
  movq %r9, 32(%r13)
  subl $5, %eax
  jbe 6f
  movq 72(%rbx), %rdx
5:
  movq -8(%rdx, %rax, 8), %rcx
  movq %rcx, 32(%r13, %rax, 8)
  decl %eax
  jne 5b
6:
  AIRWASM_INTERPRET
  movq 72(%rsp), %rcx
  movq (%rcx), %rax
  movq (%rcx), %xmm0
  AIRWASM_END_INTERPRETING airwasm_interpret_ints

  # Of all types.
  .p2align 4
  .globl airwasm_interpret_any
  .hidden airwasm_interpret_any
  .type airwasm_interpret_any, @function
airwasm_interpret_any:
  AIRWASM_BEGIN_INTERPRETING airwasm_interpret_any, 352
  movq %r12, 168(%rsp)
  movq %rsi, 176(%rsp)
  movq %rdx, 184(%rsp)
  movq %rcx, 192(%rsp)
  movq %r8, 200(%rsp)
  movq %r9, 208(%rsp)
  movaps %xmm0, 224(%rsp)
  movaps %xmm1, 240(%rsp)
  movaps %xmm2, 256(%rsp)
  movaps %xmm3, 272(%rsp)
  movaps %xmm4, 288(%rsp)
  movaps %xmm5, 304(%rsp)
  movaps %xmm6, 320(%rsp)
  movaps %xmm7, 336(%rsp)
  movq %rsp, %rdi
  call airwasm_place_params
  AIRWASM_INTERPRET
  cmpq $0, 168(%rsp)
  jne 5f
  movq 72(%rsp), %rcx
  movq (%rcx), %rax
  movq (%rcx), %xmm0
  jmp 6f
5:
  movq %rsp, %rdi
  call airwasm_take_results
  movq 176(%rsp), %rax
  movq 184(%rsp), %rdx
  movaps 224(%rsp), %xmm0
  movaps 240(%rsp), %xmm1
6:
  AIRWASM_END_INTERPRETING airwasm_interpret_any
)");

extern "C" void airwasm_interpret_ints();
extern "C" void airwasm_interpret_any();

// Leaves null for the code if its result is a single scalar.
extern "C" [[gnu::used]] void airwasm_place_params(StubFrame* frame) noexcept {
  const FuncCode& code = *frame->code;
  const StubMoves& moves =
      *static_cast<const InterpModuleCode&>(*code.module->code()).stub_moves[code.func_index];
  const auto* from = reinterpret_cast<const uint8_t*>(&frame->values);
  auto* const to = reinterpret_cast<uint8_t*>(frame->activation.first_fp);
  const auto move = [&](StubMoves::Move place) {
    *reinterpret_cast<uint64_t*>(to + place.to) =
        *reinterpret_cast<const uint64_t*>(from + place.from);
  };
  for (const StubMoves::Move place : moves.registers) move(place);
  if (!moves.buffer.empty()) [[unlikely]] {
    from = reinterpret_cast<const uint8_t*>(frame->activation.store->argbuf);
    for (const StubMoves::Move place : moves.buffer) move(place);
  }
  if (moves.scalar_result) frame->code = nullptr;
}
extern "C" [[gnu::used]] void airwasm_take_results(StubFrame* frame) noexcept {
  runtime::ResultsToRegisters(TypeOf(*frame->code).results, frame->activation.first_fp,
                              frame->values, frame->activation.store->argbuf);
}

// Of the interpreter or what it has called; as in EnterWasm.
extern "C" [[gnu::used, gnu::cold]] void airwasm_end_without_memory(
    void* exception, Activation* activation) noexcept {
  abi::__cxa_begin_catch(exception);
  abi::__cxa_end_catch();
  activation->pc = nullptr;
  activation->fp = nullptr;
  activation->native_fp = nullptr;
  activation->trap = runtime::FailForLackOfMemory(*activation->store->store);
}

// Goes on in compiled code with what the activation ended in; `native_frame` is the stub's.
extern "C" [[gnu::used, gnu::cold, noreturn]] void airwasm_fail_interpreted(
    StubFrame* frame, const void* native_frame) {
  StoreContext& store = *frame->activation.store;
  Activation* const outer = frame->activation.previous;
  gc::Ref exception = gc::kNullRef;
  runtime::LeaveByTrap(*store.store, frame->activation, &exception);
  runtime::thread_state.activation = outer;
  __atomic_store_n(&store.activation, outer, __ATOMIC_RELAXED);
  if (exception != gc::kNullRef) runtime::ThrowNative(store, exception, native_frame, frame->saved);
  outer->reported = true;
  runtime::RaiseTrap(store, TrapKind::kHostError, native_frame);
}

namespace {

bool HasScalarResult(const FuncType& type) {
  return type.results.empty() ||
         (type.results.size() == 1 && type.results[0].kind() != ValKind::kV128);
}

bool InFloatRegister(ValType type) {
  return type.kind() == ValKind::kF32 || type.kind() == ValKind::kF64 ||
         type.kind() == ValKind::kV128;
}

std::shared_ptr<const StubMoves> MovesOf(const FuncType& type) {
  auto moves = std::make_shared<StubMoves>();
  std::vector<uint32_t> slots;
  LayOutSlots(type.params, &slots);
  uint32_t ints = 0, floats = 0, words = 0;
  for (size_t i = 0; i < type.params.size(); ++i) {
    const bool in_float = InFloatRegister(type.params[i]);
    const bool in_buffer = in_float ? floats == 8 : ints == 5;
    const size_t from = in_buffer  ? 8 * size_t{words}
                        : in_float ? offsetof(runtime::Registers, floats) + 16 * size_t{floats++}
                                   : 8 * size_t{ints++};
    for (uint32_t half = 0; half < type.params[i].slots(); ++half) {
      (in_buffer ? moves->buffer : moves->registers)
          .push_back({static_cast<uint16_t>(from + 8 * half),
                      static_cast<uint16_t>(8 * (slots[i] + half))});
    }
    if (in_buffer) words += type.params[i].slots();
  }
  moves->scalar_result = HasScalarResult(type);
  return moves;
}

}  // namespace

void GiveStubs(runtime::Module& module, InterpModuleCode& code) {
  std::unordered_map<TypeId, std::shared_ptr<const StubMoves>> known;
  const size_t count = module.syntax().funcs.size();
  for (uint32_t i = module.syntax().num_imported_funcs; i < count; ++i) {
    FuncCode& func = module.func_code(i);
    const FuncType& type = TypeOf(func);
    if (HasScalarResult(type) && std::ranges::none_of(type.params, InFloatRegister)) {
      func.native.store(reinterpret_cast<const void*>(&airwasm_interpret_ints),
                        std::memory_order_relaxed);
      continue;
    }
    code.stub_moves.resize(count);
    std::shared_ptr<const StubMoves>& moves = known[func.type];
    if (moves == nullptr) moves = MovesOf(type);
    code.stub_moves[i] = moves;
    func.native.store(reinterpret_cast<const void*>(&airwasm_interpret_any),
                      std::memory_order_relaxed);
  }
}

#else

void GiveStubs(runtime::Module&, InterpModuleCode&) {}

#endif

}  // namespace airwasm::interp
