// Types of what components import and export: modules, instances, components, and type items; and
// what validation found out of each component, for linking.
//
// All of it is immutable once validation is done and lives in a ComponentTypes, which owns one
// TypeTable. Maps keep the order of the input in a vector and look up by name.
// Spec: component model, Explainer, "Type Definitions", "Instance Definitions".
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "component/syntax/component.h"
#include "component/types/value_types.h"

namespace airwasm::component {

using syntax::Sort;

// A list of named things in the order of the input.
template <typename T>
class NamedList {
 public:
  struct Entry {
    std::string name;
    T value;
  };
  // False if the name is there already.
  bool Add(std::string name, T value) {
    if (!index_.emplace(name, entries_.size()).second) return false;
    entries_.push_back({std::move(name), std::move(value)});
    return true;
  }
  const T* Find(std::string_view name) const {
    const auto found = index_.find(std::string(name));
    return found == index_.end() ? nullptr : &entries_[found->second].value;
  }
  size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  const Entry& operator[](size_t i) const { return entries_[i]; }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> index_;
};

// Type of a core extern; concrete types inside are canonical (TypeId of the engine's registry). A
// function or tag is given by the TypeId of its function type.
using CoreExternType = airwasm::syntax::ExternType;

struct CoreModuleType {
  struct Import {
    std::string module;
    std::string name;
    CoreExternType type;
  };
  std::vector<Import> imports;
  NamedList<CoreExternType> exports;
};
struct CoreInstanceType {
  NamedList<CoreExternType> exports;
};

using CoreModuleTypeId = uint32_t;
using CoreInstanceTypeId = uint32_t;
using InstanceTypeId = uint32_t;
using ComponentTypeId = uint32_t;

// Which names a type needs before it may stand in an import or export (component/valid/naming.h).
// Of use to the validator alone: equal types may differ in it.
using NamingId = uint32_t;

// What a type definition or type import stands for.
struct TypeItem {
  enum class Kind : uint8_t { kValue, kFunc, kComponent, kInstance, kResource };
  Kind kind = Kind::kValue;
  ValType value;    // kValue
  uint32_t id = 0;  // FuncTypeId, ComponentTypeId, InstanceTypeId or ResourceId
  NamingId naming = 0;
  bool operator==(const TypeItem& other) const {
    return kind == other.kind && value == other.value && id == other.id;
  }
};

// Type of an import, an export or an entry of an index space.
struct ExternType {
  Sort sort = Sort::kFunc;  // kCoreModule, kFunc, kValue, kType, kComponent or kInstance
  uint32_t id = 0;          // CoreModuleTypeId, FuncTypeId, ComponentTypeId or InstanceTypeId
  TypeItem type;            // kType
  ValType value;            // kValue
  NamingId naming = 0;      // kFunc, kValue
};

// What holds of a component or instance type as a whole.
struct EntityFacts {
  uint32_t nesting = 1;     // of such types, at most limits::kTypeNesting
  uint64_t node_count = 1;  // entries with repetition, at most limits::kTypeSize
  bool is_closed = true;    // mentions neither a resource nor a type that needs a name
};

struct InstanceType {
  NamedList<ExternType> exports;
  // Resources that this type introduces, fresh for each instance: those bound by (sub resource) in
  // an instance type, or made by the component whose instance it is. Empty for the type of an
  // existing instance, whose resources are already particular ones.
  std::vector<ResourceId> fresh_resources;
  EntityFacts facts;
};

struct ComponentType {
  NamedList<ExternType> imports;
  NamedList<ExternType> exports;
  // Resources that instantiation must be given: those bound by (sub resource) in imports, also deep
  // in imported instances; with the path of import and export names at which each is first found.
  struct ImportedResource {
    ResourceId id;
    std::vector<std::string> path;
  };
  std::vector<ImportedResource> imported_resources;
  // Resources that exports mention and that are neither imported nor of an outer scope: fresh for
  // each instantiation.
  std::vector<ResourceId> defined_resources;
  // For each of them, the path of export names at which it is first found.
  std::vector<std::vector<std::string>> defined_paths;
  EntityFacts facts;
};

// What a resource is within the component that mentions it.
struct ResourceInfo {
  std::string name;  // under which it was first imported or exported, for messages
};

// What validation says of one component definition, for those who run it. Index spaces as the
// specification builds them; each vector has one entry per index.
struct ComponentInfo {
  ComponentTypeId type = 0;
  std::vector<FuncTypeId> funcs;
  std::vector<TypeItem> types;
  std::vector<InstanceTypeId> instances;
  std::vector<ComponentTypeId> components;
  std::vector<ValType> values;
  std::vector<airwasm::TypeId> core_types;  // canonical; kNoType for a module type
  std::vector<CoreModuleTypeId> core_modules;
  std::vector<CoreInstanceTypeId> core_instances;
  std::vector<airwasm::TypeId> core_funcs;  // canonical function types
  std::vector<TableType> core_tables;
  std::vector<MemoryType> core_memories;
  std::vector<GlobalType> core_globals;
  std::vector<airwasm::TypeId> core_tags;

  // For each `instantiate`, keyed by the InstanceIdx that it defines: which of this component's
  // resources stands for each resource that the instantiated component imports, and which one was
  // made for each that it defines.
  struct Instantiation {
    std::vector<std::pair<ResourceId, ResourceId>> imported;  // (theirs, ours)
    std::vector<std::pair<ResourceId, ResourceId>> defined;   // (theirs, ours)
  };
  std::unordered_map<uint32_t, Instantiation> instantiations;

  // Exports with an ascribed type make resources abstract: which one really stands for each.
  std::vector<std::pair<ResourceId, ResourceId>> ascribed;  // (as ascribed, as it was)

  // Resource types defined by this component itself, keyed by TypeIdx.
  std::unordered_map<uint32_t, ResourceId> own_resources;
  // Nested component definitions, keyed by ComponentIdx; aliases and imports have no entry.
  std::unordered_map<uint32_t, std::unique_ptr<ComponentInfo>> nested;
};

class ComponentTypes {
 public:
  TypeTable& values() { return values_; }
  const TypeTable& values() const { return values_; }

  uint32_t Add(CoreModuleType t) { return Put(core_modules_, std::move(t)); }
  uint32_t Add(CoreInstanceType t) { return Put(core_instances_, std::move(t)); }
  uint32_t Add(InstanceType t) { return Put(instances_, std::move(t)); }
  uint32_t Add(ComponentType t) { return Put(components_, std::move(t)); }
  const CoreModuleType& core_module(CoreModuleTypeId id) const { return core_modules_[id]; }
  const CoreInstanceType& core_instance(CoreInstanceTypeId id) const { return core_instances_[id]; }
  const InstanceType& instance(InstanceTypeId id) const { return instances_[id]; }
  const ComponentType& component(ComponentTypeId id) const { return components_[id]; }

 private:
  template <typename T>
  static uint32_t Put(std::deque<T>& list, T item) {
    list.push_back(std::move(item));
    return static_cast<uint32_t>(list.size() - 1);
  }
  TypeTable values_;
  std::deque<CoreModuleType> core_modules_;
  std::deque<CoreInstanceType> core_instances_;
  std::deque<InstanceType> instances_;
  std::deque<ComponentType> components_;
};

}  // namespace airwasm::component
