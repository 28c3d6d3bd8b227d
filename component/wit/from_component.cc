#include "component/wit/from_component.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {
namespace {

// Resources and value types under one key.
using Key = uint64_t;
Key KeyOf(component::ValType type) {
  return type.bits();
}
Key KeyOfResource(ResourceId resource) {
  return Key{1} << 32 | resource;
}

bool NeedsName(const DefinedType& type) {
  return std::holds_alternative<RecordType>(type) || std::holds_alternative<VariantType>(type) ||
         std::holds_alternative<EnumType>(type) || std::holds_alternative<FlagsType>(type);
}

class Converter {
 public:
  explicit Converter(const ComponentTypes& types) : types_(types), values_(types.values()) {}

  absl::StatusOr<Document> Run(ComponentTypeId id) {
    const component::ComponentType& component = types_.component(id);
    doc_.root = PackageNamed("root", "component", "");
    doc_.packages[*doc_.root].worlds.push_back(0);
    world_.name = "root";
    world_.package = *doc_.root;
    for (const auto& entry : component.imports) AddItem(entry.name, entry.value, false);
    for (const auto& entry : component.exports) AddItem(entry.name, entry.value, true);
    if (!status_.ok()) return status_;
    for (const TypeId type : world_scope_.types) {
      WorldItem item;
      item.name = doc_.types[type].name;
      item.what = TypeRef{type};
      world_.imports.push_back(std::move(item));
    }
    doc_.worlds.push_back(std::move(world_));
    return std::move(doc_);
  }

 private:
  // The names of one interface, or of the world.
  struct Scope {
    std::optional<InterfaceId> interface;
    absl::flat_hash_map<Key, TypeId> known;
    absl::flat_hash_map<std::string, TypeId> by_name;
    absl::flat_hash_map<uint32_t, TypeId> unnamed;
    std::vector<TypeId> types;
  };

  void Fail(std::string_view message) {
    if (status_.ok()) {
      status_ = absl::FailedPreconditionError(absl::string_view(message.data(), message.size()));
    }
  }

  PackageId PackageNamed(std::string_view space, std::string_view name, std::string_view version) {
    const std::string key = Cat(space, ":", name, "@", version);
    const auto [found, is_new] = packages_.emplace(key, doc_.packages.size());
    if (is_new) {
      Package& package = doc_.packages.emplace_back();
      package.space = space;
      package.name = name;
      package.version = version;
    }
    return found->second;
  }

  void AddItem(const std::string& name, const component::ExternType& type, bool is_export) {
    if (!status_.ok()) return;
    WorldItem item;
    item.name = name;
    switch (type.sort) {
      case Sort::kFunc:
        item.what = Convert(name, type.id, world_scope_);
        break;
      case Sort::kInstance: {
        const auto interface = AddInstance(name, type.id);
        if (!interface) return;
        item.what = InterfaceRef{*interface};
        item.is_plain = doc_.interfaces[*interface].name.empty();
        break;
      }
      case Sort::kType:
        return AddNamedType(name, type.type, world_scope_);
      default:
        return Fail(Cat("`", name, "` is a ", syntax::RowOf(type.sort).text,
                        ", which cannot be said in WIT"));
    }
    (is_export ? world_.exports : world_.imports).push_back(std::move(item));
  }

  // An interface name is `space:package/interface@version`; another name is that of an interface
  // written in the world.
  std::optional<InterfaceId> AddInstance(const std::string& name, InstanceTypeId type) {
    const size_t colon = name.find(':');
    const size_t slash = name.find('/');
    InterfaceId id = static_cast<InterfaceId>(doc_.interfaces.size());
    if (colon == std::string::npos) {
      doc_.interfaces.emplace_back().package = *doc_.root;
      scopes_.emplace_back().interface = id;
    } else if (slash == std::string::npos || slash < colon ||
               name.find(':', colon + 1) != std::string::npos ||
               name.find('/', slash + 1) != std::string::npos) {
      Fail(Cat("the name `", name, "` cannot be said in WIT"));
      return std::nullopt;
    } else if (const auto [found, is_new] = interfaces_.emplace(name, id); !is_new) {
      // Import and export of one interface: the second adds what the first has not.
      id = found->second;
    } else {
      const std::string_view text = name;
      const size_t at = std::min(text.find('@'), text.size());
      Interface& interface = doc_.interfaces.emplace_back();
      interface.name = text.substr(slash + 1, at - slash - 1);
      interface.package =
          PackageNamed(text.substr(0, colon), text.substr(colon + 1, slash - colon - 1),
                       at == text.size() ? "" : text.substr(at + 1));
      doc_.packages[interface.package].interfaces.push_back(id);
      scopes_.emplace_back().interface = id;
    }
    for (const auto& entry : types_.instance(type).exports) {
      if (!status_.ok()) return std::nullopt;
      Scope& scope = scopes_[id];
      if (entry.value.sort == Sort::kType) {
        AddNamedType(entry.name, entry.value.type, scope);
      } else if (entry.value.sort != Sort::kFunc) {
        Fail(Cat("`", entry.name, "` of `", name, "` cannot be said in WIT"));
      } else {
        Function function = Convert(entry.name, entry.value.id, scope);
        auto& functions = doc_.interfaces[id].functions;
        if (functions_.emplace(Cat(id, "#", entry.name), true).second) {
          functions.push_back(std::move(function));
        }
      }
    }
    doc_.interfaces[id].types = scopes_[id].types;
    return id;
  }

