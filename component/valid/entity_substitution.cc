// Recursion is bounded by limits::kTypeNesting, which AddInstanceType and AddComponentType keep.
#include "component/valid/entity_substitution.h"

namespace airwasm::component::valid {

Checked EntitySubstitution::Charge() {
  const uint64_t work = values_.work() + naming_work_;
  return validator_.Spend(work - std::exchange(charged_, work) + 1);
}

Expected<TypeItem> EntitySubstitution::Apply(TypeItem item) {
  switch (item.kind) {
    case TypeItem::Kind::kValue:
      item.value = Apply(item.value);
      break;
    case TypeItem::Kind::kFunc:
      item.id = ApplyFunc(item.id);
      break;
    case TypeItem::Kind::kResource:
      item.id = Apply(ResourceId{item.id});
      break;
    case TypeItem::Kind::kInstance: {
      ASSIGN_OR_RETURN(item.id, ApplyInstance(item.id));
      break;
    }
    case TypeItem::Kind::kComponent: {
      ASSIGN_OR_RETURN(item.id, ApplyComponent(item.id));
      break;
    }
  }
  item.naming = validator_.naming().Substitute(item.naming, namings_, naming_work_);
  return item;
}

Expected<ExternType> EntitySubstitution::Apply(ExternType type) {
  switch (type.sort) {
    case Sort::kFunc:
      type.id = ApplyFunc(type.id);
      break;
    case Sort::kValue:
      type.value = Apply(type.value);
      break;
    case Sort::kType: {
      ASSIGN_OR_RETURN(type.type, Apply(type.type));
      break;
    }
    case Sort::kInstance: {
      ASSIGN_OR_RETURN(type.id, ApplyInstance(type.id));
      break;
    }
    case Sort::kComponent: {
      ASSIGN_OR_RETURN(type.id, ApplyComponent(type.id));
      break;
    }
    case Sort::kCoreModule:
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  type.naming = validator_.naming().Substitute(type.naming, namings_, naming_work_);
  RETURN_IF_ERROR(Charge());
  return type;
}

Expected<NamedList<ExternType>> EntitySubstitution::Apply(const NamedList<ExternType>& list,
                                                          bool& changed) {
  NamedList<ExternType> result;
  for (const auto& [name, type] : list) {
    ASSIGN_OR_RETURN(ExternType applied, Apply(type));
    changed |= applied.id != type.id || !(applied.type == type.type) ||
               !(applied.value == type.value) || applied.naming != type.naming ||
               applied.type.naming != type.type.naming;
    result.Add(name, applied);
  }
  return result;
}

Expected<InstanceTypeId> EntitySubstitution::ApplyInstance(InstanceTypeId id) {
  const InstanceType& type = validator_.types().instance(id);
  if (type.facts.is_closed || empty()) return id;
  if (const auto found = instances_.find(id); found != instances_.end()) return found->second;
  InstanceType result;
  bool changed = false;
  ASSIGN_OR_RETURN(result.exports, Apply(type.exports, changed));
  InstanceTypeId result_id = id;
  if (changed) {
    result.fresh_resources = type.fresh_resources;
    ASSIGN_OR_RETURN(result_id, validator_.AddInstanceType(std::move(result)));
  }
  instances_.emplace(id, result_id);
  return result_id;
}

Expected<ComponentTypeId> EntitySubstitution::ApplyComponent(ComponentTypeId id) {
  const ComponentType& type = validator_.types().component(id);
  if (type.facts.is_closed || empty()) return id;
  if (const auto found = components_.find(id); found != components_.end()) return found->second;
  ComponentType result;
  bool changed = false;
  ASSIGN_OR_RETURN(result.imports, Apply(type.imports, changed));
  ASSIGN_OR_RETURN(result.exports, Apply(type.exports, changed));
  ComponentTypeId result_id = id;
  if (changed) {
    result.imported_resources = type.imported_resources;
    result.defined_resources = type.defined_resources;
    result.defined_paths = type.defined_paths;
    ASSIGN_OR_RETURN(result_id, validator_.AddComponentType(std::move(result)));
  }
  components_.emplace(id, result_id);
  return result_id;
}

}  // namespace airwasm::component::valid
