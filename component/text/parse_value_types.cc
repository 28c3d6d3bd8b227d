// Value types and function types. A value type that is written inline becomes a definition before
// the one that uses it.
// Spec: component model, Explainer, "Type Definitions".
#include "component/text/component_parser.h"
#include "component/types/limits.h"

namespace airwasm::component::text {

using syntax::DefType;
using syntax::PrimType;
using syntax::ValType;

namespace {

constexpr struct {
  std::string_view word;
  PrimType type;
} kPrimTypes[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) {text, PrimType::k##name},
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

}  // namespace

std::optional<PrimType> ComponentParser::TakePrimType() {
  for (const auto& row : kPrimTypes) {
    if (in_.TakeKeyword(row.word)) return row.type;
  }
  return std::nullopt;
}

ValType ComponentParser::ParseValType() {
  if (in_.Kind() == TokenKind::kKeyword) {
    if (const auto prim = TakePrimType()) return *prim;
  }
  if (AtIdx() || in_.AtLParen("type")) return ValType::Index(TakeRef(Sort::kType));
  const Token at = in_.Peek();
  if (auto type = ParseDefValType()) return ValType::Index(DefineType(*std::move(type), at));
  Unexpected("a value type");
  return {};
}

bool ComponentParser::AtValType() const {
  return in_.ok() && in_.Kind() != TokenKind::kRParen && in_.Kind() != TokenKind::kEnd &&
         !in_.AtLParen("error");
}

std::optional<ValType> ComponentParser::ParseOptionalValType() {
  if (!AtValType()) return std::nullopt;
  return ParseValType();
}

// "(" constructor ... ")"; nullopt with nothing taken if there is none.
std::optional<DefType> ComponentParser::ParseDefValType() {
  static constexpr struct {
    std::string_view word;
    DefType (ComponentParser::*parse)();
  } kConstructors[] = {
      {"record", &ComponentParser::ParseRecord}, {"variant", &ComponentParser::ParseVariant},
      {"list", &ComponentParser::ParseList},     {"tuple", &ComponentParser::ParseTuple},
      {"flags", &ComponentParser::ParseFlags},   {"enum", &ComponentParser::ParseEnum},
      {"option", &ComponentParser::ParseOption}, {"result", &ComponentParser::ParseResult},
      {"map", &ComponentParser::ParseMap},       {"own", &ComponentParser::ParseOwn},
      {"borrow", &ComponentParser::ParseBorrow}, {"stream", &ComponentParser::ParseStream},
      {"future", &ComponentParser::ParseFuture},
  };
  for (const auto& row : kConstructors) {
    if (!in_.AtLParen(row.word)) continue;
    const Nest nest(*this, type_depth_, limits::kTypeNesting, "type");
    in_.TakeLParen(row.word);
    DefType type = (this->*row.parse)();
    Close();
    return type;
  }
  return std::nullopt;
}

DefType ComponentParser::ParseRecord() {
  syntax::Record type;
  while (in_.TakeLParen("field")) {
    const std::string_view label = TakeString("a label");
    type.fields.push_back({label, ParseValType()});
    CountItem();
    Close();
  }
  return type;
}

DefType ComponentParser::ParseVariant() {
  syntax::Variant type;
  while (in_.TakeLParen("case")) {
    const std::string_view label = TakeString("a label");
    type.cases.push_back({label, ParseOptionalValType()});
    CountItem();
    Close();
  }
  return type;
}

DefType ComponentParser::ParseList() {
  syntax::List type;
  type.element = ParseValType();
  if (in_.Kind() == TokenKind::kNat) type.length = static_cast<uint32_t>(in_.ExpectNat("a length"));
  return type;
}

DefType ComponentParser::ParseTuple() {
  syntax::Tuple type;
  while (AtValType()) {
    type.types.push_back(ParseValType());
    CountItem();
  }
  return type;
}

std::vector<std::string_view> ComponentParser::ParseLabels() {
  std::vector<std::string_view> labels;
  while (in_.Kind() == TokenKind::kString) {
    labels.push_back(TakeString("a label"));
    CountItem();
  }
  return labels;
}

DefType ComponentParser::ParseFlags() {
  return syntax::Flags{ParseLabels()};
}

DefType ComponentParser::ParseEnum() {
  return syntax::Enum{ParseLabels()};
}

DefType ComponentParser::ParseOption() {
  return syntax::Option{ParseValType()};
}

DefType ComponentParser::ParseResult() {
  syntax::Result type;
  type.ok = ParseOptionalValType();
  if (in_.TakeLParen("error")) {
    type.error = ParseValType();
    Close();
  }
  return type;
}

DefType ComponentParser::ParseMap() {
  syntax::Map type;
  type.key = ParseValType();
  type.value = ParseValType();
  return type;
}

DefType ComponentParser::ParseOwn() {
  return syntax::Own{TakeRef(Sort::kType)};
}

DefType ComponentParser::ParseBorrow() {
  return syntax::Borrow{TakeRef(Sort::kType)};
}

DefType ComponentParser::ParseStream() {
  return syntax::Stream{ParseOptionalValType()};
}

DefType ComponentParser::ParseFuture() {
  return syntax::Future{ParseOptionalValType()};
}

// async? ("(" "param" label type ")")* ("(" "result" type ")")?
syntax::FuncType ComponentParser::ParseFuncType() {
  const Nest nest(*this, type_depth_, limits::kTypeNesting, "type");
  syntax::FuncType type;
  type.async = in_.TakeKeyword("async");
  while (in_.TakeLParen("param")) {
    const std::string_view label = TakeString("a label");
    type.params.push_back({label, ParseValType()});
    CountItem();
    Close();
  }
  if (in_.TakeLParen("result")) {
    type.result = ParseValType();
    Close();
  }
  return type;
}

}  // namespace airwasm::component::text
