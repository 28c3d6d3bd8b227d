// Lane-wise integer instructions on v128. Spec: core, exec/numerics and exec/instructions, vector
// instructions.
//
// `Lane` is the C++ type of a lane; where the instruction has _s and _u, its signedness is the
// instruction's. Lane-wise definitions are written on the compiler's vectors, which it turns into
// the machine's instruction where there is one (paddsb, pavgb, packsswb, pmaddwd, ...).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "engine/numeric/isa.h"
#include "engine/numeric/v128.h"

namespace airwasm::numeric::simd {
inline namespace AIRWASM_NUMERIC_ISA {

// The lane type with twice the width and the same signedness.
template <class Lane>
struct WiderLane;
template <>
struct WiderLane<int8_t> : std::type_identity<int16_t> {};
template <>
struct WiderLane<uint8_t> : std::type_identity<uint16_t> {};
template <>
struct WiderLane<int16_t> : std::type_identity<int32_t> {};
template <>
struct WiderLane<uint16_t> : std::type_identity<uint32_t> {};
template <>
struct WiderLane<int32_t> : std::type_identity<int64_t> {};
template <>
struct WiderLane<uint32_t> : std::type_identity<uint64_t> {};
template <class Lane>
using Wider = typename WiderLane<Lane>::type;

// The same bits as lanes that wrap.
template <class V>
[[gnu::always_inline]] constexpr auto Wrapping(V lanes) {
  using Lane = std::make_unsigned_t<std::remove_cvref_t<decltype(lanes[0])>>;
  return __builtin_bit_cast(Vec<Lane>, lanes);
}

// ---- Arithmetic

template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr V128 Add(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() + b.As<Lane>());
}
template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr V128 Sub(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() - b.As<Lane>());
}
template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr V128 Mul(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() * b.As<Lane>());
}
template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr V128 Neg(V128 a) {
  return FromLanes(Vec<Lane>(0) - a.As<Lane>());
}
// The least value has no counterpart and stays.
template <std::signed_integral Lane>
[[gnu::always_inline]] constexpr V128 Abs(V128 a) {
  return FromLanes(__builtin_elementwise_abs(a.As<Lane>()));
}
[[gnu::always_inline]] constexpr V128 I8x16Popcnt(V128 a) {
  return FromLanes(__builtin_elementwise_popcount(a.As<uint8_t>()));
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 AddSat(V128 a, V128 b) {
  return FromLanes(__builtin_elementwise_add_sat(a.As<Lane>(), b.As<Lane>()));
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 SubSat(V128 a, V128 b) {
  return FromLanes(__builtin_elementwise_sub_sat(a.As<Lane>(), b.As<Lane>()));
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 Min(V128 a, V128 b) {
  return FromLanes(__builtin_elementwise_min(a.As<Lane>(), b.As<Lane>()));
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 Max(V128 a, V128 b) {
  return FromLanes(__builtin_elementwise_max(a.As<Lane>(), b.As<Lane>()));
}
template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr V128 AvgrU(V128 a, V128 b) {
  using WideLanes = Vec<Wider<Lane>, kLanes<Lane>>;
  const WideLanes x = __builtin_convertvector(a.As<Lane>(), WideLanes);
  const WideLanes y = __builtin_convertvector(b.As<Lane>(), WideLanes);
  return FromLanes(__builtin_convertvector((x + y + 1) >> 1, Vec<Lane>));
}

// i16x8.q15mulr_sat_s: the rounded product of two numbers in Q15. Only min * min leaves the range.
[[gnu::always_inline]] constexpr V128 Q15mulrSatS(V128 a, V128 b) {
#if defined(__SSSE3__)
  if (!std::is_constant_evaluated()) {
    const auto product =
        __builtin_bit_cast(Vec<int16_t>, _mm_mulhrs_epi16(__builtin_bit_cast(__m128i, a.bytes),
                                                          __builtin_bit_cast(__m128i, b.bytes)));
    return FromLanes(product ^ (product == std::numeric_limits<int16_t>::min()));
  }
#endif
  using Wide = Vec<int32_t, 8>;
  const Wide x = __builtin_convertvector(a.As<int16_t>(), Wide);
  const Wide y = __builtin_convertvector(b.As<int16_t>(), Wide);
  const Wide max = std::numeric_limits<int16_t>::max();
  const auto product = __builtin_elementwise_min((x * y + 0x4000) >> 15, max);
  return FromLanes(__builtin_convertvector(product, Vec<int16_t>));
}

// ---- Shifts. The count is taken modulo the width of a lane.

template <std::integral Lane>
[[gnu::always_inline]] constexpr Vec<Lane> ShiftCounts(uint32_t count) {
  return static_cast<Lane>(count & (sizeof(Lane) * 8 - 1));
}
template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr V128 Shl(V128 a, uint32_t count) {
  return FromLanes(a.As<Lane>() << ShiftCounts<Lane>(count));
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 Shr(V128 a, uint32_t count) {
  return FromLanes(a.As<Lane>() >> ShiftCounts<Lane>(count));
}

// ---- Comparisons. A lane becomes all ones or all zeros; for float lanes too.

template <class Lane>
[[gnu::always_inline]] constexpr V128 Eq(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() == b.As<Lane>());
}
template <class Lane>
[[gnu::always_inline]] constexpr V128 Ne(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() != b.As<Lane>());
}
template <class Lane>
[[gnu::always_inline]] constexpr V128 Lt(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() < b.As<Lane>());
}
template <class Lane>
[[gnu::always_inline]] constexpr V128 Gt(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() > b.As<Lane>());
}
template <class Lane>
[[gnu::always_inline]] constexpr V128 Le(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() <= b.As<Lane>());
}
template <class Lane>
[[gnu::always_inline]] constexpr V128 Ge(V128 a, V128 b) {
  return FromLanes(a.As<Lane>() >= b.As<Lane>());
}

