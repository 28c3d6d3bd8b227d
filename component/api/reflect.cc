#include "component/api/reflect.h"

#include <algorithm>
#include <utility>

#include "component/link/match.h"

namespace airwasm::internal {
namespace {

using component::TypeItem;
using component::link::FlatComponent;
using component::syntax::Sort;
using Kind = ComponentItem::Kind;

Kind KindOf(Sort sort) {
  switch (sort) {
    case Sort::kFunc:
      return Kind::kFunc;
    case Sort::kInstance:
      return Kind::kInstance;
    case Sort::kCoreModule:
      return Kind::kModule;
    case Sort::kComponent:
      return Kind::kComponent;
    default:
      return Kind::kType;
  }
}

void SetType(const FlatComponent& flat, const TypeItem& type, ComponentItem& item) {
  item.kind = type.kind == TypeItem::Kind::kResource ? Kind::kResource : Kind::kType;
  if (type.kind == TypeItem::Kind::kValue) item.type = flat.types->values().ToString(type.value);
  if (type.kind == TypeItem::Kind::kFunc) item.type = component::link::FuncText(flat, type.id);
}

ComponentItem* Find(std::vector<ComponentItem>& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const ComponentItem& i) { return i.name == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::vector<ComponentItem> ReflectImports(const FlatComponent& flat) {
  std::vector<ComponentItem> items;
  // Leaves come in the order of the imports.
  size_t leaf = 0;
  for (const FlatComponent::Import& import : flat.imports) {
    ComponentItem& root = items.emplace_back();
    root.name = import.name;
    root.kind = KindOf(import.type.sort);
    if (import.type.sort == Sort::kType) SetType(flat, import.type.type, root);
    for (; leaf < flat.import_leaves.size(); ++leaf) {
      const component::link::ImportLeaf& at = flat.import_leaves[leaf];
      if (at.path.front() != import.name) break;
      ComponentItem* item = &root;
      for (size_t i = 1; i < at.path.size(); ++i) {
        ComponentItem* next = Find(item->items, at.path[i]);
        if (next == nullptr) {
          next = &item->items.emplace_back();
          next->name = at.path[i];
          next->kind = Kind::kInstance;
        }
        item = next;
      }
      item->kind = at.sort == Sort::kType ? Kind::kResource : KindOf(at.sort);
      if (at.sort == Sort::kFunc)
        item->type = component::link::FuncText(flat, flat.import_funcs[at.index].type);
    }
  }
  return items;
}

std::vector<ComponentItem> ReflectExports(const FlatComponent& flat,
                                          const component::link::ExportedInstance& exports) {
  std::vector<ComponentItem> items;
  for (const auto& [name, e] : exports.exports) {
    ComponentItem& item = items.emplace_back();
    item.name = name;
    item.kind = KindOf(e.sort);
    if (e.sort == Sort::kFunc) item.type = component::link::FuncText(flat, e.type);
    if (e.sort == Sort::kType) SetType(flat, e.type_item, item);
    if (e.sort == Sort::kInstance) item.items = ReflectExports(flat, *e.instance);
  }
  return items;
}

}  // namespace airwasm::internal
