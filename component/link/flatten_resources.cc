// Which flat resource a static ResourceId of a frame stands for.
#include <utility>

#include "component/link/flattener.h"

namespace airwasm::component::link {

ResourceId Flattener::NewResource(Resource resource) {
  flat_.resources.push_back(std::move(resource));
  return types().values().NewResource();
}

bool Flattener::Bind(Frame& f, const ExternType& type, const Item& item,
                     std::unordered_set<InstanceTypeId>& seen) {
  if (type.sort == Sort::kType && type.type.kind == TypeItem::Kind::kResource) {
    if (const auto* const value = std::get_if<TypeValue>(&item))
      f.resources.try_emplace(type.type.id, value->id);
  }
  if (type.sort == Sort::kInstance) {
    if (const auto* const value = std::get_if<std::shared_ptr<const InstanceValue>>(&item))
      return BindInstance(f, type.id, **value, seen);
  }
  return true;
}

bool Flattener::BindInstance(Frame& f, InstanceTypeId type, const InstanceValue& value,
                             std::unordered_set<InstanceTypeId>& seen) {
  // The same type names the same resources, wherever it stands.
  if (!seen.insert(type).second) return true;
  const InstanceType& instance = types().instance(type);
  if (!Spend(instance.exports.size())) return false;
  for (const auto& [name, extern_type] : instance.exports) {
    if (extern_type.sort != Sort::kType && extern_type.sort != Sort::kInstance) continue;
    const Item* const item = value.items.Find(name);
    if (item != nullptr && !Bind(f, extern_type, *item, seen)) return false;
  }
  return true;
}

}  // namespace airwasm::component::link
