// Which resources a type mentions, and where each is found first.
//
// Every resource that an import or export mentions has a place in it where it is a type with a
// name; that follows from the rules of visibility. Walking those places is enough for paths.
#include "component/valid/component_validator.h"

namespace airwasm::component::valid {
namespace {

// Looks for a mention of a resource that is not introduced on the way. Recursion is bounded by
// limits::kTypeNesting, of value types and of entities.
class FreeResources {
 public:
  FreeResources(const ComponentTypes& types, uint64_t& work) : types_(types), work_(work) {}

  bool In(const TypeItem& item) {
    switch (item.kind) {
      case TypeItem::Kind::kValue:
        return InValue(item.value);
      case TypeItem::Kind::kFunc:
        return InFunc(item.id);
      case TypeItem::Kind::kResource:
        return !bound_.contains(item.id);
      case TypeItem::Kind::kInstance:
        return InInstance(item.id);
      case TypeItem::Kind::kComponent:
        return InComponent(item.id);
    }
    return false;
  }

 private:
  bool InValue(ValType type) {
    const TypeTable& values = types_.values();
    if (!values.Facts(type).has_resource || !seen_values_.insert(type.bits()).second) return false;
    ++work_;
    const DefinedType& defined = values.Get(type);
    if (const auto* own = std::get_if<OwnType>(&defined)) return !bound_.contains(own->resource);
    if (const auto* borrow = std::get_if<BorrowType>(&defined)) {
      return !bound_.contains(borrow->resource);
    }
    std::vector<ValType> parts;
    AppendParts(defined, parts);
    work_ += parts.size();
    for (ValType part : parts) {
      if (InValue(part)) return true;
    }
    return false;
  }
  bool InFunc(FuncTypeId id) {
    const FuncType& type = types_.values().GetFunc(id);
    work_ += 1 + type.params.size();
    for (const Field& param : type.params) {
      if (InValue(param.type)) return true;
    }
    return type.result && InValue(*type.result);
  }
  bool InInstance(InstanceTypeId id) {
    const InstanceType& type = types_.instance(id);
    if (type.facts.is_closed || !seen_instances_.insert(id).second) return false;
    bound_.insert(type.fresh_resources.begin(), type.fresh_resources.end());
    return InList(type.exports);
  }
  bool InComponent(ComponentTypeId id) {
    const ComponentType& type = types_.component(id);
    if (type.facts.is_closed || !seen_components_.insert(id).second) return false;
    for (const auto& resource : type.imported_resources) bound_.insert(resource.id);
    bound_.insert(type.defined_resources.begin(), type.defined_resources.end());
    return InList(type.imports) || InList(type.exports);
  }
  bool InList(const NamedList<ExternType>& list) {
    work_ += list.size();
    for (const auto& [name, type] : list) {
      if (InExtern(type)) return true;
    }
    return false;
  }
  bool InExtern(const ExternType& type) {
    if (type.sort == Sort::kFunc) return InFunc(type.id);
    if (type.sort == Sort::kValue) return InValue(type.value);
    if (type.sort == Sort::kType) return In(type.type);
    if (type.sort == Sort::kInstance) return InInstance(type.id);
    return type.sort == Sort::kComponent && InComponent(type.id);
  }

  const ComponentTypes& types_;
  uint64_t& work_;
  std::unordered_set<ResourceId> bound_;
  std::unordered_set<uint32_t> seen_values_;
  std::unordered_set<InstanceTypeId> seen_instances_;
  std::unordered_set<ComponentTypeId> seen_components_;
};

}  // namespace

Expected<bool> ComponentValidator::HasFreeResource(const TypeItem& item) {
  uint64_t work = 1;
  const bool found = FreeResources(types_, work).In(item);
  RETURN_IF_ERROR(Spend(work));
  return found;
}

Checked ComponentValidator::FindResources(const ExternType& type, Take take,
                                          std::unordered_set<ResourceId>& set,
                                          std::vector<std::string>& path,
                                          std::vector<ComponentType::ImportedResource>& found) {
  RETURN_IF_ERROR(Spend(1));
  if (type.sort == Sort::kType && type.type.kind == TypeItem::Kind::kResource) {
    const ResourceId id = type.type.id;
    const bool taken = take == Take::kIf ? set.erase(id) != 0 : set.insert(id).second;
    if (taken) {
      RETURN_IF_ERROR(SpendCopy(path));
      found.push_back({id, path});
    }
  }
  if (type.sort != Sort::kInstance) return Ok();
  const InstanceType& instance = types_.instance(type.id);
  if (instance.facts.is_closed) return Ok();
  for (const auto& [name, inner] : instance.exports) {
    path.push_back(name);
    RETURN_IF_ERROR(FindResources(inner, take, set, path, found));
    path.pop_back();
  }
  return Ok();
}

}  // namespace airwasm::component::valid
