// Core module instances: instantiation, bundles of exports, and the core index spaces.
// Spec: component model, Explainer and Binary, "Instance Definitions".
#include "component/valid/component_validator.h"
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {

Checked ComponentValidator::Do(const syntax::CoreInstance& d) {
  auto& instances = scope_->info.core_instances;
  if (instances.size() >= limits::kInstances) {
    return FailLimit("instances count", limits::kInstances);
  }
  auto type = d.module ? InstantiateModule(d) : BundleCore(d);
  if (!type.ok()) return std::move(type).error();
  instances.push_back(*type);
  return Ok();
}

Expected<CoreInstanceTypeId> ComponentValidator::InstantiateModule(const syntax::CoreInstance& d) {
  const ComponentInfo& info = scope_->info;
  if (*d.module >= info.core_modules.size()) return FailIndex("module", *d.module);
  const CoreModuleType& module = types_.core_module(info.core_modules[*d.module]);
  if (d.args.size() > limits::kInstantiateArgs) {
    return FailLimit("instantiation arguments count", limits::kInstantiateArgs);
  }
  uint64_t work = d.args.size() + module.imports.size();
  for (const auto& import : module.imports) work += import.name.size() / 16;
  for (const auto& [name, type] : module.exports) work += limits::EntryWork(name.size());
  RETURN_IF_ERROR(Spend(work));
  std::unordered_map<std::string, CoreInstanceTypeId> args;
  for (const syntax::CoreInstance::Arg& arg : d.args) {
    if (arg.instance >= info.core_instances.size()) {
      return FailIndex("core instance", arg.instance);
    }
    if (!args.emplace(arg.name, info.core_instances[arg.instance]).second) {
      return Fail("duplicate module instantiation argument named `" + std::string(arg.name) + "`");
    }
  }
  for (const CoreModuleType::Import& import : module.imports) {
    const auto arg = args.find(import.module);
    if (arg == args.end()) {
      return Fail("missing module instantiation argument named `" + import.module + "`");
    }
    const CoreExternType* found = types_.core_instance(arg->second).exports.Find(import.name);
    if (found == nullptr) {
      return Fail("module instantiation argument `" + import.module +
                  "` does not export an item named `" + import.name + "`");
    }
    const std::string problem = CoreMismatch(registry_, *found, import.type);
    if (!problem.empty()) {
      return Fail("type mismatch for export `" + import.name +
                  "` of module instantiation argument `" + import.module + "`: " + problem);
    }
  }
  return types_.Add(CoreInstanceType{module.exports});
}

Expected<CoreInstanceTypeId> ComponentValidator::BundleCore(const syntax::CoreInstance& d) {
  if (d.exports.size() > limits::kInlineExports) {
    return FailLimit("instance exports count", limits::kInlineExports);
  }
  CoreInstanceType instance;
  for (const syntax::CoreInstance::Export& e : d.exports) {
    ASSIGN_OR_RETURN(const CoreExternType type, CoreItemAt(e.item));
    if (!instance.exports.Add(std::string(e.name), type)) {
      return Fail("export name `" + std::string(e.name) + "` already defined");
    }
  }
  return types_.Add(std::move(instance));
}

Expected<CoreExternType> ComponentValidator::CoreItemAt(syntax::SortIdx at) const {
  const ComponentInfo& info = scope_->info;
  const uint32_t i = at.index;
  if (at.sort == Sort::kCoreFunc) {
    if (i >= info.core_funcs.size()) return FailIndex("function", i);
    return CoreExternType(std::in_place_index<0>, info.core_funcs[i]);
  }
  if (at.sort == Sort::kCoreTable) {
    if (i >= info.core_tables.size()) return FailIndex("table", i);
    return CoreExternType(info.core_tables[i]);
  }
  if (at.sort == Sort::kCoreMemory) {
    if (i >= info.core_memories.size()) return FailIndex("memory", i);
    return CoreExternType(info.core_memories[i]);
  }
  if (at.sort == Sort::kCoreGlobal) {
    if (i >= info.core_globals.size()) return FailIndex("global", i);
    return CoreExternType(info.core_globals[i]);
  }
  if (at.sort == Sort::kCoreTag) {
    if (i >= info.core_tags.size()) return FailIndex("tag", i);
    return CoreExternType(TagType{info.core_tags[i]});
  }
  return Fail("a core instance cannot export a " + std::string(SortText(at.sort)));
}

Checked ComponentValidator::PushCore(Sort sort, const CoreExternType& type) {
  ComponentInfo& info = scope_->info;
  if (sort == Sort::kCoreFunc) return PushCoreFunc(std::get<TypeIdx>(type));
  if (sort == Sort::kCoreTable) {
    if (info.core_tables.size() >= limits::kTables) {
      return FailLimit("tables count", limits::kTables);
    }
    info.core_tables.push_back(std::get<TableType>(type));
  } else if (sort == Sort::kCoreMemory) {
    if (info.core_memories.size() >= limits::kMemories) {
      return FailLimit("memories count", limits::kMemories);
    }
    info.core_memories.push_back(std::get<MemoryType>(type));
  } else if (sort == Sort::kCoreGlobal) {
    if (info.core_globals.size() >= limits::kFunctions) {
      return FailLimit("globals count", limits::kFunctions);
    }
    info.core_globals.push_back(std::get<GlobalType>(type));
  } else {
    if (info.core_tags.size() >= limits::kFunctions) {
      return FailLimit("tags count", limits::kFunctions);
    }
    info.core_tags.push_back(std::get<TagType>(type).type);
  }
  return Ok();
}

}  // namespace airwasm::component::valid
