#include "component/bindgen/type_text.h"

#include <algorithm>

#include "component/wit/limits.h"
#include "component/wit/strings.h"

namespace airwasm::component::bindgen {

using syntax::PrimType;
using wit::Append;
using wit::Cat;

namespace {

// Classes that every scope may have.
const NameSet kGenerated = {"Host", "Imports", "Exports", "Functions", "Case", "Value"};

const char* PrimText(PrimType prim) {
  switch (prim) {
    case PrimType::kBool:
      return "bool";
    case PrimType::kS8:
      return "int8_t";
    case PrimType::kU8:
      return "uint8_t";
    case PrimType::kS16:
      return "int16_t";
    case PrimType::kU16:
      return "uint16_t";
    case PrimType::kS32:
      return "int32_t";
    case PrimType::kU32:
      return "uint32_t";
    case PrimType::kS64:
      return "int64_t";
    case PrimType::kU64:
      return "uint64_t";
    case PrimType::kF32:
      return "float";
    case PrimType::kF64:
      return "double";
    case PrimType::kChar:
      return "char32_t";
    case PrimType::kString:
      return "std::string";
    case PrimType::kErrorContext:
      break;
  }
  return nullptr;
}

// Elements of which the guest's own memory can be shown.
bool IsNumber(wit::Type type) {
  if (!type.IsPrim()) return false;
  switch (type.prim()) {
    case PrimType::kBool:
    case PrimType::kChar:
    case PrimType::kString:
    case PrimType::kErrorContext:
      return false;
    default:
      return true;
  }
}

}  // namespace

TypeText::TypeText(const wit::Document& document, wit::WorldId world, std::string world_namespace)
    : doc_(document), world_namespace_(std::move(world_namespace)) {
  const wit::World& w = doc_.worlds[world];
  for (const auto* items : {&w.imports, &w.exports}) {
    for (const wit::WorldItem& item : *items) {
      const auto* const interface = std::get_if<wit::InterfaceRef>(&item.what);
      if (interface == nullptr) continue;
      if (items == &w.exports) exported_.insert(interface->id);
      if (doc_.interfaces[interface->id].name.empty() || item.is_plain)
        plain_names_.emplace(interface->id, item.name);
    }
  }
}

std::string TypeText::NamespaceOf(wit::InterfaceId id, Side side) const {
  std::string out = Cat(world_namespace_, side == Side::kExport ? "::exports" : "");
  if (const auto plain = plain_names_.find(id); plain != plain_names_.end())
    return Cat(out, "::", NamespaceCase(plain->second));
  const wit::Interface& interface = doc_.interfaces[id];
  const wit::Package& package = doc_.packages[interface.package];
  const bool has_others =
      std::count_if(doc_.packages.begin(), doc_.packages.end(), [&](const wit::Package& p) {
        return p.space == package.space && p.name == package.name;
      }) > 1;
  Append(out, "::", NamespaceCase(package.space), "::", NamespaceCase(package.name));
  if (has_others) Append(out, "::", VersionCase(package.version));
  return Cat(out, "::", NamespaceCase(interface.name));
}

std::string TypeText::NameOf(const wit::TypeDef& def) const {
  std::string name = PascalCase(def.name);
  if (kGenerated.Has(name)) name += '_';
  return name;
}

wit::TypeId TypeText::ResourceOf(wit::TypeId id) const {
  while (const auto* alias = std::get_if<wit::Alias>(&doc_.types[id].what))
    id = alias->target.index();
  return id;
}

bool TypeText::IsGuestResource(wit::TypeId resource, Side side) const {
  const wit::TypeDef& def = doc_.types[ResourceOf(resource)];
  return side == Side::kExport && def.interface && IsExported(*def.interface);
}

std::string TypeText::Named(wit::TypeId id, const Scope& scope) const {
  const wit::TypeDef& def = doc_.types[id];
  std::string home = world_namespace_;
  if (def.interface) {
    const bool exported = scope.side == Side::kExport && IsExported(*def.interface);
    home = NamespaceOf(*def.interface, exported ? Side::kExport : Side::kImport);
  }
  std::string name = NameOf(def);
  if (home == scope.name && !scope.functions.contains(name)) return name;
  return Cat(home, "::", name);
}

bool TypeText::IsComparable(wit::Type type, Side side) {
  if (type.IsPrim()) return true;
  const wit::TypeId id = type.index();
  if (const auto known = comparable_.find({id, side}); known != comparable_.end())
    return known->second;
  const wit::TypeDef& def = doc_.types[id];
  bool comparable = true;
  if (const auto* own = std::get_if<wit::Own>(&def.what))
    comparable = !IsGuestResource(own->resource, side);
  std::vector<wit::Type> parts;
  wit::AppendMentioned(def, parts);
  for (const wit::Type part : parts) comparable = comparable && IsComparable(part, side);
  return comparable_[{id, side}] = comparable;
}

// Writes the type of a value. Recursion: types without a name nest at most limits::kTypeNesting
// deep.
struct ValueWriter {
  TypeText& text;
  const Scope& scope;
  std::string out = {};

