// Which C++ type stands for which WIT type, and under what name.
//
// A type belongs to the interface or the world that names it. An interface that a world both
// imports and exports has its types twice; who speaks of a type as an export means those of the
// exported interfaces, and the imported ones where there are no others.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "component/bindgen/names.h"
#include "component/wit/model.h"

namespace airwasm::component::bindgen {

enum class Side : uint8_t { kImport, kExport };

// The namespace that is being written.
struct Scope {
  std::string name;  // "::my_world::wasi::io::streams"
  Side side = Side::kImport;
  std::set<std::string> functions;  // names that hide those of types
};

// How one parameter is written.
struct Param {
  std::string name;
  std::string declared;  // in what people see: "Cart&"
  std::string bound;     // in what the library binds: "Cart*"
  std::string passed;  // from one to the other: on the way to the host "*cart", to a guest "&cart"
};

class TypeText {
 public:
  TypeText(const wit::Document& document, wit::WorldId world, std::string world_namespace);

  const std::string& world_namespace() const { return world_namespace_; }
  bool IsExported(wit::InterfaceId id) const { return exported_.contains(id); }
  // "::my_world::exports::wasi::io::streams". `plain_name`: of an interface without one of its own.
  std::string NamespaceOf(wit::InterfaceId id, Side side) const;
  // The name of a type in its scope.
  std::string NameOf(const wit::TypeDef& def) const;
  // A resource that the guest implements, as `side` means it.
  bool IsGuestResource(wit::TypeId resource, Side side) const;
  // Whether values can be compared: a handle on a guest's resource can not.
  bool IsComparable(wit::Type type, Side side);

  // The type of a value that owns what it holds.
  std::string Value(wit::Type type, const Scope& scope);
  Param Parameter(const wit::Member& member, const Scope& scope, std::string name);
  // What has no C++ type so far, to be told to the user; empty: nothing.
  const std::string& unsupported() const { return unsupported_; }
  bool too_large() const { return too_large_; }

 private:
  friend struct ValueWriter;
  std::string Named(wit::TypeId id, const Scope& scope) const;
  wit::TypeId ResourceOf(wit::TypeId id) const;

  const wit::Document& doc_;
  std::string world_namespace_;
  std::set<wit::InterfaceId> exported_;
  std::map<wit::InterfaceId, std::string> plain_names_;  // of interfaces written in the world
  std::map<std::pair<wit::TypeId, Side>, bool> comparable_;
  std::string unsupported_;
  bool too_large_ = false;
};

}  // namespace airwasm::component::bindgen
