// Types of instances and components: their facts, and how one is made from another.
#include <algorithm>

#include "component/valid/component_validator.h"
#include "component/valid/entity_substitution.h"

namespace airwasm::component::valid {
namespace {

void Include(EntityFacts& facts, const EntityFacts& part) {
  facts.nesting = std::max(facts.nesting, part.nesting + 1);
  facts.node_count += part.node_count;
  facts.is_closed &= part.is_closed;
}

void Include(EntityFacts& facts, const ExternType& type, const ComponentTypes& types) {
  ++facts.node_count;
  facts.is_closed &= type.naming == kNoNaming && type.type.naming == kNoNaming;
  const bool is_type = type.sort == Sort::kType;
  if (type.sort == Sort::kInstance || (is_type && type.type.kind == TypeItem::Kind::kInstance)) {
    Include(facts, types.instance(is_type ? type.type.id : type.id).facts);
  } else if (type.sort == Sort::kComponent ||
             (is_type && type.type.kind == TypeItem::Kind::kComponent)) {
    Include(facts, types.component(is_type ? type.type.id : type.id).facts);
  } else if (type.sort == Sort::kCoreModule) {
    const CoreModuleType& module = types.core_module(type.id);
    facts.node_count += module.imports.size() + module.exports.size();
  } else if (type.sort == Sort::kFunc) {
    facts.node_count += types.values().GetFunc(type.id).params.size();
  }
}

EntityFacts FactsOf(const ComponentTypes& types, const NamedList<ExternType>& imports,
                    const NamedList<ExternType>& exports) {
  EntityFacts facts;
  for (const auto* list : {&imports, &exports}) {
    for (const auto& entry : *list) Include(facts, entry.value, types);
  }
  return facts;
}

}  // namespace

Checked ComponentValidator::CheckFacts(const EntityFacts& facts) const {
  if (facts.nesting > limits::kTypeNesting) {
    return FailLimit("nesting of component and instance types", limits::kTypeNesting);
  }
  if (facts.node_count > limits::kTypeSize) {
    return FailLimit("effective type size", limits::kTypeSize);
  }
  return Ok();
}

Expected<InstanceTypeId> ComponentValidator::AddInstanceType(InstanceType type) {
  RETURN_IF_ERROR(SpendCopy(type.exports));
  type.facts = FactsOf(types_, {}, type.exports);
  RETURN_IF_ERROR(CheckFacts(type.facts));
  return types_.Add(std::move(type));
}

Expected<ComponentTypeId> ComponentValidator::AddComponentType(ComponentType type) {
  RETURN_IF_ERROR(SpendCopy(type.imports));
  RETURN_IF_ERROR(SpendCopy(type.exports));
  for (const auto& resource : type.imported_resources) RETURN_IF_ERROR(SpendCopy(resource.path));
  for (const auto& path : type.defined_paths) RETURN_IF_ERROR(SpendCopy(path));
  type.facts = FactsOf(types_, type.imports, type.exports);
  RETURN_IF_ERROR(CheckFacts(type.facts));
  return types_.Add(std::move(type));
}

Expected<InstanceTypeId> ComponentValidator::Open(InstanceTypeId id,
                                                  std::vector<ResourceId>& fresh) {
  const InstanceType& type = types_.instance(id);
  if (type.fresh_resources.empty()) return id;
  EntitySubstitution substitution(*this);
  for (ResourceId resource : type.fresh_resources) {
    fresh.push_back(values().NewResource());
    substitution.Map(resource, fresh.back());
  }
  InstanceType opened;
  bool changed = false;
  ASSIGN_OR_RETURN(opened.exports, substitution.Apply(type.exports, changed));
  return AddInstanceType(std::move(opened));
}

Expected<InstanceTypeId> ComponentValidator::InstanceOf(ComponentTypeId id,
                                                        EntitySubstitution& substitution) {
  const ComponentType& type = types_.component(id);
  if (type.facts.is_closed) {
    const auto found = closed_instances_.find(id);
    if (found != closed_instances_.end()) return found->second;
  }
  InstanceType instance;
  bool changed = false;
  ASSIGN_OR_RETURN(instance.exports, substitution.Apply(type.exports, changed));
  const bool is_closed = type.facts.is_closed;
  ASSIGN_OR_RETURN(const InstanceTypeId result, AddInstanceType(std::move(instance)));
  if (is_closed) closed_instances_.emplace(id, result);
  return result;
}

}  // namespace airwasm::component::valid
