#include "component/wrap/merge.h"

#include <utility>

#include "component/link/versions.h"
#include "component/wit/strings.h"
#include "engine/base/status_macros.h"

namespace airwasm::component::wrap {
namespace {

using wit::Cat;

// "wasi:io/poll 0.2": equal for names that may stand for one another. Empty if only the name itself
// may.
std::string TrackOf(std::string_view name) {
  const link::VersionedName split = link::SplitVersion(name);
  const auto version = link::Version::Parse(split.version);
  if (!version || !version->prerelease.empty()) return {};
  if (version->major != 0) return Cat(split.base, " ", version->major);
  if (version->minor != 0) return Cat(split.base, " 0.", version->minor);
  return {};
}

}  // namespace

void Versions::AddImports(const wit::Document& document, const wit::World& world) {
  for (const wit::WorldItem& item : world.imports) {
    const auto* interface = std::get_if<wit::InterfaceRef>(&item.what);
    if (interface == nullptr) continue;
    const std::string name = document.QualifiedName(interface->id);
    const std::string track = TrackOf(name);
    if (track.empty()) continue;
    const auto [found, is_new] = highest_.emplace(track, name);
    if (is_new) continue;
    const auto mine = link::Version::Parse(link::SplitVersion(name).version);
    const auto theirs = link::Version::Parse(link::SplitVersion(found->second).version);
    if (*mine > *theirs) found->second = name;
  }
}

void Versions::AddExports(const wit::Document& document, const wit::World& world) {
  for (const wit::WorldItem& item : world.exports) {
    const auto* interface = std::get_if<wit::InterfaceRef>(&item.what);
    if (interface != nullptr) exported_.emplace(document.QualifiedName(interface->id), true);
  }
}

std::string Versions::Of(const std::string& name) const {
  if (exported_.contains(name)) return name;
  const auto found = highest_.find(TrackOf(name));
  return found == highest_.end() ? name : found->second;
}

// Copies one document, type by type; a type comes after those that it mentions.
struct Merger::Copy {
  Merger& to;
  const wit::Document& from;
  std::vector<wit::InterfaceId> interfaces = {};
  std::vector<wit::TypeId> types = {};

  wit::Type operator()(wit::Type type) const {
    return type.IsPrim() ? type : wit::Type::Index(types[type.index()]);
  }
  std::optional<wit::Type> operator()(const std::optional<wit::Type>& type) const {
    return type ? std::optional((*this)(*type)) : std::nullopt;
  }
  void Members(std::vector<wit::Member>& members) const {
    for (wit::Member& member : members) member.type = (*this)(member.type);
  }

  // The parts of a definition, exchanged in place.
  void operator()(wit::Record& record) const { Members(record.fields); }
  void operator()(wit::Variant& variant) const { Members(variant.cases); }
  void operator()(wit::Enum&) const {}
  void operator()(wit::Flags&) const {}
  void operator()(wit::Tuple& tuple) const {
    for (wit::Type& part : tuple.types) part = (*this)(part);
  }
  void operator()(wit::List& list) const { list.element = (*this)(list.element); }
  void operator()(wit::Option& option) const { option.type = (*this)(option.type); }
  void operator()(wit::Result& result) const {
    result.ok = (*this)(result.ok);
    result.error = (*this)(result.error);
  }
  void operator()(wit::Map& map) const {
    map.key = (*this)(map.key);
    map.value = (*this)(map.value);
  }
  void operator()(wit::Stream& stream) const { stream.element = (*this)(stream.element); }
  void operator()(wit::Future& future) const { future.element = (*this)(future.element); }
  void operator()(wit::Own& own) const { own.resource = types[own.resource]; }
  void operator()(wit::Borrow& borrow) const { borrow.resource = types[borrow.resource]; }
  void operator()(wit::Resource&) const {}
  void operator()(wit::Alias& alias) const { alias.target = (*this)(alias.target); }

  wit::Function operator()(wit::Function function) const {
    if (function.resource) function.resource = types[*function.resource];
    Members(function.params);
    function.result = (*this)(function.result);
    return function;
  }

