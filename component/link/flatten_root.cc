// Imports and exports of the root: symbolic imports with a leaf for each function, module and
// resource that the host has to give, and the tree of exports.
#include <utility>

#include "absl/strings/str_cat.h"
#include "component/link/flattener.h"

namespace airwasm::component::link {

std::optional<Item> Flattener::ImportRoot(Frame& f, const ExternType& type,
                                          std::vector<std::string>& path) {
  if (!Spend(1)) return std::nullopt;
  if (flat_.import_leaves.size() >= kMaxImportLeaves) {
    Fail("too many imports");
    return std::nullopt;
  }
  switch (type.sort) {
    case Sort::kCoreModule: {
      const auto index = static_cast<uint32_t>(flat_.import_modules.size());
      flat_.import_modules.push_back({path, type.id});
      flat_.import_leaves.push_back({.sort = type.sort, .index = index, .path = path});
      return ModuleItem{.imported = true, .index = index};
    }
    case Sort::kFunc: {
      const auto index = static_cast<uint32_t>(flat_.import_funcs.size());
      flat_.import_funcs.push_back({path, FlatFunc(f, type.id)});
      if (!CheckBound(flat_.import_funcs.back().type)) return std::nullopt;
      flat_.import_leaves.push_back({.sort = type.sort, .index = index, .path = path});
      return FuncItem{.imported = true, .index = index};
    }
    case Sort::kType: {
      if (type.type.kind != TypeItem::Kind::kResource) return FlatItem(f, type.type);
      const auto found = f.resources.find(type.type.id);
      const bool same = found != f.resources.end();
      const ResourceId id = same ? found->second : NewResource({.imported = true, .path = path});
      if (!same) f.resources.emplace(type.type.id, id);
      flat_.import_leaves.push_back(
          {.sort = type.sort, .index = flat_.ResourceIndex(id), .same_as = same, .path = path});
      TypeValue value = type.type;
      value.id = id;
      return value;
    }
    case Sort::kComponent:
      return ComponentValue{};
    case Sort::kInstance: {
      auto value = std::make_shared<InstanceValue>();
      for (const auto& [name, extern_type] : types().instance(type.id).exports) {
        path.push_back(name);
        std::optional<Item> item = ImportRoot(f, extern_type, path);
        path.pop_back();
        if (!item) return std::nullopt;
        value->Add(name, *std::move(item));
      }
      return std::shared_ptr<const InstanceValue>(std::move(value));
    }
    default:
      Fail("component values are not supported");
      return std::nullopt;
  }
}

std::shared_ptr<const ExportedInstance> Flattener::ExportAll(Frame& root,
                                                             const InstanceValue& value) {
  if (const auto found = exported_.find(&value); found != exported_.end()) return found->second;
  if (!Spend(value.items.size())) return nullptr;
  auto instance = std::make_shared<ExportedInstance>();
  for (const auto& [name, item] : value.items) {
    Export e;
    if (const auto* const func = std::get_if<FuncItem>(&item)) {
      e.sort = Sort::kFunc;
      e.func = *func;
      e.type =
          func->imported ? flat_.import_funcs[func->index].type : flat_.lifts[func->index].type;
    } else if (const auto* const module = std::get_if<ModuleItem>(&item)) {
      e.sort = Sort::kCoreModule;
      e.module = *module;
    } else if (const auto* const type = std::get_if<TypeValue>(&item)) {
      e.sort = Sort::kType;
      e.type_item = *type;
    } else if (std::holds_alternative<ComponentValue>(item)) {
      e.sort = Sort::kComponent;
    } else if (const auto* const nested =
                   std::get_if<std::shared_ptr<const InstanceValue>>(&item)) {
      e.sort = Sort::kInstance;
      e.instance = ExportAll(root, **nested);
      if (e.instance == nullptr) return nullptr;
    }
    instance->exports.Add(name, std::move(e));
  }
  exported_.emplace(&value, instance);
  return instance;
}

}  // namespace airwasm::component::link
