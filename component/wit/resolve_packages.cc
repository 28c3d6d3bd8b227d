// Packages, the names of what they define, and the order of interfaces.
#include <algorithm>

#include "component/wit/ast_parser.h"
#include "component/wit/limits.h"
#include "component/wit/order.h"
#include "component/wit/parse.h"
#include "component/wit/resolver.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {
namespace {

std::string PackageKey(const ast::PackageRef& ref) {
  std::string key = Cat(ref.space.text, ":", ref.name.text);
  if (!ref.version.empty()) Append(key, "@", ref.version);
  return key;
}

// Spec: Semantic Versioning 2.0.0, "precedence". Both are well-formed.
int CompareVersions(std::string_view a, std::string_view b) {
  const auto split = [](std::string_view v) {
    v = v.substr(0, v.find('+'));
    const size_t dash = v.find('-');
    return std::pair(v.substr(0, dash),
                     dash == std::string_view::npos ? std::string_view() : v.substr(dash + 1));
  };
  const auto [core_a, pre_a] = split(a);
  const auto [core_b, pre_b] = split(b);
  const auto compare = [](std::string_view x, std::string_view y) {
    const std::vector<std::string_view> xs = Split(x, '.');
    const std::vector<std::string_view> ys = Split(y, '.');
    for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i) {
      const auto is_number = [](std::string_view t) {
        return std::all_of(t.begin(), t.end(), IsDigit);
      };
      const bool nx = is_number(xs[i]);
      const bool ny = is_number(ys[i]);
      if (nx != ny) return nx ? -1 : 1;
      if (nx && xs[i].size() != ys[i].size()) return xs[i].size() < ys[i].size() ? -1 : 1;
      if (const int order = xs[i].compare(ys[i])) return order < 0 ? -1 : 1;
    }
    return xs.size() == ys.size() ? 0 : xs.size() < ys.size() ? -1 : 1;
  };
  if (const int order = compare(core_a, core_b)) return order;
  if (pre_a.empty() || pre_b.empty()) return int{pre_a.empty()} - int{pre_b.empty()};
  return compare(pre_a, pre_b);
}

}  // namespace

bool Resolver::Names::Add(std::string_view name) {
  return lower_.insert(Lowercase(name)).second;
}

// None: it was there already, with the same contents; or an error.
std::optional<PackageId> Resolver::AddPackage(const ast::PackageDecl& decl,
                                              std::vector<std::string_view> contents) {
  std::sort(contents.begin(), contents.end());
  const std::string key = PackageKey(decl.name);
  const auto id = static_cast<PackageId>(document_.packages.size());
  const auto [found, is_new] = packages_.emplace(key, id);
  if (!is_new) {
    if (contents_[found->second] != contents) {
      Fail(decl.name.space.at,
           Cat("package `", key, "` is defined twice, with different contents"));
    }
    return std::nullopt;
  }
  Package package;
  package.space = decl.name.space.text;
  package.name = decl.name.name.text;
  package.version = decl.name.version;
  package.docs = decl.docs;
  document_.packages.push_back(std::move(package));
  contents_.push_back(std::move(contents));
  items_.emplace_back();
  item_names_.emplace_back();
  return id;
}

// Spec: component model, WIT, "Package Names".
void Resolver::AddGroup(const std::vector<ast::File>& files, bool is_root) {
  const ast::PackageDecl* decl = nullptr;
  std::vector<std::string_view> contents;
  for (const ast::File& file : files) {
    contents.push_back(sources_[file.index].text);
    if (!file.package) continue;
    if (decl == nullptr) decl = &*file.package;
    const std::string key = PackageKey(file.package->name);
    if (key != PackageKey(decl->name)) {
      Fail(file.package->name.space.at, Cat("expected package `", PackageKey(decl->name),
                                            "` as in the other files, found `", key, "`"));
    }
  }
  if (decl != nullptr) {
    const auto id = AddPackage(*decl, contents);
    if (is_root) document_.root = packages_[PackageKey(decl->name)];
    for (const ast::File& file : files) {
      if (id) AddScope(*id, file.items);
    }
  }
  for (const ast::File& file : files) {
    if (decl == nullptr && !file.items.empty()) {
      Fail({file.index, 0}, "expected `package namespace:name;` in one file of the package");
    }
    for (const ast::NestedPackage& nested : file.nested) {
      if (const auto id = AddPackage(nested.decl, {nested.text})) AddScope(*id, nested.items);
    }
  }
}