  void AddInterface(wit::InterfaceId id, std::string_view place);
  absl::Status AddType(wit::TypeId id);
  void AddFunctions(wit::InterfaceId id);
};

// `place`: what tells interfaces without a name apart.
void Merger::Copy::AddInterface(wit::InterfaceId id, std::string_view place) {
  const wit::Interface& interface = from.interfaces[id];
  const std::string name = to.versions_.Of(from.QualifiedName(id));
  const std::string key = name.empty() ? std::string(place) : name;
  const auto [found, is_new] = to.interfaces_.emplace(key, to.document.interfaces.size());
  interfaces[id] = found->second;
  if (!is_new) return;
  const wit::Package& package = from.packages[interface.package];
  const std::string version(name.empty() ? package.version : link::SplitVersion(name).version);
  const auto [at, is_new_package] =
      to.packages_.emplace(Cat(package.space, ":", package.name, "@", version),
                           static_cast<wit::PackageId>(to.document.packages.size()));
  if (is_new_package) {
    wit::Package& copy = to.document.packages.emplace_back();
    copy.space = package.space;
    copy.name = package.name;
    copy.version = version;
  }
  wit::Interface& copy = to.document.interfaces.emplace_back();
  copy.name = interface.name;
  copy.package = at->second;
  if (!name.empty()) to.document.packages[at->second].interfaces.push_back(found->second);
}

absl::Status Merger::Copy::AddType(wit::TypeId id) {
  wit::TypeDef def = from.types[id];
  if (def.interface) def.interface = interfaces[*def.interface];
  if (def.world) def.world = 0;
  const auto next = static_cast<wit::TypeId>(to.document.types.size());
  types[id] = next;
  if (!def.name.empty()) {
    const std::string scope = def.interface ? Cat(*def.interface) : "";
    const auto [found, is_new] = to.types_.emplace(Cat(scope, "#", def.name), next);
    if (!is_new) {
      types[id] = found->second;
      if (to.document.types[found->second].what.index() == def.what.index()) {
        return absl::OkStatus();
      }
      const std::string place =
          def.interface ? to.document.QualifiedName(*def.interface) : "the world";
      const std::string message =
          Cat("the type `", def.name, "` of ", place, " is not the same in all worlds");
      return absl::FailedPreconditionError(message);
    }
    if (def.interface) to.document.interfaces[*def.interface].types.push_back(next);
  }
  std::visit(*this, def.what);
  to.document.types.push_back(std::move(def));
  return absl::OkStatus();
}

void Merger::Copy::AddFunctions(wit::InterfaceId id) {
  for (const wit::Function& function : from.interfaces[id].functions) {
    if (!to.functions_.emplace(Cat(interfaces[id], "#", function.name), true).second) continue;
    to.document.interfaces[interfaces[id]].functions.push_back((*this)(function));
  }
}

Merger::Merger(const Versions& versions) : versions_(versions) {
  document.root = 0;
  wit::Package& root = document.packages.emplace_back();
  root.space = "root";
  root.name = "component";
  root.worlds = {0};
  document.worlds.emplace_back().name = "root";
}

absl::Status Merger::Add(const wit::Document& from, const wit::World& world, uint32_t owner) {
  Copy copy{*this, from};
  copy.interfaces.resize(from.interfaces.size());
  copy.types.resize(from.types.size());
  // Interfaces written in the world are told apart by their names there.
  absl::flat_hash_map<wit::InterfaceId, std::string> places;
  for (const auto& [list, word] :
       {std::pair(&world.imports, "import "), {&world.exports, "export "}}) {
    for (const wit::WorldItem& item : *list) {
      const auto* interface = std::get_if<wit::InterfaceRef>(&item.what);
      if (interface != nullptr) places.emplace(interface->id, Cat(word, item.name));
    }
  }
  for (wit::InterfaceId id = 0; id < from.interfaces.size(); ++id) {
    copy.AddInterface(id, places[id]);
  }
  for (wit::TypeId id = 0; id < from.types.size(); ++id) RETURN_IF_ERROR(copy.AddType(id));
  for (wit::InterfaceId id = 0; id < from.interfaces.size(); ++id) copy.AddFunctions(id);

  const auto copy_of = [&](const wit::WorldItem& item) {
    wit::WorldItem out = item;
    if (auto* interface = std::get_if<wit::InterfaceRef>(&out.what)) {
      interface->id = copy.interfaces[interface->id];
      if (!item.is_plain) out.name = document.QualifiedName(interface->id);
    } else if (auto* function = std::get_if<wit::Function>(&out.what)) {
      *function = copy(std::move(*function));
    } else {
      auto& type = std::get<wit::TypeRef>(out.what);
      type.id = copy.types[type.id];
    }
    return out;
  };
  for (const wit::WorldItem& item : world.imports) {
    wit::WorldItem out = copy_of(item);
    if (imports_.emplace(out.name, this->world().imports.size()).second) {
      this->world().imports.push_back(std::move(out));
    }
  }
  for (const wit::WorldItem& item : world.exports) {
    wit::WorldItem out = copy_of(item);
    const auto [found, is_new] = exports_.emplace(out.name, this->world().exports.size());
    if (is_new) {
      this->world().exports.push_back(std::move(out));
      export_owners.push_back(owner);
    } else if (export_owners[found->second] != owner) {
      const std::string message =
          Cat("`", out.name, "` is exported by the module and by an adapter");
      return absl::FailedPreconditionError(message);
    }
  }
  return absl::OkStatus();
}

}  // namespace airwasm::component::wrap
