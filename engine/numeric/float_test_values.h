// Floats that tests share: the corners of the formats and of the integer ranges, and all kinds of
// NaN; and what the specification lets a result be when it is a NaN.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

#include "engine/numeric/float_ops.h"

namespace airwasm::numeric {

template <class F>
using BitsOf = typename FloatTraits<F>::Bits;

template <class F>
inline constexpr BitsOf<F> kQuietBit = BitsOf<F>{1} << (std::numeric_limits<F>::digits - 2);
template <class F>
inline constexpr BitsOf<F> kCanonicalNan =
    ToBits(std::numeric_limits<F>::infinity()) | kQuietBit<F>;

template <class F>
constexpr bool IsNanBits(BitsOf<F> bits) {
  return (bits & ~kSignBit<F>) > ToBits(std::numeric_limits<F>::infinity());
}
template <class F>
constexpr bool IsCanonicalNan(BitsOf<F> bits) {
  return (bits & ~kSignBit<F>) == kCanonicalNan<F>;
}

// Spec: core, exec/numerics, nans_N: canonical if every NaN among the operands is, else any
// arithmetic NaN.
template <class F>
bool IsAllowedNan(F result, std::initializer_list<F> operands) {
  const BitsOf<F> bits = ToBits(result);
  if (!IsNanBits<F>(bits) || (bits & kQuietBit<F>) == 0) return false;
  for (const F operand : operands) {
    if (IsNanBits<F>(ToBits(operand)) && !IsCanonicalNan<F>(ToBits(operand))) return true;
  }
  return IsCanonicalNan<F>(bits);
}

// Bits, so that signaling NaNs come through whatever handles them on the way.
template <class F>
std::vector<F> FloatOperands() {
  std::vector<F> values;
  const auto add = [&values](BitsOf<F> bits) {
    values.push_back(FromBits<F>(bits));
    values.push_back(FromBits<F>(bits ^ kSignBit<F>));
  };
  for (const double a : {0.0, 0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.5, 100.625, 4194304.5,
                         8388607.5, 8388609.0, 0x1p31, 0x1p32, 0x1p52, 0x1p63, 0x1p64}) {
    const F value = static_cast<F>(a);
    add(ToBits(value));
    add(ToBits(value) + 1);
    if (a != 0) add(ToBits(value) - 1);
  }
  add(ToBits(static_cast<F>(4503599627370495.5)));
  add(ToBits(std::numeric_limits<F>::min()));
  add(ToBits(std::numeric_limits<F>::max()));
  add(ToBits(std::numeric_limits<F>::infinity()));
  add(kCanonicalNan<F>);
  add(kCanonicalNan<F> | 0x1234);                       // quiet, with a payload
  add(ToBits(std::numeric_limits<F>::infinity()) | 1);  // signaling
  add((kCanonicalNan<F> - 1) & ~kQuietBit<F>);          // signaling, payload full
  return values;
}

}  // namespace airwasm::numeric
