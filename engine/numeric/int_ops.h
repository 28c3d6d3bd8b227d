// The integer instructions of both widths. Spec: core, exec/numerics, integer operations.
//
// i32 is uint32_t and i64 is uint64_t; a signed instruction reads the bits as two's complement
// inside. Comparisons give the i32 0 or 1. Division and remainder are the only ones that trap.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "airwasm/trap_kind.h"
#include "engine/numeric/isa.h"

namespace airwasm::numeric {

// An i128 as the wide-arithmetic instructions leave it on the stack: low half first.
struct I128Parts {
  uint64_t low;
  uint64_t high;
  friend constexpr bool operator==(I128Parts, I128Parts) = default;
};

inline namespace AIRWASM_NUMERIC_ISA {

template <class T>
concept IntValue = std::same_as<T, uint32_t> || std::same_as<T, uint64_t>;

template <IntValue T>
[[gnu::always_inline]] constexpr std::make_signed_t<T> Signed(T a) {
  return static_cast<std::make_signed_t<T>>(a);
}

// A shift or rotation count is taken modulo the width.
template <IntValue T>
[[gnu::always_inline]] constexpr int ShiftCount(T b) {
  return static_cast<int>(b & (std::numeric_limits<T>::digits - 1));
}

template <IntValue T>
[[gnu::always_inline]] constexpr T Clz(T a) {
  return static_cast<T>(std::countl_zero(a));
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Ctz(T a) {
  return static_cast<T>(std::countr_zero(a));
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Popcnt(T a) {
  return static_cast<T>(std::popcount(a));
}

template <IntValue T>
[[gnu::always_inline]] constexpr T Add(T a, T b) {
  return a + b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Sub(T a, T b) {
  return a - b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Mul(T a, T b) {
  return a * b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr T And(T a, T b) {
  return a & b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Or(T a, T b) {
  return a | b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Xor(T a, T b) {
  return a ^ b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Shl(T a, T b) {
  return a << ShiftCount(b);
}
template <IntValue T>
[[gnu::always_inline]] constexpr T ShrS(T a, T b) {
  return static_cast<T>(Signed(a) >> ShiftCount(b));
}
template <IntValue T>
[[gnu::always_inline]] constexpr T ShrU(T a, T b) {
  return a >> ShiftCount(b);
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Rotl(T a, T b) {
  return std::rotl(a, ShiftCount(b));
}
template <IntValue T>
[[gnu::always_inline]] constexpr T Rotr(T a, T b) {
  return std::rotr(a, ShiftCount(b));
}

// FAST: one comparison sends both special divisors, 0 and -1, off the common path.
template <IntValue T>
[[gnu::always_inline]] constexpr bool IsZeroOrMinusOne(T b) {
  return b + T{1} <= T{1};
}

template <IntValue T>
[[gnu::always_inline]] constexpr TrapOr<T> DivS(T a, T b) {
  if (IsZeroOrMinusOne(b)) [[unlikely]] {
    if (b == 0) return {.trap = TrapKind::kIntegerDivideByZero};
    // min / -1 has no representation; C++ leaves it undefined, wasm traps.
    if (Signed(a) == std::numeric_limits<std::make_signed_t<T>>::min()) {
      return {.trap = TrapKind::kIntegerOverflow};
    }
    return {.value = T{0} - a};
  }
  return {.value = static_cast<T>(Signed(a) / Signed(b))};
}
template <IntValue T>
[[gnu::always_inline]] constexpr TrapOr<T> DivU(T a, T b) {
  if (b == 0) [[unlikely]]
    return {.trap = TrapKind::kIntegerDivideByZero};
  return {.value = a / b};
}
template <IntValue T>
[[gnu::always_inline]] constexpr TrapOr<T> RemS(T a, T b) {
  if (IsZeroOrMinusOne(b)) [[unlikely]] {
    if (b == 0) return {.trap = TrapKind::kIntegerDivideByZero};
    // Every remainder by -1 is 0, also that of min, whose quotient would overflow.
    return {.value = 0};
  }
  return {.value = static_cast<T>(Signed(a) % Signed(b))};
}
template <IntValue T>
[[gnu::always_inline]] constexpr TrapOr<T> RemU(T a, T b) {
  if (b == 0) [[unlikely]]
    return {.trap = TrapKind::kIntegerDivideByZero};
  return {.value = a % b};
}

template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t Eqz(T a) {
  return a == 0;
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t Eq(T a, T b) {
  return a == b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t Ne(T a, T b) {
  return a != b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t LtS(T a, T b) {
  return Signed(a) < Signed(b);
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t LtU(T a, T b) {
  return a < b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t GtS(T a, T b) {
  return Signed(a) > Signed(b);
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t GtU(T a, T b) {
  return a > b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t LeS(T a, T b) {
  return Signed(a) <= Signed(b);
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t LeU(T a, T b) {
  return a <= b;
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t GeS(T a, T b) {
  return Signed(a) >= Signed(b);
}
template <IntValue T>
[[gnu::always_inline]] constexpr uint32_t GeU(T a, T b) {
  return a >= b;
}

// iN.extend8_s, extend16_s, extend32_s: the low bits of `a`, those of a `Narrow`, sign-extended to
// all of T.
template <IntValue T, std::signed_integral Narrow>
[[gnu::always_inline]] constexpr T ExtendS(T a) {
  return static_cast<T>(static_cast<Narrow>(a));
}

// i32.wrap_i64, i64.extend_i32_s, i64.extend_i32_u.
[[gnu::always_inline]] constexpr uint32_t WrapI64(uint64_t a) {
  return static_cast<uint32_t>(a);
}
[[gnu::always_inline]] constexpr uint64_t ExtendI32S(uint32_t a) {
  return static_cast<uint64_t>(static_cast<int64_t>(Signed(a)));
}
[[gnu::always_inline]] constexpr uint64_t ExtendI32U(uint32_t a) {
  return a;
}

// Spec: wide-arithmetic proposal. Each 128-bit operand comes as its low half, then its high half.
[[gnu::always_inline]] constexpr unsigned __int128 Join(uint64_t low, uint64_t high) {
  return static_cast<unsigned __int128>(high) << 64 | low;
}
[[gnu::always_inline]] constexpr I128Parts Split(unsigned __int128 a) {
  return {.low = static_cast<uint64_t>(a), .high = static_cast<uint64_t>(a >> 64)};
}
[[gnu::always_inline]] constexpr I128Parts Add128(uint64_t a_low, uint64_t a_high, uint64_t b_low,
                                                  uint64_t b_high) {
  return Split(Join(a_low, a_high) + Join(b_low, b_high));
}
[[gnu::always_inline]] constexpr I128Parts Sub128(uint64_t a_low, uint64_t a_high, uint64_t b_low,
                                                  uint64_t b_high) {
  return Split(Join(a_low, a_high) - Join(b_low, b_high));
}
[[gnu::always_inline]] constexpr I128Parts MulWideS(uint64_t a, uint64_t b) {
  return Split(static_cast<unsigned __int128>(static_cast<__int128>(Signed(a)) * Signed(b)));
}
[[gnu::always_inline]] constexpr I128Parts MulWideU(uint64_t a, uint64_t b) {
  return Split(static_cast<unsigned __int128>(a) * b);
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
