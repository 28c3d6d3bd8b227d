// Definitions of component-level types, and what imports and exports may be.
// Spec: component model, Explainer, "Type Definitions".
#include "component/text/component_parser.h"
#include "component/types/limits.h"

namespace airwasm::component::text {

using syntax::ExternType;

// "(" "type" id? export* (alias | deftype) ")"
void ComponentParser::ParseType() {
  const Token at = in_.Peek();
  in_.TakeLParen("type");
  const Id id = TakeId();
  const ExternNames exports = TakeInlineExports();
  uint32_t index = 0;
  if (AtInvertedAlias()) {
    index = ParseInvertedAlias(Sort::kType, id, at);
  } else {
    syntax::DefType type = ParseDefType(id.text);
    Close();
    index = DefineType(std::move(type), at, id);
  }
  AddExports(exports, Sort::kType, index, at);
}

// `id` names the scope of a component or instance type.
syntax::DefType ComponentParser::ParseDefType(std::string_view id) {
  if (in_.Kind() == TokenKind::kKeyword) {
    if (const auto prim = TakePrimType()) return *prim;
  }
  if (auto type = ParseDefValType()) return *std::move(type);
  syntax::DefType type = syntax::PrimType::kBool;
  if (in_.TakeLParen("func")) {
    type = ParseFuncType();
  } else if (in_.TakeLParen("component")) {
    type = ParseComponentType(id);
  } else if (in_.TakeLParen("instance")) {
    type = ParseInstanceType(id);
  } else if (in_.TakeLParen("resource")) {
    type = ParseResource();
  } else {
    if (in_.Kind() == TokenKind::kLParen) in_.Take();
    Unexpected("a type");
  }
  Close();
  return type;
}

// "(" "rep" type ")" ("(" "dtor" func ")")?
syntax::DefType ComponentParser::ParseResource() {
  syntax::ResourceType type;
  if (!in_.TakeLParen("rep")) {
    Unexpected("(rep");
    return type;
  }
  type.rep = core_.ParseValType();
  Close();
  if (in_.TakeLParen("dtor")) {
    type.dtor = TakeOptRef(Sort::kCoreFunc);
    Close();
  }
  return type;
}

syntax::ComponentType ComponentParser::ParseComponentType(std::string_view id) {
  const Nest nest(*this, type_depth_, limits::kTypeNesting, "type");
  syntax::ComponentType type;
  Scope body;
  body.kind = Scope::Kind::kComponentType;
  body.id = id;
  body.definitions = &type.declarators;
  const Inside inside(*this, body);
  while (in_.ok() && in_.Kind() == TokenKind::kLParen) ParseDeclarator();
  return type;
}

syntax::InstanceType ComponentParser::ParseInstanceType(std::string_view id) {
  const Nest nest(*this, type_depth_, limits::kTypeNesting, "type");
  syntax::InstanceType type;
  Scope body;
  body.kind = Scope::Kind::kInstanceType;
  body.id = id;
  body.definitions = &type.declarators;
  const Inside inside(*this, body);
  while (in_.ok() && in_.Kind() == TokenKind::kLParen) ParseDeclarator();
  return type;
}

void ComponentParser::ParseDeclarator() {
  if (in_.AtLParen("type")) return ParseType();
  if (in_.AtLParen("alias")) return ParseAlias();
  if (in_.AtLParen("export")) return ParseExportDeclarator();
  if (in_.AtLParen("import") && scope().kind == Scope::Kind::kComponentType) return ParseImport();
  if (in_.AtLParen("core")) {
    if (in_.AtKeyword("type", 2)) return ParseCoreType();
    if (in_.AtKeyword("rec", 2)) return ParseCoreRec();
  }
  in_.Take();
  Unexpected("a declarator");
}

// "(" "export" name attribute* "(" sort id? type ")" ")"
void ComponentParser::ParseExportDeclarator() {
  const Token at = in_.Peek();
  in_.TakeLParen("export");
  syntax::Export exported;
  exported.name = TakeExternName();
  if (in_.Kind() != TokenKind::kLParen) return Unexpected("\"(\" and a sort");
  in_.Take();
  const Sort sort = TakeSort(/*in_core=*/false).value_or(Sort::kFunc);
  const Id id = TakeId();
  exported.type = ParseExternType(sort);
  exported.item = {sort, 0};
  Close();
  Close();
  Define(sort, id, at, exported);
}

// A declarator that defines a type goes on behind the identifier.
bool ComponentParser::AtTypeUse() const {
  return in_.AtLParen("type") && AtIdx(2) &&
         (in_.Kind(3) == TokenKind::kRParen || in_.Kind(3) == TokenKind::kString);
}

uint32_t ComponentParser::ParseFuncTypeUse() {
  if (AtTypeUse()) return TakeRef(Sort::kType);
  const Token at = in_.Peek();
  syntax::FuncType type = ParseFuncType();
  return DefineType(std::move(type), at);
}

ExternType ComponentParser::ParseExternType(Sort sort) {
  ExternType type;
  type.sort = sort;
  const Token at = in_.Peek();
  switch (sort) {
    case Sort::kCoreModule:
      if (AtTypeUse()) {
        type.index = TakeRef(Sort::kCoreType, /*in_core=*/true);
      } else {
        syntax::ModuleType body = ParseModuleType({});
        type.index = Define(Sort::kCoreType, {}, at, syntax::CoreType{std::move(body)});
      }
      return type;
    case Sort::kFunc:
      type.index = ParseFuncTypeUse();
      return type;
    case Sort::kComponent:
      if (AtTypeUse()) {
        type.index = TakeRef(Sort::kType);
      } else {
        syntax::ComponentType body = ParseComponentType({});
        type.index = DefineType(std::move(body), at);
      }
      return type;
    case Sort::kInstance:
      if (AtTypeUse()) {
        type.index = TakeRef(Sort::kType);
      } else {
        syntax::InstanceType body = ParseInstanceType({});
        type.index = DefineType(std::move(body), at);
      }
      return type;
    case Sort::kType:
      if (in_.TakeLParen("eq")) {
        type.index = TakeRef(Sort::kType);
      } else if (in_.TakeLParen("sub")) {
        type.bound = ExternType::Bound::kSubResource;
        if (!in_.TakeKeyword("resource")) Unexpected("resource");
      } else {
        Unexpected("(eq or (sub");
      }
      Close();
      return type;
    case Sort::kValue:
      // Bound::kSubResource says that `value_type` counts, for want of a third one.
      if (in_.TakeLParen("eq")) {
        type.index = TakeRef(Sort::kValue);
        Close();
      } else {
        type.bound = ExternType::Bound::kSubResource;
        type.value_type = ParseValType();
      }
      return type;
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  in_.Fail(at, "unexpected token, expected a sort that can be imported and exported");
  return type;
}

}  // namespace airwasm::component::text