// The names that `items` define in their package. What they mean is found out later.
void Resolver::AddScope(PackageId package, const ast::Items& items) {
  const auto scope = static_cast<uint32_t>(scopes_.size());
  scopes_.push_back({package, &items, {}});
  const auto add = [&](const ast::Id& name, Item item) {
    if (!item_names_[package].Add(name.text)) {
      Fail(name.at, Cat("`", name.text, "` is already defined in this package"));
    }
    items_[package].emplace(name.text, item);
  };
  for (const ast::Interface& ast : items.interfaces) {
    const auto id = static_cast<InterfaceId>(document_.interfaces.size());
    bool hidden = false;
    Interface interface;
    interface.name = ast.name.text;
    interface.package = package;
    interface.docs = ast.attributes.docs;
    interface.stability = Gate(ast.attributes, package, &hidden);
    add(ast.name, {false, id, hidden ? ast.attributes.unstable->text : ""});
    if (!hidden) document_.packages[package].interfaces.push_back(id);
    document_.interfaces.push_back(std::move(interface));
    interfaces_.push_back({&ast, scope, hidden});
  }
  for (const ast::World& ast : items.worlds) {
    const auto id = static_cast<WorldId>(document_.worlds.size());
    bool hidden = false;
    World world;
    world.name = ast.name.text;
    world.package = package;
    world.docs = ast.attributes.docs;
    world.stability = Gate(ast.attributes, package, &hidden);
    add(ast.name, {true, id, hidden ? ast.attributes.unstable->text : ""});
    if (!hidden) document_.packages[package].worlds.push_back(id);
    document_.worlds.push_back(std::move(world));
    worlds_.push_back({&ast, scope, hidden});
  }
}

// Top-level `use`: the name belongs to the file alone.
void Resolver::AddAliases(Scope& scope) {
  const auto index = static_cast<uint32_t>(&scope - scopes_.data());
  Items aliases;  // one `use` does not see the names of another
  for (const ast::TopUse& use : scope.items->uses) {
    const Item* item = Find(index, use.path, false);
    if (item == nullptr) return;
    const auto same_file = [&](const auto& list) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& other) { return other.name.text == use.as.text; });
    };
    const bool itself = !use.path.package && use.path.name.text == use.as.text;
    if ((!itself && (same_file(scope.items->interfaces) || same_file(scope.items->worlds))) ||
        !aliases.emplace(use.as.text, *item).second) {
      return Fail(use.as.at, Cat("`", use.as.text, "` is already defined in this file"));
    }
  }
  scope.aliases = std::move(aliases);
}

const Resolver::Item* Resolver::Find(uint32_t scope_index, const ast::UsePath& path,
                                     bool want_world) {
  const Scope& scope = scopes_[scope_index];
  PackageId package = scope.package;
  const Item* item = nullptr;
  if (path.package) {
    const std::string key = PackageKey(*path.package);
    const auto found = packages_.find(key);
    if (found == packages_.end()) {
      std::vector<std::string_view> known;
      for (const auto& [name, id] : packages_) known.push_back(name);
      std::sort(known.begin(), known.end());
      std::string hint = NearestHint(key, known);
      // A forgotten or another version is the likeliest slip, however far the names are.
      const std::string bare = Cat(path.package->space.text, ":", path.package->name.text);
      for (const std::string_view name : known) {
        if (name.substr(0, name.find('@')) == bare) {
          hint = Cat(" (did you mean `", name, "`?)");
        }
      }
      Fail(path.package->space.at, Cat("package `", key, "` is not known", hint));
      return nullptr;
    }
    package = found->second;
  } else if (const auto alias = scope.aliases.find(path.name.text); alias != scope.aliases.end()) {
    item = &alias->second;
  }
  if (item == nullptr) {
    const auto found = items_[package].find(path.name.text);
    if (found != items_[package].end()) item = &found->second;
  }
  const std::string_view kind = want_world ? "world" : "interface";
  if (item == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& [name, other] : items_[package]) {
      if (other.is_world == want_world) known.push_back(name);
    }
    for (const auto& [name, other] : scope.aliases) {
      if (!path.package && other.is_world == want_world) known.push_back(name);
    }
    std::sort(known.begin(), known.end());
    Fail(path.name.at, Cat("the ", kind, " `", path.name.text, "` is not defined",
                           NearestHint(path.name.text, known)));
    return nullptr;
  }
  if (!item->gate.empty()) {
    Fail(path.name.at,
         Cat("`", path.name.text, "` needs the feature `", item->gate, "`, which is not enabled"));
    return nullptr;
  }
  if (item->is_world != want_world) {
    Fail(path.name.at,
         Cat("expected the name of ", want_world ? "a world" : "an interface", ", but `",
             path.name.text, "` is ", want_world ? "an interface" : "a world"));
    return nullptr;
  }
  return item;
}

