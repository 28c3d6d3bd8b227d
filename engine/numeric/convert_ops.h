// Conversions between integers and floats, and between floats. Spec: core, exec/numerics,
// conversions.
//
// `Int` names the target or source as a C++ integer whose signedness is the instruction's (int32_t
// for _s, uint32_t for _u); what goes in and comes out is always the unsigned type that stands for
// i32 or i64.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "airwasm/trap_kind.h"
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

// Stores the integral part of `a` into `out` and returns kNone, or returns why it is not an Int.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr TrapKind TryTrunc(F a, Int& out) {
#if defined(__x86_64__)
  // FAST: cvttss2si gives the least integer for whatever does not fit, so one comparison replaces
  // the two of TruncFits. What it cannot tell apart goes through the exact tests below.
  if (!std::is_constant_evaluated()) {
    const auto converted = [a] {
      if constexpr (std::same_as<Int, int32_t>) {
        if constexpr (std::same_as<F, float>) return _mm_cvttss_si32(_mm_set_ss(a));
        if constexpr (std::same_as<F, double>) return _mm_cvttsd_si32(_mm_set_sd(a));
      } else {
        if constexpr (std::same_as<F, float>) return _mm_cvttss_si64(_mm_set_ss(a));
        if constexpr (std::same_as<F, double>) return _mm_cvttsd_si64(_mm_set_sd(a));
      }
    }();
    const bool fits = [converted] {
      if constexpr (std::is_signed_v<Int>) {
        return converted != std::numeric_limits<Int>::min();
      } else if constexpr (sizeof(Int) == 4) {
        return static_cast<uint64_t>(converted) <= std::numeric_limits<Int>::max();
      } else {
        return converted >= 0;
      }
    }();
    if (fits) [[likely]] {
      out = static_cast<Int>(converted);
      return TrapKind::kNone;
    }
  }
#endif
  if (a != a) return TrapKind::kInvalidConversionToInteger;
  if (!TruncFits<Int>(a)) return TrapKind::kIntegerOverflow;
  out = static_cast<Int>(a);
  return TrapKind::kNone;
}

// iN.trunc_fM_s and _u.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr TrapOr<std::make_unsigned_t<Int>> TruncTo(F a) {
  Int value = 0;
  const TrapKind trap = TryTrunc(a, value);
  if (trap != TrapKind::kNone) [[unlikely]]
    return {.trap = trap};
  return {.value = static_cast<std::make_unsigned_t<Int>>(value)};
}

// iN.trunc_sat_fM_s and _u: the nearest Int, and 0 for NaN.
template <std::integral Int, FloatValue F>
[[gnu::always_inline]] constexpr std::make_unsigned_t<Int> TruncSatTo(F a) {
  Int value = 0;
  if (TryTrunc(a, value) == TrapKind::kIntegerOverflow) [[unlikely]] {
    value = a < 0 ? std::numeric_limits<Int>::min() : std::numeric_limits<Int>::max();
  }
  return static_cast<std::make_unsigned_t<Int>>(value);
}

// fN.convert_iM_s and _u.
template <FloatValue F, std::integral Int>
[[gnu::always_inline]] constexpr F ConvertFrom(std::make_unsigned_t<Int> a) {
  return static_cast<F>(static_cast<Int>(a));
}

[[gnu::always_inline]] constexpr float Demote(double a) {
  return static_cast<float>(a);
}
[[gnu::always_inline]] constexpr double Promote(float a) {
  return a;
}

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
