// V128, the value of type v128, and Vec, the compiler's vector of one lane type.
//
// A V128 is 16 bytes in memory order (lane 0 first, lanes little endian) and says nothing about
// lanes; As<Lane>() looks at it as lanes, FromLanes() makes one. Both are free: the bits stay in
// the same register. Integer arithmetic is done on unsigned lanes, which wrap; signed lanes serve
// comparisons, extensions and arithmetic shifts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace airwasm::numeric {

template <class Lane, size_t kCount = 16 / sizeof(Lane)>
using Vec __attribute__((ext_vector_type(kCount))) = Lane;

template <class Lane>
inline constexpr size_t kLanes = 16 / sizeof(Lane);

struct V128 {
  Vec<uint8_t> bytes;

  template <class Lane>
  [[gnu::always_inline]] constexpr Vec<Lane> As() const {
    return __builtin_bit_cast(Vec<Lane>, bytes);
  }

  using Bytes = std::array<uint8_t, 16>;
  [[gnu::always_inline]] static constexpr V128 FromBytes(const Bytes& bytes) {
    return {__builtin_bit_cast(Vec<uint8_t>, bytes)};
  }
  [[gnu::always_inline]] constexpr Bytes ToBytes() const {
    return __builtin_bit_cast(Bytes, bytes);
  }

  // Equality of bits; two NaN lanes with the same bits are equal.
  friend constexpr bool operator==(V128 a, V128 b) { return a.ToBytes() == b.ToBytes(); }
};
static_assert(sizeof(V128) == 16 && alignof(V128) == 16);
static_assert(std::is_trivially_copyable_v<V128>);

// The V128 with the bits of `lanes`, a vector of 16 bytes.
template <class V>
[[gnu::always_inline]] constexpr V128 FromLanes(V lanes) {
  static_assert(sizeof(V) == 16);
  return {__builtin_bit_cast(Vec<uint8_t>, lanes)};
}

}  // namespace airwasm::numeric