  void Write(wit::Type type) {
    if (out.size() > wit::kPrintBytes) {
      text.too_large_ = true;
      return;
    }
    if (type.IsPrim()) {
      const char* const prim = PrimText(type.prim());
      if (prim == nullptr) text.unsupported_ = "error-context";
      out += prim == nullptr ? "?" : prim;
      return;
    }
    const wit::TypeDef& def = text.doc_.types[type.index()];
    if (!def.name.empty()) {
      out += text.Named(type.index(), scope);
    } else {
      std::visit([&](const auto& what) { Unnamed(what); }, def.what);
    }
  }
  void Write(const std::optional<wit::Type>& type) {
    if (type) return Write(*type);
    out += "std::monostate";
  }
  template <typename... Types>
  void Template(std::string_view name, const Types&... types) {
    Append(out, name, "<");
    const char* separator = "";
    ((out += std::exchange(separator, ", "), Write(types)), ...);
    out += '>';
  }

  void Unnamed(const wit::Tuple& t) {
    out += "std::tuple<";
    const char* separator = "";
    for (const wit::Type part : t.types) {
      out += std::exchange(separator, ", ");
      Write(part);
    }
    out += '>';
  }
  void Unnamed(const wit::List& t) {
    if (!t.length) return Template("std::vector", t.element);
    out += "std::array<";
    Write(t.element);
    Append(out, ", ", *t.length, ">");
  }
  void Unnamed(const wit::Option& t) { Template("std::optional", t.type); }
  void Unnamed(const wit::Result& t) { Template("airwasm::WitResult", t.ok, t.error); }
  void Unnamed(const wit::Map& t) { Template("std::map", t.key, t.value); }
  void Unnamed(const wit::Stream&) { Unsupported("stream"); }
  void Unnamed(const wit::Future&) { Unsupported("future"); }
  void Unnamed(const wit::Own& t) {
    const std::string name = text.Named(t.resource, scope);
    out += text.IsGuestResource(t.resource, scope.side) ? name : Cat("std::unique_ptr<", name, ">");
  }
  void Unnamed(const wit::Borrow& t) {
    const std::string name = text.Named(t.resource, scope);
    out += text.IsGuestResource(t.resource, scope.side) ? Cat("const ", name, "*") : Cat(name, "*");
  }
  // What follows always has a name.
  void Unnamed(const wit::Record&) {}
  void Unnamed(const wit::Variant&) {}
  void Unnamed(const wit::Enum&) {}
  void Unnamed(const wit::Flags&) {}
  void Unnamed(const wit::Resource&) {}
  void Unnamed(const wit::Alias& t) { Write(t.target); }

  void Unsupported(const char* what) {
    text.unsupported_ = what;
    out += '?';
  }
};

std::string TypeText::Value(wit::Type type, const Scope& scope) {
  ValueWriter writer{*this, scope};
  writer.Write(type);
  return std::move(writer.out);
}

Param TypeText::Parameter(const wit::Member& member, const Scope& scope, std::string name) {
  const bool to_host = scope.side == Side::kImport;
  const std::string value = Value(*member.type, scope);
  Param by_value{name, value, value, name};
  const wit::Type type = doc_.Unaliased(*member.type);
  if (type.IsPrim()) {
    if (type.prim() == PrimType::kString) by_value.declared = by_value.bound = "std::string_view";
    return by_value;
  }
  const auto& what = doc_.types[type.index()].what;
  if (std::holds_alternative<wit::Enum>(what) || std::holds_alternative<wit::Flags>(what))
    return by_value;
  if (const auto* list = std::get_if<wit::List>(&what); list != nullptr && !list->length) {
    const wit::Type element = doc_.Unaliased(list->element);
    if (IsNumber(element)) {
      by_value.declared = by_value.bound = Cat("std::span<const ", PrimText(element.prim()), ">");
      return by_value;
    }
  }
  if (std::holds_alternative<wit::Borrow>(what)) {
    if (!value.ends_with('*')) return by_value;  // a name for the borrow
    const std::string referred = value.substr(0, value.size() - 1);
    return {name, referred + "&", value, (to_host ? "*" : "&") + name};
  }
  if (to_host) {
    by_value.passed = Cat("std::move(", name, ")");
  } else if (std::holds_alternative<wit::Own>(what)) {
    // Given away by value.
  } else {
    by_value.declared = Cat("const ", value, "&");
  }
  return by_value;
}

}  // namespace airwasm::component::bindgen
