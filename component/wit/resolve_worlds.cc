// Worlds: imports, exports, includes, and the imports that are implied by the use of types.
#include <algorithm>

#include "component/wit/limits.h"
#include "component/wit/order.h"
#include "component/wit/resolver.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {

// A world while it is put together.
struct Resolver::WorldState {
  WorldId id;
  World* world;
  TypeScope types;
  // By lower-case name: index into imports or exports.
  absl::flat_hash_map<std::string, size_t> imports;
  absl::flat_hash_map<std::string, size_t> exports;
  // Names that the world itself lists, and may list once.
  absl::flat_hash_set<std::string> own_imports;
  absl::flat_hash_set<std::string> own_exports;
};

// The same interface under its own name merges; everything else may stand once.
// Spec: component model, WIT, "De-duplication of interfaces", "Name Conflicts and `with`".
void Resolver::AddItem(WorldItem item, bool is_export, Location at, WorldState& state) {
  auto& list = is_export ? state.world->exports : state.world->imports;
  auto& index = is_export ? state.exports : state.imports;
  const auto [found, is_new] = index.emplace(Lowercase(item.name), list.size());
  if (is_new) {
    if (++world_items_ > kWorldItems) return Fail(at, "worlds have too many imports and exports");
    list.push_back(std::move(item));
    return;
  }
  WorldItem& other = list[found->second];
  const auto* mine = std::get_if<InterfaceRef>(&item.what);
  const auto* theirs = std::get_if<InterfaceRef>(&other.what);
  if (mine != nullptr && theirs != nullptr && mine->id == theirs->id && !item.is_plain &&
      !other.is_plain) {
    other.implied &= item.implied;
    return;
  }
  Fail(at, Cat("the ", is_export ? "export" : "import", " `", item.name,
               "` is already there in this world"));
}

// Imports interfaces, each after those that it uses.
void Resolver::ImportUsed(const std::vector<InterfaceId>& used, Location at, WorldState& state) {
  std::vector<InterfaceId> found;
  absl::flat_hash_set<InterfaceId> seen;
  std::vector<InterfaceId> work = used;
  while (!work.empty()) {
    const InterfaceId id = work.back();
    work.pop_back();
    if (!seen.insert(id).second) continue;
    // What is imported already has brought along what it uses.
    if (state.imports.contains(Lowercase(document_.QualifiedName(id)))) continue;
    found.push_back(id);
    const auto& uses = document_.interfaces[id].uses;
    work.insert(work.end(), uses.begin(), uses.end());
  }
  std::sort(found.begin(), found.end(),
            [&](InterfaceId a, InterfaceId b) { return ranks_[a] < ranks_[b]; });
  for (const InterfaceId id : found) {
    WorldItem item;
    item.name = document_.QualifiedName(id);
    item.what = InterfaceRef{id};
    item.implied = true;
    AddItem(std::move(item), false, at, state);
  }
}

void Resolver::AddInclude(const ast::Include& include, WorldState& state) {
  const Item* target = Find(state.types.scope, include.path, true);
  if (target == nullptr) return;
  const World& from = document_.worlds[target->id];
  absl::flat_hash_map<std::string_view, std::pair<const ast::Rename*, bool>> renames;
  for (const ast::Rename& rename : include.with) {
    if (!renames.emplace(rename.name.text, std::pair(&rename, false)).second) {
      return Fail(rename.name.at, Cat("`", rename.name.text, "` is renamed twice"));
    }
  }
  std::vector<std::string_view> plain_names;
  for (const bool is_export : {false, true}) {
    for (const WorldItem& item : is_export ? from.exports : from.imports) {
      if (diagnostics_.failed()) return;
      WorldItem copy = item;
      if (item.name.find(':') == std::string::npos) plain_names.push_back(item.name);
      const auto rename = renames.find(item.name);
      if (rename != renames.end()) {
        copy.name = rename->second.first->as.text;
        rename->second.second = true;
        if (std::holds_alternative<TypeRef>(item.what)) {
          return Fail(rename->second.first->name.at, "a type of a world cannot be renamed");
        }
        if (auto* function = std::get_if<Function>(&copy.what)) {
          function->name = function->label = copy.name;
        }
      }
      AddItem(std::move(copy), is_export, include.path.name.at, state);
    }
  }
  for (const ast::Rename& rename : include.with) {
    if (renames[rename.name.text].second) continue;
    return Fail(rename.name.at,
                Cat("the world `", from.name, "` has no import or export of the plain name `",
                    rename.name.text, "`, and no other can be renamed",
                    NearestHint(rename.name.text, plain_names)));
  }
}

