#include "component/wit/world_scope.h"

#include <algorithm>

#include "component/wit/order.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {

using syntax::Sort;

bool Selection::IsEmpty(const Interface& interface) const {
  return std::none_of(interface.types.begin(), interface.types.end(),
                      [this](TypeId id) { return types.contains(id); }) &&
         std::none_of(interface.functions.begin(), interface.functions.end(),
                      [this](const Function& f) { return functions.contains(&f); });
}

uint32_t WorldScope::TypeOf(TypeId id) {
  const TypeDef& def = document_.types[id];
  if (!def.interface) return types_.IndexOf(id);
  // A world imports or exports whatever its types come from; were it not so, an index of no meaning
  // would make the result invalid.
  const auto instance = instances_.find(*def.interface);
  if (instance == instances_.end()) return 0;
  const uint32_t from = instance->second;
  const auto [found, is_new] = aliases_.emplace(std::pair(from, id), 0);
  if (is_new) found->second = out_.AliasExport(Sort::kType, from, def.name);
  return found->second;
}

uint32_t WorldScope::InstanceType(InterfaceId id) {
  const Interface& interface = document_.interfaces[id];
  Definitions inner;
  // A type of this interface is bound before it is mentioned; one of the world, or of an interface
  // that is not named as used, comes in from outside.
  const auto bring_in = [&](TypeId type) {
    return inner.Add(syntax::Alias{.target = syntax::Alias::Target::kOuter,
                                   .sort = Sort::kType,
                                   .outer_count = 1,
                                   .outer_index = TypeOf(type)});
  };
  TypeEncoder types(document_, inner, bring_in);
  for (const TypeId type : InOrderOfNeed(interface.types)) {
    if (selection_ != nullptr && !selection_->types.contains(type)) continue;
    const TypeDef& def = document_.types[type];
    const bool fresh = std::holds_alternative<Resource>(def.what);
    const auto bound = fresh ? AnyResource() : EqualTo(types.Define(type));
    types.Bind(type, inner.Declare(def.name, bound));
  }
  for (const Function& function : interface.functions) {
    if (selection_ != nullptr && !selection_->functions.contains(&function)) continue;
    const uint32_t type = types.Encode(function);
    inner.Declare(function.name, ExternOf(Sort::kFunc, type));
  }
  return out_.AddType(syntax::InstanceType{inner.Take()});
}

void WorldScope::ImportInterface(std::string_view name, InterfaceId id) {
  const uint32_t type = InstanceType(id);
  instances_.emplace(id, out_.Import(name, ExternOf(Sort::kInstance, type)));
}

void WorldScope::ImportTypes(const std::vector<WorldItem>& imports) {
  std::vector<TypeId> types;
  for (const WorldItem& item : imports) {
    const auto* type = std::get_if<TypeRef>(&item.what);
    if (type == nullptr) continue;
    if (selection_ == nullptr || selection_->types.contains(type->id)) types.push_back(type->id);
  }
  for (const TypeId id : InOrderOfNeed(std::move(types))) ImportType(id);
}

void WorldScope::ImportType(TypeId id) {
  const TypeDef& def = document_.types[id];
  const bool fresh = std::holds_alternative<Resource>(def.what);
  const auto bound = fresh ? AnyResource() : EqualTo(types_.Define(id));
  types_.Bind(id, out_.Import(def.name, bound));
}

uint32_t WorldScope::ImportFunction(const Function& function) {
  const uint32_t type = types_.Encode(function);
  return out_.Import(function.name, ExternOf(Sort::kFunc, type));
}

void WorldScope::DeclareInterface(std::string_view name, InterfaceId id) {
  const uint32_t type = InstanceType(id);
  instances_[id] = out_.Declare(name, ExternOf(Sort::kInstance, type));
}

void WorldScope::DeclareFunction(const Function& function) {
  const uint32_t type = types_.Encode(function);
  out_.Declare(function.name, ExternOf(Sort::kFunc, type));
}

absl::StatusOr<std::vector<const WorldItem*>> OrderByUse(const Document& document,
                                                         const std::vector<WorldItem>& items) {
  std::vector<const WorldItem*> interfaces;
  absl::flat_hash_map<InterfaceId, uint32_t> places;
  for (const WorldItem& item : items) {
    const auto* interface = std::get_if<InterfaceRef>(&item.what);
    if (interface == nullptr) continue;
    places.emplace(interface->id, interfaces.size());
    interfaces.push_back(&item);
  }
  std::vector<std::vector<uint32_t>> edges(interfaces.size());
  for (uint32_t i = 0; i < interfaces.size(); ++i) {
    const InterfaceId id = std::get<InterfaceRef>(interfaces[i]->what).id;
    for (const TypeId type : document.interfaces[id].types) {
      const auto* alias = std::get_if<Alias>(&document.types[type].what);
      if (alias == nullptr || !alias->is_use) continue;
      const auto from = document.types[alias->target.index()].interface;
      if (!from || *from == id) continue;
      if (const auto place = places.find(*from); place != places.end()) {
        edges[i].push_back(place->second);
      }
    }
  }
  std::vector<uint32_t> order;
  if (const auto circle = TopologicalOrder(edges, order)) {
    const std::string message =
        Cat("the interface `", interfaces[*circle]->name, "` uses itself through others");
    return absl::FailedPreconditionError(message);
  }
  std::vector<const WorldItem*> ordered;
  for (const uint32_t i : order) ordered.push_back(interfaces[i]);
  return ordered;
}

}  // namespace airwasm::component::wit
