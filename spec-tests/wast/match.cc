#include "spec-tests/wast/match.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "engine/gc/object.h"

namespace airwasm::wast {
namespace {

using text::FloatMatch;
using text::ResultPattern;
using text::ValueKind;

uint64_t Bits(const Value& value, int word) {
  const V128Bytes bytes = value.v128();
  uint64_t bits;
  std::memcpy(&bits, bytes.data() + 8 * word, 8);
  return bits;
}

// Spec: core, syntax/values, "Vectors" and exec/numerics, "NaN propagation": a canonical NaN has
// only the top bit of its payload, an arithmetic one has at least that.
bool MatchesFloat(uint64_t bits, uint64_t wanted, FloatMatch match, int width) {
  const uint64_t sign = uint64_t{1} << (width - 1);
  const uint64_t canonical = width == 32 ? 0x7fc0'0000 : 0x7ff8'0000'0000'0000;
  switch (match) {
    case FloatMatch::kExact:
      return bits == wanted;
    case FloatMatch::kCanonicalNan:
      return (bits & ~sign) == canonical;
    case FloatMatch::kArithmeticNan:
      return (bits & canonical) == canonical;
  }
  return false;
}

bool MatchesVector(const Value& value, const ResultPattern& p) {
  if (!p.float_lanes) return Bits(value, 0) == p.value.bits[0] && Bits(value, 1) == p.value.bits[1];
  const int lanes_per_word = 64 / p.lane_bits;
  const uint64_t mask = ~uint64_t{0} >> (64 - p.lane_bits);
  for (int lane = 0; lane < 2 * lanes_per_word; ++lane) {
    const int word = lane / lanes_per_word;
    const int shift = lane % lanes_per_word * p.lane_bits;
    if (!MatchesFloat((Bits(value, word) >> shift) & mask,
                      (p.value.bits[static_cast<size_t>(word)] >> shift) & mask,
                      p.floats[static_cast<size_t>(lane)], p.lane_bits)) {
      return false;
    }
  }
  return true;
}

// What a non-null reference of the any hierarchy is.
enum class ObjectKind { kI31, kStruct, kArray, kHost, kException };
ObjectKind KindOf(const Value& value, const TypeRegistry& types) {
  if (value.ref().IsI31()) return ObjectKind::kI31;
  const TypeId id = gc::ToObject(value.ref().raw())->type;
  if (id == gc::kExternBoxType) return ObjectKind::kHost;
  if (id == gc::kExceptionType) return ObjectKind::kException;
  return types.Get(id).type.kind == CompositeKind::kStruct ? ObjectKind::kStruct
                                                           : ObjectKind::kArray;
}

}  // namespace

Value ToValue(Store& store, const text::ScriptValue& value) {
  switch (value.kind) {
    case ValueKind::kI32:
      return Value(static_cast<uint32_t>(value.bits[0]));
    case ValueKind::kI64:
      return Value(value.bits[0]);
    case ValueKind::kF32: {
      // By bits, so that signalling NaNs stay what they are.
      V128Bytes bytes{};
      std::memcpy(bytes.data(), value.bits.data(), 4);
      return Value::FromBits(::airwasm::kF32, bytes);
    }
    case ValueKind::kF64: {
      V128Bytes bytes{};
      std::memcpy(bytes.data(), value.bits.data(), 8);
      return Value::FromBits(::airwasm::kF64, bytes);
    }
    case ValueKind::kV128: {
      V128Bytes bytes{};
      std::memcpy(bytes.data(), value.bits.data(), 16);
      return Value(bytes);
    }
    case ValueKind::kRefExtern:
      return Value(Ref::NewExtern(store, value.bits[0]), kExternRef);
    case ValueKind::kRefHost:
      return Value(Ref::NewExtern(store, value.bits[0]), kAnyRef);
    case ValueKind::kRefI31:
      return Value(Ref::FromI31(static_cast<int32_t>(value.bits[0])), kAnyRef);
    case ValueKind::kRefNull:
    case ValueKind::kRefFunc:
    case ValueKind::kRefAny:
    case ValueKind::kRefEq:
    case ValueKind::kRefStruct:
    case ValueKind::kRefArray:
    case ValueKind::kRefExn:
      break;
  }
  return Value(Ref(), ValType::Ref(value.heap_type, true));
}

bool Matches(const TypeRegistry& types, const Value& value, const ResultPattern& p) {
  if (!p.either.empty()) {
    return std::any_of(p.either.begin(), p.either.end(),
                       [&](const ResultPattern& option) { return Matches(types, value, option); });
  }
  const ValKind kind = value.type().kind();
  switch (p.value.kind) {
    case ValueKind::kI32:
      return kind == ValKind::kI32 && static_cast<uint32_t>(value.i32()) == p.value.bits[0];
    case ValueKind::kI64:
      return kind == ValKind::kI64 && Bits(value, 0) == p.value.bits[0];
    case ValueKind::kF32:
      return kind == ValKind::kF32 &&
             MatchesFloat(Bits(value, 0), p.value.bits[0], p.floats[0], 32);
    case ValueKind::kF64:
      return kind == ValKind::kF64 &&
             MatchesFloat(Bits(value, 0), p.value.bits[0], p.floats[0], 64);
    case ValueKind::kV128:
      return kind == ValKind::kV128 && MatchesVector(value, p);
    default:
      break;
  }
  if (kind != ValKind::kRef) return false;
  const HeapKind top = types.Top(value.type().heap_type());
  if (p.value.kind == ValueKind::kRefNull) {
    return value.ref().IsNull() && (p.any_value || types.Top(p.value.heap_type) == top);
  }
  if (value.ref().IsNull()) return false;
  switch (p.value.kind) {
    case ValueKind::kRefFunc:
      return top == HeapKind::kFunc;
    case ValueKind::kRefExtern:
      return top == HeapKind::kExtern &&
             (p.any_value ||
              (value.ref().IsExtern() && value.ref().host_value() == p.value.bits[0]));
    case ValueKind::kRefHost:
      return top == HeapKind::kAny && value.ref().IsExtern() &&
             (p.any_value || value.ref().host_value() == p.value.bits[0]);
    case ValueKind::kRefExn:
      return top == HeapKind::kExn;
    default:
      break;
  }
  if (top != HeapKind::kAny) return false;
  const ObjectKind object = KindOf(value, types);
  switch (p.value.kind) {
    case ValueKind::kRefAny:
      return true;
    case ValueKind::kRefEq:
      return object != ObjectKind::kHost;
    case ValueKind::kRefI31:
      return object == ObjectKind::kI31;
    case ValueKind::kRefStruct:
      return object == ObjectKind::kStruct;
    case ValueKind::kRefArray:
      return object == ObjectKind::kArray;
    default:
      return false;
  }
}

std::string PatternText(const ResultPattern& p) {
  if (!p.either.empty()) {
    std::string text = "either";
    for (const ResultPattern& option : p.either) text += " " + PatternText(option);
    return text;
  }
  static constexpr const char* kNames[] = {"i32",        "i64",       "f32",        "f64",
                                           "v128",       "ref.null",  "ref.extern", "ref.host",
                                           "ref.func",   "ref.any",   "ref.eq",     "ref.i31",
                                           "ref.struct", "ref.array", "ref.exn"};
  const char* const name = kNames[static_cast<size_t>(p.value.kind)];
  switch (p.value.kind) {
    case ValueKind::kI32:
    case ValueKind::kI64:
      return absl::StrFormat("%s:%d", name, static_cast<int64_t>(p.value.bits[0]));
    case ValueKind::kF32:
    case ValueKind::kF64:
      if (p.floats[0] == FloatMatch::kCanonicalNan)
        return absl::StrFormat("%s:nan:canonical", name);
      if (p.floats[0] == FloatMatch::kArithmeticNan)
        return absl::StrFormat("%s:nan:arithmetic", name);
      return absl::StrFormat("%s:%#x", name, p.value.bits[0]);
    case ValueKind::kV128:
      return absl::StrFormat("%s:%016x%016x", name, p.value.bits[1], p.value.bits[0]);
    default:
      return name;
  }
}

std::string ValuesText(std::span<const Value> values) {
  std::string text;
  for (const Value& value : values) {
    if (!text.empty()) text += " ";
    text += value.ToString();
    if (value.type() == kF32 || value.type() == kF64)
      text += absl::StrFormat(" (%#x)", Bits(value, 0));
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace airwasm::wast
