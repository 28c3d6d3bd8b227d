// Handlers of references, structs and arrays. Reads and writes of fields are in line; allocation,
// bulk operations and casts beyond equality of types and i31 call slow_paths_gc.cc.
#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/slow_paths_gc.h"

namespace airwasm::interp {
namespace {

using gc::Ref;
using runtime::FuncInst;

[[gnu::always_inline]] inline TypeId TypeOf(Ref ref, uint32_t flags) {
  if ((flags & kCastFunc) != 0) return reinterpret_cast<const FuncInst*>(ref)->type;
  // An i31 belongs to no concrete type.
  return gc::IsI31(ref) ? kNoType : gc::ToObject(ref)->type;
}

// How a cast ends: with a value, or with a branch.
enum class Cast { kTest, kCast, kBranch, kBranchFail };

// Ends a cast: its operand matches or not.
#define AIRWASM_END_CAST(matches)                      \
  do {                                                 \
    if constexpr (cast == Cast::kTest) {               \
      acc = (matches);                                 \
      At<uint64_t>(fp, pc->dst) = acc;                 \
    } else if constexpr (cast == Cast::kCast) {        \
      if (!(matches)) [[unlikely]]                     \
        AIRWASM_TRAP_NOW(TrapKind::kCastFailure);      \
    } else if ((matches) == (cast == Cast::kBranch)) { \
      AIRWASM_BRANCH(false);                           \
    }                                                  \
    AIRWASM_NEXT(2);                                   \
  } while (false)

#ifndef AIRWASM_STENCILS
template <Cast cast>
AIRWASM_COLD_HANDLER CastTypeSlowly(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  const TypeId type = TypeOf(ref, pc[1].words[1]);
  const bool matches = type != kNoType && runtime::TypeMatches(*ctx, type, pc[1].words[0]);
  AIRWASM_END_CAST(matches);
}
template <Cast cast>
AIRWASM_COLD_HANDLER CastKindSlowly(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  const bool matches = ref == gc::kNullRef
                           ? (pc[1].words[1] & kCastNullable) != 0
                           : runtime::RefHasKind(*ctx, ref, static_cast<HeapKind>(pc[1].words[0]));
  AIRWASM_END_CAST(matches);
}
#endif

template <Cast cast>
AIRWASM_HANDLER_BODY CastType(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  const uint32_t flags = pc[1].words[1];
  bool matches = (flags & kCastNullable) != 0;
  if (ref != gc::kNullRef) {
    if (TypeOf(ref, flags) != uint32_t{pc[1].words[0]}) [[unlikely]]
      AIRWASM_BECOME(CastTypeSlowly<cast>);
    matches = true;
  }
  AIRWASM_END_CAST(matches);
}
template <Cast cast>
AIRWASM_HANDLER_BODY CastKind(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  bool matches = (uint32_t{pc[1].words[1]} & kCastNullable) != 0;
  if (ref != gc::kNullRef) {
    if (static_cast<HeapKind>(uint32_t{pc[1].words[0]}) != HeapKind::kI31) [[unlikely]]
      AIRWASM_BECOME(CastKindSlowly<cast>);
    matches = gc::IsI31(ref);
  }
  AIRWASM_END_CAST(matches);
}

template <typename Memory, typename Value>
AIRWASM_HANDLER_BODY StructGet(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullStructReference);
  Memory value;
  std::memcpy(&value, reinterpret_cast<const uint8_t*>(ref) + Offset(pc->imm), sizeof(value));
  if constexpr (std::is_same_v<Memory, V128>) {
    At<V128>(fp, pc->dst) = value;
  } else {
    Write<Dst::kSlot>(fp, acc, facc, pc->dst, static_cast<Value>(value));
  }
  AIRWASM_NEXT(1);
}
template <typename Memory>
AIRWASM_HANDLER_BODY StructSet(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullStructReference);
  const Memory value = At<Memory>(fp, pc->dst);
  std::memcpy(reinterpret_cast<uint8_t*>(ref) + Offset(pc->imm), &value, sizeof(value));
  AIRWASM_NEXT(1);
}

