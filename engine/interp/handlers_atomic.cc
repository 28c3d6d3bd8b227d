// Handlers of the atomic instructions. Sequentially consistent; alignment and bounds are checked on
// every access. Spec: threads proposal.
#include "engine/interp/memory_handler.h"
#include "engine/runtime/memory.h"

namespace airwasm::interp {
inline namespace atomic_handlers {  // stencils name them

enum class Rmw { kAdd, kSub, kAnd, kOr, kXor, kXchg };

// The aligned, checked address of an access; otherwise `trap` says why not.
template <typename M>
[[gnu::always_inline]] inline M* AtomicAddress(Pc pc, uint8_t* fp, runtime::InstanceContext* ctx,
                                               TrapKind& trap) {
  uint8_t* const address =
      CheckedAddress(pc, fp, ctx, sizeof(M), Offset(pc[2].words[0]), pc[1].bits);
  // A memory begins at a page, so the host address is aligned exactly if the guest's is.
  trap = address == nullptr ? TrapKind::kOutOfBoundsMemory : TrapKind::kUnalignedAtomic;
  if (address == nullptr || (reinterpret_cast<uintptr_t>(address) & (sizeof(M) - 1)) != 0)
      [[unlikely]]
    return nullptr;
  return reinterpret_cast<M*>(address);
}

template <typename M>
AIRWASM_HANDLER AtomicLoad(AIRWASM_HANDLER_PARAMS) {
  TrapKind trap;
  M* const address = AtomicAddress<M>(pc, fp, ctx, trap);
  if (address == nullptr) [[unlikely]]
    AIRWASM_TRAP_NOW(trap);
  const M value = __atomic_load_n(address, __ATOMIC_SEQ_CST);
  AIRWASM_ACCESS_DONE();
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, uint64_t{value});
  AIRWASM_NEXT(3);
}
template <typename M>
AIRWASM_HANDLER AtomicStore(AIRWASM_HANDLER_PARAMS) {
  TrapKind trap;
  M* const address = AtomicAddress<M>(pc, fp, ctx, trap);
  if (address == nullptr) [[unlikely]]
    AIRWASM_TRAP_NOW(trap);
  __atomic_store_n(address, static_cast<M>(At<uint64_t>(fp, pc->b)), __ATOMIC_SEQ_CST);
  AIRWASM_ACCESS_DONE();
  AIRWASM_NEXT(3);
}
template <typename M, Rmw rmw>
AIRWASM_HANDLER AtomicRmw(AIRWASM_HANDLER_PARAMS) {
  TrapKind trap;
  M* const address = AtomicAddress<M>(pc, fp, ctx, trap);
  if (address == nullptr) [[unlikely]]
    AIRWASM_TRAP_NOW(trap);
  const M operand = static_cast<M>(At<uint64_t>(fp, pc->b));
  M value;
  if constexpr (rmw == Rmw::kAdd) value = __atomic_fetch_add(address, operand, __ATOMIC_SEQ_CST);
  if constexpr (rmw == Rmw::kSub) value = __atomic_fetch_sub(address, operand, __ATOMIC_SEQ_CST);
  if constexpr (rmw == Rmw::kAnd) value = __atomic_fetch_and(address, operand, __ATOMIC_SEQ_CST);
  if constexpr (rmw == Rmw::kOr) value = __atomic_fetch_or(address, operand, __ATOMIC_SEQ_CST);
  if constexpr (rmw == Rmw::kXor) value = __atomic_fetch_xor(address, operand, __ATOMIC_SEQ_CST);
  if constexpr (rmw == Rmw::kXchg) value = __atomic_exchange_n(address, operand, __ATOMIC_SEQ_CST);
  AIRWASM_ACCESS_DONE();
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, uint64_t{value});
  AIRWASM_NEXT(3);
}
// slot b: expected, slot aux: replacement. An expected value beyond the access's width never
// matches.
template <typename M, typename V>
AIRWASM_HANDLER AtomicCmpxchg(AIRWASM_HANDLER_PARAMS) {
  TrapKind trap;
  M* const address = AtomicAddress<M>(pc, fp, ctx, trap);
  if (address == nullptr) [[unlikely]]
    AIRWASM_TRAP_NOW(trap);
  const V wanted = static_cast<V>(At<uint64_t>(fp, pc->b));
  M expected = static_cast<M>(wanted);
  if (V{expected} == wanted) {
    __atomic_compare_exchange_n(address, &expected, static_cast<M>(At<uint64_t>(fp, pc->aux)),
                                false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  } else {
    expected = __atomic_load_n(address, __ATOMIC_SEQ_CST);
  }
  AIRWASM_ACCESS_DONE();
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, uint64_t{expected});
  AIRWASM_NEXT(3);
}

