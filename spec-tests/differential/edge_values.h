// Operands at which instructions turn: extremes, zeros of both signs, NaNs of every kind, what just
// fits a conversion and what just does not, shift counts around the width, patterns of lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "airwasm/value.h"

namespace airwasm::differential {

// A number or vector by its bits. `type` must be one of these.
std::span<const V128Bytes> EdgeBits(ValType type);
Value EdgeValue(ValType type, size_t index);

// Few of them, for functions whose parameters steer.
std::span<const V128Bytes> FewEdgeBits(ValType type);

V128Bytes Bits(uint64_t low, uint64_t high = 0);
uint64_t LowBits(const V128Bytes& bytes);

// Index tuples into lists of these sizes: all of them, or `max` that are the same in every run and
// hold each index of each list when `max` is large enough.
std::vector<std::vector<uint32_t>> Tuples(std::span<const uint32_t> sizes, size_t max);

// SplitMix64: the same sequence everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(Next() % bound); }

 private:
  uint64_t state_;
};

}  // namespace airwasm::differential
