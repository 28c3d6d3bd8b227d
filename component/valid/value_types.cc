// Value types and function types.
// Spec: component model, Explainer, "Type Definitions"; canonical ABI, "Element Size".
#include "component/valid/component_validator.h"

namespace airwasm::component::valid {
namespace {

using syntax::PrimType;

bool IsKeyType(syntax::PrimType type) {
  return type != PrimType::kF32 && type != PrimType::kF64 && type != PrimType::kErrorContext;
}

}  // namespace

Checked ComponentValidator::Label(NameSet& names, std::string_view label, std::string_view what,
                                  std::string_view what_short) {
  const std::string text(what);
  const std::string name(label);
  if (label.empty()) return Fail(text + " name cannot be empty");
  if (label.size() > limits::kNameBytes) return FailLimit("length of a name", limits::kNameBytes);
  if (!IsLabel(label)) return Fail(text + " name `" + name + "` is not in kebab case");
  if (const std::string* previous = names.Add(label)) {
    return Fail(text + " name `" + name + "` conflicts with previous " + std::string(what_short) +
                " name `" + *previous + "`");
  }
  return Ok();
}

Expected<ComponentValidator::Typed> ComponentValidator::Resolve(syntax::ValType type) {
  if (type.IsPrim()) {
    if (type.prim() == PrimType::kErrorContext) {
      RETURN_IF_ERROR(Require(ComponentFeature::kErrorContext, "error-context"));
    }
    return Typed{ValType(type.prim())};
  }
  ASSIGN_OR_RETURN(const TypeItem item,
                   TypeAt(type.index(), TypeItem::Kind::kValue, "a defined type"));
  return Typed{item.value, item.naming};
}

// Interns a type and checks what holds of it as a whole.
Expected<TypeItem> ComponentValidator::Value(DefinedType type, std::vector<NamingId> naming,
                                             bool named) {
  TypeItem item;
  item.value = values().Intern(std::move(type));
  const TypeFacts& facts = values().Facts(item.value);
  if (facts.nesting > limits::kTypeNesting) {
    return FailLimit("nesting of value types", limits::kTypeNesting);
  }
  if (facts.node_count > limits::kTypeSize) {
    return FailLimit("effective type size", limits::kTypeSize);
  }
  if (facts.memory64.size >= limits::kValueBytes) {
    return Fail("type exceeds maximum byte size of 2^28 - 1");
  }
  item.naming = named ? naming_.NewNamed(std::move(naming)) : naming_.Group(std::move(naming));
  return item;
}

Expected<TypeItem> ComponentValidator::TypeDefinition(const syntax::DefType& type) {
  struct Visitor {
    ComponentValidator& v;

    Expected<TypeItem> operator()(PrimType prim) const {
      ASSIGN_OR_RETURN(const Typed typed, v.Resolve(syntax::ValType(prim)));
      TypeItem item;
      item.value = typed.type;
      return item;
    }
    Expected<TypeItem> operator()(const syntax::Record& d) const {
      if (d.fields.empty()) return v.Fail("record type must have at least one field");
      if (d.fields.size() > limits::kFields) {
        return v.FailLimit("record fields count", limits::kFields);
      }
      RecordType record;
      NameSet names;
      std::vector<NamingId> naming;
      for (const syntax::Labelled& field : d.fields) {
        RETURN_IF_ERROR(v.Label(names, field.label, "record field", "field"));
        ASSIGN_OR_RETURN(const Typed typed, v.Resolve(field.type));
        record.fields.push_back({std::string(field.label), typed.type});
        naming.push_back(typed.naming);
      }
      return v.Value(std::move(record), std::move(naming), true);
    }
    Expected<TypeItem> operator()(const syntax::Variant& d) const {
      if (d.cases.empty()) return v.Fail("variant type must have at least one case");
      if (d.cases.size() > limits::kFields) {
        return v.FailLimit("variant cases count", limits::kFields);
      }
      VariantType variant;
      NameSet names;
      std::vector<NamingId> naming;
      for (const syntax::Case& c : d.cases) {
        RETURN_IF_ERROR(v.Label(names, c.label, "variant case", "case"));
        VariantCase result{std::string(c.label), std::nullopt};
        RETURN_IF_ERROR(Part(c.type, result.type, naming));
        variant.cases.push_back(std::move(result));
      }
      return v.Value(std::move(variant), std::move(naming), true);
    }
    Expected<TypeItem> operator()(const syntax::List& d) const {
      if (d.length) {
        RETURN_IF_ERROR(v.Require(ComponentFeature::kFixedLengthLists, "fixed-length lists"));
        if (*d.length == 0) return v.Fail("fixed-length lists must have more than zero elements");
      }
      ASSIGN_OR_RETURN(const Typed typed, v.Resolve(d.element));
      return v.Value(ListType{typed.type, d.length}, {typed.naming});
    }
    Expected<TypeItem> operator()(const syntax::Tuple& d) const {
      if (d.types.empty()) return v.Fail("tuple type must have at least one type");
      if (d.types.size() > limits::kFields) {
        return v.FailLimit("tuple types count", limits::kFields);
      }
      TupleType tuple;
      std::vector<NamingId> naming;
      for (syntax::ValType part : d.types) {
        ASSIGN_OR_RETURN(const Typed typed, v.Resolve(part));
        tuple.types.push_back(typed.type);
        naming.push_back(typed.naming);
      }
      return v.Value(std::move(tuple), std::move(naming));
    }
    Expected<TypeItem> operator()(const syntax::Flags& d) const {
      if (d.labels.empty()) return v.Fail("flags must have at least one entry");
      if (d.labels.size() > limits::kValidFlags) {
        return v.Fail("cannot have more than 32 flags");
      }
      FlagsType flags;
      RETURN_IF_ERROR(Labels(d.labels, "flag", "flag", flags.names));
      return v.Value(std::move(flags), {}, true);
    }
    Expected<TypeItem> operator()(const syntax::Enum& d) const {
      if (d.labels.empty()) return v.Fail("enum type must have at least one variant");
      if (d.labels.size() > limits::kFields) {
        return v.FailLimit("enum tags count", limits::kFields);
      }
      EnumType tags;
      RETURN_IF_ERROR(Labels(d.labels, "enum tag", "tag", tags.names));
      return v.Value(std::move(tags), {}, true);
    }
    Expected<TypeItem> operator()(const syntax::Option& d) const {
      ASSIGN_OR_RETURN(const Typed typed, v.Resolve(d.type));
      return v.Value(OptionType{typed.type}, {typed.naming});
    }
    Expected<TypeItem> operator()(const syntax::Result& d) const {
      ResultType result;
      std::vector<NamingId> naming;
      RETURN_IF_ERROR(Part(d.ok, result.ok, naming));
      RETURN_IF_ERROR(Part(d.error, result.error, naming));
      return v.Value(result, std::move(naming));
    }
    Expected<TypeItem> operator()(const syntax::Own& d) const {
      ASSIGN_OR_RETURN(const TypeItem item,
                       v.TypeAt(d.resource, TypeItem::Kind::kResource, "a resource type"));
      return v.Value(OwnType{item.id}, {item.naming});
    }
    Expected<TypeItem> operator()(const syntax::Borrow& d) const {
      ASSIGN_OR_RETURN(const TypeItem item,
                       v.TypeAt(d.resource, TypeItem::Kind::kResource, "a resource type"));
      return v.Value(BorrowType{item.id}, {item.naming});
    }
    Expected<TypeItem> operator()(const syntax::Stream& d) const {
      StreamType stream;
      std::vector<NamingId> naming;
      RETURN_IF_ERROR(Element(d.element, "stream", stream.element, naming));
      if (stream.element == ValType(PrimType::kChar)) {
        return v.Fail("`stream<char>` is not valid at this time");
      }
      return v.Value(stream, std::move(naming));
    }
    Expected<TypeItem> operator()(const syntax::Future& d) const {
      FutureType future;
      std::vector<NamingId> naming;
      RETURN_IF_ERROR(Element(d.element, "future", future.element, naming));
      return v.Value(future, std::move(naming));
    }
    Expected<TypeItem> operator()(const syntax::Map& d) const {
      RETURN_IF_ERROR(v.Require(ComponentFeature::kMap, "maps"));
      ASSIGN_OR_RETURN(const Typed key, v.Resolve(d.key));
      ASSIGN_OR_RETURN(const Typed value, v.Resolve(d.value));
      if (!key.type.IsPrim() || !IsKeyType(key.type.prim())) return v.Fail("invalid map key type");
      return v.Value(MapType{key.type, value.type}, {value.naming});
    }
    Expected<TypeItem> operator()(const syntax::FuncType& d) const { return v.FuncTypeItem(d); }
    Expected<TypeItem> operator()(const syntax::ComponentType& d) const {
      return v.ComponentTypeItem(d);
    }
    Expected<TypeItem> operator()(const syntax::InstanceType& d) const {
      return v.InstanceTypeItem(d);
    }
    Expected<TypeItem> operator()(const syntax::ResourceType& d) const {
      return v.ResourceTypeItem(d);
    }

    Checked Part(const std::optional<syntax::ValType>& type, std::optional<ValType>& to,
                 std::vector<NamingId>& naming) const {
      if (!type) return Ok();
      ASSIGN_OR_RETURN(const Typed typed, v.Resolve(*type));
      to = typed.type;
      naming.push_back(typed.naming);
      return Ok();
    }
    Checked Element(const std::optional<syntax::ValType>& type, const char* what,
                    std::optional<ValType>& to, std::vector<NamingId>& naming) const {
      RETURN_IF_ERROR(v.Require(ComponentFeature::kAsync, what));
      RETURN_IF_ERROR(Part(type, to, naming));
      if (to && v.values().Facts(*to).has_borrow) {
        return v.Fail(std::string(what) + " element type cannot contain a `borrow` type");
      }
      return Ok();
    }
    Checked Labels(const std::vector<std::string_view>& labels, const char* what,
                   const char* what_short, std::vector<std::string>& to) const {
      NameSet names;
      for (std::string_view label : labels) {
        RETURN_IF_ERROR(v.Label(names, label, what, what_short));
        to.emplace_back(label);
      }
      return Ok();
    }
  };
  return std::visit(Visitor{*this}, type);
}

Expected<TypeItem> ComponentValidator::FuncTypeItem(const syntax::FuncType& type) {
  if (type.async) RETURN_IF_ERROR(Require(ComponentFeature::kAsync, "async functions"));
  if (type.params.size() > limits::kParams) {
    return FailLimit("function parameters count", limits::kParams);
  }
  FuncType func;
  func.async = type.async;
  NameSet names;
  std::vector<NamingId> naming;
  uint64_t node_count = 1;
  for (const syntax::Labelled& param : type.params) {
    RETURN_IF_ERROR(Label(names, param.label, "function parameter", "parameter"));
    ASSIGN_OR_RETURN(const Typed typed, Resolve(param.type));
    node_count += values().Facts(typed.type).node_count;
    func.params.push_back({std::string(param.label), typed.type});
    naming.push_back(typed.naming);
  }
  if (type.result) {
    ASSIGN_OR_RETURN(const Typed typed, Resolve(*type.result));
    if (values().Facts(typed.type).has_borrow) {
      return Fail("function result cannot contain a `borrow` type");
    }
    func.result = typed.type;
    node_count += values().Facts(typed.type).node_count;
    naming.push_back(typed.naming);
  }
  if (node_count > limits::kTypeSize) return FailLimit("effective type size", limits::kTypeSize);
  TypeItem item;
  item.kind = TypeItem::Kind::kFunc;
  item.id = values().InternFunc(std::move(func));
  item.naming = naming_.Group(std::move(naming));
  return item;
}

Checked ComponentValidator::Do(const syntax::Type& d) {
  ASSIGN_OR_RETURN(const TypeItem item, TypeDefinition(d.type));
  if (item.kind == TypeItem::Kind::kResource) {
    const auto index = static_cast<uint32_t>(scope_->info.types.size());
    scope_->info.own_resources.emplace(index, item.id);
    scope_->local_resources.emplace(item.id, std::get<syntax::ResourceType>(d.type).rep);
  }
  return PushType(item);
}

}  // namespace airwasm::component::valid
