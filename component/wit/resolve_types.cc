// What stands in an interface: uses, types, functions.
#include <algorithm>

#include "component/types/limits.h"
#include "component/wit/limits.h"
#include "component/wit/order.h"
#include "component/wit/resolver.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {
namespace {

// The names that a type mentions.
void CollectNames(const ast::TypeExpr& type, std::vector<std::string_view>& names) {
  if (type.kind == ast::TypeExpr::Kind::kName || type.kind == ast::TypeExpr::Kind::kOwn ||
      type.kind == ast::TypeExpr::Kind::kBorrow) {
    names.push_back(type.id.text);
  }
  for (const ast::TypeExpr& arg : type.args) CollectNames(arg, names);
}

// Spec: component model, WIT, "Types", kt.
bool IsMapKey(Type type) {
  if (!type.IsPrim()) return false;
  switch (type.prim()) {
    case syntax::PrimType::kF32:
    case syntax::PrimType::kF64:
    case syntax::PrimType::kErrorContext:
      return false;
    default:
      return true;
  }
}

}  // namespace

TypeId Resolver::AddType(TypeDef def, Location at) {
  TypeFacts facts;
  std::vector<Type> parts;
  AppendMentioned(def, parts);
  const bool is_alias = std::holds_alternative<Alias>(def.what);
  const bool is_channel =
      std::holds_alternative<Stream>(def.what) || std::holds_alternative<Future>(def.what);
  facts.has_borrow = std::holds_alternative<Borrow>(def.what);
  for (const Type part : parts) {
    if (part.IsPrim()) {
      facts.nesting = std::max(facts.nesting, is_alias ? 1u : 2u);
      continue;
    }
    const TypeFacts& inner = facts_[part.index()];
    facts.nesting = std::max(facts.nesting, inner.nesting + (is_alias ? 0 : 1));
    if (is_alias) facts.aliases = inner.aliases + 1;
    facts.has_borrow |= inner.has_borrow;
  }
  if (facts.nesting > limits::kTypeNesting || facts.aliases > limits::kTypeNesting) {
    Fail(at, "types are nested too deeply");
  }
  if (is_channel && facts.has_borrow) Fail(at, "a stream or future cannot carry a `borrow`");
  if (facts_.size() == kTypes) Fail(at, "too many types");
  facts_.push_back(facts);
  document_.types.push_back(std::move(def));
  return static_cast<TypeId>(facts_.size() - 1);
}

bool Resolver::HasBorrow(const std::optional<Type>& type) const {
  return type && !type->IsPrim() && facts_[type->index()].has_borrow;
}

bool Resolver::IsResource(TypeId id) const {
  const Type type = document_.Unaliased(Type::Index(id));
  return !type.IsPrim() && std::holds_alternative<Resource>(document_.types[type.index()].what);
}

std::optional<TypeId> Resolver::FindType(const ast::Id& id, TypeScope& types) {
  if (const auto found = types.types.find(id.text); found != types.types.end()) {
    return found->second;
  }
  if (const auto found = types.hidden.find(id.text); found != types.hidden.end()) {
    Fail(id.at,
         Cat("`", id.text, "` needs the feature `", found->second, "`, which is not enabled"));
    return std::nullopt;
  }
  std::vector<std::string_view> known = {"bool", "char", "f32", "f64", "string", "s8", "s16",
                                         "s32",  "s64",  "u8",  "u16", "u32",    "u64"};
  for (const auto& [name, type] : types.types) known.push_back(name);
  std::sort(known.begin(), known.end());
  Fail(id.at, Cat("the type `", id.text, "` is not defined", NearestHint(id.text, known)));
  return std::nullopt;
}

std::optional<TypeId> Resolver::FindResource(const ast::Id& id, TypeScope& types) {
  const auto found = FindType(id, types);
  if (found && !IsResource(*found)) {
    Fail(id.at, Cat("expected the name of a resource, but `", id.text, "` is none"));
    return std::nullopt;
  }
  return found;
}

