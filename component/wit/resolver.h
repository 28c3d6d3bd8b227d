// The resolver's parts: resolve_packages.cc says which names there are and what paths mean,
// resolve_types.cc resolves what stands in an interface, resolve_worlds.cc worlds.
//
// Nothing here recurses on names: what refers to one another by name is put in order first
// (order.h). Only TypeExpr is walked recursively, whose depth the parser has limited.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "component/wit/ast.h"
#include "component/wit/model.h"
#include "component/wit/parse.h"
#include "component/wit/source.h"

namespace airwasm::component::wit {

class Resolver {
 public:
  Resolver(const Sources& sources, const ParseOptions& options, Diagnostics& diagnostics)
      : sources_(sources), options_(options), diagnostics_(diagnostics) {}

  // `groups` are the files of each PackageSources and outlive the resolver.
  Document Run(const std::vector<std::vector<ast::File>>& groups);

 private:
  // Something that a package defines, or a file renames.
  struct Item {
    bool is_world = false;
    uint32_t id = 0;
    std::string_view gate;  // the feature that hides it
  };
  using Items = absl::flat_hash_map<std::string_view, Item>;
  // The names of one file, or of one nested package.
  struct Scope {
    PackageId package;
    const ast::Items* items;
    Items aliases;
  };
  struct InterfaceSource {
    const ast::Interface* ast;
    uint32_t scope;
    bool hidden;
  };
  struct WorldSource {
    const ast::World* ast;
    uint32_t scope;
    bool hidden;
  };
  // Names of one scope, of which no two may differ in case alone.
  class Names {
   public:
    bool Add(std::string_view name);

   private:
    absl::flat_hash_set<std::string> lower_;
  };
  // The types that can be named inside an interface or world.
  struct TypeScope {
    uint32_t scope;
    std::optional<InterfaceId> interface;
    std::optional<WorldId> world;
    absl::flat_hash_map<std::string_view, TypeId> types;
    absl::flat_hash_map<std::string_view, std::string_view> hidden;  // name to feature
    Names names;
    std::vector<TypeId> named;      // in the order of the source: uses first
    std::vector<InterfaceId> used;  // without repetition
  };
  struct TypeFacts {
    uint32_t nesting = 1;
    uint32_t aliases = 0;
    bool has_borrow = false;
  };

  // resolve_packages.cc
  void AddGroup(const std::vector<ast::File>& files, bool is_root);
  std::optional<PackageId> AddPackage(const ast::PackageDecl& decl,
                                      std::vector<std::string_view> contents);
  void AddScope(PackageId package, const ast::Items& items);
  void AddAliases(Scope& scope);
  // Null after an error.
  const Item* Find(uint32_t scope, const ast::UsePath& path, bool want_world);
  Stability Gate(const ast::Attributes& attributes, PackageId package, bool* hidden);
  void ResolveInterfaces();
  void Fail(Location at, std::string_view message) { diagnostics_.Fail(at, message); }

  // resolve_types.cc
  void ResolveBody(const ast::Body& body, InterfaceId id, uint32_t scope);
  void AddUses(const std::vector<ast::Use>& uses, TypeScope& types);
  void AddTypes(const std::vector<ast::TypeDecl>& decls, TypeScope& types);
  void AddTypeDecl(const ast::TypeDecl& decl, Stability stability, TypeScope& types);
  std::vector<Member> ResolveMembers(const std::vector<ast::NamedType>& members, TypeScope& types);
  void AddMethods(const std::vector<ast::TypeDecl>& decls, TypeScope& types,
                  std::vector<Function>& functions);
  Function ResolveFunction(const ast::Func& func, std::optional<TypeId> resource, TypeScope& types);
  Type Resolve(const ast::TypeExpr& type, TypeScope& types);
  std::optional<TypeId> FindType(const ast::Id& id, TypeScope& types);
  std::optional<TypeId> FindResource(const ast::Id& id, TypeScope& types);
  TypeId AddType(TypeDef def, Location at);
  bool IsResource(TypeId id) const;
  bool HasBorrow(const std::optional<Type>& type) const;

  // resolve_worlds.cc
  struct WorldState;
  void ResolveWorlds();
  void ResolveWorld(WorldId id);
  void AddInclude(const ast::Include& include, WorldState& state);
  void AddExtern(const ast::Extern& item, WorldState& state);
  void AddItem(WorldItem item, bool is_export, Location at, WorldState& state);
  void ImportUsed(const std::vector<InterfaceId>& used, Location at, WorldState& state);

  const Sources& sources_;
  const ParseOptions& options_;
  Diagnostics& diagnostics_;
  Document document_;
  std::vector<Scope> scopes_;
  absl::flat_hash_map<std::string, PackageId> packages_;
  std::vector<std::vector<std::string_view>> contents_;  // of each package
  std::vector<Items> items_;                             // of each package
  std::vector<Names> item_names_;                        // of each package
  std::vector<InterfaceSource> interfaces_;              // not those inside worlds
  std::vector<WorldSource> worlds_;
  std::vector<uint32_t> ranks_;   // of interfaces_: each after those that it uses
  std::vector<TypeFacts> facts_;  // of each type
  absl::flat_hash_map<InterfaceId, absl::flat_hash_map<std::string_view, TypeId>> type_names_;
  absl::flat_hash_map<InterfaceId, absl::flat_hash_map<std::string_view, std::string_view>>
      hidden_names_;
  uint32_t world_items_ = 0;
};

}  // namespace airwasm::component::wit