// Spec: component model, WIT, "Rules for feature gate usage". That an item inside a gated one has a
// gate of its own is not insisted on, because the common tools do not do so either.
Stability Resolver::Gate(const ast::Attributes& attributes, PackageId package, bool* hidden) {
  Stability stability;
  const std::string& version = document_.packages[package].version;
  for (const auto* gate : {&attributes.since, &attributes.unstable, &attributes.deprecated}) {
    if (*gate && version.empty()) {
      Fail((*gate)->at, "a package with feature gates needs a version");
    }
  }
  if (attributes.since) {
    stability.since = attributes.since->text;
    if (!version.empty() && !stability.since.empty() &&
        CompareVersions(stability.since, version) > 0) {
      Fail(attributes.since->at,
           Cat("version ", stability.since, " is later than that of the package, ", version));
    }
  }
  if (attributes.deprecated) stability.deprecated = attributes.deprecated->text;
  if (attributes.unstable) {
    stability.unstable = attributes.unstable->text;
    *hidden = !options_.all_features &&
              std::find(options_.features.begin(), options_.features.end(), stability.unstable) ==
                  options_.features.end();
  }
  return stability;
}

void Resolver::ResolveInterfaces() {
  std::vector<std::vector<uint32_t>> edges(interfaces_.size());
  for (size_t i = 0; i < interfaces_.size(); ++i) {
    if (interfaces_[i].hidden) continue;
    for (const ast::Use& use : interfaces_[i].ast->body.uses) {
      bool hidden = false;
      Gate(use.attributes, scopes_[interfaces_[i].scope].package, &hidden);
      if (hidden) continue;
      const Item* item = Find(interfaces_[i].scope, use.path, false);
      if (item == nullptr) return;
      edges[i].push_back(item->id);
    }
  }
  std::vector<uint32_t> order;
  if (const auto cyclic = TopologicalOrder(edges, order)) {
    const ast::Id& name = interfaces_[*cyclic].ast->name;
    return Fail(name.at, Cat("the interface `", name.text,
                             "` uses itself, by way of what "
                             "it uses"));
  }
  ranks_.resize(order.size());
  for (uint32_t rank = 0; rank < order.size(); ++rank) {
    const uint32_t i = order[rank];
    ranks_[i] = rank;
    if (!interfaces_[i].hidden) ResolveBody(interfaces_[i].ast->body, i, interfaces_[i].scope);
    if (diagnostics_.failed()) return;
  }
}

Document Resolver::Run(const std::vector<std::vector<ast::File>>& groups) {
  for (const auto& files : groups) {
    AddGroup(files, &files == &groups.back());
    if (diagnostics_.failed()) return {};
  }
  for (Scope& scope : scopes_) {
    AddAliases(scope);
    if (diagnostics_.failed()) return {};
  }
  ResolveInterfaces();
  if (!diagnostics_.failed()) ResolveWorlds();
  return std::move(document_);
}

absl::StatusOr<Document> Parse(std::vector<PackageSources> packages, const ParseOptions& options) {
  Sources sources;
  Diagnostics diagnostics(sources);
  std::vector<std::vector<ast::File>> groups;
  for (PackageSources& package : packages) {
    groups.emplace_back();
    for (SourceFile& source : package.files) {
      if (sources.size() == kFiles) return absl::InvalidArgumentError("too many files");
      const uint32_t index = sources.Add(std::move(source));
      groups.back().push_back(ParseFile(sources, index, diagnostics));
      if (diagnostics.failed()) return diagnostics.status();
    }
  }
  Document document = Resolver(sources, options, diagnostics).Run(groups);
  if (diagnostics.failed()) return diagnostics.status();
  return document;
}

}  // namespace airwasm::component::wit
