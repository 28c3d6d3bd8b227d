#include "component/wit/model.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {
namespace {

std::string Qualified(const Package& package, std::string_view name) {
  std::string text = Cat(package.space, ":", package.name, "/", name);
  if (!package.version.empty()) Append(text, "@", package.version);
  return text;
}

struct Mentioned {
  std::vector<Type>& out;
  void Add(const std::optional<Type>& type) {
    if (type) out.push_back(*type);
  }
  void Add(const std::vector<Member>& members) {
    for (const Member& member : members) Add(member.type);
  }
  void operator()(const Record& r) { Add(r.fields); }
  void operator()(const Variant& v) { Add(v.cases); }
  void operator()(const Enum&) {}
  void operator()(const Flags&) {}
  void operator()(const Tuple& t) { out.insert(out.end(), t.types.begin(), t.types.end()); }
  void operator()(const List& l) { out.push_back(l.element); }
  void operator()(const Option& o) { out.push_back(o.type); }
  void operator()(const Result& r) {
    Add(r.ok);
    Add(r.error);
  }
  void operator()(const Map& m) {
    out.push_back(m.key);
    out.push_back(m.value);
  }
  void operator()(const Stream& s) { Add(s.element); }
  void operator()(const Future& f) { Add(f.element); }
  void operator()(const Own&) {}
  void operator()(const Borrow&) {}
  void operator()(const Resource&) {}
  void operator()(const Alias& a) { out.push_back(a.target); }
};

}  // namespace

void AppendMentioned(const TypeDef& def, std::vector<Type>& types) {
  std::visit(Mentioned{types}, def.what);
}

std::string FunctionName(FunctionKind kind, std::string_view resource, std::string_view label) {
  switch (kind) {
    case FunctionKind::kFreestanding:
      return std::string(label);
    case FunctionKind::kMethod:
      return Cat("[method]", resource, ".", label);
    case FunctionKind::kStatic:
      return Cat("[static]", resource, ".", label);
    case FunctionKind::kConstructor:
      return Cat("[constructor]", resource);
  }
  return {};
}

Type Document::Unaliased(Type type) const {
  while (!type.IsPrim()) {
    const auto* alias = std::get_if<Alias>(&types[type.index()].what);
    if (alias == nullptr) break;
    type = alias->target;
  }
  return type;
}

std::string Document::QualifiedName(InterfaceId id) const {
  const Interface& interface = interfaces[id];
  return interface.name.empty() ? "" : Qualified(packages[interface.package], interface.name);
}

std::string Document::QualifiedWorldName(WorldId id) const {
  return Qualified(packages[worlds[id].package], worlds[id].name);
}

// Spec: component model, WIT, "Specifying a World".
std::optional<WorldId> Document::FindWorld(std::string_view name) const {
  if (name.find(':') != std::string_view::npos) {
    for (const Package& package : packages) {
      for (const WorldId id : package.worlds) {
        if (QualifiedWorldName(id) == name) return id;
      }
    }
    return std::nullopt;
  }
  if (!root) return std::nullopt;
  const std::vector<WorldId>& ids = packages[*root].worlds;
  if (name.empty()) return ids.size() == 1 ? std::optional(ids[0]) : std::nullopt;
  for (const WorldId id : ids) {
    if (worlds[id].name == name) return id;
  }
  return std::nullopt;
}

}  // namespace airwasm::component::wit
