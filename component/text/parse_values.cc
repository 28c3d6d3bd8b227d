// Value definitions. A value is encoded as its type says, so the type has to be known here: one
// that comes out of an instance is not, and takes its value as (binary "...").
//
// A character is written 'c', or as a string of one character.
// Spec: component model, Explainer, "Value Definitions"; Binary, "Value Definitions".
#include <string>

#include "component/text/component_parser.h"
#include "component/types/limits.h"
#include "engine/instr/instr.h"
#include "engine/text/literals.h"

namespace airwasm::component::text {

using syntax::DefType;
using syntax::PrimType;
using syntax::ValType;

namespace {

// Looking for a label among this many counts as an item, so that the search is bounded too.
constexpr size_t kLabelsPerItem = 64;

void AppendLittleEndian(uint64_t bits, size_t bytes, std::vector<uint8_t>& out) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(bits >> (8 * i)));
}

// Whether `text` is one character of UTF-8, which it must be well-formed for.
bool IsOneChar(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count == 1;
}

}  // namespace

// "(" "value" id? export* (import type | alias | valtype val) ")"
void ComponentParser::ParseValue() {
  const Token at = in_.Peek();
  in_.TakeLParen("value");
  const Id id = TakeId();
  const ExternNames exports = TakeInlineExports();
  uint32_t index = 0;
  if (const auto import = TakeInlineImport()) {
    index = FinishImport(*import, Sort::kValue, id, at);
  } else if (AtInvertedAlias()) {
    index = ParseInvertedAlias(Sort::kValue, id, at);
  } else {
    syntax::Value value;
    value.type = ParseValType();
    std::vector<uint8_t> bytes;
    ParseVal(value.type, scopes_.size() - 1, bytes);
    value.bytes = KeepBytes(std::move(bytes));
    Close();
    index = Define(Sort::kValue, id, at, value);
  }
  AddExports(exports, Sort::kValue, index, at);
}

// Follows aliases, imports and exports that say what they are. Each step leads to an earlier
// definition.
ComponentParser::TypeAt ComponentParser::FindType(uint32_t index, size_t scope) {
  for (; in_.ok(); CountItem()) {
    const Scope& in = *scopes_[scope];
    if (index >= in.types.size()) return {};
    const auto& what = (*in.definitions)[in.types[index]].what;
    if (const auto* type = std::get_if<syntax::Type>(&what)) return {&type->type, scope};
    if (const auto* alias = std::get_if<syntax::Alias>(&what)) {
      if (alias->target != syntax::Alias::Target::kOuter || alias->outer_count > scope) return {};
      scope -= alias->outer_count;
      if (alias->outer_count == 0 && alias->outer_index >= index) return {};
      index = alias->outer_index;
    } else if (const auto* import = std::get_if<syntax::Import>(&what)) {
      if (import->type.bound != syntax::ExternType::Bound::kEq || import->type.index >= index)
        return {};
      index = import->type.index;
    } else if (const auto* exported = std::get_if<syntax::Export>(&what)) {
      if (exported->item.index >= index) return {};
      index = exported->item.index;
    } else {
      return {};
    }
  }
  return {};
}

// What each constructor's values look like; the cursor stands before the value.
struct ComponentParser::ValParser {
  ComponentParser& p;
  size_t scope;
  std::vector<uint8_t>& out;

  bool Open(std::string_view word) const {
    if (p.in_.TakeLParen(word)) return true;
    p.Unexpected("(" + std::string(word));
    return false;
  }
  // `word` alone, or with its payload.
  bool Take(std::string_view word, const std::optional<ValType>& payload, uint8_t code) const {
    if (p.in_.TakeKeyword(word)) {
      out.push_back(code);
      if (payload) p.Unexpected("a value");
      return true;
    }
    if (!p.in_.TakeLParen(word)) return false;
    out.push_back(code);
    p.ParseOptionalVal(payload, scope, out);
    p.Close();
    return true;
  }