  TypeId Add(TypeDef def) {
    doc_.types.push_back(std::move(def));
    return static_cast<TypeId>(doc_.types.size() - 1);
  }
  TypeId AddNamed(std::string name, TypeDef def, Scope& scope) {
    def.name = name;
    def.interface = scope.interface;
    if (!scope.interface) def.world = 0;
    const TypeId id = Add(std::move(def));
    scope.by_name.emplace(std::move(name), id);
    scope.types.push_back(id);
    return id;
  }

  // A type of an earlier interface, brought into this scope; its name gets a number if it is taken.
  TypeId Use(TypeId target, Key key, const std::string& wanted, Scope& scope) {
    std::string name = wanted;
    for (uint32_t i = 2; scope.by_name.contains(name); ++i) name = Cat(wanted, "-x", i);
    const TypeId id = AddNamed(name, {.what = Alias{Type::Index(target), true}}, scope);
    if (scope.interface) {
      auto& uses = doc_.interfaces[*scope.interface].uses;
      const InterfaceId from = *doc_.types[target].interface;
      if (std::find(uses.begin(), uses.end(), from) == uses.end()) uses.push_back(from);
    }
    scope.known.emplace(key, id);
    return id;
  }

  void AddNamedType(const std::string& name, const TypeItem& item, Scope& scope) {
    const bool is_resource = item.kind == TypeItem::Kind::kResource;
    if (!is_resource && item.kind != TypeItem::Kind::kValue) {
      return Fail(Cat("the type `", name, "` cannot be said in WIT"));
    }
    const Key key = is_resource ? KeyOfResource(item.id) : KeyOf(item.value);
    if (const auto found = scope.by_name.find(name); found != scope.by_name.end()) {
      scope.known.emplace(key, found->second);
      return;
    }
    if (const auto known = scope.known.find(key); known != scope.known.end()) {
      AddNamed(name, {.what = Alias{Type::Index(known->second)}}, scope);
      return;
    }
    const bool nominal =
        is_resource || (!item.value.IsPrim() && NeedsName(values_.Get(item.value)));
    const auto earlier = named_.find(key);
    if (nominal && earlier != named_.end() &&
        (is_resource || doc_.types[earlier->second].name == name)) {
      Use(earlier->second, key, name, scope);
      return;
    }
    TypeDef def;
    if (is_resource) {
      def.what = Resource{};
    } else if (nominal) {
      def = Define(values_.Get(item.value), scope);
    } else {
      def.what = Alias{Convert(item.value, scope)};
    }
    // The definition may have brought a type of this name into the scope.
    if (scope.by_name.contains(name)) return Fail(Cat("the name `", name, "` is taken twice"));
    const TypeId id = AddNamed(name, std::move(def), scope);
    if (!nominal) return;
    scope.known.emplace(key, id);
    if (scope.interface && !doc_.interfaces[*scope.interface].name.empty()) {
      named_.emplace(key, id);
    }
  }

  Type Convert(component::ValType type, Scope& scope) {
    if (!status_.ok()) return {};
    if (type.IsPrim()) return type.prim();
    const Key key = KeyOf(type);
    if (const auto known = scope.known.find(key); known != scope.known.end()) {
      return Type::Index(known->second);
    }
    const DefinedType& defined = values_.Get(type);
    if (NeedsName(defined)) {
      const auto earlier = named_.find(key);
      if (earlier == named_.end()) {
        Fail(Cat("the type ", values_.ToString(type), " has no name"));
        return {};
      }
      return Type::Index(Use(earlier->second, key, doc_.types[earlier->second].name, scope));
    }
    if (const auto found = scope.unnamed.find(type.bits()); found != scope.unnamed.end()) {
      return Type::Index(found->second);
    }
    // Recursion: the validator limits the nesting of types.
    const TypeId id = Add(Define(defined, scope));
    scope.unnamed.emplace(type.bits(), id);
    return Type::Index(id);
  }
  std::optional<Type> Convert(const std::optional<component::ValType>& type, Scope& scope) {
    return type ? std::optional(Convert(*type, scope)) : std::nullopt;
  }

