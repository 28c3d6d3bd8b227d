#include "engine/text/literals.h"

#include "engine/text/number.h"

namespace airwasm::text {
namespace {

constexpr Shape kShapes[] = {
    {"i8x16", LaneKind::kInt, 8},  {"i16x8", LaneKind::kInt, 16},   {"i32x4", LaneKind::kInt, 32},
    {"i64x2", LaneKind::kInt, 64}, {"f32x4", LaneKind::kFloat, 32}, {"f64x2", LaneKind::kFloat, 64},
};

// Takes the literal at the cursor if `accepted` and has `parse` compute its value.
template <typename Parse>
auto ParseWith(TokenReader& in, bool accepted, std::string_view expected, Parse parse) {
  using Value = typename decltype(parse(std::string_view()))::value_type;
  if (!accepted) {
    in.Unexpected(expected);
    return Value{};
  }
  const Token token = in.Take();
  const auto value = parse(in.Text(token));
  if (!value) in.Fail(token, "constant out of range");
  return value.value_or(Value{});
}

}  // namespace

uint64_t ParseIntLiteral(TokenReader& in, int bits) {
  const bool accepted = in.Kind() == TokenKind::kNat || in.Kind() == TokenKind::kInt;
  return ParseWith(
      in, accepted, "an integer",
      [bits](std::string_view s) -> std::optional<uint64_t> { return ParseInteger(s, bits); });
}

uint32_t ParseF32Literal(TokenReader& in) {
  return ParseWith(in, in.AtNumber(), "a number", &ParseF32);
}

uint64_t ParseF64Literal(TokenReader& in) {
  return ParseWith(in, in.AtNumber(), "a number", &ParseF64);
}

const Shape* ParseShape(TokenReader& in) {
  if (in.Kind() == TokenKind::kKeyword) {
    for (const Shape& shape : kShapes) {
      if (in.TakeKeyword(shape.word)) return &shape;
    }
  }
  in.Unexpected("a vector shape");
  return nullptr;
}

void SetLane(std::array<uint8_t, 16>& vector, const Shape& shape, size_t lane, uint64_t bits) {
  const size_t bytes = shape.lane_bits / 8u;
  for (size_t i = 0; i < bytes; ++i)
    vector[lane * bytes + i] = static_cast<uint8_t>(bits >> (8 * i));
}

uint64_t ParseLane(TokenReader& in, const Shape& shape) {
  if (shape.kind == LaneKind::kInt) return ParseIntLiteral(in, shape.lane_bits);
  return shape.lane_bits == 32 ? ParseF32Literal(in) : ParseF64Literal(in);
}

std::array<uint8_t, 16> ParseV128Literal(TokenReader& in) {
  std::array<uint8_t, 16> vector{};
  const Shape* shape = ParseShape(in);
  if (shape == nullptr) return vector;
  // The number of literals is judged before their values.
  const auto is_number = [&](size_t n) {
    return in.Kind(n) == TokenKind::kNat || in.Kind(n) == TokenKind::kInt ||
           in.Kind(n) == TokenKind::kFloat;
  };
  size_t count = 0;
  while (count <= shape->num_lanes() && is_number(count)) ++count;
  if (count != shape->num_lanes()) {
    const Token& next = in.Peek(count);
    const bool is_end = next.kind == TokenKind::kRParen || next.kind == TokenKind::kLParen ||
                        is_number(count) || count > shape->num_lanes();
    if (is_end) {
      in.Fail(next, "wrong number of lane literals");
    } else {
      while (count-- > 0) in.Take();
      in.Unexpected("a lane literal");
    }
    return vector;
  }
  for (size_t i = 0; i < shape->num_lanes(); ++i) SetLane(vector, *shape, i, ParseLane(in, *shape));
  return vector;
}

uint8_t ParseLaneIndex(TokenReader& in) {
  return static_cast<uint8_t>(in.ExpectNat("a lane index", 8));
}

std::array<uint8_t, 16> ParseShuffleLanes(TokenReader& in) {
  std::array<uint8_t, 16> lanes{};
  for (uint8_t& lane : lanes) {
    const Token at = in.Peek();
    if (at.kind == TokenKind::kReserved || at.kind == TokenKind::kError) {
      in.Unexpected("a lane index");
    } else if (!in.AtNumber()) {
      in.Fail(at, "invalid lane length");
    } else if (at.kind != TokenKind::kNat) {
      in.Fail(at, "i8 constant out of range");
    } else {
      lane = ParseLaneIndex(in);
    }
  }
  if (in.AtNumber()) in.Fail(in.Peek(), "invalid lane length");
  return lanes;
}

}  // namespace airwasm::text
