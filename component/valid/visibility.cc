// Whether everything that an import or export mentions has an external name.
// Spec: component model, Explainer, "External Visibility of Types".
#include "component/valid/component_validator.h"

namespace airwasm::component::valid {

// Whether `type` may stand in an import or export, given the names that there are; adds those that
// it gives: types are named by their own export, also deep in an instance.
bool ComponentValidator::NameParts(const ExternType& type, NamedSet& names) {
  switch (type.sort) {
    case Sort::kFunc:
    case Sort::kValue:
      return naming_.Complete(type.naming, names);
    case Sort::kType:
      if (!IsVisible(type.type, names)) return false;
      if (type.type.naming != kNoNaming && naming_.IsNamed(type.type.naming)) {
        names.insert(type.type.naming);
      }
      return true;
    case Sort::kInstance: {
      const InstanceType& instance = types_.instance(type.id);
      if (instance.facts.is_closed) return true;
      work_ += instance.exports.size();
      for (const auto& [name, inner] : instance.exports) {
        if (!NameParts(inner, names)) return false;
      }
      return true;
    }
    case Sort::kComponent:  // has names of its own, and was checked as a whole
    case Sort::kCoreModule:
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      return true;
  }
  return true;
}

// Whether a type may be imported or exported as a type: its parts are visible.
bool ComponentValidator::IsVisible(const TypeItem& item, NamedSet& names) {
  switch (item.kind) {
    case TypeItem::Kind::kValue:
    case TypeItem::Kind::kResource:
      return naming_.Complete(item.naming, names, /*parts_only=*/true);
    case TypeItem::Kind::kFunc:
      return naming_.Complete(item.naming, names);
    case TypeItem::Kind::kInstance: {
      // Its exports see one another, but give no names to what is around it.
      const InstanceType& instance = types_.instance(item.id);
      if (instance.facts.is_closed) return true;
      work_ += instance.exports.size() + names.size();
      NamedSet inner_names = names;
      for (const auto& [name, inner] : instance.exports) {
        if (!NameParts(inner, inner_names)) return false;
      }
      return true;
    }
    case TypeItem::Kind::kComponent:
      return true;
  }
  return true;
}

}  // namespace airwasm::component::valid
