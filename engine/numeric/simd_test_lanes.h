// Lanes of a v128 read and written byte by byte, for tests that define an instruction lane by lane.
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "engine/numeric/v128.h"

namespace airwasm::numeric {

// An integer lane: how wide, and how its bits are read.
struct LaneKind {
  int bits;
  bool is_signed;
  constexpr int count() const { return 128 / bits; }
  constexpr __int128 min() const { return is_signed ? -(__int128{1} << (bits - 1)) : 0; }
  constexpr __int128 max() const { return (__int128{1} << (is_signed ? bits - 1 : bits)) - 1; }
};
inline constexpr LaneKind kI8{8, true}, kU8{8, false}, kI16{16, true}, kU16{16, false};
inline constexpr LaneKind kI32{32, true}, kU32{32, false}, kI64{64, true}, kU64{64, false};

// The lanes of an operand as integers.
class Lanes {
 public:
  Lanes(V128 value, LaneKind kind) : bytes_(value.ToBytes()), kind_(kind) {}
  __int128 operator[](int lane) const {
    const int size = kind_.bits / 8;
    __int128 value = 0;
    for (int i = 0; i < size; ++i) value |= __int128{bytes_[lane * size + i]} << (8 * i);
    return value > kind_.max() ? value - (__int128{1} << kind_.bits) : value;
  }

 private:
  V128::Bytes bytes_;
  LaneKind kind_;
};

// `value` modulo the width into a lane of `bytes`.
inline void WriteLane(V128::Bytes& bytes, int bits, int lane, __int128 value) {
  const int size = bits / 8;
  for (int i = 0; i < size; ++i) {
    bytes[lane * size + i] = static_cast<uint8_t>(static_cast<unsigned __int128>(value) >> (8 * i));
  }
}

inline std::ostream& operator<<(std::ostream& out, V128 value) {
  constexpr char kDigits[] = "0123456789abcdef";
  out << "bytes";
  for (const uint8_t byte : value.ToBytes()) out << ' ' << kDigits[byte >> 4] << kDigits[byte & 15];
  return out;
}

// Deterministic pseudo-random numbers (splitmix64).
class TestRandom {
 public:
  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  V128 NextV128() {
    const Vec<uint64_t> lanes = {Next(), Next()};
    return FromLanes(lanes);
  }

 private:
  uint64_t state_ = 1;
};

// Vectors whose lanes, read at any width, are often at an edge of the range; and some at random.
inline std::vector<V128> IntOperands() {
  std::vector<V128> operands;
  for (const int bits : {8, 16, 32, 64}) {
    const LaneKind s{bits, true}, u{bits, false};
    const __int128 edges[] = {0,       1,       2,           127,     128,        255,
                              s.max(), s.min(), s.min() + 1, u.max(), u.max() - 1};
    constexpr int kEdges = sizeof(edges) / sizeof(edges[0]);
    for (int first = 0; first < kEdges; ++first) {
      V128::Bytes uniform{}, mixed{};
      for (int lane = 0; lane < 128 / bits; ++lane) {
        WriteLane(uniform, bits, lane, edges[first]);
        WriteLane(mixed, bits, lane, edges[(first + lane * 3) % kEdges]);
      }
      operands.push_back(V128::FromBytes(uniform));
      operands.push_back(V128::FromBytes(mixed));
    }
  }
  TestRandom random;
  for (int i = 0; i < 20; ++i) operands.push_back(random.NextV128());
  return operands;
}

}  // namespace airwasm::numeric