Type Resolver::Resolve(const ast::TypeExpr& type, TypeScope& types) {
  using Kind = ast::TypeExpr::Kind;
  if (diagnostics_.failed()) return {};
  if (type.kind == Kind::kPrim) return type.prim;
  if (type.kind == Kind::kName) {
    // Not a keyword in WIT, and yet a type unless a definition has taken the name.
    if (type.id.text == "error-context" && !types.types.contains(type.id.text)) {
      return syntax::PrimType::kErrorContext;
    }
    const auto found = FindType(type.id, types);
    if (!found) return {};
    if (!IsResource(*found)) return Type::Index(*found);
    return Type::Index(AddType({.what = Own{*found}}, type.id.at));
  }
  std::vector<Type> args;
  for (const ast::TypeExpr& arg : type.args) args.push_back(Resolve(arg, types));
  const auto only = [&] { return args.empty() ? std::nullopt : std::optional(args[0]); };
  TypeDef def;
  switch (type.kind) {
    case Kind::kPrim:
    case Kind::kName:
      break;
    case Kind::kTuple:
      def.what = Tuple{std::move(args)};
      break;
    case Kind::kList:
      def.what = List{args[0], type.length};
      break;
    case Kind::kOption:
      def.what = Option{args[0]};
      break;
    case Kind::kResult: {
      Result result;
      if (type.has_ok) result.ok = args[0];
      if (args.size() > (type.has_ok ? 1 : 0)) result.error = args.back();
      def.what = result;
      break;
    }
    case Kind::kMap:
      if (!IsMapKey(document_.Unaliased(args[0]))) {
        Fail(type.args[0].id.at,
             "the key of a map is an integer, a `char`, a `bool` or a `string`");
      }
      def.what = Map{args[0], args[1]};
      break;
    case Kind::kOwn:
    case Kind::kBorrow: {
      const auto resource = FindResource(type.id, types);
      if (!resource) return {};
      if (type.kind == Kind::kOwn) {
        def.what = Own{*resource};
      } else {
        def.what = Borrow{*resource};
      }
      break;
    }
    case Kind::kFuture:
      def.what = Future{only()};
      break;
    case Kind::kStream:
      def.what = Stream{only()};
      break;
  }
  return Type::Index(AddType(std::move(def), type.id.at));
}

// Spec: component model, WIT, "Item: `use`".
void Resolver::AddUses(const std::vector<ast::Use>& uses, TypeScope& types) {
  const PackageId package = scopes_[types.scope].package;
  for (const ast::Use& use : uses) {
    bool hidden = false;
    const Stability stability = Gate(use.attributes, package, &hidden);
    if (hidden) {
      for (const ast::Rename& name : use.names) {
        types.hidden.emplace(name.as.text, use.attributes.unstable->text);
      }
      continue;
    }
    const Item* item = Find(types.scope, use.path, false);
    if (item == nullptr) return;
    if (std::find(types.used.begin(), types.used.end(), item->id) == types.used.end()) {
      types.used.push_back(item->id);
    }
    for (const ast::Rename& name : use.names) {
      const auto& known = type_names_[item->id];
      const auto found = known.find(name.name.text);
      if (found == known.end()) {
        const auto& gated = hidden_names_[item->id];
        if (const auto gate = gated.find(name.name.text); gate != gated.end()) {
          return Fail(name.name.at, Cat("`", name.name.text, "` needs the feature `", gate->second,
                                        "`, which is not enabled"));
        }
        std::vector<std::string_view> candidates;
        for (const auto& [candidate, type] : known) candidates.push_back(candidate);
        std::sort(candidates.begin(), candidates.end());
        return Fail(name.name.at,
                    Cat("the interface `", document_.QualifiedName(item->id), "` defines no type `",
                        name.name.text, "`", NearestHint(name.name.text, candidates)));
      }
      if (!types.names.Add(name.as.text)) {
        return Fail(name.as.at, Cat("`", name.as.text, "` is already defined"));
      }
      TypeDef def;
      def.name = name.as.text;
      def.what = Alias{Type::Index(found->second), true};
      def.interface = types.interface;
      def.world = types.world;
      def.docs = document_.types[found->second].docs;
      def.stability = stability;
      const TypeId id = AddType(std::move(def), name.as.at);
      types.types.emplace(name.as.text, id);
      types.named.push_back(id);
    }
  }
}

