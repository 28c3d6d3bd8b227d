// Core modules and instances: arguments are resolved to indices of the exporting modules, so that
// instantiation looks no name up.
#include <utility>

#include "absl/strings/str_cat.h"
#include "component/link/flattener.h"

namespace airwasm::component::link {
namespace {

constexpr CoreKind KindOf(Sort sort) {
  return static_cast<CoreKind>(static_cast<uint8_t>(sort));
}
static_assert(KindOf(Sort::kCoreFunc) == CoreKind::kFunc &&
              KindOf(Sort::kCoreTable) == CoreKind::kTable &&
              KindOf(Sort::kCoreMemory) == CoreKind::kMemory &&
              KindOf(Sort::kCoreGlobal) == CoreKind::kGlobal &&
              KindOf(Sort::kCoreTag) == CoreKind::kTag);

}  // namespace

bool Flattener::Do(Frame& f, const syntax::CoreModule& d) {
  const auto [found, fresh] =
      module_index_.emplace(d.bytes.data(), static_cast<uint32_t>(flat_.modules.size()));
  if (fresh) {
    Expected<std::shared_ptr<runtime::Module>> module = compile_module_(d.bytes);
    if (!module.ok()) {
      error_ = std::move(module).error();
      error_.offset += offset_;
      return false;
    }
    flat_.modules.push_back(*std::move(module));
  }
  f.core_modules.push_back({.imported = false, .index = found->second});
  return true;
}

runtime::Module* Flattener::ModuleOf(ModuleItem item) const {
  return item.imported ? nullptr : flat_.modules[item.index].get();
}

std::optional<CoreItem> Flattener::FindCoreExport(const CoreInstanceValue& instance,
                                                  std::string_view name, CoreKind kind) {
  if (instance.bundle != nullptr) {
    const CoreItem* const item = instance.bundle->Find(name);
    return item == nullptr ? std::nullopt : std::optional(*item);
  }
  if (instance.module != nullptr) {
    const std::optional<uint32_t> found = instance.module->FindExport(name);
    if (!found) return std::nullopt;
    const airwasm::syntax::Export& e = instance.module->syntax().exports[*found];
    return CoreItem{CoreItem::From::kIndex, e.kind, instance.index, e.index};
  }
  const auto [at, fresh] =
      name_index_.emplace(std::string(name), static_cast<uint32_t>(flat_.names.size()));
  if (fresh) flat_.names.emplace_back(name);
  return CoreItem{CoreItem::From::kName, kind, instance.index, at->second};
}

CoreItem Flattener::CoreItemAt(const Frame& f, syntax::SortIdx at) const {
  switch (at.sort) {
    case Sort::kCoreTable:
      return f.core_tables[at.index];
    case Sort::kCoreMemory:
      return f.core_memories[at.index];
    case Sort::kCoreGlobal:
      return f.core_globals[at.index];
    case Sort::kCoreTag:
      return f.core_tags[at.index];
    default:
      return f.core_funcs[at.index];
  }
}

void Flattener::AddCoreItem(Frame& f, Sort sort, CoreItem item) {
  switch (sort) {
    case Sort::kCoreTable:
      f.core_tables.push_back(item);
      return;
    case Sort::kCoreMemory:
      f.core_memories.push_back(item);
      return;
    case Sort::kCoreGlobal:
      f.core_globals.push_back(item);
      return;
    case Sort::kCoreTag:
      f.core_tags.push_back(item);
      return;
    default:
      f.core_funcs.push_back(item);
      return;
  }
}

bool Flattener::Do(Frame& f, const syntax::CoreInstance& d) {
  if (!Spend(d.args.size() + d.exports.size())) return false;
  if (!d.module) {
    auto bundle = std::make_shared<NamedList<CoreItem>>();
    for (const syntax::CoreInstance::Export& e : d.exports)
      bundle->Add(std::string(e.name), CoreItemAt(f, e.item));
    f.core_instances.push_back({.bundle = std::move(bundle)});
    return true;
  }
  if (flat_.instantiations.size() >= kMaxCoreInstances)
    return Fail(absl::StrCat("more than ", kMaxCoreInstances, " core instances"));
  Instantiate instantiate{.module = f.core_modules[*d.module], .component_instance = f.instance};
  std::unordered_map<std::string_view, const CoreInstanceValue*> args;
  for (const syntax::CoreInstance::Arg& arg : d.args)
    args.emplace(arg.name, &f.core_instances[arg.instance]);
  const auto resolve = [&](std::string_view module, std::string_view name,
                           CoreKind kind) -> std::optional<CoreItem> {
    const auto found = args.find(module);
    std::optional<CoreItem> item;
    if (found != args.end()) item = FindCoreExport(*found->second, name, kind);
    if (!item) {
      Fail("a core module's import \"" + std::string(module) + "\" \"" + std::string(name) +
           "\" is not given");
    }
    return item;
  };
  runtime::Module* const module = ModuleOf(instantiate.module);
  if (module != nullptr) {
    if (!Spend(module->syntax().imports.size())) return false;
    for (const airwasm::syntax::Import& import : module->syntax().imports) {
      const std::optional<CoreItem> item = resolve(import.module, import.name, import.kind());
      if (!item) return false;
      instantiate.args.push_back(*item);
    }
  } else {
    const CoreModuleType& type =
        types().core_module(flat_.import_modules[instantiate.module.index].type);
    if (!Spend(type.imports.size())) return false;
    for (const CoreModuleType::Import& import : type.imports) {
      const std::optional<CoreItem> item =
          resolve(import.module, import.name, static_cast<CoreKind>(import.type.index()));
      if (!item) return false;
      instantiate.named.push_back({import.module, import.name, *item});
    }
  }
  const auto index = static_cast<uint32_t>(flat_.instantiations.size());
  flat_.instantiations.push_back(std::move(instantiate));
  flat_.steps.push_back({Step::Kind::kInstantiate, index});
  f.core_instances.push_back({.index = index, .module = module});
  return true;
}

}  // namespace airwasm::component::link
