// Conversions between integers and floats, and between floats. Spec: core, exec/numerics, conversions.
//
// `Int` names the target or source as a C++ integer whose signedness is the instruction's (int32_t for _s, uint32_t for
// _u); what goes in and comes out is always the unsigned type that stands for i32 or i64.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "engine/base/trap_kind.h"
#include "engine/numeric/float_ops.h"
#include "engine/numeric/int_ops.h"
#include "engine/numeric/isa.h"

namespace airwasm::numeric {
inline namespace AIRWASM_NUMERIC_ISA {

// Whether the integral part of `a` is an Int; false for NaN.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr bool TruncFits(F a) {
  // 2^digits is the first value above Int's range and is exact in every float type.
  constexpr F kEnd = static_cast<F>(uint64_t{1} << (std::numeric_limits<Int>::digits - 1)) * 2;
  if constexpr (!std::is_signed_v<Int>) {
    return a > F{-1} && a < kEnd;
  } else if constexpr (std::numeric_limits<F>::digits > std::numeric_limits<Int>::digits) {
    return a > -kEnd - 1 && a < kEnd;
  } else {
    // Between min - 1 and min there is no float of this type, so min itself is the first that fits.
    return a >= -kEnd && a < kEnd;
  }
}

// Stores the integral part of `a` into `out` if it is an Int; otherwise returns false.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr bool TryTrunc(F a, Int& out) {
#if defined(__x86_64__)
  // FAST: cvttss2si gives the least integer for whatever does not fit, so one comparison replaces the two of TruncFits.
  // Results that it cannot tell apart go through the exact test below.
  if (!std::is_constant_evaluated()) {
    const auto wide = [a] {
      if constexpr (std::same_as<Int, int32_t>) {
        if constexpr (std::same_as<F, float>) return _mm_cvttss_si32(_mm_set_ss(a));
        if constexpr (std::same_as<F, double>) return _mm_cvttsd_si32(_mm_set_sd(a));
      } else {
        if constexpr (std::same_as<F, float>) return _mm_cvttss_si64(_mm_set_ss(a));
        if constexpr (std::same_as<F, double>) return _mm_cvttsd_si64(_mm_set_sd(a));
      }
    }();
    out = static_cast<Int>(wide);
    if constexpr (std::is_signed_v<Int>) {
      if (wide != std::numeric_limits<Int>::min()) [[likely]] return true;
    } else if constexpr (sizeof(Int) == 4) {
      return static_cast<uint64_t>(wide) <= std::numeric_limits<Int>::max();
    } else {
      if (wide >= 0) [[likely]] return true;
    }
  }
#endif
  if (!TruncFits<Int>(a)) return false;
  out = static_cast<Int>(a);
  return true;
}

// iN.trunc_fM_s and _u.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr TrapOr<std::make_unsigned_t<Int>> TruncTo(F a) {
  Int value = 0;
  if (TryTrunc(a, value)) [[likely]] return {.value = static_cast<std::make_unsigned_t<Int>>(value)};
  return {.trap = a != a ? TrapKind::kInvalidConversionToInteger : TrapKind::kIntegerOverflow};
}

// iN.trunc_sat_fM_s and _u.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr std::make_unsigned_t<Int> TruncSatTo(F a) {
  Int value = 0;
  if (!TryTrunc(a, value)) [[unlikely]] {
    if (a != a) {
      value = 0;
    } else {
      value = a < 0 ? std::numeric_limits<Int>::min() : std::numeric_limits<Int>::max();
    }
  }
  return static_cast<std::make_unsigned_t<Int>>(value);
}

// fN.convert_iM_s and _u.
template <FloatValue F, std::integral Int>
[[gnu::always_inline]] constexpr F ConvertFrom(std::make_unsigned_t<Int> a) {
  return static_cast<F>(static_cast<Int>(a));
}

[[gnu::always_inline]] constexpr float Demote(double a) { return static_cast<float>(a); }
[[gnu::always_inline]] constexpr double Promote(float a) { return a; }

// iN.reinterpret_fN and fN.reinterpret_iN: the same bits.
template <FloatValue F>
[[gnu::always_inline]] constexpr typename FloatTraits<F>::Bits ReinterpretAsInt(F a) {
  return ToBits(a);
}
template <FloatValue F>
[[gnu::always_inline]] constexpr F ReinterpretAsFloat(typename FloatTraits<F>::Bits a) {
  return FromBits<F>(a);
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