std::vector<Member> Resolver::ResolveMembers(const std::vector<ast::NamedType>& members,
                                             TypeScope& types) {
  std::vector<Member> resolved;
  Names names;
  for (const ast::NamedType& member : members) {
    if (!names.Add(member.name.text)) {
      Fail(member.name.at, Cat("`", member.name.text, "` stands here twice"));
    }
    Member& out = resolved.emplace_back();
    out.name = member.name.text;
    out.docs = member.docs;
    if (member.type) out.type = Resolve(*member.type, types);
  }
  return resolved;
}

void Resolver::AddTypeDecl(const ast::TypeDecl& decl, Stability stability, TypeScope& types) {
  using Kind = ast::TypeDecl::Kind;
  TypeDef def;
  def.name = decl.name.text;
  def.interface = types.interface;
  def.world = types.world;
  def.docs = decl.attributes.docs;
  def.stability = std::move(stability);
  def.external_id = decl.attributes.external_id.value_or("");
  std::vector<Member> members = ResolveMembers(decl.members, types);
  switch (decl.kind) {
    case Kind::kRecord:
      def.what = Record{std::move(members)};
      break;
    case Kind::kVariant:
      def.what = Variant{std::move(members)};
      break;
    case Kind::kEnum:
      def.what = Enum{std::move(members)};
      break;
    case Kind::kFlags:
      if (members.size() > limits::kValidFlags) {
        Fail(decl.name.at, Cat("flags have at most ", limits::kValidFlags, " labels"));
      }
      def.what = Flags{std::move(members)};
      break;
    case Kind::kResource:
      def.what = Resource{};
      break;
    case Kind::kAlias:
      // A bare name stays what it is, also that of a resource.
      if (const auto own = types.types.find(decl.aliased.id.text);
          decl.aliased.kind == ast::TypeExpr::Kind::kName && own != types.types.end()) {
        def.what = Alias{Type::Index(own->second)};
      } else {
        def.what = Alias{Resolve(decl.aliased, types)};
      }
      break;
  }
  if (diagnostics_.failed()) return;
  types.types.emplace(decl.name.text, AddType(std::move(def), decl.name.at));
}

// Types may refer to later ones, so they are resolved in an order of their own.
void Resolver::AddTypes(const std::vector<ast::TypeDecl>& decls, TypeScope& types) {
  const PackageId package = scopes_[types.scope].package;
  absl::flat_hash_map<std::string_view, uint32_t> index;
  std::vector<const ast::TypeDecl*> shown;
  std::vector<Stability> stabilities;
  for (const ast::TypeDecl& decl : decls) {
    bool hidden = false;
    Stability stability = Gate(decl.attributes, package, &hidden);
    if (hidden) {
      types.hidden.emplace(decl.name.text, decl.attributes.unstable->text);
      continue;
    }
    if (!types.names.Add(decl.name.text)) {
      return Fail(decl.name.at, Cat("`", decl.name.text, "` is already defined"));
    }
    index.emplace(decl.name.text, static_cast<uint32_t>(shown.size()));
    shown.push_back(&decl);
    stabilities.push_back(std::move(stability));
  }
  std::vector<std::vector<uint32_t>> edges(shown.size());
  std::vector<std::string_view> mentioned;
  for (size_t i = 0; i < shown.size(); ++i) {
    mentioned.clear();
    CollectNames(shown[i]->aliased, mentioned);
    for (const ast::NamedType& member : shown[i]->members) {
      if (member.type) CollectNames(*member.type, mentioned);
    }
    for (const std::string_view name : mentioned) {
      if (const auto found = index.find(name); found != index.end()) {
        edges[i].push_back(found->second);
      }
    }
  }
  std::vector<uint32_t> order;
  if (const auto cyclic = TopologicalOrder(edges, order)) {
    const ast::Id& name = shown[*cyclic]->name;
    return Fail(name.at, Cat("the type `", name.text, "` contains itself"));
  }
  for (const uint32_t i : order) {
    AddTypeDecl(*shown[i], std::move(stabilities[i]), types);
    if (diagnostics_.failed()) return;
  }
  for (const ast::TypeDecl* decl : shown) types.named.push_back(types.types[decl->name.text]);
}