// ---- Bits and truth

[[gnu::always_inline]] constexpr V128 Not(V128 a) {
  return FromLanes(~a.As<uint64_t>());
}
[[gnu::always_inline]] constexpr V128 And(V128 a, V128 b) {
  return FromLanes(a.As<uint64_t>() & b.As<uint64_t>());
}
[[gnu::always_inline]] constexpr V128 Andnot(V128 a, V128 b) {
  return FromLanes(a.As<uint64_t>() & ~b.As<uint64_t>());
}
[[gnu::always_inline]] constexpr V128 Or(V128 a, V128 b) {
  return FromLanes(a.As<uint64_t>() | b.As<uint64_t>());
}
[[gnu::always_inline]] constexpr V128 Xor(V128 a, V128 b) {
  return FromLanes(a.As<uint64_t>() ^ b.As<uint64_t>());
}
// v128.bitselect: the bits of `a` where `mask` has ones, those of `b` elsewhere.
[[gnu::always_inline]] constexpr V128 Bitselect(V128 a, V128 b, V128 mask) {
  const auto m = mask.As<uint64_t>();
  return FromLanes((a.As<uint64_t>() & m) | (b.As<uint64_t>() & ~m));
}
[[gnu::always_inline]] constexpr uint32_t AnyTrue(V128 a) {
  return __builtin_reduce_or(a.As<uint64_t>()) != 0;
}
template <std::unsigned_integral Lane>
[[gnu::always_inline]] constexpr uint32_t AllTrue(V128 a) {
  return __builtin_reduce_and(a.As<Lane>() != Lane{0}) != 0;
}
// The sign bits of the lanes, lane 0 in bit 0.
template <std::signed_integral Lane>
[[gnu::always_inline]] constexpr uint32_t Bitmask(V128 a) {
  using Bools = Vec<bool, kLanes<Lane>>;
  const Bools negative = __builtin_convertvector(a.As<Lane>() < Lane{0}, Bools);
  if constexpr (kLanes<Lane> == 16) {
    return __builtin_bit_cast(uint16_t, negative);
  } else {
    // A vector of fewer than eight bools fills a byte whose upper bits mean nothing.
    return __builtin_bit_cast(uint8_t, negative) & ((1u << kLanes<Lane>)-1);
  }
}

