// Lane-wise conversions between i32x4 and f32x4 or f64x2, and between f32x4 and f64x2.
// Spec: core, exec/numerics, trunc_sat, convert, demote, promote; the vector forms in
// exec/instructions.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

#include "engine/numeric/convert_ops.h"
#include "engine/numeric/isa.h"
#include "engine/numeric/v128.h"

namespace airwasm::numeric::simd {
inline namespace AIRWASM_NUMERIC_ISA {

// The two lanes of a half vector, then two zeros.
template <class Lane>
[[gnu::always_inline]] constexpr V128 WithZeroHigh(Vec<Lane, 2> low) {
  return FromLanes(__builtin_shufflevector(low, Vec<Lane, 2>(Lane{0}), 0, 1, 2, 3));
}
template <class Lane>
[[gnu::always_inline]] constexpr Vec<Lane, 2> LowHalf(V128 a) {
  const auto lanes = a.As<Lane>();
  return __builtin_shufflevector(lanes, lanes, 0, 1);
}

// i32x4.trunc_sat_f32x4_s and _u lane by lane.
template <std::integral Int>
[[gnu::always_inline]] constexpr V128 PortableTruncSatF32x4(V128 a) {
  const auto lanes = a.As<float>();
  Vec<uint32_t> result = 0;
  for (size_t i = 0; i < 4; ++i) result[i] = TruncSatTo<Int>(lanes[i]);
  return FromLanes(result);
}

#if defined(__x86_64__)
// cvttps2dq: lanes outside the range of i32, and NaN, give 0x80000000.
[[gnu::always_inline]] inline Vec<uint32_t> TruncOrMin(Vec<float> a) {
  return __builtin_bit_cast(Vec<uint32_t>, _mm_cvttps_epi32(__builtin_bit_cast(__m128, a)));
}
#endif

template <std::integral Int>
[[gnu::always_inline]] constexpr V128 TruncSatF32x4(V128 a) {
#if defined(__x86_64__)
  if (!std::is_constant_evaluated()) {
    const Vec<float> lanes = a.As<float>();
    const Vec<float> zero = 0.0f;
    const Vec<float> end = 0x1p31f;
    if constexpr (std::is_signed_v<Int>) {
      const Vec<float> number = lanes == lanes ? lanes : zero;
      // 0x80000000 is right below the range; above it the complement is.
      return FromLanes(TruncOrMin(number) ^ __builtin_bit_cast(Vec<uint32_t>, number >= end));
    } else {
      // What exceeds 2^31 is converted apart and added to the 2^31 that the first conversion gives
      // for it. Where the excess is too large as well, its complement brings the sum to the
      // maximum.
      const Vec<float> number = lanes > zero ? lanes : zero;
      const Vec<float> above = number - end;
      const Vec<float> excess = above > zero ? above : zero;
      const Vec<uint32_t> overflow = __builtin_bit_cast(Vec<uint32_t>, excess >= end);
      return FromLanes(TruncOrMin(number) + (TruncOrMin(excess) ^ overflow));
    }
  }
#endif
  return PortableTruncSatF32x4<Int>(a);
}

// i32x4.trunc_sat_f64x2_s_zero and _u_zero. The bounds are exact doubles, so clamping comes first.
template <std::integral Int>
[[gnu::always_inline]] constexpr V128 TruncSatF64x2Zero(V128 a) {
  const Vec<double> lanes = a.As<double>();
  const Vec<double> min = double{std::numeric_limits<Int>::min()};
  const Vec<double> max = double{std::numeric_limits<Int>::max()};
  const Vec<double> number = lanes == lanes ? lanes : Vec<double>(0.0);
  const Vec<double> above_min = number > min ? number : min;
  const Vec<double> clamped = above_min < max ? above_min : max;
  using Ints = Vec<Int, 2>;
  return WithZeroHigh<Int>(__builtin_convertvector(clamped, Ints));
}

// f32x4.convert_i32x4_s and _u.
template <std::integral Int>
[[gnu::always_inline]] constexpr V128 ConvertI32x4(V128 a) {
  return FromLanes(__builtin_convertvector(a.As<Int>(), Vec<float>));
}
// f64x2.convert_low_i32x4_s and _u.
template <std::integral Int>
[[gnu::always_inline]] constexpr V128 ConvertLowI32x4(V128 a) {
  return FromLanes(__builtin_convertvector(LowHalf<Int>(a), Vec<double>));
}
[[gnu::always_inline]] constexpr V128 DemoteF64x2Zero(V128 a) {
  using Floats = Vec<float, 2>;
  return WithZeroHigh<float>(__builtin_convertvector(a.As<double>(), Floats));
}
[[gnu::always_inline]] constexpr V128 PromoteLowF32x4(V128 a) {
  return FromLanes(__builtin_convertvector(LowHalf<float>(a), Vec<double>));
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric::simd