// Spec: component model, WIT, "Item: `resource`".
Function Resolver::ResolveFunction(const ast::Func& func, std::optional<TypeId> resource,
                                   TypeScope& types) {
  Function out;
  out.kind = func.kind;
  out.resource = resource;
  out.async = func.sig.async;
  out.docs = func.attributes.docs;
  out.external_id = func.attributes.external_id.value_or("");
  if (func.kind != FunctionKind::kConstructor) out.label = func.name.text;
  out.name = FunctionName(func.kind, resource ? document_.types[*resource].name : "", out.label);
  out.params = ResolveMembers(func.sig.params, types);
  if (func.kind == FunctionKind::kMethod) {
    for (const ast::NamedType& param : func.sig.params) {
      if (param.name.text == "self") Fail(param.name.at, "`self` stands here already, implied");
    }
    const TypeId self = AddType({.what = Borrow{*resource}}, func.name.at);
    out.params.insert(out.params.begin(), {"self", Type::Index(self), ""});
  }
  if (func.sig.result) {
    out.result = Resolve(*func.sig.result, types);
    if (HasBorrow(out.result)) {
      Fail(func.sig.result->id.at, "the result of a function cannot contain a `borrow`");
    }
  }
  if (func.kind != FunctionKind::kConstructor || diagnostics_.failed()) return out;
  if (!out.result) {
    out.result = Type::Index(AddType({.what = Own{*resource}}, func.name.at));
    return out;
  }
  const Result* result = out.result->IsPrim()
                             ? nullptr
                             : std::get_if<Result>(&document_.types[out.result->index()].what);
  const Own* own = result == nullptr || !result->ok || result->ok->IsPrim()
                       ? nullptr
                       : std::get_if<Own>(&document_.types[result->ok->index()].what);
  if (own == nullptr || own->resource != *resource) {
    Fail(func.sig.result->id.at,
         Cat("a constructor's result is `result<", document_.types[*resource].name,
             ", ...>`, or is not written at all"));
  }
  return out;
}

void Resolver::AddMethods(const std::vector<ast::TypeDecl>& decls, TypeScope& types,
                          std::vector<Function>& functions) {
  const PackageId package = scopes_[types.scope].package;
  for (const ast::TypeDecl& decl : decls) {
    const auto resource = types.types.find(decl.name.text);
    if (decl.kind != ast::TypeDecl::Kind::kResource || resource == types.types.end()) continue;
    Names names;
    bool has_constructor = false;
    for (const ast::Func& func : decl.methods) {
      bool hidden = false;
      Stability stability = Gate(func.attributes, package, &hidden);
      if (hidden) continue;
      const bool is_constructor = func.kind == FunctionKind::kConstructor;
      if (is_constructor ? has_constructor : !names.Add(func.name.text)) {
        return Fail(func.name.at, is_constructor
                                      ? "a resource has at most one constructor"
                                      : Cat("`", func.name.text, "` is already defined"));
      }
      has_constructor |= is_constructor;
      functions.push_back(ResolveFunction(func, resource->second, types));
      functions.back().stability = std::move(stability);
      if (diagnostics_.failed()) return;
    }
  }
}

void Resolver::ResolveBody(const ast::Body& body, InterfaceId id, uint32_t scope) {
  TypeScope types;
  types.scope = scope;
  types.interface = id;
  AddUses(body.uses, types);
  AddTypes(body.types, types);
  if (diagnostics_.failed()) return;
  std::vector<Function> functions;
  AddMethods(body.types, types, functions);
  for (const ast::Func& func : body.funcs) {
    bool hidden = false;
    Stability stability = Gate(func.attributes, scopes_[scope].package, &hidden);
    if (hidden) continue;
    if (!types.names.Add(func.name.text)) {
      return Fail(func.name.at, Cat("`", func.name.text, "` is already defined"));
    }
    functions.push_back(ResolveFunction(func, std::nullopt, types));
    functions.back().stability = std::move(stability);
    if (diagnostics_.failed()) return;
  }
  Interface& interface = document_.interfaces[id];
  interface.types = std::move(types.named);
  interface.functions = std::move(functions);
  interface.uses = std::move(types.used);
  type_names_[id] = std::move(types.types);
  hidden_names_[id] = std::move(types.hidden);
}

}  // namespace airwasm::component::wit