template <typename Memory, typename Value>
AIRWASM_HANDLER_BODY ArrayGet(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullArrayReference);
  auto* const array = reinterpret_cast<gc::ArrayObject*>(ref);
  const uint32_t index = At<uint32_t>(fp, pc->b);
  if (index >= array->length) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsArray);
  Memory value;
  std::memcpy(&value, array->elements() + sizeof(Memory) * uint64_t{index}, sizeof(value));
  if constexpr (std::is_same_v<Memory, V128>) {
    At<V128>(fp, pc->dst) = value;
  } else {
    Write<Dst::kSlot>(fp, acc, facc, pc->dst, static_cast<Value>(value));
  }
  AIRWASM_NEXT(1);
}
template <typename Memory>
AIRWASM_HANDLER_BODY ArraySet(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullArrayReference);
  auto* const array = reinterpret_cast<gc::ArrayObject*>(ref);
  const uint32_t index = At<uint32_t>(fp, pc->b);
  if (index >= array->length) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsArray);
  const Memory value = At<Memory>(fp, pc->dst);
  std::memcpy(array->elements() + sizeof(Memory) * uint64_t{index}, &value, sizeof(value));
  AIRWASM_NEXT(1);
}

}  // namespace

namespace reg {

AIRWASM_HANDLER RefEq(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, uint64_t{At<Ref>(fp, pc->a) == At<Ref>(fp, pc->b)});
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER RefAsNonNull(AIRWASM_HANDLER_PARAMS) {
  if (At<Ref>(fp, pc->a) == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullReference);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER RefI31(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, gc::MakeI31(At<uint32_t>(fp, pc->a)));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER I31GetS(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullI31Reference);
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, static_cast<uint32_t>(gc::I31GetS(ref)));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER I31GetU(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullI31Reference);
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, gc::I31GetU(ref));
  AIRWASM_NEXT(1);
}

AIRWASM_HANDLER RefTest(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastKind<Cast::kTest>);
}
AIRWASM_HANDLER RefCast(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastKind<Cast::kCast>);
}
AIRWASM_HANDLER BrOnCast(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastKind<Cast::kBranch>);
}
AIRWASM_HANDLER BrOnCastFail(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastKind<Cast::kBranchFail>);
}
AIRWASM_HANDLER RefTestType(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastType<Cast::kTest>);
}
AIRWASM_HANDLER RefCastType(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastType<Cast::kCast>);
}
AIRWASM_HANDLER BrOnCastType(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastType<Cast::kBranch>);
}
AIRWASM_HANDLER BrOnCastFailType(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(CastType<Cast::kBranchFail>);
}

AIRWASM_HANDLER StructGet8S(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<int8_t, uint32_t>));
}
AIRWASM_HANDLER StructGet8U(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<uint8_t, uint32_t>));
}
AIRWASM_HANDLER StructGet16S(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<int16_t, uint32_t>));
}
AIRWASM_HANDLER StructGet16U(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<uint16_t, uint32_t>));
}
AIRWASM_HANDLER StructGet32(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<uint32_t, uint32_t>));
}
AIRWASM_HANDLER StructGet64(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<uint64_t, uint64_t>));
}
AIRWASM_HANDLER StructGetF32(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<float, float>));
}
AIRWASM_HANDLER StructGetF64(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<double, double>));
}
AIRWASM_HANDLER StructGet128(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((StructGet<V128, V128>));
}
AIRWASM_HANDLER StructSet8(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(StructSet<uint8_t>);
}
AIRWASM_HANDLER StructSet16(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(StructSet<uint16_t>);
}
AIRWASM_HANDLER StructSet32(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(StructSet<uint32_t>);
}
AIRWASM_HANDLER StructSet64(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(StructSet<uint64_t>);
}
AIRWASM_HANDLER StructSet128(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(StructSet<V128>);
}
AIRWASM_HANDLER ArrayGet8S(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<int8_t, uint32_t>));
}
AIRWASM_HANDLER ArrayGet8U(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<uint8_t, uint32_t>));
}
AIRWASM_HANDLER ArrayGet16S(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<int16_t, uint32_t>));
}
AIRWASM_HANDLER ArrayGet16U(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<uint16_t, uint32_t>));
}
AIRWASM_HANDLER ArrayGet32(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<uint32_t, uint32_t>));
}
AIRWASM_HANDLER ArrayGet64(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<uint64_t, uint64_t>));
}
AIRWASM_HANDLER ArrayGetF32(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<float, float>));
}
AIRWASM_HANDLER ArrayGetF64(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<double, double>));
}
AIRWASM_HANDLER ArrayGet128(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((ArrayGet<V128, V128>));
}
AIRWASM_HANDLER ArraySet8(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(ArraySet<uint8_t>);
}
AIRWASM_HANDLER ArraySet16(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(ArraySet<uint16_t>);
}
AIRWASM_HANDLER ArraySet32(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(ArraySet<uint32_t>);
}
AIRWASM_HANDLER ArraySet64(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(ArraySet<uint64_t>);
}
AIRWASM_HANDLER ArraySet128(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS(ArraySet<V128>);
}

