#include "component/link/resolve.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "component/link/match.h"
#include "component/link/versions.h"
#include "engine/api/engine_impl.h"

namespace airwasm::component::link {
namespace {

// The part of "(did you mean "x"?)" that is the name.
std::string Nearest(std::string_view name, const InstanceDefinition& among) {
  std::vector<std::string> candidates;
  for (const auto& [candidate, unused] : among.items) candidates.push_back(candidate);
  const std::string words = airwasm::internal::DidYouMean(name, candidates);
  const size_t begin = words.find('"');
  if (begin == std::string::npos) return "";
  return words.substr(begin + 1, words.rfind('"') - begin - 1);
}

std::vector<std::string> VersionsOf(const InstanceDefinition& offered, std::string_view base) {
  std::vector<std::pair<Version, std::string>> versions;
  for (const auto& [name, unused] : offered.items) {
    const VersionedName split = SplitVersion(name);
    if (split.base != base) continue;
    if (const auto version = Version::Parse(split.version))
      versions.emplace_back(*version, std::string(split.version));
  }
  std::sort(versions.begin(), versions.end());
  std::vector<std::string> texts;
  for (auto& [unused, text] : versions) texts.push_back(std::move(text));
  return texts;
}

const char* KindText(const Definition& definition) {
  static constexpr const char* kText[] = {"a function", "a function", "a resource", "a core module",
                                          "an instance"};
  return kText[definition.index()];
}

class Resolver {
 public:
  Resolver(const Compiled& component, const InstanceDefinition& offered)
      : component_(component), flat_(component.flat()), offered_(offered) {
    bindings_.funcs.resize(flat_.import_funcs.size());
    bindings_.modules.resize(flat_.import_modules.size());
    bindings_.resources.resize(flat_.resources.size());
  }

  Resolution Run() {
    // Leaves come in the order of the imports; imports without leaves are checked all the same.
    size_t leaf = 0;
    for (const FlatComponent::Import& import : flat_.imports) {
      found_ = FindVersioned(offered_, import.name);
      const size_t end = EndOfLeaves(leaf, import.name);
      if (found_.definition == nullptr) {
        if (import.type.sort != Sort::kType || leaf != end) MissingImport(import);
      } else {
        for (size_t i = leaf; i < end; ++i) ResolveLeaf(flat_.import_leaves[i]);
        if (import.type.sort == Sort::kComponent)
          Mistyped({import.name}, "a component", *found_.definition);
        if (import.type.sort == Sort::kInstance && leaf == end) RequireInstance(import.name);
      }
      leaf = end;
    }
    return {std::move(bindings_), std::move(errors_)};
  }

 private:
  size_t EndOfLeaves(size_t at, const std::string& import) const {
    while (at < flat_.import_leaves.size() && flat_.import_leaves[at].path.front() == import) ++at;
    return at;
  }

  std::string ExpectedText(const ImportLeaf& leaf) const {
    switch (leaf.sort) {
      case Sort::kFunc:
        return FuncText(flat_, flat_.import_funcs[leaf.index].type);
      case Sort::kCoreModule:
        return "a core module";
      default:
        return "a resource";
    }
  }

  LinkError& Error(LinkError::Kind kind, std::vector<std::string> path, std::string expected) {
    LinkError& error = errors_.emplace_back();
    error.kind = kind;
    error.path = std::move(path);
    error.expected = std::move(expected);
    error.provider = found_.name;
    return error;
  }
  void Mistyped(std::vector<std::string> path, std::string expected, const Definition& found) {
    Error(LinkError::Kind::kMistyped, std::move(path), std::move(expected)).found = KindText(found);
  }

  void MissingImport(const FlatComponent::Import& import) {
    std::string expected = "an instance";
    if (import.type.sort == Sort::kComponent) expected = "a component";
    if (import.type.sort != Sort::kInstance && import.type.sort != Sort::kComponent)
      expected = ExpectedText(
          *std::find_if(flat_.import_leaves.begin(), flat_.import_leaves.end(),
                        [&](const ImportLeaf& leaf) { return leaf.path.front() == import.name; }));
    LinkError& error = Error(LinkError::Kind::kMissing, {import.name}, std::move(expected));
    error.versions = VersionsOf(offered_, SplitVersion(import.name).base);
    if (error.versions.empty()) error.nearest = Nearest(import.name, offered_);
  }

  void RequireInstance(const std::string& name) {
    if (!std::holds_alternative<std::shared_ptr<InstanceDefinition>>(*found_.definition))
      Mistyped({name}, "an instance", *found_.definition);
  }

  void ResolveLeaf(const ImportLeaf& leaf) {
    const Definition* at = found_.definition;
    for (size_t i = 1; i < leaf.path.size(); ++i) {
      const auto* const instance = std::get_if<std::shared_ptr<InstanceDefinition>>(at);
      if (instance == nullptr) {
        Mistyped({leaf.path.begin(), leaf.path.begin() + i}, "an instance", *at);
        return;
      }
      const auto item = (*instance)->items.find(leaf.path[i]);
      if (item == (*instance)->items.end()) {
        // A host need not say again which resource an interface uses from another one.
        if (leaf.sort == Sort::kType && leaf.same_as) return;
        LinkError& error = Error(LinkError::Kind::kMissing, leaf.path, ExpectedText(leaf));
        error.nearest = Nearest(leaf.path[i], **instance);
        return;
      }
      at = &item->second;
    }
    switch (leaf.sort) {
      case Sort::kFunc:
        BindFunc(leaf, *at);
        return;
      case Sort::kCoreModule:
        BindModule(leaf, *at);
        return;
      default:
        BindResource(leaf, *at);
        return;
    }
  }

