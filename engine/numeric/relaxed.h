// The relaxed SIMD instructions. Spec: core, exec/numerics, relaxed operations.
//
// Each takes the one result, among those the specification allows, that the strict instruction
// gives, so that a module computes the same on every machine and in every tier. Here are those
// without a strict twin; the twins are named in ops_simd.h.
#pragma once

#include <cstdint>

#include "engine/numeric/isa.h"
#include "engine/numeric/simd_float.h"
#include "engine/numeric/simd_int.h"
#include "engine/numeric/v128.h"

namespace airwasm::numeric::simd {
inline namespace AIRWASM_NUMERIC_ISA {

// a * b + c and -(a * b) + c, rounded twice. Two calls, never one expression, which the compiler
// may contract.
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 RelaxedMadd(V128 a, V128 b, V128 c) {
  return Add<Lane>(Mul<Lane>(a, b), c);
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 RelaxedNmadd(V128 a, V128 b, V128 c) {
  return Add<Lane>(Mul<Lane>(Neg<Lane>(a), b), c);
}

// Both operands signed; the sum of two products wraps.
[[gnu::always_inline]] constexpr V128 RelaxedDotI8x16I7x16S(V128 a, V128 b) {
  return FromLanes(WidenedEven<int8_t>(a) * WidenedEven<int8_t>(b) +
                   WidenedOdd<int8_t>(a) * WidenedOdd<int8_t>(b));
}
[[gnu::always_inline]] constexpr V128 RelaxedDotI8x16I7x16AddS(V128 a, V128 b, V128 c) {
  return Add<uint32_t>(ExtaddPairwise<int16_t>(RelaxedDotI8x16I7x16S(a, b)), c);
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric::simd
