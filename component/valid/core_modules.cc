// Core modules inside components, core types, and types of modules.
//
// A module type is checked as a module that imports all that the type imports and exports.
// Spec: component model, Explainer and Binary, "Type Definitions", core:moduletype.
#include <set>

#include "component/valid/component_validator.h"
#include "engine/binary/decoder.h"
#include "engine/valid/validator.h"
#include "engine/valid/value_types.h"

namespace airwasm::component::valid {
namespace {

using airwasm::syntax::ExternKind;
using CoreModule = airwasm::syntax::Module;

// Takes the type of an import or export into the index space of its kind.
void Append(CoreModule& module, const CoreExternType& type) {
  struct Visitor {
    CoreModule& module;
    void operator()(TypeIdx index) const {
      airwasm::syntax::Function function;
      function.type = index;
      module.funcs.push_back(function);
      ++module.num_imported_funcs;
    }
    void operator()(const TableType& table) const {
      module.tables.push_back({table, std::nullopt});
      ++module.num_imported_tables;
    }
    void operator()(const MemoryType& memory) const {
      module.memories.push_back(memory);
      ++module.num_imported_memories;
    }
    void operator()(const GlobalType& global) const {
      module.globals.push_back({global, {}});
      ++module.num_imported_globals;
    }
    void operator()(const TagType& tag) const {
      module.tags.push_back(tag);
      ++module.num_imported_tags;
    }
  };
  std::visit(Visitor{module}, type);
}

// Canonical type of the `index`th entry of an index space.
CoreExternType TypeOf(const airwasm::valid::ModuleContext& context, ExternKind kind,
                      uint32_t index) {
  switch (kind) {
    case ExternKind::kFunc:
      return context.funcs[index]->id;
    case ExternKind::kTable:
      return context.tables[index];
    case ExternKind::kMemory:
      return context.memories()[index];
    case ExternKind::kGlobal:
      return context.globals[index];
    case ExternKind::kTag:
      return TagType{context.tags[index]->id};
  }
  return {};
}

// Counts entries of the index spaces while a list of externs is walked.
struct Counters {
  uint32_t next[5] = {};
  uint32_t Take(ExternKind kind) { return next[static_cast<size_t>(kind)]++; }
};

std::string ImportText(std::string_view module, std::string_view name) {
  return "`" + std::string(module) + ":" + std::string(name) + "`";
}

}  // namespace

Checked ComponentValidator::Do(const syntax::CoreModule& d) {
  if (scope_->info.core_modules.size() >= limits::kModules) {
    return FailLimit("modules count", limits::kModules);
  }
  ASSIGN_OR_RETURN(const CoreModuleTypeId type, Module(d.bytes));
  scope_->info.core_modules.push_back(type);
  return Ok();
}

Expected<CoreModuleTypeId> ComponentValidator::Module(syntax::Bytes bytes) {
  const auto within = [this](Error error) {
    error.offset += offset_;
    return error;
  };
  auto decoded = binary::Decode(bytes, options_.core_features);
  if (!decoded.ok()) return within(std::move(decoded).error());
  const CoreModule& module = *decoded;
  auto ids = airwasm::valid::ValidateTypes(module, options_.core_features, registry_);
  if (!ids.ok()) return within(std::move(ids).error());
  auto context = airwasm::valid::ValidateModule(module, options_.core_features, registry_, *ids);
  if (!context.ok()) return within(std::move(context).error());
  if (options_.check_bodies) {
    auto bodies = airwasm::valid::ValidateBodies(**context);
    if (!bodies.ok()) return within(std::move(bodies).error());
  }
  CoreModuleType type;
  std::set<std::pair<std::string_view, std::string_view>> names;
  Counters counters;
  for (const airwasm::syntax::Import& import : module.imports) {
    if (!names.emplace(import.module, import.name).second) {
      return Fail("duplicate import name " + ImportText(import.module, import.name) +
                  " already defined");
    }
    type.imports.push_back({std::string(import.module), std::string(import.name),
                            TypeOf(**context, import.kind(), counters.Take(import.kind()))});
  }
  for (const airwasm::syntax::Export& e : module.exports) {
    type.exports.Add(std::string(e.name), TypeOf(**context, e.kind, e.index));
  }
  return types_.Add(std::move(type));
}

Expected<std::vector<airwasm::TypeId>> ComponentValidator::RecGroup(
    const syntax::ModuleType::RecGroup& group, std::vector<airwasm::TypeId> ids) {
  const auto is_hole = [&ids](airwasm::ValType type) {
    if (!type.IsRef() || !type.heap_type().IsConcrete()) return false;
    const uint32_t index = type.heap_type().index();
    return index < ids.size() && ids[index] == kNoType;
  };
  for (const SubType& type : group.types) {
    bool holes = type.supertype < ids.size() && ids[type.supertype] == kNoType;
    for (airwasm::ValType t : type.func.params) holes |= is_hole(t);
    for (airwasm::ValType t : type.func.results) holes |= is_hole(t);
    for (const FieldType& field : type.fields) holes |= is_hole(field.type);
    if (holes) return Fail("a core type refers to a module type");
  }
  auto result = airwasm::valid::ValidateRecGroup(group.types, options_.core_features, registry_,
                                                 std::move(ids));
  if (!result.ok()) return Fail(result.error().message, result.error().kind);
  return result;
}

Checked ComponentValidator::Do(const syntax::CoreType& d) {
  if (const auto* module = std::get_if<syntax::ModuleType>(&d.what)) {
    ASSIGN_OR_RETURN(const CoreModuleTypeId type, ModuleTypeDefinition(*module));
    return PushCoreType({true, type});
  }
  std::vector<airwasm::TypeId>& known = scope_->info.core_types;
  const size_t count = known.size();
  ASSIGN_OR_RETURN(known,
                   RecGroup(std::get<syntax::ModuleType::RecGroup>(d.what), std::move(known)));
  if (known.size() > limits::kTypes) return FailLimit("types count", limits::kTypes);
  for (size_t i = count; i < known.size(); ++i) scope_->core_types.push_back({false, known[i]});
  return Ok();
}

// The entry that an outer alias of a module type's declarators refers to.
Expected<CoreTypeItem> ComponentValidator::OuterCoreType(
    const syntax::ModuleType::OuterAlias& alias) const {
  const Scope* target = scope_;  // one step out of the module type
  for (uint32_t i = 1; i < alias.count && target != nullptr; ++i) target = target->parent;
  if (target == nullptr) {
    return Fail("invalid outer alias count of " + std::to_string(alias.count));
  }
  if (alias.index >= target->core_types.size()) return FailIndex("type", alias.index);
  const CoreTypeItem item = target->core_types[alias.index];
  if (item.is_module) return Fail("a module type cannot refer to other module types");
  return item;
}

Expected<CoreModuleTypeId> ComponentValidator::ModuleTypeDefinition(
    const syntax::ModuleType& type) {
  using syntax::ModuleType;
  if (type.declarators.size() > limits::kTypeDecls) {
    return FailLimit("declarators count", limits::kTypeDecls);
  }
  std::vector<airwasm::TypeId> ids;
  CoreModule module;
  std::set<std::pair<std::string_view, std::string_view>> import_names;
  std::set<std::string_view> export_names;
  const auto add = [&](const CoreExternType& extern_type) -> Checked {
    uint32_t index = 0;
    if (const auto* func = std::get_if<TypeIdx>(&extern_type)) index = *func + 1;
    if (const auto* tag = std::get_if<TagType>(&extern_type)) index = tag->type + 1;
    if (index > ids.size()) return FailIndex("type", index - 1);
    airwasm::ValType value;
    if (const auto* table = std::get_if<TableType>(&extern_type)) value = table->element;
    if (const auto* global = std::get_if<GlobalType>(&extern_type)) value = global->type;
    const std::string problem = airwasm::valid::CheckValType(
        value, static_cast<uint32_t>(ids.size()), options_.core_features);
    if (!problem.empty()) return Fail(problem);
    Append(module, extern_type);
    return Ok();
  };
  for (const ModuleType::Declarator& declarator : type.declarators) {
    offset_ = std::max(offset_, declarator.offset);
    if (const auto* import = std::get_if<ModuleType::Import>(&declarator.what)) {
      if (!import_names.emplace(import->module, import->name).second) {
        return Fail("duplicate import name " + ImportText(import->module, import->name) +
                    " already defined");
      }
      RETURN_IF_ERROR(add(import->type));
    } else if (const auto* e = std::get_if<ModuleType::Export>(&declarator.what)) {
      if (!export_names.insert(e->name).second) {
        return Fail("export name `" + std::string(e->name) + "` already defined");
      }
      RETURN_IF_ERROR(add(e->type));
    } else if (const auto* group = std::get_if<ModuleType::RecGroup>(&declarator.what)) {
      ASSIGN_OR_RETURN(ids, RecGroup(*group, std::move(ids)));
    } else if (const auto* alias = std::get_if<ModuleType::OuterAlias>(&declarator.what)) {
      if (alias->count == 0) {
        if (alias->index >= ids.size()) return FailIndex("type", alias->index);
        ids.push_back(ids[alias->index]);
        continue;
      }
      ASSIGN_OR_RETURN(const CoreTypeItem item, OuterCoreType(*alias));
      ids.push_back(item.id);
    } else {
      return Fail("invalid leading byte (0x50) for core type: module types cannot be nested");
    }
  }
  auto context = airwasm::valid::ValidateModule(module, options_.core_features, registry_, ids);
  if (!context.ok()) return Fail(context.error().message, context.error().kind);
  CoreModuleType result;
  Counters counters;
  for (const ModuleType::Declarator& declarator : type.declarators) {
    if (const auto* import = std::get_if<ModuleType::Import>(&declarator.what)) {
      const auto kind = static_cast<ExternKind>(import->type.index());
      result.imports.push_back({std::string(import->module), std::string(import->name),
                                TypeOf(**context, kind, counters.Take(kind))});
    } else if (const auto* e = std::get_if<ModuleType::Export>(&declarator.what)) {
      const auto kind = static_cast<ExternKind>(e->type.index());
      result.exports.Add(std::string(e->name), TypeOf(**context, kind, counters.Take(kind)));
    }
  }
  return types_.Add(std::move(result));
}

}  // namespace airwasm::component::valid