  void operator()(PrimType type) const { p.ParsePrimVal(type, out); }
  void operator()(const syntax::Record& type) const {
    if (!Open("record")) return;
    for (const syntax::Labelled& field : type.fields) p.ParseVal(field.type, scope, out);
    p.Close();
  }
  void operator()(const syntax::Variant& type) const { p.ParseVariantVal(type, scope, out); }
  void operator()(const syntax::List& type) const { p.ParseListVal(type, scope, out); }
  void operator()(const syntax::Tuple& type) const {
    if (!Open("tuple")) return;
    for (const ValType& part : type.types) p.ParseVal(part, scope, out);
    p.Close();
  }
  void operator()(const syntax::Flags& type) const { p.ParseFlagsVal(type, out); }
  void operator()(const syntax::Enum& type) const {
    if (!Open("enum")) return;
    WriteVarU32(out, p.TakeLabelIndex(type.labels));
    p.Close();
  }
  void operator()(const syntax::Option& type) const {
    if (!Take("none", std::nullopt, 0) && !Take("some", type.type, 1))
      p.Unexpected("none or (some");
  }
  void operator()(const syntax::Result& type) const {
    if (!Take("ok", type.ok, 0) && !Take("error", type.error, 1)) p.Unexpected("ok or error");
  }
  template <typename T>
  void operator()(const T&) const {
    p.in_.Fail(p.in_.Peek(), "there are no values of this type");
  }
};

void ComponentParser::ParseVal(const ValType& type, size_t scope, std::vector<uint8_t>& out) {
  const Nest nest(*this, type_depth_, limits::kTypeNesting, "value");
  CountItem();
  if (!in_.ok()) return;
  if (in_.TakeLParen("binary")) {
    const std::string bytes = TakeStrings("");
    out.insert(out.end(), bytes.begin(), bytes.end());
    return Close();
  }
  if (type.IsPrim()) return ParsePrimVal(type.prim(), out);
  const TypeAt at = FindType(type.index(), scope);
  if (at.type == nullptr) {
    in_.Fail(in_.Peek(), "a value of a type from elsewhere has to be written as (binary ...)");
    return;
  }
  std::visit(ValParser{*this, at.scope, out}, *at.type);
}

void ComponentParser::ParseOptionalVal(const std::optional<ValType>& type, size_t scope,
                                       std::vector<uint8_t>& out) {
  if (type) ParseVal(*type, scope, out);
}

void ComponentParser::ParsePrimVal(PrimType type, std::vector<uint8_t>& out) {
  const bool is_float = type == PrimType::kF32 || type == PrimType::kF64;
  if (is_float && in_.PeekText().find("nan:") != std::string_view::npos)
    return Unexpected("nan without a payload");
  switch (type) {
    case PrimType::kBool:
      if (in_.TakeKeyword("true")) return out.push_back(1);
      if (in_.TakeKeyword("false")) return out.push_back(0);
      return Unexpected("true or false");
    case PrimType::kS8:
    case PrimType::kU8:
      return out.push_back(static_cast<uint8_t>(airwasm::text::ParseIntLiteral(in_, 8)));
    case PrimType::kS16:
      return ParseIntVal(16, true, out);
    case PrimType::kU16:
      return ParseIntVal(16, false, out);
    case PrimType::kS32:
      return ParseIntVal(32, true, out);
    case PrimType::kU32:
      return ParseIntVal(32, false, out);
    case PrimType::kS64:
      return ParseIntVal(64, true, out);
    case PrimType::kU64:
      return ParseIntVal(64, false, out);
    case PrimType::kF32:
      return AppendLittleEndian(airwasm::text::ParseF32Literal(in_), 4, out);
    case PrimType::kF64:
      return AppendLittleEndian(airwasm::text::ParseF64Literal(in_), 8, out);
    case PrimType::kChar:
      return ParseCharVal(out);
    case PrimType::kString: {
      const std::string_view text = TakeString("a string");
      WriteVarU32(out, static_cast<uint32_t>(text.size()));
      out.insert(out.end(), text.begin(), text.end());
      return;
    }
    case PrimType::kErrorContext:
      in_.Fail(in_.Peek(), "there are no values of this type");
      return;
  }
}