template <uint32_t width>
AIRWASM_COLD_HANDLER AtomicWait(AIRWASM_HANDLER_PARAMS) {
  runtime::MemInst& memory = *InContext<runtime::MemInst*>(ctx, Offset(pc[2].words[0]));
  uint64_t address;
  if (__builtin_add_overflow(At<uint64_t>(fp, pc->a), uint64_t{pc[1].bits}, &address))
    AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  const TrapOr<uint32_t> result =
      runtime::AtomicWait(memory, address, At<uint64_t>(fp, pc->b), width,
                          static_cast<int64_t>(At<uint64_t>(fp, pc->aux)), *ctx->poll_word);
  if (!result.ok()) AIRWASM_TRAP_NOW(result.trap);
  acc = result.value;
  At<uint64_t>(fp, pc->dst) = acc;
  AIRWASM_NEXT(3);
}
AIRWASM_COLD_HANDLER AtomicNotify(AIRWASM_HANDLER_PARAMS) {
  runtime::MemInst& memory = *InContext<runtime::MemInst*>(ctx, Offset(pc[2].words[0]));
  uint64_t address;
  if (__builtin_add_overflow(At<uint64_t>(fp, pc->a), uint64_t{pc[1].bits}, &address))
    AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  const TrapOr<uint32_t> result =
      runtime::AtomicNotify(memory, address, static_cast<uint32_t>(At<uint64_t>(fp, pc->b)));
  if (!result.ok()) AIRWASM_TRAP_NOW(result.trap);
  acc = result.value;
  At<uint64_t>(fp, pc->dst) = acc;
  AIRWASM_NEXT(3);
}

}  // namespace atomic_handlers

Handler* FindAtomicHandler(Op op) {
  switch (static_cast<int>(op)) {
    case int(Op::MemoryAtomicNotify):
      return &AtomicNotify;
    case int(Op::MemoryAtomicWait32):
      return &AtomicWait<4>;
    case int(Op::MemoryAtomicWait64):
      return &AtomicWait<8>;
    case int(Op::I32AtomicLoad):
    case int(Op::I64AtomicLoad32U):
      return &AtomicLoad<uint32_t>;
    case int(Op::I64AtomicLoad):
      return &AtomicLoad<uint64_t>;
    case int(Op::I32AtomicLoad8U):
    case int(Op::I64AtomicLoad8U):
      return &AtomicLoad<uint8_t>;
    case int(Op::I32AtomicLoad16U):
    case int(Op::I64AtomicLoad16U):
      return &AtomicLoad<uint16_t>;
    case int(Op::I32AtomicStore):
    case int(Op::I64AtomicStore32):
      return &AtomicStore<uint32_t>;
    case int(Op::I64AtomicStore):
      return &AtomicStore<uint64_t>;
    case int(Op::I32AtomicStore8):
    case int(Op::I64AtomicStore8):
      return &AtomicStore<uint8_t>;
    case int(Op::I32AtomicStore16):
    case int(Op::I64AtomicStore16):
      return &AtomicStore<uint16_t>;
#define AIRWASM_RMW(name)                      \
  case int(Op::I32AtomicRmw##name):            \
  case int(Op::I64AtomicRmw32##name##U):       \
    return &AtomicRmw<uint32_t, Rmw::k##name>; \
  case int(Op::I64AtomicRmw##name):            \
    return &AtomicRmw<uint64_t, Rmw::k##name>; \
  case int(Op::I32AtomicRmw8##name##U):        \
  case int(Op::I64AtomicRmw8##name##U):        \
    return &AtomicRmw<uint8_t, Rmw::k##name>;  \
  case int(Op::I32AtomicRmw16##name##U):       \
  case int(Op::I64AtomicRmw16##name##U):       \
    return &AtomicRmw<uint16_t, Rmw::k##name>;
      AIRWASM_RMW(Add)
      AIRWASM_RMW(Sub)
      AIRWASM_RMW(And)
      AIRWASM_RMW(Or)
      AIRWASM_RMW(Xor)
      AIRWASM_RMW(Xchg)
#undef AIRWASM_RMW
    case int(Op::I32AtomicRmwCmpxchg):
      return &AtomicCmpxchg<uint32_t, uint32_t>;
    case int(Op::I32AtomicRmw8CmpxchgU):
      return &AtomicCmpxchg<uint8_t, uint32_t>;
    case int(Op::I32AtomicRmw16CmpxchgU):
      return &AtomicCmpxchg<uint16_t, uint32_t>;
    case int(Op::I64AtomicRmwCmpxchg):
      return &AtomicCmpxchg<uint64_t, uint64_t>;
    case int(Op::I64AtomicRmw8CmpxchgU):
      return &AtomicCmpxchg<uint8_t, uint64_t>;
    case int(Op::I64AtomicRmw16CmpxchgU):
      return &AtomicCmpxchg<uint16_t, uint64_t>;
    case int(Op::I64AtomicRmw32CmpxchgU):
      return &AtomicCmpxchg<uint32_t, uint64_t>;
    default:
      return nullptr;
  }
}

}  // namespace airwasm::interp
