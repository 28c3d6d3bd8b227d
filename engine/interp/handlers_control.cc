// Handlers that move values between slots and accumulators, enter and leave functions, and branch
// without a comparison.
#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/runtime/context.h"

namespace airwasm::interp {

using runtime::InstanceContext;

inline namespace control_handlers {  // stencils name them

// The function's frame starts at fp: whether there is room for it, and whether the poll word is
// set.
[[gnu::always_inline]] inline bool HasRoom(Pc pc, const uint8_t* fp, const InstanceContext* ctx) {
  return fp + Offset(pc[1].words[0]) <= reinterpret_cast<uint8_t*>(ctx->store->stack_limit);
}
[[gnu::always_inline]] inline bool IsPolled(const InstanceContext* ctx) {
  return ctx->poll_word->load(std::memory_order_relaxed) != 0;
}

// Spec: core, exec/runtime, frames: locals begin with their default values. Behind a stencil comes
// code that does it (BaselineAssembler::ZeroLocals).
#ifdef AIRWASM_STENCILS
[[gnu::always_inline]] inline void ZeroLocals(Pc, uint8_t*) {}
#else
[[gnu::always_inline]] inline void ZeroLocals(Pc pc, uint8_t* fp) {
  uint8_t* const end = fp + Offset(pc->imm);
  uint8_t* slot = fp + pc->a;
  for (; slot + 16 <= end; slot += 16) {
    constexpr V128 kZero{};
    std::memcpy(slot, &kZero, sizeof(kZero));
    asm volatile("" : "+r"(slot));  // or the loop would become a call of memset
  }
  if (slot != end) At<uint64_t>(slot, 0) = 0;
}
#endif

#ifndef AIRWASM_STENCILS
AIRWASM_COLD_HANDLER OutOfFuel(AIRWASM_HANDLER_PARAMS) {
  ctx->store->fuel -= pc->imm;
  AIRWASM_TRAP_NOW(TrapKind::kOutOfFuel);
}
#endif

}  // namespace control_handlers

namespace reg {

AIRWASM_HANDLER Data(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_NOW(TrapKind::kInvalidFunction);
}

AIRWASM_HANDLER ConstAcc(AIRWASM_HANDLER_PARAMS) {
  acc = Constant<uint32_t>(pc->imm);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ConstAcc64(AIRWASM_HANDLER_PARAMS) {
  acc = Constant64(pc->imm);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ConstAccWide(AIRWASM_HANDLER_PARAMS) {
  acc = pc[1].bits;
  AIRWASM_NEXT(2);
}
AIRWASM_HANDLER ConstFacc32(AIRWASM_HANDLER_PARAMS) {
  facc = ToFacc(Constant<float>(pc->imm));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ConstFaccWide(AIRWASM_HANDLER_PARAMS) {
  facc = ToFacc(std::bit_cast<double>(uint64_t{pc[1].bits}));
  AIRWASM_NEXT(2);
}
AIRWASM_HANDLER ConstSlot(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, pc->dst) = Constant<uint32_t>(pc->imm);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ConstSlot64(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, pc->dst) = Constant<uint64_t>(pc->imm);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ConstSlotWide(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, pc->dst) = pc[1].bits;
  AIRWASM_NEXT(2);
}
AIRWASM_HANDLER V128Const(AIRWASM_HANDLER_PARAMS) {
  V128 value;
  std::memcpy(&value, pc + 1, sizeof(value));
  At<V128>(fp, pc->dst) = value;
  AIRWASM_NEXT(2);
}
AIRWASM_HANDLER Copy(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, pc->dst) = At<uint64_t>(fp, pc->a);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER CopyTwo(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, pc->dst) = At<uint64_t>(fp, pc->a);
  At<uint64_t>(fp, pc->b) = At<uint64_t>(fp, pc->aux);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER Copy128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(fp, pc->dst) = At<V128>(fp, pc->a);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER CopyAcc(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, pc->dst) = acc;
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER CopyFacc(AIRWASM_HANDLER_PARAMS) {
  At<double>(fp, pc->dst) = FromFacc<double>(facc);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER LoadAcc(AIRWASM_HANDLER_PARAMS) {
  acc = At<uint64_t>(fp, pc->a);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER LoadFacc(AIRWASM_HANDLER_PARAMS) {
  facc = ToFacc(At<double>(fp, pc->a));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER CopyFar(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, Offset(pc->words[0])) = At<uint64_t>(fp, Offset(pc->words[1]));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER CopyFar128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(fp, Offset(pc->words[0])) = At<V128>(fp, Offset(pc->words[1]));
  AIRWASM_NEXT(1);
}

AIRWASM_COLD_HANDLER CopyRange(AIRWASM_HANDLER_PARAMS) {
  std::memmove(fp + Offset(pc->words[0]), fp + Offset(pc->words[1]), pc[1].words[0]);
  AIRWASM_NEXT(2);
}

AIRWASM_HANDLER Enter(AIRWASM_HANDLER_PARAMS) {
  if (!HasRoom(pc, fp, ctx)) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kCallStackExhausted);
  if (IsPolled(ctx)) [[unlikely]]
    AIRWASM_BECOME(PollAtEntry);
  ZeroLocals(pc, fp);
  AIRWASM_NEXT(2);
}
AIRWASM_HANDLER EnterFrame(AIRWASM_HANDLER_PARAMS) {
  if (!HasRoom(pc, fp, ctx)) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kCallStackExhausted);
  ZeroLocals(pc, fp);
  AIRWASM_NEXT(2);
}

AIRWASM_HANDLER Consume(AIRWASM_HANDLER_PARAMS) {
  const int64_t left = ctx->store->fuel - Constant<int64_t>(pc->imm);
  if (left < 0) [[unlikely]]
    AIRWASM_BECOME(OutOfFuel);
  ctx->store->fuel = left;
  AIRWASM_NEXT(1);
}

AIRWASM_HANDLER Unreachable(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_TRAP_NOW(TrapKind::kUnreachable);
}

AIRWASM_HANDLER Jump(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BRANCH(false);
}
AIRWASM_HANDLER JumpBack(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BRANCH(true);
}

}  // namespace reg

inline namespace control_handlers {

// Takes the branch that `index` chooses among those behind the cell, the last of them if it is none
// of the others.
#ifdef AIRWASM_STENCILS
#define AIRWASM_BRANCH_TABLE(index) AIRWASM_GO_BY_TABLE(index)
#else
#define AIRWASM_BRANCH_TABLE(index)                                         \
  do {                                                                      \
    const uint32_t i = (index);                                             \
    const auto count = Constant<uint32_t>(pc->imm);                         \
    const auto* const distances = reinterpret_cast<const int32_t*>(pc + 1); \
    AIRWASM_GO(interp::Jump(pc, distances[i < count ? i : count]));         \
  } while (false)
#endif

// One of two values in slots or 16-bit constants. The loads are cheap; a branch on the condition
// would not predict.
template <bool a_const, bool b_const, bool cond_acc, Dst dst>
AIRWASM_HANDLER SelectInt(AIRWASM_HANDLER_PARAMS) {
  const uint32_t cond = cond_acc ? static_cast<uint32_t>(acc) : At<uint32_t>(fp, pc->aux);
  uint64_t x, y;
  if constexpr (a_const) x = SmallConstant64(pc->a);
  if constexpr (!a_const) x = At<uint64_t>(fp, pc->a);
  if constexpr (b_const) y = SmallConstant64(pc->b);
  if constexpr (!b_const) y = At<uint64_t>(fp, pc->b);
  Write<dst>(fp, acc, facc, pc->dst, cond != 0 ? x : y);
  AIRWASM_NEXT(1);
}
template <bool cond_acc, Dst dst>
AIRWASM_HANDLER SelectFloat(AIRWASM_HANDLER_PARAMS) {
  const uint32_t cond = cond_acc ? static_cast<uint32_t>(acc) : At<uint32_t>(fp, pc->aux);
  const SlotOffset from = cond != 0 ? SlotOffset{pc->a} : SlotOffset{pc->b};
  Write<dst>(fp, acc, facc, pc->dst, At<double>(fp, from));
  AIRWASM_NEXT(1);
}
template <bool cond_acc>
AIRWASM_HANDLER Select128(AIRWASM_HANDLER_PARAMS) {
  const uint32_t cond = cond_acc ? static_cast<uint32_t>(acc) : At<uint32_t>(fp, pc->aux);
  const SlotOffset from = cond != 0 ? SlotOffset{pc->a} : SlotOffset{pc->b};
  At<V128>(fp, pc->dst) = At<V128>(fp, from);
  AIRWASM_NEXT(1);
}

}  // namespace control_handlers

Handler* const kSelectInt[2][2][2][kNumDst] = {
    {{{&SelectInt<false, false, false, Dst::kAcc>, &SelectInt<false, false, false, Dst::kSlot>},
      {&SelectInt<false, false, true, Dst::kAcc>, &SelectInt<false, false, true, Dst::kSlot>}},
     {{&SelectInt<false, true, false, Dst::kAcc>, &SelectInt<false, true, false, Dst::kSlot>},
      {&SelectInt<false, true, true, Dst::kAcc>, &SelectInt<false, true, true, Dst::kSlot>}}},
    {{{&SelectInt<true, false, false, Dst::kAcc>, &SelectInt<true, false, false, Dst::kSlot>},
      {&SelectInt<true, false, true, Dst::kAcc>, &SelectInt<true, false, true, Dst::kSlot>}},
     {{&SelectInt<true, true, false, Dst::kAcc>, &SelectInt<true, true, false, Dst::kSlot>},
      {&SelectInt<true, true, true, Dst::kAcc>, &SelectInt<true, true, true, Dst::kSlot>}}}};
Handler* const kSelectFloat[2][kNumDst] = {
    {&SelectFloat<false, Dst::kAcc>, &SelectFloat<false, Dst::kSlot>},
    {&SelectFloat<true, Dst::kAcc>, &SelectFloat<true, Dst::kSlot>}};
Handler* const kSelect128[2] = {&Select128<false>, &Select128<true>};

namespace reg {

AIRWASM_HANDLER BrTableSlot(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BRANCH_TABLE(At<uint32_t>(fp, pc->a));
}
AIRWASM_HANDLER BrTableAcc(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BRANCH_TABLE(static_cast<uint32_t>(acc));
}

#define AIRWASM_RETURN()                                                                      \
  do {                                                                                        \
    const Cell* const to = *reinterpret_cast<const Cell**>(fp + 8 * runtime::kFrameReturnPc); \
    fp = *reinterpret_cast<uint8_t**>(fp + 8 * runtime::kFrameCallerFp);                      \
    AIRWASM_GO(to);                                                                           \
  } while (false)

// Results stand from slot 0 on; a single one also in its accumulator. Where the caller goes on,
// ReloadCtx restores the instance if it changed.
AIRWASM_HANDLER Return(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_RETURN();
}
AIRWASM_HANDLER ReturnSlot(AIRWASM_HANDLER_PARAMS) {
  acc = At<uint64_t>(fp, pc->a);
  At<uint64_t>(fp, 0) = acc;
  AIRWASM_RETURN();
}
AIRWASM_HANDLER ReturnAcc(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(fp, 0) = acc;
  AIRWASM_RETURN();
}
AIRWASM_HANDLER ReturnImm(AIRWASM_HANDLER_PARAMS) {
  acc = Constant<uint32_t>(pc->imm);
  At<uint64_t>(fp, 0) = acc;
  AIRWASM_RETURN();
}
AIRWASM_HANDLER ReturnFloatSlot(AIRWASM_HANDLER_PARAMS) {
  const double value = At<double>(fp, pc->a);
  facc = ToFacc(value);
  At<double>(fp, 0) = value;
  AIRWASM_RETURN();
}
AIRWASM_HANDLER ReturnFacc(AIRWASM_HANDLER_PARAMS) {
  At<double>(fp, 0) = FromFacc<double>(facc);
  AIRWASM_RETURN();
}

// The first frame of an activation returns here: back to the native code that entered.
AIRWASM_HANDLER Exit(AIRWASM_HANDLER_PARAMS) {
  (void)AIRWASM_PC, (void)fp, (void)mem0, (void)ctx, (void)acc, (void)facc;
}

AIRWASM_HANDLER ReloadCtx(AIRWASM_HANDLER_PARAMS) {
  ctx = *reinterpret_cast<InstanceContext**>(fp + 8 * runtime::kFrameContext);
  mem0 = ctx->mem0_base;
  AIRWASM_NEXT(1);
}

}  // namespace reg

#ifndef AIRWASM_STENCILS
AIRWASM_COLD_HANDLER TrapNow(AIRWASM_HANDLER_PARAMS) {
  (void)mem0, (void)facc;
  runtime::Activation* const activation = ctx->store->activation;
  activation->pc = pc;
  activation->fp = reinterpret_cast<uint64_t*>(fp);
  activation->trap = static_cast<TrapKind>(acc);
}
#endif

}  // namespace airwasm::interp