  void BindFunc(const ImportLeaf& leaf, const Definition& definition) {
    const FuncTypeId type = flat_.import_funcs[leaf.index].type;
    const auto resolve = [this](ResourceId id) -> const canon::ResourceType* {
      const uint32_t index = flat_.ResourceIndex(id);
      return index < bindings_.resources.size() ? bindings_.resources[index] : nullptr;
    };
    if (const auto* const host = std::get_if<HostFuncDefinition>(&definition)) {
      absl::StatusOr<std::unique_ptr<canon::Function>> made =
          host->make(component_.types(), type, resolve);
      if (!made.ok()) {
        Error(LinkError::Kind::kMistyped, leaf.path, ExpectedText(leaf)).found =
            "a host function of another type: " + std::string(made.status().message());
        return;
      }
      std::shared_ptr<const canon::Function> function = *std::move(made);
      bindings_.funcs[leaf.index].function = function.get();
      bindings_.keep_alive.push_back(std::move(function));
      return;
    }
    const auto* const linked = std::get_if<LinkedFuncDefinition>(&definition);
    if (linked == nullptr) {
      Mistyped(leaf.path, ExpectedText(leaf), definition);
      return;
    }
    LinkedInstance& instance = *linked->instance;
    const auto theirs = [&](ResourceId id) { return instance.resource(id); };
    if (!SameFuncType({component_.types(), type, resolve},
                      {instance.component().types(), linked->type, theirs})) {
      std::string found = FuncText(instance.component().flat(), linked->type);
      LinkError& error = Error(LinkError::Kind::kMistyped, leaf.path, ExpectedText(leaf));
      if (found == error.expected) found += " with another resource of that name";
      error.found = std::move(found);
      return;
    }
    bindings_.funcs[leaf.index] = {.function = instance.func(linked->item),
                                   .adapters = &instance.adapters_of(linked->item)};
    bindings_.store = &instance.store();
  }

  void BindModule(const ImportLeaf& leaf, const Definition& definition) {
    const auto* const module = std::get_if<std::shared_ptr<runtime::Module>>(&definition);
    if (module == nullptr) {
      Mistyped(leaf.path, "a core module", definition);
      return;
    }
    const CoreModuleType& wanted = flat_.types->core_module(flat_.import_modules[leaf.index].type);
    if (std::optional<std::string> mismatch = ModuleMismatch(**module, wanted)) {
      Error(LinkError::Kind::kMistyped, leaf.path, "a core module of its type").found =
          *std::move(mismatch);
      return;
    }
    bindings_.modules[leaf.index] = *module;
  }

  void BindResource(const ImportLeaf& leaf, const Definition& definition) {
    const auto* const resource = std::get_if<ResourceDefinition>(&definition);
    if (resource == nullptr) {
      Mistyped(leaf.path, "a resource", definition);
      return;
    }
    const canon::ResourceType*& bound = bindings_.resources[leaf.index];
    if (!leaf.same_as) {
      bound = resource->type;
      if (resource->owner != nullptr) bindings_.keep_alive.push_back(resource->owner);
      if (resource->instance != nullptr) bindings_.store = &resource->instance->store();
    }
    if (bound != resource->type) {
      std::string first;
      for (const std::string& name : flat_.resources[leaf.index].path)
        first += (first.empty() ? "" : "#") + name;
      Error(LinkError::Kind::kMistyped, leaf.path, "the resource of `" + first + "`").found =
          "another resource";
    }
  }

  const Compiled& component_;
  const FlatComponent& flat_;
  const InstanceDefinition& offered_;
  Found found_;  // for the import at hand
  Bindings bindings_;
  std::vector<LinkError> errors_;
};

}  // namespace

Found FindVersioned(const InstanceDefinition& offered, std::string_view name) {
  if (const auto exact = offered.items.find(name); exact != offered.items.end())
    return {&exact->second, exact->first};
  const VersionedName wanted = SplitVersion(name);
  const std::optional<Version> version = Version::Parse(wanted.version);
  if (!version) return {};
  Found best;
  std::optional<Version> best_version;
  const std::string prefix = std::string(wanted.base) + "@";
  for (auto it = offered.items.lower_bound(prefix);
       it != offered.items.end() && it->first.starts_with(prefix); ++it) {
    const std::optional<Version> candidate = Version::Parse(it->first.substr(prefix.size()));
    if (!candidate || !candidate->SameTrack(*version)) continue;
    if (best_version && *candidate <= *best_version) continue;
    best = {&it->second, it->first};
    best_version = candidate;
  }
  return best;
}

Resolution Resolve(const Compiled& component, const InstanceDefinition& offered) {
  return Resolver(component, offered).Run();
}

std::shared_ptr<InstanceDefinition> DefinitionsOf(LinkedInstance& instance,
                                                  const ExportedInstance& exports) {
  auto definitions = std::make_shared<InstanceDefinition>();
  for (const auto& [name, e] : exports.exports) {
    switch (e.sort) {
      case Sort::kFunc:
        definitions->items.emplace(name, LinkedFuncDefinition{&instance, e.func, e.type});
        break;
      case Sort::kCoreModule:
        definitions->items.emplace(name, instance.module(e.module));
        break;
      case Sort::kType:
        if (e.type_item.kind == TypeItem::Kind::kResource)
          definitions->items.emplace(name,
                                     ResourceDefinition{.type = instance.resource(e.type_item.id),
                                                        .owner = nullptr,
                                                        .instance = &instance});
        break;
      case Sort::kInstance:
        definitions->items.emplace(name, DefinitionsOf(instance, *e.instance));
        break;
      default:  // components can not be handed on
        break;
    }
  }
  return definitions;
}

}  // namespace airwasm::component::link
