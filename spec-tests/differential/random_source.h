// Where a generator's decisions come from: bytes, as a fuzzer gives them, and when they are used up
// a sequence that all of them determine. So any byte string makes a whole module, and a change of
// one byte changes the decisions from there on.
#pragma once

#include <cstdint>
#include <span>

#include "spec-tests/differential/edge_values.h"

namespace airwasm::differential {

class RandomSource {
 public:
  explicit RandomSource(std::span<const uint8_t> bytes) : bytes_(bytes), rest_(HashOf(bytes)) {}

  // bound > 0.
  uint32_t Below(uint32_t bound) {
    if (bytes_.empty()) return rest_.Below(bound);
    uint32_t value = Byte();
    if (bound > 256) value = value << 8 | Byte();
    return value % bound;
  }
  // True in `times` of `of` cases.
  bool Chance(uint32_t times, uint32_t of) { return Below(of) < times; }
  uint64_t Bits64() {
    uint64_t value = 0;
    if (bytes_.empty()) return rest_.Next();
    for (int i = 0; i < 8; ++i) value = value << 8 | Byte();
    return value;
  }
  template <typename List>
  const auto& OneOf(const List& list) {
    return *(std::begin(list) + Below(static_cast<uint32_t>(std::size(list))));
  }

 private:
  static uint64_t HashOf(std::span<const uint8_t> bytes) {  // FNV-1a
    uint64_t hash = 0xCBF29CE484222325u;
    for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3u;
    return hash;
  }
  uint8_t Byte() {
    if (bytes_.empty()) return static_cast<uint8_t>(rest_.Next());
    const uint8_t byte = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return byte;
  }

  std::span<const uint8_t> bytes_;
  Random rest_;
};

}  // namespace airwasm::differential
