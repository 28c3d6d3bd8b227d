#include "component/wrap/plan.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "component/wit/source.h"
#include "component/wit/strings.h"
#include "component/wrap/adapter_module.h"
#include "component/wrap/unique_imports.h"
#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"
#include "engine/binary/decoder.h"
#include "engine/types/type_registry.h"
#include "engine/valid/validator.h"

namespace airwasm::component::wrap {
namespace {

using wit::Cat;
namespace core = airwasm::syntax;

absl::Status Refuse(std::string message) {
  return absl::FailedPreconditionError(message);
}

std::string Hint(std::string_view name, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return wit::NearestHint(name, views);
}

constexpr std::string_view kDrop = "[resource-drop]";
constexpr std::string_view kNew = "[resource-new]";
constexpr std::string_view kRep = "[resource-rep]";
constexpr std::string_view kExportPrefix = "[export]";
constexpr std::string_view kRoot = "$root";
// Prefixes of names that belong to asynchronous functions.
constexpr std::string_view kAsync[] = {
    "[async-lower]", "[async-lift]",   "[async]",        "[task-",    "[subtask-",
    "[stream-",      "[future-",       "[waitable-",     "[context-", "[thread-",
    "[cancel-",      "[backpressure-", "[error-context-"};

class Planner {
 public:
  Planner(std::span<const uint8_t> module, const Options& options)
      : module_(module), options_(options), plan_(std::make_unique<Plan>()) {}

  absl::StatusOr<std::unique_ptr<Plan>> Run() {
    RETURN_IF_ERROR(ReadUnits());
    RETURN_IF_ERROR(MergeWorlds());
    plan_->selection.emplace(plan_->document());
    signatures_.emplace(plan_->document());
    IndexImports();
    RETURN_IF_ERROR(PlanExports());
    RETURN_IF_ERROR(PlanImports(0));
    RETURN_IF_ERROR(PruneAdapters());
    for (uint32_t unit = 1; unit < plan_->units.size(); ++unit) {
      RETURN_IF_ERROR(PlanImports(unit));
    }
    return std::move(plan_);
  }

 private:
  const wit::Document& document() const { return plan_->document(); }

  static absl::Status Invalid(std::string_view name, const Error& error) {
    return absl::InvalidArgumentError(Cat(name, ": ", error.ToString()));
  }

  static absl::StatusOr<core::Module> DecodeModule(std::span<const uint8_t> bytes,
                                                   std::string_view name) {
    auto decoded = airwasm::binary::Decode(bytes);
    if (!decoded.ok()) return Invalid(name, decoded.error());
    // Indices are good from here on.
    TypeRegistry registry;
    const Checked valid = airwasm::valid::Validate(*decoded, Features(), registry);
    if (!valid.ok()) return Invalid(name, valid.error());
    return *std::move(decoded);
  }

