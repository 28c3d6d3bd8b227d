// Number and vector literals where they stand as operands of instructions and in scripts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/text/token_reader.h"

namespace airwasm::text {

// Operands of the const instructions; "constant out of range" if the value does not fit.
uint64_t ParseIntLiteral(TokenReader& in, int bits);
uint32_t ParseF32Literal(TokenReader& in);
uint64_t ParseF64Literal(TokenReader& in);

enum class LaneKind : uint8_t { kInt, kFloat };
struct Shape {
  std::string_view word;
  LaneKind kind;
  uint8_t lane_bits;
  uint8_t num_lanes() const { return static_cast<uint8_t>(128 / lane_bits); }
};

// The shape at the cursor ("i32x4"); nullptr after an error.
const Shape* ParseShape(TokenReader& in);

// Sets lane `lane` of a vector to `bits`, little endian.
void SetLane(std::array<uint8_t, 16>& vector, const Shape& shape, size_t lane, uint64_t bits);

// One lane literal at the cursor.
uint64_t ParseLane(TokenReader& in, const Shape& shape);

// shape lane*
std::array<uint8_t, 16> ParseV128Literal(TokenReader& in);

// A lane index, 0..255; which of them exist is a matter of validation.
uint8_t ParseLaneIndex(TokenReader& in);

// The 16 lane indices of i8x16.shuffle.
std::array<uint8_t, 16> ParseShuffleLanes(TokenReader& in);

}  // namespace airwasm::text
