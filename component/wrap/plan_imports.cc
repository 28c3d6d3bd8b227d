#include "component/wrap/plan_imports.h"

#include <algorithm>
#include <utility>

#include "component/wit/source.h"
#include "component/wit/strings.h"
#include "component/wrap/adapter_module.h"
#include "engine/base/status_macros.h"

namespace airwasm::component::wrap {
namespace {

using wit::Cat;
namespace core = airwasm::syntax;

absl::Status Refuse(std::string message) {
  return absl::FailedPreconditionError(message);
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

}  // namespace

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return wit::NearestHint(name, views);
}

ImportPlanner::ImportPlanner(Plan& plan, const Options& options, Signatures& signatures,
                             std::vector<bool> has_world)
    : plan_(plan), options_(options), signatures_(signatures), has_world_(std::move(has_world)) {
  for (const wit::WorldItem& item : plan_.world().imports) {
    if (const auto* interface = std::get_if<wit::InterfaceRef>(&item.what)) {
      imported_.emplace(item.name, interface->id);
    }
  }
  for (const wit::WorldItem& item : plan_.world().exports) {
    if (const auto* interface = std::get_if<wit::InterfaceRef>(&item.what)) {
      exported_.emplace(item.name, interface->id);
    }
  }
}

bool ImportPlanner::IsOwn(wit::TypeId type) const {
  return std::any_of(plan_.resources.begin(), plan_.resources.end(),
                     [type](const OwnResource& resource) { return resource.type == type; });
}

const wit::TypeId* ImportPlanner::FindResource(const wit::Document& document,
                                               const std::vector<wit::TypeId>& types,
                                               std::string_view name) {
  for (const wit::TypeId& type : types) {
    if (document.types[type].name == name) return &type;
  }
  return nullptr;
}

// What `[export]interface` provides.
absl::Status ImportPlanner::PlanOwnResource(const Unit& unit, CoreImport& import) {
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
    if (type == nullptr || !IsOwn(*type)) break;
    import.what = what;
    import.interface = interface->second;
    import.resource = *type;
    return absl::OkStatus();
  }
  return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name,
                    "` is no built-in of a resource that the interface defines"));
}

// What an interface, or the world, provides. `function` is null if it has no such function.
absl::Status ImportPlanner::PlanFunction(uint32_t index, CoreImport& import,
                                         const wit::Function* function,
                                         const std::vector<std::string>& names) {
  const Unit& unit = plan_.units[index];
  if (function == nullptr) {
    return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name,
                      "` has no counterpart in its world", NearestName(import.name, names)));
  }
  import.what = CoreImport::What::kFunction;
  import.function = function;
  import.signature = signatures_.Lowered(*function);
  if (!Signatures::Matches(import.signature, import.type)) {
    return Refuse(Cat(unit.name, ": the import `", import.module, "` `", import.name, "` is ",
                      FuncTypeText(import.type), ", while its world makes it ",
                      import.signature.ToString()));
  }
  RETURN_IF_ERROR(unit.CheckMemory(import.signature, true,
                                   Cat("the import `", import.module, "` `", import.name, "`")));
  if (import.signature.needs_memory || import.signature.needs_realloc) {
    import.slot = plan_.NewSlot(import.type);
  }
  plan_.selection->Add(*function);
  return absl::OkStatus();
}