void ComponentParser::ParseIntVal(int bits, bool is_signed, std::vector<uint8_t>& out) {
  const uint64_t value = airwasm::text::ParseIntLiteral(in_, bits);
  if (!is_signed) return WriteVarU64(out, value);
  const int shift = 64 - bits;
  WriteVarS64(out, static_cast<int64_t>(value << shift) >> shift);
}

void ComponentParser::ParseCharVal(std::vector<uint8_t>& out) {
  const Token at = in_.Peek();
  std::string text;
  if (at.kind == TokenKind::kString) {
    text = in_.ExpectName("a character");
  } else {
    // The lexer knows no such literals; those without blanks and parentheses come out as one word.
    const std::string_view word = in_.Text(in_.Take());
    if (word.size() >= 3 && word.front() == '\'' && word.back() == '\'') {
      const std::string_view inner = word.substr(1, word.size() - 2);
      if (inner.size() == 1 || inner[0] == '\\') {
        const std::string quoted = "\"" + std::string(inner) + "\"";
        const airwasm::text::TokenStream stream = airwasm::text::Lex(quoted);
        if (stream.tokens[0].kind == TokenKind::kString) text = airwasm::text::DecodeString(quoted);
      }
    }
  }
  if (!airwasm::text::IsValidUtf8(text) || !IsOneChar(text))
    return in_.Fail(at, "unexpected token, expected a character");
  out.insert(out.end(), text.begin(), text.end());
}

uint32_t ComponentParser::TakeLabelIndex(const std::vector<std::string_view>& labels) {
  const Token at = in_.Peek();
  const std::string label = in_.ExpectName("a label");
  for (size_t i = 0; i < labels.size() && in_.ok(); ++i) {
    if (labels[i] == label) return static_cast<uint32_t>(i);
    if (i % kLabelsPerItem == kLabelsPerItem - 1) CountItem();
  }
  in_.Fail(at, "unknown label " + TokenReader::Quoted(label));
  return 0;
}

// "(" "flags" label* ")": a bit for each label, in as few bytes as hold them.
void ComponentParser::ParseFlagsVal(const syntax::Flags& type, std::vector<uint8_t>& out) {
  if (!in_.TakeLParen("flags")) return Unexpected("(flags");
  std::vector<uint8_t> bits((type.labels.size() + 7) / 8);
  while (in_.Kind() == TokenKind::kString) {
    const uint32_t i = TakeLabelIndex(type.labels);
    if (in_.ok()) bits[i / 8] |= static_cast<uint8_t>(1 << (i % 8));
  }
  Close();
  out.insert(out.end(), bits.begin(), bits.end());
}

void ComponentParser::ParseListVal(const syntax::List& type, size_t scope,
                                   std::vector<uint8_t>& out) {
  if (!in_.TakeLParen("list")) return Unexpected("(list");
  std::vector<uint8_t> elements;
  uint32_t count = 0;
  while (in_.ok() && in_.Kind() != TokenKind::kRParen) {
    ParseVal(type.element, scope, elements);
    ++count;
  }
  Close();
  if (!type.length) WriteVarU32(out, count);
  out.insert(out.end(), elements.begin(), elements.end());
}

// "(" "variant" label val? ")"
void ComponentParser::ParseVariantVal(const syntax::Variant& type, size_t scope,
                                      std::vector<uint8_t>& out) {
  if (!in_.TakeLParen("variant")) return Unexpected("(variant");
  const Token at = in_.Peek();
  const std::string label = in_.ExpectName("a label");
  for (size_t i = 0; i < type.cases.size() && in_.ok(); ++i) {
    if (i % kLabelsPerItem == kLabelsPerItem - 1) CountItem();
    if (type.cases[i].label != label) continue;
    WriteVarU32(out, static_cast<uint32_t>(i));
    ParseOptionalVal(type.cases[i].type, scope, out);
    return Close();
  }
  in_.Fail(at, "unknown case " + TokenReader::Quoted(label));
}

}  // namespace airwasm::component::text
