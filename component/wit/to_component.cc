#include "component/wit/to_component.h"

#include <algorithm>
#include <memory>
#include <string>

#include "component/binary/encoder.h"
#include "component/wit/world_scope.h"
#include "engine/base/status_macros.h"

namespace airwasm::component::wit {
namespace {

using syntax::Sort;

// The component type that a world is.
absl::StatusOr<syntax::ComponentType> WorldType(const Document& document, const World& world) {
  Definitions out;
  WorldScope scope(document, out, nullptr);
  ASSIGN_OR_RETURN(const auto imports, OrderByUse(document, world.imports));
  ASSIGN_OR_RETURN(const auto exports, OrderByUse(document, world.exports));
  for (const WorldItem* item : imports) {
    scope.ImportInterface(item->name, std::get<InterfaceRef>(item->what).id);
  }
  scope.ImportTypes(world.imports);
  for (const WorldItem& item : world.imports) {
    if (const auto* function = std::get_if<Function>(&item.what)) scope.ImportFunction(*function);
  }
  for (const WorldItem& item : world.exports) {
    if (const auto* function = std::get_if<Function>(&item.what)) scope.DeclareFunction(*function);
  }
  for (const WorldItem* item : exports) {
    scope.DeclareInterface(item->name, std::get<InterfaceRef>(item->what).id);
  }
  return syntax::ComponentType{out.Take()};
}

// An interface is a component type that imports what it uses and exports the instance.
absl::StatusOr<syntax::ComponentType> InterfaceType(const Document& document, InterfaceId id,
                                                    std::string_view name,
                                                    std::deque<std::string>& strings) {
  Selection selection(document);
  for (const TypeId type : document.interfaces[id].types) selection.types.Add(type);
  for (const Function& function : document.interfaces[id].functions) selection.Add(function);
  std::vector<WorldItem> used;
  for (InterfaceId other = 0; other < document.interfaces.size(); ++other) {
    const Interface& interface = document.interfaces[other];
    const bool is_used = std::any_of(interface.types.begin(), interface.types.end(),
                                     [&](TypeId t) { return selection.types.contains(t); });
    if (other == id || !is_used) continue;
    WorldItem& item = used.emplace_back();
    item.name = document.QualifiedName(other);
    item.what = InterfaceRef{other};
  }
  Definitions out;
  WorldScope scope(document, out, &selection);
  ASSIGN_OR_RETURN(const auto order, OrderByUse(document, used));
  for (const WorldItem* item : order) {
    strings.push_back(item->name);
    scope.ImportInterface(strings.back(), std::get<InterfaceRef>(item->what).id);
  }
  scope.DeclareInterface(name, id);
  return syntax::ComponentType{out.Take()};
}

// (type (component (type (component ...)) (export name (component (type 0))))).
syntax::ComponentType Wrapped(syntax::ComponentType world, std::string_view name) {
  Definitions out;
  const uint32_t type = out.AddType(std::move(world));
  out.Declare(name, ExternOf(Sort::kComponent, type));
  return syntax::ComponentType{out.Take()};
}

}  // namespace

absl::StatusOr<std::vector<uint8_t>> EncodeWorld(const Document& document, WorldId id,
                                                 syntax::StringEncoding encoding) {
  const World& world = document.worlds[id];
  ASSIGN_OR_RETURN(syntax::ComponentType type, WorldType(document, world));
  const std::string name = document.QualifiedWorldName(id);
  const uint8_t contents[] = {kEncodingVersion, static_cast<uint8_t>(encoding)};
  syntax::Component component;
  Definitions out;
  const uint32_t wrapped = out.AddType(Wrapped(std::move(type), name));
  out.Export(world.name, Sort::kType, wrapped);
  out.Add(syntax::CustomSection{kEncodingSection, contents});
  component.definitions = out.Take();
  return binary::Encode(component);
}

absl::StatusOr<std::vector<uint8_t>> EncodePackage(const Document& document) {
  if (!document.root) return absl::FailedPreconditionError("there is no root package");
  const Package& package = document.packages[*document.root];
  syntax::Component component;
  Definitions out;
  const auto keep = [&](std::string text) -> std::string_view {
    component.strings.push_back(std::move(text));
    return component.strings.back();
  };
  for (const InterfaceId id : package.interfaces) {
    ASSIGN_OR_RETURN(
        syntax::ComponentType type,
        InterfaceType(document, id, keep(document.QualifiedName(id)), component.strings));
    const uint32_t index = out.AddType(std::move(type));
    out.Export(document.interfaces[id].name, Sort::kType, index);
  }
  for (const WorldId id : package.worlds) {
    ASSIGN_OR_RETURN(syntax::ComponentType type, WorldType(document, document.worlds[id]));
    const uint32_t index =
        out.AddType(Wrapped(std::move(type), keep(document.QualifiedWorldName(id))));
    out.Export(document.worlds[id].name, Sort::kType, index);
  }
  component.definitions = out.Take();
  return binary::Encode(component);
}

}  // namespace airwasm::component::wit