  absl::Status ReadUnits() {
    const auto add = [this](std::string name, std::span<const uint8_t> bytes,
                            const Adapter& how) -> absl::Status {
      Unit& unit = plan_->units.emplace_back();
      unit.name = std::move(name);
      ASSIGN_OR_RETURN(const core::Module whole, DecodeModule(bytes, unit.name));
      ASSIGN_OR_RETURN(std::vector<ModuleWorld> worlds, ReadWorlds(whole));
      UniqueImports unique = MakeImportsUnique(WithoutWorlds(bytes), whole);
      unit.bytes = std::move(unique.bytes);
      unit.original_names = std::move(unique.originals);
      ASSIGN_OR_RETURN(unit.module, DecodeModule(unit.bytes, unit.name));
      std::erase_if(worlds, [&](const ModuleWorld& world) {
        const std::string& its_name = world.document.worlds[world.world].name;
        return std::find(how.without_worlds.begin(), how.without_worlds.end(), its_name) !=
               how.without_worlds.end();
      });
      for (ModuleWorld& world : worlds) {
        if (&world != worlds.data() && world.encoding != unit.encoding) {
          return Refuse(Cat(unit.name, ": its worlds differ in the encoding of strings"));
        }
        unit.encoding = world.encoding;
        if (!how.exports) world.document.worlds[world.world].exports.clear();
      }
      worlds_.push_back(std::move(worlds));
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(add("module", module_, Adapter()));
    for (const Adapter& adapter : options_.adapters) {
      RETURN_IF_ERROR(add(adapter.name, adapter.module, adapter));
    }
    return absl::OkStatus();
  }

  absl::Status MergeWorlds() {
    for (const auto& list : worlds_) {
      for (const ModuleWorld& world : list) {
        const wit::World& w = world.document.worlds[world.world];
        if (options_.merge_versions) plan_->versions.AddImports(world.document, w);
        plan_->versions.AddExports(world.document, w);
      }
    }
    for (uint32_t unit = 0; unit < worlds_.size(); ++unit) {
      for (const ModuleWorld& world : worlds_[unit]) {
        RETURN_IF_ERROR(
            plan_->merger.Add(world.document, world.document.worlds[world.world], unit));
      }
    }
    return absl::OkStatus();
  }

  void IndexImports() {
    for (const wit::WorldItem& item : plan_->world().imports) {
      if (const auto* interface = std::get_if<wit::InterfaceRef>(&item.what)) {
        imported_.emplace(item.name, interface->id);
      }
    }
    for (const wit::WorldItem& item : plan_->world().exports) {
      if (const auto* interface = std::get_if<wit::InterfaceRef>(&item.what)) {
        exported_.emplace(item.name, interface->id);
      }
    }
  }

  uint32_t NewSlot(const airwasm::FuncType& type) {
    plan_->slots.push_back(type);
    return static_cast<uint32_t>(plan_->slots.size() - 1);
  }

  // --- Exports ---

  absl::Status PlanExport(uint32_t item, std::string_view prefix, const wit::Function& function) {
    CoreExport entry;
    entry.item = item;
    entry.unit = plan_->merger.export_owners[item];
    entry.function = &function;
    entry.name = Cat(prefix, function.name);
    entry.signature = signatures_->Lifted(function);
    const Unit& unit = plan_->units[entry.unit];
    const airwasm::FuncType* type = unit.FuncTypeOf(entry.name);
    if (type == nullptr) {
      if (unit.FuncTypeOf(Cat("[async-lift]", entry.name)) != nullptr) {
        return absl::UnimplementedError(
            Cat("`", entry.name, "` is lifted asynchronously, which is not supported yet"));
      }
      std::vector<std::string> names;
      for (const core::Export& e : unit.module.exports) names.emplace_back(e.name);
      return Refuse(Cat(unit.name, " has no export `", entry.name, "`, which its world requires",
                        Hint(entry.name, names)));
    }
    if (!Signatures::Matches(entry.signature, *type)) {
      return Refuse(Cat(unit.name, ": the export `", entry.name, "` is ", FuncTypeText(*type),
                        ", while its world makes it ", entry.signature.ToString()));
    }
    const std::string post_return = Cat("cabi_post_", entry.name);
    if (unit.FuncTypeOf(post_return) != nullptr) entry.post_return = post_return;
    RETURN_IF_ERROR(
        CheckMemory(entry.unit, entry.signature, false, Cat("the export `", entry.name, "`")));
    plan_->selection->types.Add(function);
    plan_->exports.push_back(std::move(entry));
    return absl::OkStatus();
  }

  absl::Status PlanExports() {
    const auto& items = plan_->world().exports;
    for (uint32_t i = 0; i < items.size(); ++i) {
      if (const auto* function = std::get_if<wit::Function>(&items[i].what)) {
        RETURN_IF_ERROR(PlanExport(i, "", *function));
        continue;
      }
      const auto id = std::get<wit::InterfaceRef>(items[i].what).id;
      const wit::Interface& interface = document().interfaces[id];
      const uint32_t owner = plan_->merger.export_owners[i];
      for (const wit::TypeId type : interface.types) {
        plan_->selection->types.Add(type);
        const wit::TypeDef& def = document().types[type];
        if (!std::holds_alternative<wit::Resource>(def.what)) continue;
        OwnResource resource{.type = type, .unit = owner};
        const std::string dtor = Cat(items[i].name, "#[dtor]", def.name);
        if (const airwasm::FuncType* core_type = plan_->units[owner].FuncTypeOf(dtor)) {
          if (*core_type != airwasm::FuncType{{kI32}, {}}) {
            return Refuse(Cat(plan_->units[owner].name, ": the export `", dtor, "` is ",
                              FuncTypeText(*core_type), " instead of [i32] -> []"));
          }
          resource.dtor = dtor;
          resource.slot = NewSlot(*core_type);
        }
        own_.emplace(type, plan_->resources.size());
        plan_->resources.push_back(std::move(resource));
      }
      for (const wit::Function& function : interface.functions) {
        RETURN_IF_ERROR(PlanExport(i, Cat(items[i].name, "#"), function));
      }
    }
    return absl::OkStatus();
  }

  // --- Imports ---

  absl::Status CheckMemory(uint32_t index, const Signature& signature, bool at_imports,
                           const std::string& what) {
    const Unit& unit = plan_->units[index];
    const bool has_memory =
        unit.bridge_pages || unit.module.num_imported_memories > 0 ||
        (unit.Find("memory") != nullptr && unit.Find("memory")->kind == core::ExternKind::kMemory);
    if (signature.needs_memory && !has_memory) {
      return Refuse(Cat(unit.name, " has no export `memory`, which ", what, " needs"));
    }
    if (signature.needs_realloc && unit.FuncTypeOf(unit.Realloc(at_imports)) == nullptr) {
      return Refuse(Cat(unit.name, " has no export `cabi_realloc`, which ", what, " needs"));
    }
    return absl::OkStatus();
  }

  static const wit::TypeId* FindResource(const wit::Document& document,
                                         const std::vector<wit::TypeId>& types,
                                         std::string_view name) {
    for (const wit::TypeId& type : types) {
      if (document.types[type].name == name) return &type;
    }
    return nullptr;
  }

  // What `[export]interface` provides.
  absl::Status PlanOwnResource(const Unit& unit, CoreImport& import) {
    const std::string interface_name(import.module.substr(kExportPrefix.size()));
    const auto interface = exported_.find(interface_name);
    if (interface == exported_.end()) {
      return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name,
                        "`: its world does not export `", interface_name, "`"));
    }
    constexpr std::pair<std::string_view, CoreImport::What> kBuiltIns[] = {
        {kDrop, CoreImport::What::kResourceDrop},
        {kNew, CoreImport::What::kResourceNew},
        {kRep, CoreImport::What::kResourceRep}};
    for (const auto& [prefix, what] : kBuiltIns) {
      if (!import.name.starts_with(prefix)) continue;
      const auto* type = FindResource(document(), document().interfaces[interface->second].types,
                                      import.name.substr(prefix.size()));
      if (type == nullptr || !own_.contains(*type)) break;
      import.what = what;
      import.interface = interface->second;
      import.resource = *type;
      return absl::OkStatus();
    }
    return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name,
                      "` is no built-in of a resource that the interface defines"));
  }

  // What an interface, or the world, provides. `find` is null if it has no such function.
  absl::Status PlanFunction(uint32_t index, CoreImport& import, const wit::Function* function,
                            const std::vector<std::string>& names) {
    const Unit& unit = plan_->units[index];
    if (function == nullptr) {
      return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name,
                        "` has no counterpart in its world", Hint(import.name, names)));
    }
    import.what = CoreImport::What::kFunction;
    import.function = function;
    import.signature = signatures_->Lowered(*function);
    if (!Signatures::Matches(import.signature, import.type)) {
      return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name, "` is ",
                        FuncTypeText(import.type), ", while its world makes it ",
                        import.signature.ToString()));
    }
    RETURN_IF_ERROR(CheckMemory(index, import.signature, true,
                                Cat("the import `", import.module, "` `", import.name, "`")));
    if (import.signature.needs_memory || import.signature.needs_realloc) {
      import.slot = NewSlot(import.type);
    }
    plan_->selection->Add(*function);
    return absl::OkStatus();
  }

  absl::Status PlanInterfaceImport(uint32_t index, CoreImport& import, wit::InterfaceId id) {
    const wit::Interface& interface = document().interfaces[id];
    import.interface = id;
    if (import.name.starts_with(kDrop)) {
      const auto* type =
          FindResource(document(), interface.types, import.name.substr(kDrop.size()));
      if (type != nullptr) {
        import.what = CoreImport::What::kResourceDrop;
        import.resource = *type;
        plan_->selection->types.Add(*type);
        return absl::OkStatus();
      }
    }
    const wit::Function* found = nullptr;
    std::vector<std::string> names;
    for (const wit::Function& function : interface.functions) {
      if (function.name == import.name) found = &function;
      names.push_back(function.name);
    }
    return PlanFunction(index, import, found, names);
  }

  absl::Status PlanRootImport(uint32_t index, CoreImport& import) {
    const wit::Function* found = nullptr;
    std::vector<std::string> names;
    for (const wit::WorldItem& item : plan_->world().imports) {
      const auto* type = std::get_if<wit::TypeRef>(&item.what);
      if (type != nullptr && import.name == Cat(kDrop, item.name)) {
        import.what = CoreImport::What::kResourceDrop;
        import.resource = type->id;
        plan_->selection->types.Add(type->id);
        return absl::OkStatus();
      }
      const auto* function = std::get_if<wit::Function>(&item.what);
      if (function == nullptr) continue;
      if (function->name == import.name) found = function;
      names.push_back(function->name);
    }
    return PlanFunction(index, import, found, names);
  }

  absl::Status PlanAdapterImport(uint32_t index, CoreImport& import, uint32_t adapter) {
    const Unit& provider = plan_->units[adapter];
    const auto& instead = options_.adapters[adapter - 1].instead;
    const auto other = instead.find(import.name);
    import.source = other == instead.end() ? import.name : std::string_view(other->second);
    const airwasm::FuncType* type = provider.FuncTypeOf(import.source);
    if (type == nullptr) {
      std::vector<std::string> names;
      for (const core::Export& e : provider.module.exports) names.emplace_back(e.name);
      return Refuse(Cat(plan_->units[index].name, ": the import `", import.module, "` `",
                        import.name, "`: the adapter has no such function",
                        Hint(import.name, names)));
    }
    if (*type != import.type) {
      return Refuse(Cat(plan_->units[index].name, ": the import `", import.module, "` `",
                        import.name, "` is ", FuncTypeText(import.type),
                        ", while the adapter has it as ", FuncTypeText(*type)));
    }
    const auto is_number = [](const airwasm::ValType& t) {
      return t == kI32 || t == kI64 || t == kF32 || t == kF64;
    };
    if (!std::all_of(type->params.begin(), type->params.end(), is_number) ||
        !std::all_of(type->results.begin(), type->results.end(), is_number)) {
      return Refuse(Cat("the adapter's function `", import.name, "` takes or yields references"));
    }
    import.what = CoreImport::What::kAdapter;
    import.unit = adapter;
    import.slot = NewSlot(import.type);
    return absl::OkStatus();
  }

  // What adapters alone may import.
  absl::StatusOr<bool> PlanSpecialImport(uint32_t index, CoreImport& import) {
    if (index == 0) return false;
    Unit& unit = plan_->units[index];
    const Unit& main = plan_->units[0];
    if (import.module == kBridge) {
      import.what = CoreImport::What::kBridge;
      import.source = import.name;
      if (import.sort == syntax::Sort::kCoreMemory) return true;
      unit.uses_main_memory = true;
      if (main.Find("memory") == nullptr) {
        return Refuse("the module has no export `memory`, which the adapter needs");
      }
      return true;
    }
    if (import.sort == syntax::Sort::kCoreMemory) {
      import.what = CoreImport::What::kMainMemory;
      if (main.Find("memory") == nullptr) {
        return Refuse("the module has no export `memory`, which the adapter needs");
      }
      return true;
    }
    if (import.module != kMainModule) return false;
    import.source = import.name;
    const airwasm::FuncType* type = main.FuncTypeOf(import.name);
    if (type == nullptr && import.name == "cabi_realloc") {
      import.what = CoreImport::What::kRealloc;
      unit.needs_realloc_helper = true;
      return true;
    }
    if (type == nullptr || *type != import.type) {
      return Refuse(Cat("the adapter ", unit.name, " needs the module's export `", import.name,
                        "`, a function ", FuncTypeText(import.type)));
    }
    import.what = CoreImport::What::kMain;
    return true;
  }

  absl::Status PlanImport(uint32_t index, const core::Import& from, CoreImport& import) {
    const Unit& unit = plan_->units[index];
    import.module = from.module;
    import.field = from.name;
    const auto original = unit.original_names.find(from.name);
    import.name = original == unit.original_names.end() ? from.name : original->second;
    switch (from.kind()) {
      case core::ExternKind::kFunc:
        import.type = unit.module.types[std::get<TypeIdx>(from.type)].func;
        break;
      case core::ExternKind::kMemory:
        import.sort = syntax::Sort::kCoreMemory;
        break;
      case core::ExternKind::kTable:
      case core::ExternKind::kGlobal:
      case core::ExternKind::kTag:
        return Refuse(Cat(unit.name, ": the import `", from.module, "` `", from.name,
                          "` is no function, and only functions can be imported"));
    }
    ASSIGN_OR_RETURN(const bool special, PlanSpecialImport(index, import));
    if (special) return absl::OkStatus();
    if (import.sort != syntax::Sort::kCoreFunc) {
      return Refuse(Cat(unit.name, ": the memory `", from.module, "` `", from.name,
                        "` is imported; a module of a component has to define its memory"));
    }
    for (uint32_t adapter = 1; index == 0 && adapter < plan_->units.size(); ++adapter) {
      if (plan_->units[adapter].name == import.module) {
        return PlanAdapterImport(index, import, adapter);
      }
    }
    for (const std::string_view prefix : kAsync) {
      if (!import.name.starts_with(prefix)) continue;
      return absl::UnimplementedError(Cat(unit.name, ": the import `", from.module, "` `",
                                          from.name,
                                          "` is asynchronous, which is not supported yet"));
    }
    if (import.module.starts_with(kExportPrefix)) return PlanOwnResource(unit, import);
    if (import.module == kRoot) return PlanRootImport(index, import);
    const auto interface = imported_.find(plan_->versions.Of(std::string(import.module)));
    if (interface != imported_.end()) return PlanInterfaceImport(index, import, interface->second);
    return Refuse(NoInterface(index, import));
  }

  std::string NoInterface(uint32_t index, const CoreImport& import) const {
    std::vector<std::string> names;
    for (const auto& [name, id] : imported_) names.push_back(name);
    for (size_t i = 1; i < plan_->units.size(); ++i) names.push_back(plan_->units[i].name);
    std::sort(names.begin(), names.end());
    return Cat(plan_->units[index].name, ": the import `", import.module, "` `", import.name, "`: ",
               worlds_[index].empty()
                   ? "the module carries no world, and there is no adapter of that name"
                   : "neither its world nor an adapter provides that module",
               Hint(import.module, names));
  }

  absl::Status PlanImports(uint32_t index) {
    Unit& unit = plan_->units[index];
    for (const core::Import& from : unit.module.imports) {
      CoreImport import;
      RETURN_IF_ERROR(PlanImport(index, from, import));
      unit.imports.push_back(std::move(import));
    }
    return absl::OkStatus();
  }

  // Leaves of each adapter what the main module and the exports use.
  absl::Status PruneAdapters() {
    for (uint32_t index = 1; index < plan_->units.size(); ++index) {
      Unit& unit = plan_->units[index];
      absl::flat_hash_map<std::string, bool> wanted = {{std::string(unit.Realloc(true)), true},
                                                       {"_initialize", true}};
      for (const CoreImport& import : plan_->units[0].imports) {
        if (import.what == CoreImport::What::kAdapter && import.unit == index) {
          wanted.emplace(import.source, true);
        }
      }
      for (const CoreExport& entry : plan_->exports) {
        if (entry.unit != index) continue;
        wanted.emplace(entry.name, true);
        if (!entry.post_return.empty()) wanted.emplace(entry.post_return, true);
        if (entry.signature.needs_realloc) wanted.emplace(unit.Realloc(false), true);
      }
      for (const OwnResource& resource : plan_->resources) {
        if (resource.unit == index) wanted.emplace(resource.dtor, true);
      }
      ASSIGN_OR_RETURN(std::vector<uint8_t> pruned,
                       PruneAdapter(unit.module, [&](std::string_view name) {
                         return wanted.contains(std::string(name));
                       }));
      unit.bytes = std::move(pruned);
      ASSIGN_OR_RETURN(unit.module, DecodeModule(unit.bytes, unit.name));
      for (const core::Import& import : unit.module.imports) {
        if (import.module == kBridge && import.kind() == core::ExternKind::kMemory) {
          unit.bridge_pages = std::get<MemoryType>(import.type).limits.min;
        }
      }
    }
    return absl::OkStatus();
  }

  std::span<const uint8_t> module_;
  const Options& options_;
  std::unique_ptr<Plan> plan_;
  std::optional<Signatures> signatures_;
  std::vector<std::vector<ModuleWorld>> worlds_;  // of each unit
  absl::flat_hash_map<std::string, wit::InterfaceId> imported_;
  absl::flat_hash_map<std::string, wit::InterfaceId> exported_;
  absl::flat_hash_map<wit::TypeId, size_t> own_;  // in Plan::resources
};

}  // namespace

const core::Export* Unit::Find(std::string_view wanted) const {
  for (const core::Export& entry : module.exports) {
    if (entry.name == wanted) return &entry;
  }
  return nullptr;
}

const airwasm::FuncType* Unit::FuncTypeOf(std::string_view wanted) const {
  const core::Export* entry = Find(wanted);
  if (entry == nullptr || entry->kind != core::ExternKind::kFunc) return nullptr;
  if (entry->index >= module.funcs.size()) return nullptr;
  const TypeIdx type = module.funcs[entry->index].type;
  if (type >= module.types.size()) return nullptr;
  const SubType& sub = module.types[type];
  return sub.kind == CompositeKind::kFunc ? &sub.func : nullptr;
}

std::string_view Unit::Realloc(bool at_imports) const {
  const std::string_view own = at_imports ? "cabi_import_realloc" : "cabi_export_realloc";
  return FuncTypeOf(own) != nullptr ? own : "cabi_realloc";
}

absl::StatusOr<std::unique_ptr<Plan>> MakePlan(std::span<const uint8_t> module,
                                               const Options& options) {
  return Planner(module, options).Run();
}

}  // namespace airwasm::component::wrap