absl::Status ImportPlanner::PlanInterfaceImport(uint32_t index, CoreImport& import,
                                                wit::InterfaceId id) {
  const wit::Interface& interface = document().interfaces[id];
  import.interface = id;
  if (import.name.starts_with(kDrop)) {
    const auto* type = FindResource(document(), interface.types, import.name.substr(kDrop.size()));
    if (type != nullptr) {
      import.what = CoreImport::What::kResourceDrop;
      import.resource = *type;
      plan_.selection->types.Add(*type);
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

absl::Status ImportPlanner::PlanRootImport(uint32_t index, CoreImport& import) {
  const wit::Function* found = nullptr;
  std::vector<std::string> names;
  for (const wit::WorldItem& item : plan_.world().imports) {
    const auto* type = std::get_if<wit::TypeRef>(&item.what);
    if (type != nullptr && import.name == Cat(kDrop, item.name)) {
      import.what = CoreImport::What::kResourceDrop;
      import.resource = type->id;
      plan_.selection->types.Add(type->id);
      return absl::OkStatus();
    }
    const auto* function = std::get_if<wit::Function>(&item.what);
    if (function == nullptr) continue;
    if (function->name == import.name) found = function;
    names.push_back(function->name);
  }
  return PlanFunction(index, import, found, names);
}

absl::Status ImportPlanner::PlanAdapterImport(uint32_t index, CoreImport& import,
                                              uint32_t adapter) {
  const Unit& provider = plan_.units[adapter];
  const auto& instead = options_.adapters[adapter - 1].instead;
  const auto other = instead.find(import.name);
  import.source = other == instead.end() ? import.name : std::string_view(other->second);
  const airwasm::FuncType* type = provider.FuncTypeOf(import.source);
  if (type == nullptr) {
    std::vector<std::string> names;
    for (const core::Export& e : provider.module.exports) names.emplace_back(e.name);
    return Refuse(Cat(plan_.units[index].name, ": the import `", import.module, "` `", import.name,
                      "`: the adapter has no such function", NearestName(import.name, names)));
  }
  if (*type != import.type) {
    return Refuse(Cat(plan_.units[index].name, ": the import `", import.module, "` `", import.name,
                      "` is ", FuncTypeText(import.type), ", while the adapter has it as ",
                      FuncTypeText(*type)));
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
  import.slot = plan_.NewSlot(import.type);
  return absl::OkStatus();
}

// What adapters alone may import.
absl::StatusOr<bool> ImportPlanner::PlanSpecialImport(uint32_t index, CoreImport& import) {
  if (index == 0) return false;
  Unit& unit = plan_.units[index];
  const Unit& main = plan_.units[0];
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

absl::Status ImportPlanner::PlanImport(uint32_t index, const core::Import& from,
                                       CoreImport& import) {
  const Unit& unit = plan_.units[index];
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
  for (uint32_t adapter = 1; index == 0 && adapter < plan_.units.size(); ++adapter) {
    if (plan_.units[adapter].name == import.module) {
      return PlanAdapterImport(index, import, adapter);
    }
  }
  for (const std::string_view prefix : kAsync) {
    if (!import.name.starts_with(prefix)) continue;
    return absl::UnimplementedError(Cat(unit.name, ": the import `", from.module, "` `", from.name,
                                        "` is asynchronous, which is not supported yet"));
  }
  if (import.module.starts_with(kExportPrefix)) return PlanOwnResource(unit, import);
  if (import.module == kRoot) return PlanRootImport(index, import);
  const auto interface = imported_.find(plan_.versions.Of(std::string(import.module)));
  if (interface != imported_.end()) return PlanInterfaceImport(index, import, interface->second);
  return Refuse(NoInterface(index, import));
}

std::string ImportPlanner::NoInterface(uint32_t index, const CoreImport& import) const {
  std::vector<std::string> names;
  for (const auto& [name, id] : imported_) names.push_back(name);
  for (size_t i = 1; i < plan_.units.size(); ++i) names.push_back(plan_.units[i].name);
  std::sort(names.begin(), names.end());
  return Cat(plan_.units[index].name, ": the import `", import.module, "` `", import.name, "`: ",
             !has_world_[index]
                 ? "the module carries no world, and there is no adapter of that name"
                 : "neither its world nor an adapter provides that module",
             NearestName(import.module, names));
}

absl::Status ImportPlanner::Run(uint32_t index) {
  Unit& unit = plan_.units[index];
  for (const core::Import& from : unit.module.imports) {
    CoreImport import;
    RETURN_IF_ERROR(PlanImport(index, from, import));
    unit.imports.push_back(std::move(import));
  }
  return absl::OkStatus();
}

}  // namespace airwasm::component::wrap
