// The floating-point instructions, for one float or for all lanes of a vector of floats.
// Spec: core, exec/numerics, floating-point operations.
//
// NaN: an instruction that computes gives the operand's NaN with its quiet bit set, or the
// machine's default NaN; both are what nans_N allows (a canonical operand gives a canonical
// result). abs, neg, copysign, pmin and pmax only move bits. The rounding mode is to nearest, ties
// to even; the engine never changes it.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "engine/numeric/isa.h"
#include "engine/numeric/v128.h"

namespace airwasm::numeric {
inline namespace AIRWASM_NUMERIC_ISA {

// The unsigned integer, or vector of them, that holds the bits of a float, or vector of them; and
// the type of one lane.
template <class V>
struct FloatTraits {};
template <>
struct FloatTraits<float> {
  using Bits = uint32_t;
  using Lane = float;
};
template <>
struct FloatTraits<double> {
  using Bits = uint64_t;
  using Lane = double;
};
template <>
struct FloatTraits<Vec<float>> {
  using Bits = Vec<uint32_t>;
  using Lane = float;
};
template <>
struct FloatTraits<Vec<double>> {
  using Bits = Vec<uint64_t>;
  using Lane = double;
};

template <class T>
concept FloatValue = std::same_as<T, float> || std::same_as<T, double>;
// A FloatValue, or a vector of them.
template <class V>
concept Floats = requires { typename FloatTraits<V>::Bits; };

template <Floats V>
[[gnu::always_inline]] constexpr typename FloatTraits<V>::Bits ToBits(V a) {
  return __builtin_bit_cast(typename FloatTraits<V>::Bits, a);
}
template <Floats V>
[[gnu::always_inline]] constexpr V FromBits(typename FloatTraits<V>::Bits bits) {
  return __builtin_bit_cast(V, bits);
}

template <Floats V>
inline constexpr auto kSignBit =
    ToBits<typename FloatTraits<V>::Lane>(typename FloatTraits<V>::Lane{-0.0});

template <Floats V>
[[gnu::always_inline]] constexpr V Add(V a, V b) {
  return a + b;
}
template <Floats V>
[[gnu::always_inline]] constexpr V Sub(V a, V b) {
  return a - b;
}
template <Floats V>
[[gnu::always_inline]] constexpr V Mul(V a, V b) {
  return a * b;
}
template <Floats V>
[[gnu::always_inline]] constexpr V Div(V a, V b) {
  return a / b;
}
// The builtin, because sqrt() may set errno and then is a call.
template <Floats V>
[[gnu::always_inline]] inline V Sqrt(V a) {
  return __builtin_elementwise_sqrt(a);
}

// The canonical NaN for any NaN: what deterministic mode makes of results.
template <Floats V>
[[gnu::always_inline]] constexpr V Canonicalize(V a) {
  return a != a ? V(std::numeric_limits<typename FloatTraits<V>::Lane>::quiet_NaN()) : a;
}

template <Floats V>
[[gnu::always_inline]] constexpr V Abs(V a) {
  return FromBits<V>(ToBits(a) & ~kSignBit<V>);
}
template <Floats V>
[[gnu::always_inline]] constexpr V Neg(V a) {
  return FromBits<V>(ToBits(a) ^ kSignBit<V>);
}
template <Floats V>
[[gnu::always_inline]] constexpr V Copysign(V magnitude, V sign) {
  return FromBits<V>((ToBits(magnitude) & ~kSignBit<V>) | (ToBits(sign) & kSignBit<V>));
}

// pmin and pmax are defined by the comparison alone: b < a ? b : a, whatever the operands. One
// minps/maxps.
template <Floats V>
[[gnu::always_inline]] constexpr V Pmin(V a, V b) {
  return b < a ? b : a;
}
template <Floats V>
[[gnu::always_inline]] constexpr V Pmax(V a, V b) {
  return a < b ? b : a;
}

// FAST: no branches. Pmin gives its first operand unless the second is less; taken both ways round
// the two results differ only for zeros of different sign, where or-ing them gives -0, and for NaN,
// where the sum is the quiet NaN.
template <Floats V>
[[gnu::always_inline]] constexpr V Min(V a, V b) {
#if defined(__aarch64__)
  // fmin is the very instruction.
  if (!std::is_constant_evaluated()) return __builtin_elementwise_minimum(a, b);
#endif
  const V ordered = FromBits<V>(ToBits(Pmin(a, b)) | ToBits(Pmin(b, a)));
  return ((a != a) | (b != b)) ? a + b : ordered;
}
// As Min; and-ing +0 and -0 gives +0.
template <Floats V>
[[gnu::always_inline]] constexpr V Max(V a, V b) {
#if defined(__aarch64__)
  if (!std::is_constant_evaluated()) return __builtin_elementwise_maximum(a, b);
#endif
  const V ordered = FromBits<V>(ToBits(Pmax(a, b)) & ToBits(Pmax(b, a)));
  return ((a != a) | (b != b)) ? a + b : ordered;
}

// Rounding without a rounding instruction (and in constant evaluation).
//
// Adding and then subtracting 2^23 (2^52) makes the addition round to an integer. From there on a
// float is integral anyway and stays as it is; a NaN compares false and goes through the additions,
// which make it quiet. The sign is that of the operand also when the result is 0. Spec: core,
// exec/numerics, fnearest and its neighbours.
template <Floats V>
[[gnu::always_inline]] constexpr V PortableNearest(V a) {
  using Lane = typename FloatTraits<V>::Lane;
  const V integral = Lane{1} / std::numeric_limits<Lane>::epsilon();
  const V magic = Copysign(integral, a);
  const V rounded = Copysign((a + magic) - magic, a);
  return Abs(a) >= integral ? a : rounded;
}
template <Floats V>
[[gnu::always_inline]] constexpr V PortableCeil(V a) {
  const V nearest = PortableNearest(a);
  return Copysign(nearest < a ? nearest + V(1) : nearest, a);
}
template <Floats V>
[[gnu::always_inline]] constexpr V PortableFloor(V a) {
  const V nearest = PortableNearest(a);
  return Copysign(nearest > a ? nearest - V(1) : nearest, a);
}
template <Floats V>
[[gnu::always_inline]] constexpr V PortableTrunc(V a) {
  return Copysign(PortableFloor(Abs(a)), a);
}

template <Floats V>
[[gnu::always_inline]] constexpr V Ceil(V a) {
  if (kHasRoundInstruction && !std::is_constant_evaluated()) return __builtin_elementwise_ceil(a);
  return PortableCeil(a);
}
template <Floats V>
[[gnu::always_inline]] constexpr V Floor(V a) {
  if (kHasRoundInstruction && !std::is_constant_evaluated()) return __builtin_elementwise_floor(a);
  return PortableFloor(a);
}
template <Floats V>
[[gnu::always_inline]] constexpr V Trunc(V a) {
  if (kHasRoundInstruction && !std::is_constant_evaluated()) return __builtin_elementwise_trunc(a);
  return PortableTrunc(a);
}
template <Floats V>
[[gnu::always_inline]] constexpr V Nearest(V a) {
  if (kHasRoundInstruction && !std::is_constant_evaluated()) {
    return __builtin_elementwise_roundeven(a);
  }
  return PortableNearest(a);
}

template <FloatValue T>
[[gnu::always_inline]] constexpr uint32_t Eq(T a, T b) {
  return a == b;
}
template <FloatValue T>
[[gnu::always_inline]] constexpr uint32_t Ne(T a, T b) {
  return a != b;
}
template <FloatValue T>
[[gnu::always_inline]] constexpr uint32_t Lt(T a, T b) {
  return a < b;
}
template <FloatValue T>
[[gnu::always_inline]] constexpr uint32_t Gt(T a, T b) {
  return a > b;
}
template <FloatValue T>
[[gnu::always_inline]] constexpr uint32_t Le(T a, T b) {
  return a <= b;
}
template <FloatValue T>
[[gnu::always_inline]] constexpr uint32_t Ge(T a, T b) {
  return a >= b;
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
