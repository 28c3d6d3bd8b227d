#include "spec-tests/differential/nan.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace airwasm::differential {
namespace {

// What follows the dot in the text of an instruction.
std::string_view Verb(std::string_view text) {
  const size_t dot = text.find('.');
  return dot == std::string_view::npos ? "" : text.substr(dot + 1);
}

NanLanes LanesNamed(std::string_view text) {
  if (text.starts_with("f32")) return NanLanes::kF32;
  if (text.starts_with("f64")) return NanLanes::kF64;
  return NanLanes::kNone;
}

template <size_t n>
bool IsOneOf(std::string_view verb, const std::string_view (&verbs)[n]) {
  return std::find(std::begin(verbs), std::end(verbs), verb) != std::end(verbs);
}

constexpr std::string_view kComputing[] = {"ceil",
                                           "floor",
                                           "trunc",
                                           "nearest",
                                           "sqrt",
                                           "add",
                                           "sub",
                                           "mul",
                                           "div",
                                           "min",
                                           "max",
                                           "relaxed_madd",
                                           "relaxed_nmadd",
                                           "relaxed_min",
                                           "relaxed_max",
                                           "demote_f64",
                                           "promote_f32",
                                           "demote_f64x2_zero",
                                           "promote_low_f32x4"};
constexpr std::string_view kComparing[] = {"eq", "ne", "lt", "gt", "le", "ge"};
constexpr std::string_view kMoving[] = {"abs",   "neg",          "pmin",        "pmax",
                                        "splat", "extract_lane", "replace_lane"};

template <typename Bits>
void Canonicalise(uint8_t* lane, Bits infinity, Bits quiet_bit) {
  Bits bits;
  std::memcpy(&bits, lane, sizeof bits);
  if ((bits & infinity) != infinity || (bits & quiet_bit) == 0) return;
  bits = infinity | quiet_bit;
  std::memcpy(lane, &bits, sizeof bits);
}

}  // namespace

NanLanes NanLanesOf(Op op) {
  const std::string_view text = Info(op).text;
  return IsOneOf(Verb(text), kComputing) ? LanesNamed(text) : NanLanes::kNone;
}

bool MovesNans(Op op) {
  const std::string_view text = Info(op).text;
  return LanesNamed(text) != NanLanes::kNone && IsOneOf(Verb(text), kMoving);
}

NanLanes OperandLanesOf(Op op) {
  const std::string_view text = Info(op).text;
  const std::string_view verb = Verb(text);
  // Conversions name what they take.
  if (verb.starts_with("demote_f64")) return NanLanes::kF64;
  if (verb.starts_with("promote_")) return NanLanes::kF32;
  if (verb.find("trunc_") != std::string_view::npos) {
    if (verb.find("_f32") != std::string_view::npos) return NanLanes::kF32;
    if (verb.find("_f64") != std::string_view::npos) return NanLanes::kF64;
  }
  if (IsOneOf(verb, kComputing) || IsOneOf(verb, kComparing) || IsOneOf(verb, kMoving))
    return LanesNamed(text);
  return NanLanes::kNone;
}

V128Bytes WithoutNanBits(const V128Bytes& value, NanLanes lanes, uint32_t size_bytes) {
  V128Bytes result = value;
  const uint32_t lane_bytes = lanes == NanLanes::kF32 ? 4 : 8;
  for (uint32_t at = 0; lanes != NanLanes::kNone && at < size_bytes; at += lane_bytes) {
    if (lanes == NanLanes::kF32)
      Canonicalise<uint32_t>(&result[at], 0x7F800000, 0x00400000);
    else
      Canonicalise<uint64_t>(&result[at], 0x7FF0000000000000, 0x0008000000000000);
  }
  return result;
}

}  // namespace airwasm::differential
