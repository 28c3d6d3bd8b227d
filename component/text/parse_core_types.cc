// Core types: recursion groups, which the engine's parser reads, and module types.
// Spec: component model, Explainer, "Type Definitions".
#include <algorithm>
#include <memory>

#include "component/text/component_parser.h"
#include "component/types/limits.h"

namespace airwasm::component::text {

using syntax::ModuleType;

namespace {
constexpr size_t kCoreTypes = static_cast<size_t>(Sort::kCoreType);
}

// "(" "core" "type" id? (alias | moduletype | subtype) ")"
void ComponentParser::ParseCoreType() {
  const Token at = in_.Peek();
  for (int i = 0; i < 3; ++i) in_.Take();
  const uint32_t start = in_.pos();
  if (in_.Kind() == TokenKind::kId) in_.Take();
  const bool is_alias = AtInvertedAlias();
  const bool is_module = in_.AtLParen("module");
  in_.Seek(start);
  if (is_alias) {
    const Id id = TakeId();
    ParseInvertedAlias(Sort::kCoreType, id, at);
    return;
  }
  if (is_module) {
    const Id id = TakeId();
    in_.TakeLParen("module");
    ModuleType type = ParseModuleType(id.text);
    Close();
    Close();
    Define(Sort::kCoreType, id, at, syntax::CoreType{std::move(type)});
    return;
  }
  in_.Seek(start - 1);
  AppendRecGroup(ParseRecGroup(), at);
}

// "(" "core" "rec" ("(" "type" id? subtype ")")* ")"
void ComponentParser::ParseCoreRec() {
  const Token at = in_.Peek();
  in_.Take();
  in_.Take();
  AppendRecGroup(ParseRecGroup(), at);
}

// The group's types have got their indices and names already.
void ComponentParser::AppendRecGroup(ModuleType::RecGroup group, const Token& at) {
  if (scope().kind == Scope::Kind::kModuleType) {
    scope().module_type->declarators.push_back({.what = std::move(group), .offset = at.offset});
    CountItem();
  } else {
    Append(at, syntax::CoreType{std::move(group)});
  }
}

// "type" id? subtype ")" or "rec" ("(" "type" id? subtype ")")* ")". Types may refer to all of
// their group, so all get their indices first; and aliases that they need, before that.
ModuleType::RecGroup ComponentParser::ParseRecGroup() {
  ModuleType::RecGroup group;
  const bool is_rec = in_.TakeKeyword("rec");
  const uint32_t start = in_.pos();
  AliasOuterTypes();
  Scope::Space& space = scope().spaces[kCoreTypes];
  const auto bind = [&] {
    if (!in_.TakeKeyword("type")) return;
    Bind(Sort::kCoreType, space.count++, TakeId());
    CountItem();
  };
  if (is_rec) {
    while (in_.ok() && in_.AtLParen("type")) {
      const uint32_t form = in_.pos();
      in_.Take();
      bind();
      in_.Seek(form);
      in_.SkipParens();
    }
  } else {
    bind();
  }
  in_.Seek(start);
  const auto parse = [&] {
    in_.TakeKeyword("type");
    if (in_.Kind() == TokenKind::kId) in_.Take();
    group.types.push_back(ParseSubType());
    Close();
  };
  if (!is_rec) {
    parse();
    return group;
  }
  while (in_.ok() && in_.AtLParen("type")) {
    in_.Take();
    parse();
  }
  Close();
  return group;
}

SubType ComponentParser::ParseSubType() {
  return core_.ParseSubType(core_types_++);
}

// Makes the outer aliases for names behind `ref`, `null`, `sub` and `final` from the cursor to the
// end of the surrounding form. The cursor stays.
void ComponentParser::AliasOuterTypes() {
  const uint32_t start = in_.pos();
  std::vector<Token> uses;
  IdMap defined;
  for (size_t depth = 1; depth > 0 && in_.ok();) {
    const Token token = in_.Take();
    if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kError) break;
    if (token.kind == TokenKind::kLParen) ++depth;
    if (token.kind == TokenKind::kRParen) --depth;
    if (token.kind != TokenKind::kKeyword || in_.Kind() != TokenKind::kId) continue;
    const std::string_view word = in_.Text(token);
    if (word == "type") {
      defined.emplace(core_.IdText(in_.Peek()), 0);
    } else if (word == "ref" || word == "null" || word == "sub" || word == "final") {
      uses.push_back(in_.Peek());
    }
  }
  in_.Seek(start);
  for (const Token& use : uses) {
    if (!defined.contains(core_.IdText(use))) Find(Sort::kCoreType, use);
  }
}

