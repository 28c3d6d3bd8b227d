// Lane-wise floating-point instructions on v128: the scalar definitions of float_ops.h on vectors
// of lanes.
//
// Comparisons are shared with the integers (simd_int.h), conversions are in simd_convert.h.
#pragma once

#include "engine/numeric/float_ops.h"
#include "engine/numeric/isa.h"
#include "engine/numeric/v128.h"

namespace airwasm::numeric::simd {
inline namespace AIRWASM_NUMERIC_ISA {

template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Add(V128 a, V128 b) {
  return FromLanes(numeric::Add(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Sub(V128 a, V128 b) {
  return FromLanes(numeric::Sub(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Mul(V128 a, V128 b) {
  return FromLanes(numeric::Mul(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Div(V128 a, V128 b) {
  return FromLanes(numeric::Div(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] inline V128 Sqrt(V128 a) {
  return FromLanes(numeric::Sqrt(a.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Abs(V128 a) {
  return FromLanes(numeric::Abs(a.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Neg(V128 a) {
  return FromLanes(numeric::Neg(a.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Min(V128 a, V128 b) {
  return FromLanes(numeric::Min(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Max(V128 a, V128 b) {
  return FromLanes(numeric::Max(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Pmin(V128 a, V128 b) {
  return FromLanes(numeric::Pmin(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Pmax(V128 a, V128 b) {
  return FromLanes(numeric::Pmax(a.As<Lane>(), b.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Ceil(V128 a) {
  return FromLanes(numeric::Ceil(a.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Floor(V128 a) {
  return FromLanes(numeric::Floor(a.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Trunc(V128 a) {
  return FromLanes(numeric::Trunc(a.As<Lane>()));
}
template <FloatValue Lane>
[[gnu::always_inline]] constexpr V128 Nearest(V128 a) {
  return FromLanes(numeric::Nearest(a.As<Lane>()));
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric::simd
