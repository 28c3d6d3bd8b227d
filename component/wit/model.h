// WIT resolved: packages, interfaces, worlds and types as plain structs that refer to one another
// by index.
//
// A type comes after all types that it mentions, so nothing is cyclic. Types that need a name have
// one; the others are there once per mention, without a name. Interfaces and worlds that a feature
// gate hides are empty and in no package's list.
// Worlds are complete: what is included, and every interface that others use types of, stands in
// their lists.
// Spec: component model, WIT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component::wit {

using TypeId = uint32_t;
using InterfaceId = uint32_t;
using WorldId = uint32_t;
using PackageId = uint32_t;
// A primitive type, or a TypeId as its index().
using Type = syntax::ValType;

struct Stability {
  std::string since;       // version, or empty
  std::string unstable;    // feature, or empty
  std::string deprecated;  // version, or empty
};

struct Member {  // record field, variant case, enum case, flag, parameter
  std::string name;
  std::optional<Type> type;
  std::string docs;
};

struct Record {
  std::vector<Member> fields;
};
struct Variant {
  std::vector<Member> cases;
};
struct Enum {
  std::vector<Member> cases;
};
struct Flags {
  std::vector<Member> flags;
};
struct Tuple {
  std::vector<Type> types;
};
struct List {
  Type element;
  std::optional<uint32_t> length;
};
struct Option {
  Type type;
};
struct Result {
  std::optional<Type> ok;
  std::optional<Type> error;
};
struct Map {
  Type key;
  Type value;
};
struct Stream {
  std::optional<Type> element;
};
struct Future {
  std::optional<Type> element;
};
struct Own {
  TypeId resource;
};
struct Borrow {
  TypeId resource;
};
struct Resource {};
// `type a = b`, and what `use` brings in.
struct Alias {
  Type target;
  bool is_use = false;
};

struct TypeDef {
  std::string name;  // empty: mentioned in place
  std::variant<Record, Variant, Enum, Flags, Tuple, List, Option, Result, Map, Stream, Future, Own,
               Borrow, Resource, Alias>
      what;
  std::optional<InterfaceId> interface;  // where it has its name
  std::optional<WorldId> world;
  std::string docs;
  Stability stability;
  std::string external_id;
};

enum class FunctionKind : uint8_t { kFreestanding, kMethod, kStatic, kConstructor };

struct Function {
  FunctionKind kind = FunctionKind::kFreestanding;
  std::string name;                // as exported: "[method]blob.read"
  std::string label;               // as written: "read"; empty for a constructor
  std::optional<TypeId> resource;  // unless kFreestanding
  bool async = false;
  std::vector<Member> params;  // a method's begin with `self`
  std::optional<Type> result;
  std::string docs;
  Stability stability;
  std::string external_id;
};

struct Interface {
  std::string name;  // empty: written inside a world
  PackageId package = 0;
  std::vector<TypeId> types;  // those with a name
  std::vector<Function> functions;
  std::vector<InterfaceId> uses;  // interfaces that its types come from
  std::string docs;
  Stability stability;
};

struct InterfaceRef {
  InterfaceId id;
};
struct TypeRef {
  TypeId id;
};

struct WorldItem {
  std::string name;  // of the component's import or export: "wasi:io/poll@0.2.0", "run"
  std::variant<InterfaceRef, Function, TypeRef> what;
  bool is_plain = false;  // an interface under a plain name
  bool implied = false;   // an import that is there because other items use its types
  std::string docs;
  Stability stability;
  std::string external_id;
};

struct World {
  std::string name;
  PackageId package = 0;
  std::vector<WorldItem> imports;  // types of the world too
  std::vector<WorldItem> exports;
  std::string docs;
  Stability stability;
};

struct Package {
  std::string space;
  std::string name;
  std::string version;  // or empty
  std::vector<InterfaceId> interfaces;
  std::vector<WorldId> worlds;
  std::string docs;
};

struct Document {
  std::vector<Package> packages;
  std::vector<Interface> interfaces;
  std::vector<World> worlds;
  std::vector<TypeDef> types;
  std::optional<PackageId> root;
  std::vector<std::string> warnings;  // "file:line:column: ..."

  // The type that aliases lead to: a primitive type, or a TypeId of anything but an alias.
  Type Unaliased(Type type) const;
  // "wasi:io/poll@0.2.0"; of an interface written inside a world, an empty string.
  std::string QualifiedName(InterfaceId id) const;
  std::string QualifiedWorldName(WorldId id) const;
  // The world that `name` selects: a name in the root package, a qualified name, or, if it is
  // empty, the only world of the root package. None if there is no such world or more than one.
  std::optional<WorldId> FindWorld(std::string_view name) const;
};

// Appends the types that a definition mentions; handles mention none.
void AppendMentioned(const TypeDef& def, std::vector<Type>& types);
// The name that a component's function has: "[method]blob.read".
std::string FunctionName(FunctionKind kind, std::string_view resource, std::string_view label);

}  // namespace airwasm::component::wit
