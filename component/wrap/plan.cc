#include "component/wrap/plan.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "component/wit/strings.h"
#include "component/wrap/adapter_module.h"
#include "component/wrap/plan_imports.h"
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

class Planner {
 public:
  Planner(std::span<const uint8_t> module, const Options& options)
      : module_(module), options_(options), plan_(std::make_unique<Plan>()) {}

  absl::StatusOr<std::unique_ptr<Plan>> Run() {
    RETURN_IF_ERROR(ReadUnits());
    RETURN_IF_ERROR(MergeWorlds());
    plan_->selection.emplace(plan_->document());
    signatures_.emplace(plan_->document());
    RETURN_IF_ERROR(PlanExports());
    std::vector<bool> has_world;
    for (const auto& worlds : worlds_) has_world.push_back(!worlds.empty());
    ImportPlanner imports(*plan_, options_, *signatures_, std::move(has_world));
    RETURN_IF_ERROR(imports.Run(0));
    RETURN_IF_ERROR(PruneAdapters());
    for (uint32_t unit = 1; unit < plan_->units.size(); ++unit) {
      RETURN_IF_ERROR(imports.Run(unit));
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
                        NearestName(entry.name, names)));
    }
    if (!Signatures::Matches(entry.signature, *type)) {
      return Refuse(Cat(unit.name, ": the export `", entry.name, "` is ", FuncTypeText(*type),
                        ", while its world makes it ", entry.signature.ToString()));
    }
    const std::string post_return = Cat("cabi_post_", entry.name);
    if (unit.FuncTypeOf(post_return) != nullptr) entry.post_return = post_return;
    RETURN_IF_ERROR(unit.CheckMemory(entry.signature, false, Cat("the export `", entry.name, "`")));
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
          resource.slot = plan_->NewSlot(*core_type);
        }
        plan_->resources.push_back(std::move(resource));
      }
      for (const wit::Function& function : interface.functions) {
        RETURN_IF_ERROR(PlanExport(i, Cat(items[i].name, "#"), function));
      }
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

absl::Status Unit::CheckMemory(const Signature& signature, bool at_imports,
                               std::string_view what) const {
  const bool has_memory =
      bridge_pages || module.num_imported_memories > 0 ||
      (Find("memory") != nullptr && Find("memory")->kind == core::ExternKind::kMemory);
  if (signature.needs_memory && !has_memory) {
    return Refuse(Cat(name, " has no export `memory`, which ", what, " needs"));
  }
  if (signature.needs_realloc && FuncTypeOf(Realloc(at_imports)) == nullptr) {
    return Refuse(Cat(name, " has no export `cabi_realloc`, which ", what, " needs"));
  }
  return absl::OkStatus();
}

uint32_t Plan::NewSlot(const airwasm::FuncType& type) {
  slots.push_back(type);
  return static_cast<uint32_t>(slots.size() - 1);
}

absl::StatusOr<std::unique_ptr<Plan>> MakePlan(std::span<const uint8_t> module,
                                               const Options& options) {
  return Planner(module, options).Run();
}

}  // namespace airwasm::component::wrap
