// What handlers are written with: operand access, dispatch, and the ways out.
//
// Included by the handlers_*.cc files only, which are compiled optimised and uninstrumented in
// every build: a handler must not have a native frame, or a fault in it could not be turned into a
// trap. What needs a call goes into a cold handler that a hot one jumps to.
#pragma once

#include <atomic>
#include <bit>
#include <cstring>
#include <type_traits>

#include "airwasm/trap_kind.h"
#include "engine/interp/cell.h"
#include "engine/numeric/v128.h"

#ifdef AIRWASM_STENCILS
#include "engine/interp/stencil_operands.h"
#endif

namespace airwasm::interp {

// Handlers live in a section of their own, by which a fault's native pc is recognised. Slow paths,
// which may have frames, stay outside.
#define AIRWASM_HANDLER __attribute__((preserve_none, section("airwasm_handlers"))) void
// One that calls native code, hot all the same.
#define AIRWASM_FRAME_HANDLER __attribute__((preserve_none, noinline)) void
#define AIRWASM_COLD_HANDLER __attribute__((preserve_none, noinline, cold)) void
// What several handlers are made of, each by AIRWASM_IS(...) alone.
#define AIRWASM_HANDLER_BODY [[gnu::always_inline]] inline __attribute__((preserve_none)) void
#define AIRWASM_IS(body) [[clang::musttail]] return (body)(AIRWASM_HANDLER_ARGS)

// How handlers read the operands of their cell, and how they end. Stencils are made of the same
// handlers, with other definitions of these (stencil_operands.h).
#ifndef AIRWASM_STENCILS
using Pc = const Cell*;
using SlotOffset = uint16_t;  // or a constant of 16 bits

// The constant of 32 bits in imm, sign-extended.
template <typename T>
[[gnu::always_inline]] inline T Constant(int32_t imm) {
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<float>(imm);
  if constexpr (!std::is_same_v<T, float>) return static_cast<T>(static_cast<int64_t>(imm));
}
// The constant of 16 bits in the place of a slot, sign-extended.
template <typename T>
[[gnu::always_inline]] inline T SmallConstant(uint16_t field) {
  return static_cast<T>(static_cast<int64_t>(static_cast<int16_t>(field)));
}
// The same where nothing but the constant is wanted: in 64 bits, for a register.
[[gnu::always_inline]] inline uint64_t Constant64(int32_t imm) {
  return Constant<uint64_t>(imm);
}
[[gnu::always_inline]] inline uint64_t SmallConstant64(uint16_t field) {
  return SmallConstant<uint64_t>(field);
}
// A memory offset or a context offset.
[[gnu::always_inline]] inline uint64_t Offset(int32_t imm) {
  return static_cast<uint32_t>(imm);
}
[[gnu::always_inline]] inline uint64_t Offset(uint32_t word) {
  return word;
}

// Goes on with the cell `n` behind pc.
#define AIRWASM_NEXT(n) \
  [[clang::musttail]] return AIRWASM_DISPATCH(pc[n])(pc + (n), fp, mem0, ctx, acc, facc)
// Goes on with the cell at `cell`.
#define AIRWASM_GO(cell) \
  do {                   \
    pc = (cell);         \
    AIRWASM_NEXT(0);     \
  } while (false)
// Takes the branch whose distance is in imm; one backward looks at the poll word first.
#define AIRWASM_BRANCH(backward)                                             \
  do {                                                                       \
    pc = ::airwasm::interp::Jump(pc, pc->imm);                               \
    if constexpr (backward) {                                                \
      if (ctx->poll_word->load(std::memory_order_relaxed) != 0) [[unlikely]] \
        AIRWASM_BECOME(::airwasm::interp::PollAtLoop);                       \
    }                                                                        \
    AIRWASM_NEXT(0);                                                         \
  } while (false)
// Becomes another handler at the same cell. What state it changes before, it must not read: a
// stencil becomes the cell's own handler instead, which does it all again.
#define AIRWASM_BECOME(handler) [[clang::musttail]] return (handler)(AIRWASM_HANDLER_ARGS)
// Ends the activation with a trap at pc.
#define AIRWASM_TRAP_NOW(kind)                  \
  do {                                          \
    acc = static_cast<uint64_t>(kind);          \
    AIRWASM_BECOME(::airwasm::interp::TrapNow); \
  } while (false)
#endif

using numeric::V128;

template <typename T>
[[gnu::always_inline]] inline T& At(uint8_t* base, uint64_t offset) {
  return *reinterpret_cast<T*>(base + offset);
}

// What the instance's context has at `offset`.
template <typename T>
[[gnu::always_inline]] inline T& InContext(runtime::InstanceContext* ctx, uint64_t offset) {
  return At<T>(reinterpret_cast<uint8_t*>(ctx), offset);
}

[[gnu::always_inline]] inline const Cell* Jump(const Cell* pc, int32_t distance_bytes) {
  return reinterpret_cast<const Cell*>(reinterpret_cast<const uint8_t*>(pc) + distance_bytes);
}

// Keeps `pc` in place until a memory access before this point has happened: the fault handler finds
// the faulting cell there. Of a stencil it finds it by the native address.
#ifdef AIRWASM_STENCILS
#define AIRWASM_ACCESS_DONE()
#else
#define AIRWASM_ACCESS_DONE() asm volatile("" : "+r"(pc) : : "memory")
#endif

template <typename T>
concept FloatScalar = std::is_same_v<T, float> || std::is_same_v<T, double>;

template <FloatScalar T>
[[gnu::always_inline]] inline T FromFacc(Facc facc) {
  if constexpr (std::is_same_v<T, float>) {
    return facc[0];
  } else {
    using Doubles = double __attribute__((ext_vector_type(2)));
    return reinterpret_cast<Doubles>(facc)[0];
  }
}
template <FloatScalar T>
[[gnu::always_inline]] inline Facc ToFacc(T value) {
  // The other lanes stay undefined, so that no instruction is spent on them.
  using One = T __attribute__((ext_vector_type(1)));
  const One one = {value};
  if constexpr (std::is_same_v<T, float>) {
    return __builtin_shufflevector(one, one, 0, -1, -1, -1);
  } else {
    return reinterpret_cast<Facc>(__builtin_shufflevector(one, one, 0, -1));
  }
}

// Reads an operand. `field` is its slot offset; kImm looks at cell.imm.
template <typename T, Src src>
[[gnu::always_inline]] inline T Read(Pc pc, uint8_t* fp, uint64_t acc, Facc facc,
                                     SlotOffset field) {
  if constexpr (src == Src::kSlot) {
    return At<T>(fp, field);
  } else if constexpr (FloatScalar<T>) {
    if constexpr (src == Src::kAcc) return FromFacc<T>(facc);
    if constexpr (src == Src::kImm) {
      static_assert(std::is_same_v<T, float>);
      return Constant<float>(pc->imm);
    }
    if constexpr (src == Src::kWide && std::is_same_v<T, double>)
      return std::bit_cast<double>(uint64_t{pc[1].bits});
    if constexpr (src == Src::kWide && std::is_same_v<T, float>)
      return std::bit_cast<float>(uint32_t{pc[1].words[0]});
  } else {
    if constexpr (src == Src::kAcc) return static_cast<T>(acc);
    if constexpr (src == Src::kImm) return Constant<T>(pc->imm);
    if constexpr (src == Src::kWide) return static_cast<T>(uint64_t{pc[1].bits});
  }
}

// Leaves a result: in the accumulator of its class, and with kSlot also in the slot `field`.
template <Dst dst, typename T>
[[gnu::always_inline]] inline void Write(uint8_t* fp, uint64_t& acc, Facc& facc, SlotOffset field,
                                         T value) {
  if constexpr (FloatScalar<T>) {
    facc = ToFacc(value);
    // All eight bytes, also for f32: a copy of the slot then reads what one store wrote.
    if constexpr (dst == Dst::kSlot) {
      using Halves = float __attribute__((ext_vector_type(2)));
      At<Halves>(fp, field) = facc.xy;
    }
  } else {
    acc = static_cast<uint64_t>(value);
    if constexpr (dst == Dst::kSlot) At<uint64_t>(fp, field) = acc;
  }
}

// At the first cell of a loop, with the poll word set: stops, or tells the tiers and goes on there
// or in compiled code.
AIRWASM_COLD_HANDLER PollAtLoop(AIRWASM_HANDLER_PARAMS);
// At the Enter cell of a function, likewise.
AIRWASM_COLD_HANDLER PollAtEntry(AIRWASM_HANDLER_PARAMS);

// Ends the activation with a trap at pc: AIRWASM_TRAP_NOW. The kind is in acc.
AIRWASM_COLD_HANDLER TrapNow(AIRWASM_HANDLER_PARAMS);

}  // namespace airwasm::interp
