// Whether C++ types, described as shapes, are the types of a component function.
#include <array>

#include "absl/strings/str_cat.h"
#include "component/canon/functions.h"

namespace airwasm::component::canon {
namespace {

using abi::ShapeKind;
using abi::TypeShape;

// Does the next name of the list "a, b_c" say `name`? Moves the list on.
bool NextNameIs(std::string_view& list, std::string_view name) {
  const size_t end = list.find(',');
  std::string_view next = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  while (!next.empty() && next.front() == ' ') next.remove_prefix(1);
  while (!next.empty() && (next.back() == '_' || next.back() == ' ')) next.remove_suffix(1);
  if (next.size() != name.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (next[i] != (name[i] == '-' ? '_' : name[i])) return false;
  }
  return true;
}

class Matcher {
 public:
  explicit Matcher(const Function& function) : function_(function), types_(*function.types) {}

  // Depth is that of the C++ types.
  bool Matches(const TypeShape& shape, ValType type) {
    if (type.IsPrim()) return KindOf(type.prim()) == shape.kind;
    return std::visit([&](const auto& def) { return Defined(shape, def); }, types_.Get(type));
  }
  std::vector<const ResourceType*> TakeHandles() { return std::move(handles_); }

 private:
  static ShapeKind KindOf(syntax::PrimType prim) {
    using syntax::PrimType;
    switch (prim) {
      case PrimType::kBool:
        return ShapeKind::kBool;
      case PrimType::kS8:
        return ShapeKind::kS8;
      case PrimType::kU8:
        return ShapeKind::kU8;
      case PrimType::kS16:
        return ShapeKind::kS16;
      case PrimType::kU16:
        return ShapeKind::kU16;
      case PrimType::kS32:
        return ShapeKind::kS32;
      case PrimType::kU32:
        return ShapeKind::kU32;
      case PrimType::kS64:
        return ShapeKind::kS64;
      case PrimType::kU64:
        return ShapeKind::kU64;
      case PrimType::kF32:
        return ShapeKind::kF32;
      case PrimType::kF64:
        return ShapeKind::kF64;
      case PrimType::kChar:
        return ShapeKind::kChar;
      case PrimType::kString:
        return ShapeKind::kString;
      case PrimType::kErrorContext:
        break;
    }
    return ShapeKind::kNone;  // of no C++ type but std::monostate, which is not asked about here
  }

  bool Parts(const TypeShape& shape, std::span<const ValType> types) {
    if (shape.parts.size() != types.size()) return false;
    for (size_t i = 0; i < types.size(); ++i) {
      if (!Matches(*shape.parts[i], types[i])) return false;
    }
    return true;
  }
  bool Case(const TypeShape& shape, const std::optional<ValType>& type) {
    const bool has_payload = shape.kind != ShapeKind::kNone;
    return has_payload == type.has_value() && (!type || Matches(shape, *type));
  }

  bool Defined(const TypeShape& shape, const RecordType& t) {
    if (shape.kind != ShapeKind::kRecord || shape.parts.size() != t.fields.size()) return false;
    std::string_view names = shape.names;
    for (size_t i = 0; i < t.fields.size(); ++i) {
      if (!NextNameIs(names, t.fields[i].name) || !Matches(*shape.parts[i], t.fields[i].type))
        return false;
    }
    return true;
  }
  bool Defined(const TypeShape& shape, const VariantType& t) {
    if (shape.kind != ShapeKind::kVariant || shape.parts.size() != t.cases.size()) return false;
    for (size_t i = 0; i < t.cases.size(); ++i) {
      if (!Case(*shape.parts[i], t.cases[i].type)) return false;
    }
    return true;
  }
  bool Defined(const TypeShape& shape, const ListType& t) {
    if (t.length) {
      return shape.kind == ShapeKind::kFixedList && shape.count == *t.length &&
             Parts(shape, {&t.element, 1});
    }
    return shape.kind == ShapeKind::kList && Parts(shape, {&t.element, 1});
  }
  bool Defined(const TypeShape& shape, const TupleType& t) {
    return shape.kind == ShapeKind::kTuple && Parts(shape, t.types);
  }
  bool Defined(const TypeShape& shape, const FlagsType& t) {
    return shape.kind == ShapeKind::kFlags && shape.count == t.names.size();
  }
  bool Defined(const TypeShape& shape, const EnumType& t) {
    return shape.kind == ShapeKind::kEnum && shape.count == t.names.size();
  }
  bool Defined(const TypeShape& shape, const OptionType& t) {
    return shape.kind == ShapeKind::kOption && Parts(shape, {&t.type, 1});
  }
  bool Defined(const TypeShape& shape, const ResultType& t) {
    return shape.kind == ShapeKind::kResult && Case(*shape.parts[0], t.ok) &&
           Case(*shape.parts[1], t.error);
  }
  bool Defined(const TypeShape& shape, const OwnType& t) {
    return shape.kind == ShapeKind::kOwn && Resource(shape, t.resource);
  }
  bool Defined(const TypeShape& shape, const BorrowType& t) {
    return shape.kind == ShapeKind::kBorrow && Resource(shape, t.resource);
  }
  bool Defined(const TypeShape&, const StreamType&) { return false; }
  bool Defined(const TypeShape&, const FutureType&) { return false; }
  bool Defined(const TypeShape& shape, const MapType& t) {
    return shape.kind == ShapeKind::kMap && Parts(shape, std::array{t.key, t.value});
  }

  // A representation means something only to those who made it; so a host function that expects its
  // own resource can not be bound to a type that says another one.
  bool Resource(const TypeShape& shape, ResourceId id) {
    const ResourceType* const resource = function_.ResourceOf(id);
    handles_.push_back(resource);
    return shape.resource == nullptr || (resource != nullptr && resource->tag == shape.resource);
  }

  const Function& function_;
  const TypeTable& types_;
  std::vector<const ResourceType*> handles_;
};

}  // namespace

absl::StatusOr<std::vector<const ResourceType*>> MatchShape(const Function& function,
                                                            const abi::FuncShape& shape) {
  const FuncType& type = function.func_type();
  if (type.params.size() != shape.params.size() ||
      type.result.has_value() != (shape.result != nullptr))
    return absl::InvalidArgumentError("the number of parameters or results differs");
  Matcher matcher(function);
  for (size_t i = 0; i < type.params.size(); ++i) {
    if (!matcher.Matches(*shape.params[i], type.params[i].type)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the type of parameter `", type.params[i].name, "` differs"));
    }
  }
  if (type.result && !matcher.Matches(*shape.result, *type.result))
    return absl::InvalidArgumentError("the type of the result differs");
  return matcher.TakeHandles();
}

}  // namespace airwasm::component::canon
