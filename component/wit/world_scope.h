// The imports and exports of a component or component type, made from WIT.
//
// Each interface becomes an instance type; types that it uses from another interface are aliases of
// that one's instance. What an import is called follows from the world, so the order matters only
// in that an interface comes after those it uses (OrderByUse).
// Spec: component model, WIT, "Package Format".
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "component/wit/definitions.h"
#include "component/wit/encode_types.h"
#include "component/wit/model.h"

namespace airwasm::component::wit {

// What is wanted of interfaces; everything else is left out.
struct Selection {
  explicit Selection(const Document& document) : types(document) {}
  LiveTypes types;
  absl::flat_hash_set<const Function*> functions;
  void Add(const Function& function) {
    functions.insert(&function);
    types.Add(function);
  }
  // Whether nothing of the interface is wanted.
  bool IsEmpty(const Interface& interface) const;
};

class WorldScope {
 public:
  // `selection`: null for everything. All of them outlive the scope.
  WorldScope(const Document& document, Definitions& out, const Selection* selection)
      : document_(document),
        out_(out),
        selection_(selection),
        types_(document, out, [this](TypeId id) { return TypeOf(id); }) {}
  WorldScope(const WorldScope&) = delete;
  WorldScope& operator=(const WorldScope&) = delete;

  void ImportInterface(std::string_view name, InterfaceId id);
  // The types of the world itself.
  void ImportTypes(const std::vector<WorldItem>& imports);
  uint32_t ImportFunction(const Function& function);
  // Exports of a component type.
  void DeclareInterface(std::string_view name, InterfaceId id);
  void DeclareFunction(const Function& function);

  // The instance that stands for an interface where types are looked up; from DeclareInterface on
  // it is the export.
  uint32_t instance(InterfaceId id) const { return instances_.at(id); }
  bool HasInstance(InterfaceId id) const { return instances_.contains(id); }
  // The index of a type of an interface or of the world.
  uint32_t TypeOf(TypeId id);
  TypeEncoder& types() { return types_; }

 private:
  uint32_t InstanceType(InterfaceId id);
  void ImportType(TypeId id);

  const Document& document_;
  Definitions& out_;
  const Selection* selection_;
  TypeEncoder types_;  // of the world
  absl::flat_hash_map<InterfaceId, uint32_t> instances_;
  absl::flat_hash_map<std::pair<uint32_t, TypeId>, uint32_t> aliases_;  // by instance
};

// The interfaces among `items`, each after those whose types it uses.
// Errors: FAILED_PRECONDITION: they use each other in a circle.
absl::StatusOr<std::vector<const WorldItem*>> OrderByUse(const Document& document,
                                                         const std::vector<WorldItem>& items);

}  // namespace airwasm::component::wit
