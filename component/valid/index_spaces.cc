// Looking entries of index spaces up, and adding them within the limits.
#include "component/valid/component_validator.h"
#include "engine/base/limits.h"

namespace airwasm::component::valid {

Expected<TypeItem> ComponentValidator::TypeAt(uint32_t index) const {
  const auto& types = scope_->info.types;
  if (index >= types.size()) return FailIndex("type", index);
  return types[index];
}

Expected<TypeItem> ComponentValidator::TypeAt(uint32_t index, TypeItem::Kind kind,
                                              std::string_view what) const {
  ASSIGN_OR_RETURN(TypeItem item, TypeAt(index));
  if (item.kind == kind) return item;
  return Fail("type index " + std::to_string(index) + " is not " + std::string(what));
}

Expected<CoreModuleTypeId> ComponentValidator::ModuleTypeAt(uint32_t core_type) const {
  const auto& types = scope_->core_types;
  if (core_type >= types.size()) return FailIndex("type", core_type);
  if (types[core_type].is_module) return types[core_type].id;
  return Fail("core type index " + std::to_string(core_type) + " is not a module type");
}

Expected<airwasm::TypeId> ComponentValidator::CoreFuncAt(uint32_t index) const {
  const auto& funcs = scope_->info.core_funcs;
  if (index >= funcs.size()) return FailIndex("function", index);
  return funcs[index];
}

Expected<MemoryType> ComponentValidator::CoreMemoryAt(uint32_t index) const {
  const auto& memories = scope_->info.core_memories;
  if (index >= memories.size()) return FailIndex("memory", index);
  return memories[index];
}

Checked ComponentValidator::UseValue(uint32_t index) {
  if (index >= scope_->info.values.size()) return FailIndex("value", index);
  if (scope_->consumed_values[index]) {
    return Fail("cannot use value " + std::to_string(index) + " more than once");
  }
  scope_->consumed_values[index] = true;
  return Ok();
}

Expected<ExternType> ComponentValidator::EntityAt(syntax::SortIdx at) {
  const ComponentInfo& info = scope_->info;
  ExternType type;
  type.sort = at.sort;
  switch (at.sort) {
    case Sort::kCoreModule:
      if (at.index >= info.core_modules.size()) return FailIndex("module", at.index);
      type.id = info.core_modules[at.index];
      return type;
    case Sort::kFunc:
      if (at.index >= info.funcs.size()) return FailIndex("function", at.index);
      type.id = info.funcs[at.index];
      type.naming = scope_->func_namings[at.index];
      return type;
    case Sort::kValue:
      RETURN_IF_ERROR(UseValue(at.index));
      type.value = info.values[at.index];
      type.naming = scope_->value_namings[at.index];
      return type;
    case Sort::kType: {
      ASSIGN_OR_RETURN(type.type, TypeAt(at.index));
      return type;
    }
    case Sort::kComponent:
      if (at.index >= info.components.size()) return FailIndex("component", at.index);
      type.id = info.components[at.index];
      return type;
    case Sort::kInstance:
      if (at.index >= info.instances.size()) return FailIndex("instance", at.index);
      type.id = info.instances[at.index];
      return type;
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  return Fail("a core " + std::string(syntax::RowOf(at.sort).text) +
              " cannot be imported or exported by components");
}

Checked ComponentValidator::PushType(TypeItem item) {
  if (scope_->info.types.size() >= limits::kTypes) return FailLimit("types count", limits::kTypes);
  scope_->info.types.push_back(item);
  return Ok();
}

Checked ComponentValidator::PushCoreType(CoreTypeItem item) {
  if (scope_->core_types.size() >= limits::kTypes) return FailLimit("types count", limits::kTypes);
  scope_->core_types.push_back(item);
  scope_->info.core_types.push_back(item.is_module ? kNoType : item.id);
  return Ok();
}

Checked ComponentValidator::PushInstance(InstanceTypeId type) {
  auto& instances = scope_->info.instances;
  if (instances.size() >= limits::kInstances) {
    return FailLimit("instances count", limits::kInstances);
  }
  instances.push_back(type);
  return Ok();
}

Checked ComponentValidator::PushCoreFunc(airwasm::TypeId type) {
  ComponentInfo& info = scope_->info;
  if (type == kNoType) return Fail("too many types in this engine", ErrorKind::kLimit);
  if (info.core_funcs.size() >= limits::kFunctions) {
    return FailLimit("functions count", limits::kFunctions);
  }
  info.core_funcs.push_back(type);
  return Ok();
}

Checked ComponentValidator::Push(const ExternType& type) {
  ComponentInfo& info = scope_->info;
  switch (type.sort) {
    case Sort::kCoreModule:
      if (info.core_modules.size() >= limits::kModules) {
        return FailLimit("modules count", limits::kModules);
      }
      info.core_modules.push_back(type.id);
      break;
    case Sort::kFunc:
      if (info.funcs.size() >= limits::kFunctions) {
        return FailLimit("functions count", limits::kFunctions);
      }
      info.funcs.push_back(type.id);
      scope_->func_namings.push_back(type.naming);
      break;
    case Sort::kValue:
      if (info.values.size() >= limits::kValues) return FailLimit("values count", limits::kValues);
      info.values.push_back(type.value);
      scope_->value_namings.push_back(type.naming);
      scope_->consumed_values.push_back(false);
      break;
    case Sort::kType:
      return PushType(type.type);
    case Sort::kComponent:
      if (info.components.size() >= limits::kComponents) {
        return FailLimit("components count", limits::kComponents);
      }
      info.components.push_back(type.id);
      break;
    case Sort::kInstance:
      return PushInstance(type.id);
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      return Fail("not an entity of components");
  }
  return Ok();
}

}  // namespace airwasm::component::valid
