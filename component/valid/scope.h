// What a component, component type or instance type has defined so far.
//
// Internal to this folder. Index spaces are those of ComponentInfo, which a type's scope has too;
// they only grow, so that an outer alias sees what precedes it.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "component/types/entity_types.h"
#include "component/valid/names.h"
#include "component/valid/naming.h"

namespace airwasm::component::valid {

// A core type definition.
struct CoreTypeItem {
  bool is_module = false;
  uint32_t id = 0;  // CoreModuleTypeId, or the canonical TypeId
};

// The resources that imports, or exports, of one scope have given a name to.
struct ResourceNames {
  std::unordered_map<std::string, ResourceId> by_name;
  std::unordered_map<ResourceId, std::string> by_id;  // first name

  void Add(const std::string& name, ResourceId id) {
    by_name.emplace(name, id);
    by_id.emplace(id, name);
  }
};

struct Scope {
  enum class Kind : uint8_t { kComponent, kComponentType, kInstanceType };

  Scope(Kind kind, Scope* parent)
      : kind(kind), parent(parent), depth(parent == nullptr ? 1 : parent->depth + 1) {}

  const Kind kind;
  Scope* const parent;
  const uint32_t depth;

  ComponentInfo info;
  // Parallel to spaces of `info`.
  std::vector<CoreTypeItem> core_types;
  std::vector<NamingId> func_namings;
  std::vector<NamingId> value_namings;
  std::vector<bool> consumed_values;

  NamedList<ExternType> imports;
  NamedList<ExternType> exports;
  NameSet import_names;
  NameSet export_names;
  NamedSet named_by_imports;
  NamedSet named_by_exports;  // and by imports
  ResourceNames imported_names;
  ResourceNames exported_names;

  std::vector<ComponentType::ImportedResource> imported_resources;
  // Introduced by exports of a type, and the paths at which they are.
  std::vector<ResourceId> defined_resources;
  std::vector<std::vector<std::string>> defined_paths;
  std::unordered_map<ResourceId, airwasm::ValType> local_resources;  // defined here; with `rep`
  // The core type that all of context.get and context.set here have. Spec: canonical ABI.
  std::optional<airwasm::ValType> context_type;

  bool is_component() const { return kind == Kind::kComponent; }
};

}  // namespace airwasm::component::valid
