// The syntax tree of WIT files: what was written, nothing resolved.
//
// Names are views into the sources. Depth is limited by the parser: only TypeExpr nests.
// Spec: component model, WIT, "Top-level items" and after.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "component/syntax/component.h"
#include "component/wit/model.h"
#include "component/wit/source.h"

namespace airwasm::component::wit::ast {

struct Id {
  std::string_view text;
  Location at;
};

// What may stand before an item.
struct Attributes {
  std::string docs;
  std::optional<Id> since;
  std::optional<Id> unstable;
  std::optional<Id> deprecated;
  std::optional<std::string> external_id;
};

struct TypeExpr {
  enum class Kind : uint8_t {
    kPrim,
    kName,
    kTuple,
    kList,
    kOption,
    kResult,  // args: ok, error; see has_ok
    kMap,
    kOwn,
    kBorrow,
    kFuture,
    kStream,
  };
  Kind kind = Kind::kPrim;
  syntax::PrimType prim = syntax::PrimType::kBool;
  Id id;  // kName, kOwn, kBorrow; elsewhere the first word, for its place
  std::vector<TypeExpr> args;
  bool has_ok = false;
  std::optional<uint32_t> length;  // kList
};

struct NamedType {  // parameter, record field, variant case, label
  Id name;
  std::optional<TypeExpr> type;
  std::string docs;
};

struct PackageRef {
  Id space;
  Id name;
  std::string_view version;
};

struct UsePath {
  std::optional<PackageRef> package;
  Id name;
};

struct Rename {  // `a as b`, or `a`
  Id name;
  Id as;
};

struct Use {
  Attributes attributes;
  UsePath path;
  std::vector<Rename> names;
};

struct FuncSig {
  bool async = false;
  std::vector<NamedType> params;
  std::optional<TypeExpr> result;
};

struct Func {
  Attributes attributes;
  FunctionKind kind = FunctionKind::kFreestanding;
  Id name;
  FuncSig sig;
};

struct TypeDecl {
  enum class Kind : uint8_t { kRecord, kVariant, kEnum, kFlags, kResource, kAlias };
  Attributes attributes;
  Kind kind = Kind::kAlias;
  Id name;
  std::vector<NamedType> members;
  TypeExpr aliased;           // kAlias
  std::vector<Func> methods;  // kResource
};

struct Body {  // of an interface
  std::vector<Use> uses;
  std::vector<TypeDecl> types;
  std::vector<Func> funcs;
};

struct Interface {
  Attributes attributes;
  Id name;
  Body body;
};

// An import or export.
struct Extern {
  enum class Kind : uint8_t { kFunc, kInline, kPath };
  Attributes attributes;
  bool is_export = false;
  Kind kind = Kind::kPath;
  Location at;
  std::optional<Id> name;  // none: `path` alone
  FuncSig sig;
  Body body;
  UsePath path;
};

struct Include {
  Attributes attributes;
  UsePath path;
  std::vector<Rename> with;
};

struct World {
  Attributes attributes;
  Id name;
  std::vector<Extern> externs;
  std::vector<Use> uses;
  std::vector<TypeDecl> types;
  std::vector<Include> includes;
};

struct TopUse {
  UsePath path;
  Id as;
};

struct Items {
  std::vector<TopUse> uses;
  std::vector<Interface> interfaces;
  std::vector<World> worlds;
  bool empty() const { return uses.empty() && interfaces.empty() && worlds.empty(); }
};

struct PackageDecl {
  std::string docs;
  PackageRef name;
};

struct NestedPackage {
  PackageDecl decl;
  Items items;
  std::string_view text;  // between the braces
};

struct File {
  uint32_t index = 0;  // in Sources
  std::optional<PackageDecl> package;
  Items items;
  std::vector<NestedPackage> nested;
};

}  // namespace airwasm::component::wit::ast
