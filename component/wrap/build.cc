// Builds the component that a plan describes: imports, core modules and instances, then exports.
//
// The order is that of need. What the modules import without need of memory is made first; the main
// module gets the rest from the shim; then come the adapters; when the memories are there the rest
// is lowered, and the fixup puts it into the shim's table.
#include <deque>
#include <memory>
#include <utility>

#include "component/binary/encoder.h"
#include "component/wit/strings.h"
#include "component/wrap/exported_interface.h"
#include "component/wrap/helper_modules.h"
#include "component/wrap/plan.h"

namespace airwasm::component::wrap {
namespace {

using syntax::Sort;
using wit::Cat;

class Builder {
 public:
  explicit Builder(const Plan& plan)
      : plan_(plan), scope_(plan.document(), out_, &*plan.selection), units_(plan.units.size()) {}

  std::vector<uint8_t> Run() {
    ImportWorld();
    DefineExported();
    if (!plan_.slots.empty()) {
      shim_ = Instantiate(AddModule(ShimModule(plan_.slots), "shim"), {});
    }
    for (const OwnResource& resource : plan_.resources) DefineResource(resource);
    for (uint32_t unit = 0; unit < plan_.units.size(); ++unit) InstantiateUnit(unit);
    if (!plan_.slots.empty()) InstantiateFixup();
    // Adapters first: the module may call them.
    for (uint32_t unit = static_cast<uint32_t>(plan_.units.size()); unit-- > 0;) Initialize(unit);
    ExportWorld();
    component_.definitions = out_.Take();
    return binary::Encode(component_);
  }

 private:
  struct UnitState {
    uint32_t instance = 0;
    std::optional<uint32_t> memory;
    uint32_t helper = 0;  // instance of the bridge, or of the stand-in for cabi_realloc
    absl::flat_hash_map<std::string, uint32_t> functions;  // aliases of its exports
  };

  std::string_view Keep(std::string text) {
    component_.strings.push_back(std::move(text));
    return component_.strings.back();
  }

  // --- The world's imports ---

  void ImportWorld() {
    // The plan was made of an ordered world: a circle has been refused.
    const auto order = wit::OrderByUse(plan_.document(), plan_.world().imports);
    for (const wit::WorldItem* item : *order) {
      const auto id = std::get<wit::InterfaceRef>(item->what).id;
      if (!plan_.selection->IsEmpty(plan_.document().interfaces[id])) {
        scope_.ImportInterface(item->name, id);
      }
    }
    scope_.ImportTypes(plan_.world().imports);
    for (const wit::WorldItem& item : plan_.world().imports) {
      const auto* function = std::get_if<wit::Function>(&item.what);
      if (function != nullptr && plan_.selection->functions.contains(function)) {
        functions_[function] = scope_.ImportFunction(*function);
      }
    }
  }

  // --- Modules and instances ---

  uint32_t AddModule(std::vector<uint8_t> bytes, std::string name) {
    component_.storage.push_back(std::move(bytes));
    return AddModule(syntax::Bytes(component_.storage.back()), std::move(name));
  }
  uint32_t AddModule(syntax::Bytes bytes, std::string name) {
    const uint32_t index = out_.Add(syntax::CoreModule{bytes});
    component_.names.sorts[Sort::kCoreModule][index] = std::move(name);
    return index;
  }
  uint32_t Instantiate(uint32_t module, std::vector<syntax::CoreInstance::Arg> args) {
    return out_.Add(syntax::CoreInstance{.module = module, .args = std::move(args)});
  }
  uint32_t Bundle(std::vector<syntax::CoreInstance::Export> exports) {
    return out_.Add(syntax::CoreInstance{.exports = std::move(exports)});
  }
  uint32_t ShimFunction(uint32_t slot) {
    return out_.AliasExport(Sort::kCoreFunc, shim_, Keep(Cat(slot)));
  }

  uint32_t FunctionOf(uint32_t unit, std::string_view name) {
    auto& known = units_[unit].functions;
    const auto found = known.find(std::string(name));
    if (found != known.end()) return found->second;
    const uint32_t index =
        out_.AliasExport(Sort::kCoreFunc, units_[unit].instance, Keep(std::string(name)));
    known.emplace(name, index);
    return index;
  }
  uint32_t MainMemory() {
    if (!units_[0].memory) {
      units_[0].memory = out_.AliasExport(Sort::kCoreMemory, units_[0].instance, "memory");
    }
    return *units_[0].memory;
  }
  // The memory that a unit works in.
  uint32_t MemoryOf(uint32_t unit) {
    if (!plan_.units[unit].bridge_pages) return MainMemory();
    if (!units_[unit].memory) {
      units_[unit].memory = out_.AliasExport(Sort::kCoreMemory, units_[unit].helper, "memory");
    }
    return *units_[unit].memory;
  }

