// Exchange of resources and of names in the types of entities.
//
// Internal to this folder. Resources that a type introduces itself are never in the maps, for every
// ResourceId is introduced once. Each type is rebuilt once, however often it is met, and one that
// nothing changes in keeps its id.
#pragma once

#include <unordered_map>

#include "component/valid/component_validator.h"

namespace airwasm::component::valid {

class EntitySubstitution {
 public:
  explicit EntitySubstitution(ComponentValidator& validator)
      : validator_(validator), values_(validator.values(), resources_) {}
  EntitySubstitution(const EntitySubstitution&) = delete;
  EntitySubstitution& operator=(const EntitySubstitution&) = delete;

  bool Has(ResourceId id) const { return resources_.contains(id); }
  void Map(ResourceId from, ResourceId to) { resources_[from] = to; }
  void MapNaming(NamingId from, NamingId to) { namings_[from] = to; }
  bool empty() const { return resources_.empty() && namings_.empty(); }

  ResourceId Apply(ResourceId id) const { return values_.ApplyResource(id); }
  ValType Apply(ValType type) { return values_.Apply(type); }
  FuncTypeId ApplyFunc(FuncTypeId id) { return values_.ApplyFunc(id); }
  Expected<TypeItem> Apply(TypeItem item);
  Expected<ExternType> Apply(ExternType type);
  Expected<InstanceTypeId> ApplyInstance(InstanceTypeId id);
  Expected<ComponentTypeId> ApplyComponent(ComponentTypeId id);
  // The list with all types exchanged; `changed` is set if one of them was.
  Expected<NamedList<ExternType>> Apply(const NamedList<ExternType>& list, bool& changed);

 private:
  Checked Charge();

  ComponentValidator& validator_;
  TypeTable::ResourceMap resources_;
  NamingTable::Map namings_;
  Substitution values_;
  uint64_t charged_ = 0;
  uint64_t naming_work_ = 0;
  std::unordered_map<InstanceTypeId, InstanceTypeId> instances_;
  std::unordered_map<ComponentTypeId, ComponentTypeId> components_;
};

}  // namespace airwasm::component::valid
