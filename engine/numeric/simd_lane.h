// Instructions that move lanes: splat, extract, replace, shuffle, swizzle.
// Spec: core, exec/instructions, vector instructions.
//
// An i8 or i16 lane travels as the i32 it extends to (extract) or is the low part of (splat,
// replace). A lane index from an immediate has been validated; it is masked all the same, so that
// no index can reach outside of the vector.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "engine/numeric/isa.h"
#include "engine/numeric/v128.h"

namespace airwasm::numeric::simd {
inline namespace AIRWASM_NUMERIC_ISA {

// The value type in which a lane travels: i8 and i16 as i32.
template <class Lane>
using Unpacked = std::conditional_t<std::floating_point<Lane>, Lane,
                                    std::conditional_t<sizeof(Lane) == 8, uint64_t, uint32_t>>;

template <class Lane>
[[gnu::always_inline]] constexpr V128 Splat(Unpacked<Lane> a) {
  return FromLanes(Vec<Lane>(static_cast<Lane>(a)));
}

// extract_lane, and extract_lane_s and _u by the signedness of Lane.
template <class Lane>
[[gnu::always_inline]] constexpr Unpacked<Lane> ExtractLane(V128 a, uint8_t lane) {
  return static_cast<Unpacked<Lane>>(a.As<Lane>()[lane % kLanes<Lane>]);
}

template <class Lane>
[[gnu::always_inline]] constexpr V128 ReplaceLane(V128 a, Unpacked<Lane> b, uint8_t lane) {
  auto lanes = a.As<Lane>();
  lanes[lane % kLanes<Lane>] = static_cast<Lane>(b);
  return FromLanes(lanes);
}

// Swizzle and Shuffle where the machine has no instruction for them, and in constant evaluation.
[[gnu::always_inline]] constexpr V128 PortableSwizzle(V128 a, V128 indices) {
  V128::Bytes result{};
  const V128::Bytes from = a.ToBytes();
  const V128::Bytes index = indices.ToBytes();
  for (size_t i = 0; i < 16; ++i) result[i] = index[i] < 16 ? from[index[i]] : 0;
  return V128::FromBytes(result);
}
[[gnu::always_inline]] constexpr V128 PortableShuffle(V128 a, V128 b, V128 indices) {
  V128::Bytes result{};
  const V128::Bytes low = a.ToBytes();
  const V128::Bytes high = b.ToBytes();
  const V128::Bytes index = indices.ToBytes();
  for (size_t i = 0; i < 16; ++i) {
    result[i] = index[i] < 16 ? low[index[i]] : high[index[i] % 16];
  }
  return V128::FromBytes(result);
}

// i8x16.swizzle: a byte of `a` for each byte of `indices`, 0 where the index is not below 16.
[[gnu::always_inline]] constexpr V128 Swizzle(V128 a, V128 indices) {
#if defined(__SSSE3__)
  if (!std::is_constant_evaluated()) {
    // pshufb gives 0 where the index has its top bit set; adding 0x70 with saturation sets it from
    // 16 on.
    const auto marked =
        __builtin_elementwise_add_sat(indices.As<uint8_t>(), Vec<uint8_t>(uint8_t{0x70}));
    return FromLanes(_mm_shuffle_epi8(__builtin_bit_cast(__m128i, a.bytes),
                                      __builtin_bit_cast(__m128i, marked)));
  }
#elif defined(__aarch64__)
  if (!std::is_constant_evaluated()) {
    return FromLanes(vqtbl1q_u8(__builtin_bit_cast(uint8x16_t, a.bytes),
                                __builtin_bit_cast(uint8x16_t, indices.bytes)));
  }
#endif
  return PortableSwizzle(a, indices);
}

// i8x16.shuffle: a byte of `a` followed by `b` for each byte of the immediate, which validation
// keeps below 32.
[[gnu::always_inline]] constexpr V128 Shuffle(V128 a, V128 b, V128 indices) {
#if defined(__SSSE3__)
  if (!std::is_constant_evaluated()) {
    // As in Swizzle: 16..31 have the top bit set after adding 0x70, 0..15 after subtracting 16.
    const auto from_a = indices.As<uint8_t>() + uint8_t{0x70};
    const auto from_b = indices.As<uint8_t>() - uint8_t{16};
    const auto low =
        _mm_shuffle_epi8(__builtin_bit_cast(__m128i, a.bytes), __builtin_bit_cast(__m128i, from_a));
    const auto high =
        _mm_shuffle_epi8(__builtin_bit_cast(__m128i, b.bytes), __builtin_bit_cast(__m128i, from_b));
    return FromLanes(_mm_or_si128(low, high));
  }
#elif defined(__aarch64__)
  if (!std::is_constant_evaluated()) {
    const uint8x16x2_t table = {__builtin_bit_cast(uint8x16_t, a.bytes),
                                __builtin_bit_cast(uint8x16_t, b.bytes)};
    return FromLanes(vqtbl2q_u8(table, __builtin_bit_cast(uint8x16_t, indices.bytes)));
  }
#endif
  return PortableShuffle(a, b, indices);
}

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric::simd
