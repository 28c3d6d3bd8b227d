#include "component/compose/composer.h"

#include "component/link/versions.h"

namespace airwasm::component::compose {

using link::SplitVersion;
using link::Version;
using syntax::Sort;
using syntax::SortIdx;

bool Names(std::string_view asked, std::string_view name) {
  return asked == name || ImportKey(asked) == ImportKey(name) || asked == SplitVersion(name).base;
}

std::string ImportKey(std::string_view name) {
  const auto split = SplitVersion(name);
  const auto version = Version::Parse(split.version);
  if (!version || !version->prerelease.empty()) return std::string(name);
  if (version->major != 0) return Concat({split.base, "@", std::to_string(version->major)});
  if (version->minor != 0) return Concat({split.base, "@0.", std::to_string(version->minor)});
  return std::string(name);
}

absl::StatusOr<syntax::Component> Composer::Run() {
  CollectImports();
  Embedded& main = embedded_.front();
  Instantiate(main);
  if (ok()) ExportAll(main);
  for (Embedded& e : embedded_) {
    if (!ok()) break;
    if (!e.embedded) {
      Fail(absl::FailedPreconditionError(
          e.role == Role::kPlug ? Concat({e.name, ": nothing imports what it exports"})
          : e.role == Role::kDenial
              ? Concat({"nothing imports `", e.import, "`, which is to be denied"})
              : Concat({e.name, ": nothing imports `", e.import, "`, or it does not export it"})));
    }
  }
  if (!ok()) return status_;
  for (Embedded& e : embedded_) {
    for (std::vector<uint8_t>& bytes : e.component->storage)
      out_.storage.push_back(std::move(bytes));
    out_.definitions[e.definition].what = std::move(e.component);
  }
  return std::move(out_);
}

void Composer::CollectImports() {
  for (Embedded& e : embedded_) {
    e.spaces.emplace(e.component->definitions);
    for (const syntax::Definition& d : e.component->definitions) {
      if (const auto* const import = std::get_if<syntax::Import>(&d.what))
        groups_[ImportKey(import->name.name)].push_back({&e, import});
    }
  }
}

// The component itself is put there when nothing looks into it any more.
uint32_t Composer::Embed(Embedded& e) {
  if (e.embedded) return *e.embedded;
  e.definition = out_.definitions.size();
  e.embedded = Append(std::make_unique<syntax::Component>());
  return *e.embedded;
}

uint32_t Composer::Instantiate(Embedded& e) {
  if (e.instance) return *e.instance;
  if (e.is_being_instantiated || ++depth_ > kMaxDepth) {
    return Fail(absl::FailedPreconditionError(
        Concat({e.name, ": the components need each other in a circle"})));
  }
  e.is_being_instantiated = true;
  syntax::Instance instance;
  for (const syntax::Definition& d : e.component->definitions) {
    const auto* const import = std::get_if<syntax::Import>(&d.what);
    if (import == nullptr || !ok()) continue;
    instance.args.push_back({.name = import->name.name, .item = Satisfy(e, *import)});
  }
  instance.component = Embed(e);
  e.instance = Append(std::move(instance));
  e.is_being_instantiated = false;
  --depth_;
  return *e.instance;
}

void Composer::ExportAll(Embedded& main) {
  for (const syntax::Definition& d : main.component->definitions) {
    const auto* const e = std::get_if<syntax::Export>(&d.what);
    if (e == nullptr) continue;
    const uint32_t index = AliasExport(*main.instance, e->item.sort, e->name.name);
    Append(syntax::Export{
        .name = e->name, .item = {.sort = e->item.sort, .index = index}, .type = std::nullopt});
  }
}

SortIdx Composer::Satisfy(Embedded& e, const syntax::Import& import) {
  if (++depth_ > kMaxDepth) {
    Fail(absl::ResourceExhaustedError("the imports depend on each other too deeply"));
    return {};
  }
  SortIdx item{};
  const Provider provider = FindProvider(e, import);
  if (provider.embedded == nullptr) {
    item = Import(ImportKey(import.name.name));
  } else if (provider.export_name.empty() && import.type.sort == Sort::kComponent) {
    item = {Sort::kComponent, Embed(*provider.embedded)};
  } else if (provider.export_name.empty()) {
    item = {Sort::kInstance, Instantiate(*provider.embedded)};
  } else {
    const auto key = std::pair(provider.embedded, provider.export_name);
    if (const auto found = provided_.find(key); found != provided_.end()) {
      item = found->second;
    } else {
      const uint32_t instance = Instantiate(*provider.embedded);
      item = {import.type.sort,
              ok() ? AliasExport(instance, import.type.sort, Keep(provider.export_name)) : 0};
      provided_.emplace(key, item);
    }
  }
  --depth_;
  return item;
}

Composer::Provider Composer::FindProvider(const Embedded& e, const syntax::Import& import) {
  const std::string_view name = import.name.name;
  // An export of that name and sort, else one of its track with the highest version.
  const auto exported = [&](const Embedded& by) -> std::string {
    std::string best;
    std::optional<Version> best_version;
    for (const syntax::Definition& d : by.component->definitions) {
      const auto* const x = std::get_if<syntax::Export>(&d.what);
      if (x == nullptr || x->item.sort != import.type.sort) continue;
      if (x->name.name == name) return std::string(name);
      if (x->item.sort != Sort::kInstance || ImportKey(x->name.name) != ImportKey(name)) continue;
      const auto version = Version::Parse(SplitVersion(x->name.name).version);
      if (best_version && *version <= *best_version) continue;
      best = x->name.name;
      best_version = version;
    }
    return best;
  };
  if (is_denial_) return {};
  // Plugs serve plugs that stand before them, and virtualizations serve those behind them: each
  // sees what is beneath it.
  bool passed = false;  // e itself
  for (Embedded& candidate : embedded_) {
    if (&candidate == &e) {
      passed = true;
      continue;
    }
    if (candidate.role == Role::kMain) continue;
    if (candidate.role == e.role && candidate.role != Role::kDenial && !passed) continue;
    if (candidate.role == Role::kVirtualization && !Names(candidate.import, name)) continue;
    if (candidate.role == Role::kDenial) {
      if (!Names(candidate.import, name) || import.type.sort != Sort::kInstance) continue;
      return {&candidate, ""};
    }
    if (candidate.role == Role::kPlug && !candidate.import.empty()) {
      const bool fits = import.type.sort == Sort::kInstance || import.type.sort == Sort::kComponent;
      if (!fits || !Names(candidate.import, name)) continue;
      return {&candidate, ""};
    }
    if (std::string export_name = exported(candidate); !export_name.empty())
      return {&candidate, std::move(export_name)};
  }
  return {};
}

SortIdx Composer::Import(const std::string& key) {
  if (const auto found = imported_.find(key); found != imported_.end()) return found->second;
  if (!being_imported_.emplace(key, true).second) {
    Fail(absl::FailedPreconditionError(
        Concat({"the types of `", key, "` depend on themselves, by way of other imports"})));
    return {};
  }
  // Those for whom it is imported; what others take from elsewhere does not count.
  std::vector<ImportOf> group;
  for (const ImportOf& import : groups_[key]) {
    if (FindProvider(*import.embedded, *import.import).embedded == nullptr) group.push_back(import);
  }
  SortIdx item{group.front().import->type.sort, 0};
  const ImportOf* highest = &group.front();
  for (const ImportOf& import : group) {
    const auto best = Version::Parse(SplitVersion(highest->import->name.name).version);
    const auto other = Version::Parse(SplitVersion(import.import->name.name).version);
    if (best && other && *other > *best) highest = &import;
  }
  const syntax::ExternType type = MergedType(group);
  if (!ok()) return item;
  item.index = Append(syntax::Import{.name = highest->import->name, .type = type});
  imported_.emplace(key, item);
  return item;
}

syntax::ExternType Composer::MergedType(const std::vector<ImportOf>& group) {
  const ImportOf& first = group.front();
  bool merges = false;
  for (const ImportOf& import : group) {
    if (import.import->type.sort != first.import->type.sort) {
      Fail(absl::InvalidArgumentError(
          Concat({"`", first.import->name.name, "` is imported as things of different kinds, by ",
                  first.embedded->name, " and ", import.embedded->name})));
      return {};
    }
    merges = merges || &import != &first;
  }
  // Whether the others agree with the type of the first is seen when they are instantiated.
  if (!merges || first.import->type.sort != Sort::kInstance)
    return CopierOf(*first.embedded).Copy(first.import->type, 0);
  Merged merged;
  for (const ImportOf& import : group) {
    const syntax::InstanceType* const type = InstanceTypeOf(import);
    if (type == nullptr || !ok()) return {};
    MergeInto(merged, *import.embedded, *type);
  }
  syntax::ExternType type;
  type.sort = Sort::kInstance;
  type.index = Append(syntax::Type{std::move(merged.type)});
  return type;
}

}  // namespace airwasm::component::compose