// ---- Widening and narrowing

enum class Half : uint8_t { kLow, kHigh };

template <Half kHalf, class Lane>
[[gnu::always_inline]] constexpr auto WidenedHalf(V128 a) {
  constexpr size_t kCount = kLanes<Lane> / 2;
  const auto half = [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    const auto lanes = a.As<Lane>();
    return __builtin_shufflevector(lanes, lanes, (kIndex + (kHalf == Half::kHigh ? kCount : 0))...);
  }(std::make_index_sequence<kCount>());
  return __builtin_convertvector(half, Vec<Wider<Lane>>);
}

// extend_low, extend_high.
template <Half kHalf, std::integral Lane>
[[gnu::always_inline]] constexpr V128 Extend(V128 a) {
  return FromLanes(WidenedHalf<kHalf, Lane>(a));
}
// extmul_low, extmul_high: no product leaves the wider lane.
template <Half kHalf, std::integral Lane>
[[gnu::always_inline]] constexpr V128 Extmul(V128 a, V128 b) {
  return FromLanes(Wrapping(WidenedHalf<kHalf, Lane>(a)) * Wrapping(WidenedHalf<kHalf, Lane>(b)));
}

// The lanes with even or odd index, widened. In a little-endian pair of lanes the even one is the
// lower half.
template <std::integral Lane>
[[gnu::always_inline]] constexpr auto WidenedEven(V128 a) {
  constexpr int kShift = sizeof(Lane) * 8;
  const auto up = a.As<std::make_unsigned_t<Wider<Lane>>>() << kShift;
  return Wrapping(__builtin_bit_cast(Vec<Wider<Lane>>, up) >> kShift);
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr auto WidenedOdd(V128 a) {
  return Wrapping(a.As<Wider<Lane>>() >> int{sizeof(Lane) * 8});
}
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 ExtaddPairwise(V128 a) {
  return FromLanes(WidenedEven<Lane>(a) + WidenedOdd<Lane>(a));
}
// i32x4.dot_i16x8_s. Only the sum for four times min wraps.
[[gnu::always_inline]] constexpr V128 DotI16x8S(V128 a, V128 b) {
  using Wide = Vec<int32_t, 8>;
  const Wide product = __builtin_convertvector(a.As<int16_t>(), Wide) *
                       __builtin_convertvector(b.As<int16_t>(), Wide);
  return FromLanes(Wrapping(__builtin_shufflevector(product, product, 0, 2, 4, 6)) +
                   Wrapping(__builtin_shufflevector(product, product, 1, 3, 5, 7)));
}

// narrow_s, narrow_u: the signed lanes of `a`, then those of `b`, clamped to the range of Lane.
template <std::integral Lane>
[[gnu::always_inline]] constexpr V128 Narrow(V128 a, V128 b) {
  using Wide = Wider<std::make_signed_t<Lane>>;
  using WideLanes = Vec<Wide, kLanes<Lane>>;
  const WideLanes min = Wide{std::numeric_limits<Lane>::min()};
  const WideLanes max = Wide{std::numeric_limits<Lane>::max()};
  return [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    const WideLanes both = __builtin_shufflevector(a.As<Wide>(), b.As<Wide>(), kIndex...);
    const WideLanes clamped = __builtin_elementwise_max(__builtin_elementwise_min(both, max), min);
    return FromLanes(__builtin_convertvector(clamped, Vec<Lane>));
  }(std::make_index_sequence<kLanes<Lane>>());
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric::simd