  std::vector<syntax::CanonOpt> Opts(uint32_t unit, const Signature& signature, bool at_imports) {
    using Kind = syntax::CanonOpt::Kind;
    std::vector<syntax::CanonOpt> opts;
    if (signature.needs_memory) opts.push_back({Kind::kMemory, MemoryOf(unit)});
    if (signature.needs_realloc) {
      opts.push_back({Kind::kRealloc, FunctionOf(unit, plan_.units[unit].Realloc(at_imports))});
    }
    if (signature.needs_memory) opts.push_back({static_cast<Kind>(plan_.units[unit].encoding)});
    return opts;
  }

  // --- Resources of exported interfaces ---

  void DefineExported() {
    for (const wit::WorldItem& item : plan_.world().exports) {
      const auto* interface = std::get_if<wit::InterfaceRef>(&item.what);
      if (interface == nullptr) continue;
      exported_.try_emplace(interface->id, plan_.document(), out_,
                            [this](wit::TypeId id) { return ExportedType(id); });
    }
  }
  void DefineResource(const OwnResource& resource) {
    syntax::ResourceType type;
    if (resource.slot) type.dtor = ShimFunction(*resource.slot);
    resources_[resource.type] = out_.AddType(type);
  }
  // A type as the exports know it: that of an exported interface, if there is one, rather than that
  // of the import of the same name.
  uint32_t ExportedType(wit::TypeId id) {
    if (const auto own = resources_.find(id); own != resources_.end()) return own->second;
    const auto interface = plan_.document().types[id].interface;
    const auto found = interface ? exported_.find(*interface) : exported_.end();
    return found == exported_.end() ? scope_.TypeOf(id) : found->second.Define(id);
  }

  // --- Imports of core modules ---

  uint32_t Lower(uint32_t unit, const CoreImport& import) {
    const auto [found, is_new] = functions_.emplace(import.function, 0);
    if (is_new) {
      found->second =
          out_.AliasExport(Sort::kFunc, scope_.instance(*import.interface), import.function->name);
    }
    syntax::Canon canon;
    canon.kind = syntax::CanonKind::kLower;
    canon.func = found->second;
    canon.opts = Opts(unit, import.signature, true);
    return out_.Add(std::move(canon));
  }
  uint32_t BuiltIn(syntax::CanonKind kind, const CoreImport& import) {
    const auto own = resources_.find(import.resource);
    const bool exported = import.module.starts_with("[export]") && own != resources_.end();
    syntax::Canon canon;
    canon.kind = kind;
    canon.type = exported ? own->second : scope_.TypeOf(import.resource);
    return out_.Add(std::move(canon));
  }

  // What stands in the place of an import before the module that imports it is instantiated.
  syntax::SortIdx Source(uint32_t unit, const CoreImport& import) {
    if (import.slot) return {Sort::kCoreFunc, ShimFunction(*import.slot)};
    switch (import.what) {
      case CoreImport::What::kFunction:
        return {Sort::kCoreFunc, Lower(unit, import)};
      case CoreImport::What::kResourceDrop:
        return {Sort::kCoreFunc, BuiltIn(syntax::CanonKind::kResourceDrop, import)};
      case CoreImport::What::kResourceNew:
        return {Sort::kCoreFunc, BuiltIn(syntax::CanonKind::kResourceNew, import)};
      case CoreImport::What::kResourceRep:
        return {Sort::kCoreFunc, BuiltIn(syntax::CanonKind::kResourceRep, import)};
      case CoreImport::What::kAdapter:
        return {Sort::kCoreFunc, FunctionOf(import.unit, import.source)};
      case CoreImport::What::kMain:
        return {Sort::kCoreFunc, FunctionOf(0, import.source)};
      case CoreImport::What::kRealloc:
        return {Sort::kCoreFunc,
                out_.AliasExport(Sort::kCoreFunc, units_[unit].helper, import.source)};
      case CoreImport::What::kMainMemory:
        return {Sort::kCoreMemory, MainMemory()};
      case CoreImport::What::kBridge:
        return {import.sort, out_.AliasExport(import.sort, units_[unit].helper, import.source)};
    }
    return {};
  }

  void InstantiateHelper(uint32_t unit) {
    const Unit& from = plan_.units[unit];
    if (from.bridge_pages) {
      std::vector<syntax::CoreInstance::Arg> args;
      if (from.uses_main_memory) {
        args.push_back({"main", Bundle({{"memory", {Sort::kCoreMemory, MainMemory()}}})});
      }
      const uint32_t module = AddModule(BridgeModule(*from.bridge_pages, from.uses_main_memory),
                                        Cat(from.name, " bridge"));
      units_[unit].helper = Instantiate(module, std::move(args));
    } else if (from.needs_realloc_helper) {
      const uint32_t memory = Bundle({{"memory", {Sort::kCoreMemory, MainMemory()}}});
      units_[unit].helper =
          Instantiate(AddModule(ReallocModule(), Cat(from.name, " realloc")), {{"env", memory}});
    }
  }