void Resolver::AddExtern(const ast::Extern& ast, WorldState& state) {
  const PackageId package = scopes_[state.types.scope].package;
  bool hidden = false;
  WorldItem item;
  item.stability = Gate(ast.attributes, package, &hidden);
  if (hidden) return;
  item.docs = ast.attributes.docs;
  item.external_id = ast.attributes.external_id.value_or("");
  std::vector<InterfaceId> used;
  switch (ast.kind) {
    case ast::Extern::Kind::kFunc: {
      ast::Func func;
      func.name = *ast.name;
      func.sig = ast.sig;
      item.name = ast.name->text;
      item.what = ResolveFunction(func, std::nullopt, state.types);
      break;
    }
    case ast::Extern::Kind::kInline: {
      const auto id = static_cast<InterfaceId>(document_.interfaces.size());
      document_.interfaces.emplace_back().package = package;
      ResolveBody(ast.body, id, state.types.scope);
      used = document_.interfaces[id].uses;
      item.name = ast.name->text;
      item.what = InterfaceRef{id};
      item.is_plain = true;
      break;
    }
    case ast::Extern::Kind::kPath: {
      const Item* found = Find(state.types.scope, ast.path, false);
      if (found == nullptr) return;
      used = document_.interfaces[found->id].uses;
      item.is_plain = ast.name.has_value();
      item.name = ast.name ? std::string(ast.name->text) : document_.QualifiedName(found->id);
      item.what = InterfaceRef{found->id};
      break;
    }
  }
  if (diagnostics_.failed()) return;
  auto& own = ast.is_export ? state.own_exports : state.own_imports;
  if (!own.insert(Lowercase(item.name)).second) {
    return Fail(ast.at, Cat("the ", ast.is_export ? "export" : "import", " `", item.name,
                            "` stands here twice"));
  }
  if (!ast.is_export) ImportUsed(used, ast.at, state);
  AddItem(std::move(item), ast.is_export, ast.at, state);
}

void Resolver::ResolveWorld(WorldId id) {
  const WorldSource& source = worlds_[id];
  WorldState state;
  state.id = id;
  state.types.scope = source.scope;
  state.types.world = id;
  // Apart from the document until it is complete: resolving adds to the document.
  World world = std::move(document_.worlds[id]);
  state.world = &world;
  const auto put_back = [&] { document_.worlds[id] = std::move(world); };
  for (const ast::Include& include : source.ast->includes) {
    bool hidden = false;
    Gate(include.attributes, world.package, &hidden);
    if (!hidden && !diagnostics_.failed()) AddInclude(include, state);
  }
  AddUses(source.ast->uses, state.types);
  ImportUsed(state.types.used, source.ast->name.at, state);
  AddTypes(source.ast->types, state.types);
  for (const TypeId type : state.types.named) {
    WorldItem item;
    item.name = document_.types[type].name;
    item.what = TypeRef{type};
    AddItem(std::move(item), false, source.ast->name.at, state);
  }
  std::vector<Function> methods;
  if (!diagnostics_.failed()) AddMethods(source.ast->types, state.types, methods);
  for (Function& method : methods) {
    WorldItem item;
    item.name = method.name;
    item.stability = method.stability;
    item.what = std::move(method);
    AddItem(std::move(item), false, source.ast->name.at, state);
  }
  for (const ast::Extern& item : source.ast->externs) {
    if (diagnostics_.failed()) return put_back();
    AddExtern(item, state);
  }
  // What exported interfaces use is imported, unless it is exported too.
  // Spec: component model, WIT, "Transitive imports and worlds".
  std::vector<InterfaceId> used;
  for (const WorldItem& item : world.exports) {
    const auto* interface = std::get_if<InterfaceRef>(&item.what);
    if (interface == nullptr) continue;
    for (const InterfaceId use : document_.interfaces[interface->id].uses) {
      if (!state.exports.contains(Lowercase(document_.QualifiedName(use)))) {
        used.push_back(use);
      }
    }
  }
  ImportUsed(used, source.ast->name.at, state);
  put_back();
}

void Resolver::ResolveWorlds() {
  std::vector<std::vector<uint32_t>> edges(worlds_.size());
  for (size_t i = 0; i < worlds_.size(); ++i) {
    if (worlds_[i].hidden) continue;
    for (const ast::Include& include : worlds_[i].ast->includes) {
      bool hidden = false;
      Gate(include.attributes, scopes_[worlds_[i].scope].package, &hidden);
      if (hidden) continue;
      const Item* item = Find(worlds_[i].scope, include.path, true);
      if (item == nullptr) return;
      edges[i].push_back(item->id);
    }
  }
  std::vector<uint32_t> order;
  if (const auto cyclic = TopologicalOrder(edges, order)) {
    const ast::Id& name = worlds_[*cyclic].ast->name;
    return Fail(name.at, Cat("the world `", name.text, "` includes itself"));
  }
  for (const uint32_t id : order) {
    if (!worlds_[id].hidden) ResolveWorld(id);
    if (diagnostics_.failed()) return;
  }
}

}  // namespace airwasm::component::wit
