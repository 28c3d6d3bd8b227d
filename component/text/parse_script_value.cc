#include "component/text/parse_script_value.h"

#include "component/types/limits.h"
#include "engine/text/literals.h"

namespace airwasm::component::text {
namespace {

using airwasm::text::FloatMatch;
using airwasm::text::Token;
using airwasm::text::TokenKind;
using airwasm::text::TokenReader;
using Kind = ScriptValue::Kind;

constexpr struct {
  std::string_view word;
  Kind kind;
  int bits;  // of integers
  uint64_t code = 0;
} kWords[] = {
    {"bool.const", Kind::kBool, 0},       {"s8.const", Kind::kS8, 8},
    {"u8.const", Kind::kU8, 8},           {"s16.const", Kind::kS16, 16},
    {"u16.const", Kind::kU16, 16},        {"s32.const", Kind::kS32, 32},
    {"u32.const", Kind::kU32, 32},        {"s64.const", Kind::kS64, 64},
    {"u64.const", Kind::kU64, 64},        {"f32.const", Kind::kF32, 0},
    {"f64.const", Kind::kF64, 0},         {"char.const", Kind::kChar, 0},
    {"str.const", Kind::kString, 0},      {"list.const", Kind::kList, 0},
    {"record.const", Kind::kRecord, 0},   {"tuple.const", Kind::kTuple, 0},
    {"variant.const", Kind::kVariant, 0}, {"enum.const", Kind::kEnum, 0},
    {"option.none", Kind::kOption, 0, 0}, {"option.some", Kind::kOption, 0, 1},
    {"result.ok", Kind::kResult, 0, 0},   {"result.err", Kind::kResult, 0, 1},
    {"flags.const", Kind::kFlags, 0},
};

class ValueParser {
 public:
  ValueParser(TokenReader& in, bool is_result) : in_(in), is_result_(is_result) {}

  // "(" value ")"
  ScriptValue ParseParens() {
    if (in_.Kind() != TokenKind::kLParen) {
      in_.Unexpected("a constant");
      return {};
    }
    in_.Take();
    ScriptValue value = ParseBare();
    in_.ExpectRParen();
    return value;
  }

  // word contents
  ScriptValue ParseBare() {
    ScriptValue value;
    if (++depth_ > limits::kTypeNesting)
      in_.Fail(in_.Peek(), "value nesting too deep", ErrorKind::kLimit);
    for (const auto& row : kWords) {
      if (!in_.TakeKeyword(row.word)) continue;
      value.kind = row.kind;
      value.bits = row.code;
      ParseContents(value, row.bits);
      --depth_;
      return value;
    }
    in_.Unexpected("a constant");
    --depth_;
    return value;
  }

 private:
  // Where a value may stand with or without parentheses.
  ScriptValue ParseEither() {
    return in_.Kind() == TokenKind::kLParen ? ParseParens() : ParseBare();
  }

  void ParseContents(ScriptValue& value, int bits) {
    switch (value.kind) {
      case Kind::kBool:
        if (in_.TakeKeyword("true")) {
          value.bits = 1;
        } else {
          in_.ExpectKeyword("false");
        }
        return;
      case Kind::kS8:
      case Kind::kU8:
      case Kind::kS16:
      case Kind::kU16:
      case Kind::kS32:
      case Kind::kU32:
      case Kind::kS64:
      case Kind::kU64:
        value.bits = airwasm::text::ParseIntLiteral(in_, bits);
        return;
      case Kind::kF32:
        if (!TakeNanPattern(value)) value.bits = airwasm::text::ParseF32Literal(in_);
        return;
      case Kind::kF64:
        if (!TakeNanPattern(value)) value.bits = airwasm::text::ParseF64Literal(in_);
        return;
      case Kind::kChar:
        return ParseChar(value);
      case Kind::kString:
        value.text = in_.ExpectName("a string");
        return;
      case Kind::kList:
      case Kind::kTuple:
        while (in_.ok() && in_.Kind() == TokenKind::kLParen) value.items.push_back(ParseParens());
        return;
      case Kind::kRecord:
        while (in_.TakeLParen("field")) {
          value.labels.push_back(in_.ExpectName("a label"));
          value.items.push_back(ParseEither());
          in_.ExpectRParen();
        }
        return;
      case Kind::kVariant:
        value.text = in_.ExpectName("a label");
        return ParsePayload(value);
      case Kind::kEnum:
        value.text = in_.ExpectName("a label");
        return;
      case Kind::kOption:
        if (value.bits != 0) value.items.push_back(ParseEither());
        return;
      case Kind::kResult:
        return ParsePayload(value);
      case Kind::kFlags:
        while (in_.Kind() == TokenKind::kString) value.labels.push_back(in_.ExpectName("a label"));
        return;
    }
  }

  void ParsePayload(ScriptValue& value) {
    if (in_.ok() && in_.Kind() != TokenKind::kRParen) value.items.push_back(ParseEither());
  }

  bool TakeNanPattern(ScriptValue& value) {
    if (!is_result_) return false;
    if (in_.TakeKeyword("nan:canonical")) {
      value.float_match = FloatMatch::kCanonicalNan;
    } else if (in_.TakeKeyword("nan:arithmetic")) {
      value.float_match = FloatMatch::kArithmeticNan;
    }
    return value.float_match != FloatMatch::kExact;
  }

  // A string of one character.
  void ParseChar(ScriptValue& value) {
    const Token at = in_.Peek();
    const std::string text = in_.ExpectName("a character");
    if (!in_.ok()) return;
    // The string is well-formed UTF-8; the lead byte says how long the character is.
    const uint8_t lead = text.empty() ? 0 : static_cast<uint8_t>(text[0]);
    const size_t size = text.empty() ? 1 : lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() != size)
      return in_.Fail(
          at, "unexpected token " + TokenReader::Quoted(in_.Text(at)) + ", expected one character");
    value.bits = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; ++i)
      value.bits = value.bits << 6 | (static_cast<uint8_t>(text[i]) & 0x3F);
  }

  TokenReader& in_;
  bool is_result_;
  uint32_t depth_ = 0;
};

}  // namespace

ScriptValue ParseScriptValue(TokenReader& in, bool is_result) {
  return ValueParser(in, is_result).ParseParens();
}

}  // namespace airwasm::component::text