  void InstantiateUnit(uint32_t index) {
    const Unit& unit = plan_.units[index];
    InstantiateHelper(index);
    // One instance for each name that the module imports from, in the order of the imports.
    std::vector<std::pair<std::string_view, std::vector<syntax::CoreInstance::Export>>> bundles;
    for (const CoreImport& import : unit.imports) {
      size_t at = 0;
      while (at < bundles.size() && bundles[at].first != import.module) ++at;
      if (at == bundles.size()) bundles.push_back({import.module, {}});
      bundles[at].second.push_back({import.field, Source(index, import)});
    }
    std::vector<syntax::CoreInstance::Arg> args;
    for (auto& [module, exports] : bundles) args.push_back({module, Bundle(std::move(exports))});
    const uint32_t module = AddModule(syntax::Bytes(unit.bytes), index == 0 ? "main" : unit.name);
    units_[index].instance = Instantiate(module, std::move(args));
  }

  void InstantiateFixup() {
    std::vector<syntax::CoreInstance::Export> all(plan_.slots.size());
    for (uint32_t index = 0; index < plan_.units.size(); ++index) {
      for (const CoreImport& import : plan_.units[index].imports) {
        if (!import.slot) continue;
        const uint32_t function = import.what == CoreImport::What::kFunction
                                      ? Lower(index, import)
                                      : FunctionOf(import.unit, import.source);
        all[*import.slot] = {Keep(Cat(*import.slot)), {Sort::kCoreFunc, function}};
      }
    }
    for (const OwnResource& resource : plan_.resources) {
      if (!resource.slot) continue;
      all[*resource.slot] = {Keep(Cat(*resource.slot)),
                             {Sort::kCoreFunc, FunctionOf(resource.unit, resource.dtor)}};
    }
    all.push_back(
        {"$imports", {Sort::kCoreTable, out_.AliasExport(Sort::kCoreTable, shim_, "$imports")}});
    const uint32_t bundle = Bundle(std::move(all));
    Instantiate(AddModule(FixupModule(plan_.slots), "fixup"), {{"", bundle}});
  }

  void Initialize(uint32_t unit) {
    const airwasm::FuncType* type = plan_.units[unit].FuncTypeOf("_initialize");
    if (type == nullptr || !type->params.empty() || !type->results.empty()) return;
    if (!start_module_) start_module_ = AddModule(StartModule(), "initialize");
    const uint32_t bundle = Bundle({{"", {Sort::kCoreFunc, FunctionOf(unit, "_initialize")}}});
    Instantiate(*start_module_, {{"", bundle}});
  }

  // --- The world's exports ---

  uint32_t Lift(const CoreExport& entry, uint32_t type) {
    syntax::Canon canon;
    canon.kind = syntax::CanonKind::kLift;
    canon.func = FunctionOf(entry.unit, entry.name);
    canon.type = type;
    canon.opts = Opts(entry.unit, entry.signature, false);
    if (!entry.post_return.empty()) {
      canon.opts.push_back(
          {syntax::CanonOpt::Kind::kPostReturn, FunctionOf(entry.unit, entry.post_return)});
    }
    return out_.Add(std::move(canon));
  }

  void ExportWorld() {
    const auto& items = plan_.world().exports;
    for (const CoreExport& entry : plan_.exports) {
      if (!std::holds_alternative<wit::Function>(items[entry.item].what)) continue;
      const uint32_t func = Lift(entry, scope_.types().Encode(*entry.function));
      out_.Export(items[entry.item].name, Sort::kFunc, func);
    }
    const auto order = wit::OrderByUse(plan_.document(), items);
    for (const wit::WorldItem* item : *order) {
      const auto id = std::get<wit::InterfaceRef>(item->what).id;
      const auto index = static_cast<uint32_t>(item - items.data());
      wit::TypeEncoder& types = exported_.at(id);
      std::vector<uint32_t> functions;
      for (const CoreExport& entry : plan_.exports) {
        if (entry.item == index) functions.push_back(Lift(entry, types.Encode(*entry.function)));
      }
      const uint32_t instance = InstanceOfInterface(
          plan_.document(), id, functions, [this](wit::TypeId t) { return ExportedType(t); }, out_,
          component_.strings);
      out_.Export(item->name, Sort::kInstance, instance);
    }
  }

  const Plan& plan_;
  syntax::Component component_;
  wit::Definitions out_;
  wit::WorldScope scope_;
  std::vector<UnitState> units_;
  uint32_t shim_ = 0;  // instance
  std::optional<uint32_t> start_module_;
  absl::flat_hash_map<const wit::Function*, uint32_t> functions_;  // imported ones
  absl::flat_hash_map<wit::TypeId, uint32_t> resources_;           // defined here
  std::map<wit::InterfaceId, wit::TypeEncoder> exported_;
};

}  // namespace

std::vector<uint8_t> Build(const Plan& plan) {
  return Builder(plan).Run();
}

}  // namespace airwasm::component::wrap
