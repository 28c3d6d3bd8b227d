#include "spec-tests/wast/component_match.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace airwasm::wast {
namespace {

using component::canon::Val;
using component::text::ScriptValue;
using Kind = ScriptValue::Kind;
using text::FloatMatch;

// Things that the suite of components and the suite of core modules, whose words the engine uses,
// call by different names.
constexpr struct {
  std::string_view suite;
  std::string_view engine;
} kWordings[] = {
    {"wasm `unreachable` instruction executed", "unreachable"},
    {"section out of order", "unexpected content after last section"},
};

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

std::vector<Val> ToVals(const std::vector<ScriptValue>& items) {
  std::vector<Val> vals;
  vals.reserve(items.size());
  for (const ScriptValue& item : items) vals.push_back(ToVal(item));
  return vals;
}

// The NaN patterns of a format with `mantissa` explicit bits; the sign is not looked at.
bool IsNan(uint64_t bits, int mantissa, int width, FloatMatch match) {
  const uint64_t magnitude = bits & ~(uint64_t{1} << (width - 1));
  const uint64_t exponent = (uint64_t{1} << (width - 1)) - (uint64_t{1} << mantissa);
  const uint64_t canonical = exponent | uint64_t{1} << (mantissa - 1);
  return match == FloatMatch::kCanonicalNan ? magnitude == canonical
                                            : (magnitude & canonical) == canonical;
}

bool MatchesAll(const std::vector<Val>& values, const std::vector<ScriptValue>& expected) {
  return std::equal(values.begin(), values.end(), expected.begin(), expected.end(),
                    [](const Val& v, const ScriptValue& e) { return Matches(v, e); });
}

// The parts of a list, which may be kept as bytes.
std::vector<Val> Elements(const Val& list) {
  if (!list.is_bytes()) return list.items();
  std::vector<Val> items;
  for (uint8_t byte : list.bytes()) items.push_back(Val::U8(byte));
  return items;
}

bool PayloadMatches(const Val& value, const ScriptValue& expected) {
  if (value.has_payload() != !expected.items.empty()) return false;
  return expected.items.empty() || Matches(value.payload(), expected.items[0]);
}

}  // namespace

Val ToVal(const ScriptValue& value) {
  const auto payload = [&] { return ToVal(value.items[0]); };
  const bool has_payload = !value.items.empty();
  switch (value.kind) {
    case Kind::kBool:
      return Val::Bool(value.bits != 0);
    case Kind::kS8:
      return Val::S8(static_cast<int8_t>(value.bits));
    case Kind::kU8:
      return Val::U8(static_cast<uint8_t>(value.bits));
    case Kind::kS16:
      return Val::S16(static_cast<int16_t>(value.bits));
    case Kind::kU16:
      return Val::U16(static_cast<uint16_t>(value.bits));
    case Kind::kS32:
      return Val::S32(static_cast<int32_t>(value.bits));
    case Kind::kU32:
      return Val::U32(static_cast<uint32_t>(value.bits));
    case Kind::kS64:
      return Val::S64(static_cast<int64_t>(value.bits));
    case Kind::kU64:
      return Val::U64(value.bits);
    case Kind::kF32:
      return Val::F32Bits(static_cast<uint32_t>(value.bits));
    case Kind::kF64:
      return Val::F64Bits(value.bits);
    case Kind::kChar:
      return Val::Char(static_cast<char32_t>(value.bits));
    case Kind::kString:
      return Val::String(value.text);
    case Kind::kList:
      return Val::List(ToVals(value.items));
    case Kind::kTuple:
      return Val::Tuple(ToVals(value.items));
    case Kind::kRecord: {
      std::vector<std::pair<std::string, Val>> fields;
      for (size_t i = 0; i < value.items.size(); ++i) {
        fields.emplace_back(value.labels[i], ToVal(value.items[i]));
      }
      return Val::Record(std::move(fields));
    }
    case Kind::kVariant:
      return has_payload ? Val::Variant(value.text, payload()) : Val::Variant(value.text);
    case Kind::kEnum:
      return Val::Enum(value.text);
    case Kind::kOption:
      return value.bits != 0 ? Val::Some(payload()) : Val::None();
    case Kind::kResult:
      if (value.bits != 0) return has_payload ? Val::Err(payload()) : Val::Err();
      return has_payload ? Val::Ok(payload()) : Val::Ok();
    case Kind::kFlags:
      return Val::Flags(value.labels);
  }
  return Val();
}

bool Matches(const Val& value, const ScriptValue& expected) {
  // The two enumerations have the same order as far as that of scripts goes.
  static_assert(static_cast<int>(Kind::kFlags) == static_cast<int>(Val::Kind::kFlags));
  static_assert(static_cast<int>(Kind::kString) == static_cast<int>(Val::Kind::kString));
  if (static_cast<int>(value.kind()) != static_cast<int>(expected.kind)) return false;
  switch (expected.kind) {
    case Kind::kF32:
      if (expected.float_match != FloatMatch::kExact) {
        return IsNan(value.f32_bits(), 23, 32, expected.float_match);
      }
      return value.f32_bits() == static_cast<uint32_t>(expected.bits);
    case Kind::kF64:
      if (expected.float_match != FloatMatch::kExact) {
        return IsNan(value.f64_bits(), 52, 64, expected.float_match);
      }
      return value.f64_bits() == expected.bits;
    case Kind::kList:
      return MatchesAll(Elements(value), expected.items);
    case Kind::kTuple:
      return MatchesAll(value.items(), expected.items);
    case Kind::kRecord:
      return value.names() == expected.labels && MatchesAll(value.items(), expected.items);
    case Kind::kVariant:
      return value.case_name() == expected.text && PayloadMatches(value, expected);
    case Kind::kOption:
      return value.is_some() == (expected.bits != 0) && PayloadMatches(value, expected);
    case Kind::kResult:
      return value.is_ok() == (expected.bits == 0) && PayloadMatches(value, expected);
    case Kind::kBool:
    case Kind::kS8:
    case Kind::kU8:
    case Kind::kS16:
    case Kind::kU16:
    case Kind::kS32:
    case Kind::kU32:
    case Kind::kS64:
    case Kind::kU64:
    case Kind::kChar:
    case Kind::kString:
    case Kind::kEnum:
    case Kind::kFlags:
      return value == ToVal(expected);
  }
  return false;
}

bool ComponentMessageMatches(std::string_view actual, std::string_view expected) {
  if (actual.empty()) return false;
  // What the suite's traps begin with now and then.
  constexpr std::string_view kPrefix = "wasm trap: ";
  if (expected.starts_with(kPrefix)) expected.remove_prefix(kPrefix.size());
  if (Contains(actual, expected) || Contains(expected, actual)) return true;
  return std::any_of(std::begin(kWordings), std::end(kWordings), [&](const auto& wording) {
    return Contains(expected, wording.suite) && Contains(actual, wording.engine);
  });
}

}  // namespace airwasm::wast