  TypeId Handle(ResourceId resource, Scope& scope) {
    const Key key = KeyOfResource(resource);
    if (const auto known = scope.known.find(key); known != scope.known.end()) return known->second;
    const auto earlier = named_.find(key);
    if (earlier == named_.end()) {
      Fail("a resource has no name");
      return 0;
    }
    return Use(earlier->second, key, doc_.types[earlier->second].name, scope);
  }

  TypeDef Define(const DefinedType& type, Scope& scope) {
    TypeDef def;
    const auto labels = [](const std::vector<std::string>& names) {
      std::vector<Member> members;
      for (const std::string& name : names) members.push_back({name, std::nullopt, ""});
      return members;
    };
    if (const auto* record = std::get_if<RecordType>(&type)) {
      Record out;
      for (const Field& f : record->fields) {
        out.fields.push_back({f.name, Convert(f.type, scope), ""});
      }
      def.what = std::move(out);
    } else if (const auto* variant = std::get_if<VariantType>(&type)) {
      Variant out;
      for (const VariantCase& c : variant->cases) {
        out.cases.push_back({c.name, Convert(c.type, scope), ""});
      }
      def.what = std::move(out);
    } else if (const auto* list = std::get_if<ListType>(&type)) {
      def.what = List{Convert(list->element, scope), list->length};
    } else if (const auto* tuple = std::get_if<TupleType>(&type)) {
      Tuple out;
      for (const component::ValType part : tuple->types) out.types.push_back(Convert(part, scope));
      def.what = std::move(out);
    } else if (const auto* flags = std::get_if<FlagsType>(&type)) {
      def.what = Flags{labels(flags->names)};
    } else if (const auto* cases = std::get_if<EnumType>(&type)) {
      def.what = Enum{labels(cases->names)};
    } else if (const auto* option = std::get_if<OptionType>(&type)) {
      def.what = Option{Convert(option->type, scope)};
    } else if (const auto* result = std::get_if<ResultType>(&type)) {
      def.what = Result{Convert(result->ok, scope), Convert(result->error, scope)};
    } else if (const auto* own = std::get_if<OwnType>(&type)) {
      def.what = Own{Handle(own->resource, scope)};
    } else if (const auto* borrow = std::get_if<BorrowType>(&type)) {
      def.what = Borrow{Handle(borrow->resource, scope)};
    } else if (const auto* stream = std::get_if<StreamType>(&type)) {
      def.what = Stream{Convert(stream->element, scope)};
    } else if (const auto* future = std::get_if<FutureType>(&type)) {
      def.what = Future{Convert(future->element, scope)};
    } else if (const auto* map = std::get_if<MapType>(&type)) {
      def.what = Map{Convert(map->key, scope), Convert(map->value, scope)};
    }
    return def;
  }

  Function Convert(const std::string& name, FuncTypeId id, Scope& scope) {
    const component::FuncType& type = values_.GetFunc(id);
    Function out;
    out.name = name;
    out.label = name;
    out.async = type.async;
    constexpr std::pair<std::string_view, FunctionKind> kKinds[] = {
        {"[constructor]", FunctionKind::kConstructor},
        {"[method]", FunctionKind::kMethod},
        {"[static]", FunctionKind::kStatic}};
    for (const auto& [prefix, kind] : kKinds) {
      if (!name.starts_with(prefix)) continue;
      const std::string_view rest = std::string_view(name).substr(prefix.size());
      const size_t dot = std::min(rest.find('.'), rest.size());
      out.kind = kind;
      out.label = dot == rest.size() ? "" : rest.substr(dot + 1);
      const auto resource = scope.by_name.find(std::string(rest.substr(0, dot)));
      if (resource == scope.by_name.end()) {
        Fail(Cat("`", name, "` names no resource"));
        return out;
      }
      out.resource = resource->second;
    }
    for (const Field& param : type.params) {
      out.params.push_back({param.name, Convert(param.type, scope), ""});
    }
    out.result = Convert(type.result, scope);
    return out;
  }

  const ComponentTypes& types_;
  const TypeTable& values_;
  Document doc_;
  World world_;
  absl::Status status_;
  Scope world_scope_;
  std::deque<Scope> scopes_;  // of each interface
  absl::flat_hash_map<std::string, PackageId> packages_;
  absl::flat_hash_map<std::string, InterfaceId> interfaces_;
  absl::flat_hash_map<std::string, bool> functions_;
  absl::flat_hash_map<Key, TypeId> named_;  // the first interface's that has a name for it
};

}  // namespace

absl::StatusOr<Document> FromComponent(const ComponentTypes& types, ComponentTypeId component) {
  return Converter(types).Run(component);
}

}  // namespace airwasm::component::wit