// declarator*
ModuleType ComponentParser::ParseModuleType(std::string_view id) {
  const Nest nest(*this, type_depth_, limits::kTypeNesting, "type");
  ModuleType type;
  Scope body;
  body.kind = Scope::Kind::kModuleType;
  body.id = id;
  body.module_type = &type;
  const Inside inside(*this, body);
  while (in_.ok() && in_.Kind() == TokenKind::kLParen) ParseModuleDeclarator(type);
  return type;
}

void ComponentParser::ParseModuleDeclarator(ModuleType& type) {
  const Token at = in_.Peek();
  CountItem();
  if (in_.AtLParen("type")) return ParseModuleTypeType(type);
  if (in_.AtLParen("rec")) {
    in_.Take();
    return AppendRecGroup(ParseRecGroup(), at);
  }
  if (in_.AtLParen("alias")) return ParseModuleAlias(type);
  if (in_.TakeLParen("import")) {
    ModuleType::Import import;
    import.module = TakeString("a module name");
    import.name = TakeString("a name");
    import.type = ParseCoreExternType(/*id_allowed=*/true);
    Close();
    type.declarators.push_back({.what = std::move(import), .offset = at.offset});
  } else if (in_.TakeLParen("export")) {
    ModuleType::Export exported;
    exported.name = TakeString("a name");
    exported.type = ParseCoreExternType(/*id_allowed=*/false);
    Close();
    type.declarators.push_back({.what = std::move(exported), .offset = at.offset});
  } else {
    in_.Take();
    Unexpected("a declarator");
  }
}

// "(" "type" id? (moduletype | subtype) ")"
void ComponentParser::ParseModuleTypeType(ModuleType& type) {
  const Token at = in_.Peek();
  const size_t id_size = in_.Kind(2) == TokenKind::kId ? 1 : 0;
  if (in_.Kind(2 + id_size) != TokenKind::kLParen || !in_.AtKeyword("module", 3 + id_size)) {
    in_.Take();
    return AppendRecGroup(ParseRecGroup(), at);
  }
  in_.TakeLParen("type");
  const Id id = TakeId();
  in_.TakeLParen("module");
  auto nested = std::make_unique<ModuleType>(ParseModuleType(id.text));
  Close();
  Close();
  type.declarators.push_back({.what = std::move(nested), .offset = at.offset});
  Bind(Sort::kCoreType, scope().spaces[kCoreTypes].count++, id);
}

// "(" "alias" "outer" idx idx "(" "type" id? ")" ")"
void ComponentParser::ParseModuleAlias(ModuleType&) {
  const Token at = in_.Peek();
  in_.TakeLParen("alias");
  if (!in_.TakeKeyword("outer")) return Unexpected("outer");
  const uint32_t count = TakeOuterScope();
  const uint32_t index = TakeOuterIdx(Sort::kCoreType, count);
  if (in_.Kind() == TokenKind::kLParen) in_.Take();
  in_.TakeKeyword("core");
  if (!in_.TakeKeyword("type")) return Unexpected("(type");
  const Id id = TakeId();
  Close();
  Close();
  AddOuterAlias(Sort::kCoreType, count, index, at, id);
}

// "(" kind id? type ")"
airwasm::syntax::ExternType ComponentParser::ParseCoreExternType(bool id_allowed) {
  airwasm::syntax::ExternType type;
  const auto open = [&](std::string_view word) {
    if (!in_.TakeLParen(word)) return false;
    if (id_allowed && in_.Kind() == TokenKind::kId) in_.Take();
    return true;
  };
  if (open("func")) {
    type.emplace<0>(ParseCoreTypeUse());
  } else if (open("table")) {
    type = core_.ParseTableType();
  } else if (open("memory")) {
    type = core_.ParseMemoryType();
  } else if (open("global")) {
    type = core_.ParseGlobalType();
  } else if (open("tag")) {
    type = TagType{ParseCoreTypeUse()};
  } else {
    if (in_.Kind() == TokenKind::kLParen) in_.Take();
    Unexpected("(func, (table, (memory, (global or (tag");
    return type;
  }
  Close();
  return type;
}

// "(" "type" idx ")", or a signature, which defines a type before its use.
uint32_t ComponentParser::ParseCoreTypeUse() {
  const Token at = in_.Peek();
  if (in_.TakeLParen("type")) {
    const uint32_t index = TakeIdx(Sort::kCoreType);
    Close();
    return index;
  }
  SubType defined;
  defined.func = core_.ParseSignature(/*ids_allowed=*/true).type;
  const uint32_t index = scope().spaces[kCoreTypes].count++;
  ModuleType::RecGroup group;
  group.types.push_back(std::move(defined));
  AppendRecGroup(std::move(group), at);
  return index;
}

}  // namespace airwasm::component::text