AIRWASM_HANDLER ArrayLen(AIRWASM_HANDLER_PARAMS) {
  const Ref ref = At<Ref>(fp, pc->a);
  if (ref == gc::kNullRef) [[unlikely]]
    AIRWASM_TRAP_NOW(TrapKind::kNullArrayReference);
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, reinterpret_cast<gc::ArrayObject*>(ref)->length);
  AIRWASM_NEXT(1);
}

#ifndef AIRWASM_STENCILS

AIRWASM_COLD_HANDLER RefFunc(AIRWASM_HANDLER_PARAMS) {
  acc = FuncRef(*ctx, static_cast<uint32_t>(pc->imm));
  At<uint64_t>(fp, pc->dst) = acc;
  AIRWASM_NEXT(1);
}

// An object in acc and in dst, or a trap.
#define AIRWASM_NEW(expr, cells)     \
  do {                               \
    const RefOrTrap ref = (expr);    \
    if (!ref.ok()) [[unlikely]]      \
      AIRWASM_TRAP_NOW(ref.trap);    \
    acc = ref.value;                 \
    At<uint64_t>(fp, pc->dst) = acc; \
    AIRWASM_NEXT(cells);             \
  } while (false)

AIRWASM_COLD_HANDLER StructNew(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewStruct(*ctx, pc, fp, true), 3);
}
AIRWASM_COLD_HANDLER StructNewDefault(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewStruct(*ctx, pc, fp, false), 3);
}
AIRWASM_COLD_HANDLER ArrayNew(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewArray(*ctx, pc, fp, true), 3);
}
AIRWASM_COLD_HANDLER ArrayNewDefault(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewArray(*ctx, pc, fp, false), 3);
}
AIRWASM_COLD_HANDLER ArrayNewFixed(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewArrayFixed(*ctx, pc, fp), 3);
}
AIRWASM_COLD_HANDLER ArrayNewData(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewArrayFromData(*ctx, pc, fp), 3);
}
AIRWASM_COLD_HANDLER ArrayNewElem(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_NEW(NewArrayFromElem(*ctx, pc, fp), 3);
}

#define AIRWASM_BULK(expr, cells)             \
  do {                                        \
    const TrapKind kind = (expr);             \
    if (kind != TrapKind::kNone) [[unlikely]] \
      AIRWASM_TRAP_NOW(kind);                 \
    AIRWASM_NEXT(cells);                      \
  } while (false)

AIRWASM_COLD_HANDLER ArrayFill(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BULK(interp::ArrayFill(*ctx, pc, fp), 2);
}
AIRWASM_COLD_HANDLER ArrayCopy(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BULK(interp::ArrayCopy(*ctx, pc, fp), 3);
}
AIRWASM_COLD_HANDLER ArrayInitData(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BULK(interp::ArrayInitData(*ctx, pc, fp), 3);
}
AIRWASM_COLD_HANDLER ArrayInitElem(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_BULK(interp::ArrayInitElem(*ctx, pc, fp), 3);
}

#endif  // AIRWASM_STENCILS

}  // namespace reg
}  // namespace airwasm::interp
