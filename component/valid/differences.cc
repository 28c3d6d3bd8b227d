// How two types differ that should be the same, in words.
//
// Types are interned, so the ways down go only where ids differ; the first difference ends it.
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {
namespace {

constexpr std::string_view kPrimTexts[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) text,
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

std::string PrimText(ValType type) {
  return std::string(kPrimTexts[static_cast<size_t>(type.prim())]);
}

// In the order of DefinedType.
constexpr std::string_view kKindTexts[] = {"record", "variant", "list",   "tuple", "flags",
                                           "enum",   "option",  "result", "own",   "borrow",
                                           "stream", "future",  "map"};
static_assert(std::variant_size_v<DefinedType> == std::size(kKindTexts));

class Difference {
 public:
  explicit Difference(const TypeTable& values) : values_(values) {}

  std::string Of(ValType a, ValType b, bool top = false) const {
    if (a == b) return "";
    if (a.IsPrim() && b.IsPrim()) {
      return "expected primitive `" + PrimText(b) + "` found primitive `" + PrimText(a) + "`";
    }
    if (b.IsPrim()) {
      return "expected " + (top ? "primitive" : PrimText(b)) + ", found " + KindText(a);
    }
    if (a.IsPrim()) return "expected " + KindText(b) + ", found " + PrimText(a);
    const DefinedType& actual = values_.Get(a);
    const DefinedType& expected = values_.Get(b);
    if (actual.index() != expected.index()) {
      return "expected " + KindText(b) + ", found " + KindText(a);
    }
    return std::visit(
        [&](const auto& wanted) {
          return In(std::get<std::decay_t<decltype(wanted)>>(actual), wanted);
        },
        expected);
  }

 private:
  std::string KindText(ValType type) const {
    return std::string(kKindTexts[values_.Get(type).index()]);
  }
  std::string Part(const std::string& context, ValType a, ValType b) const {
    const std::string difference = Of(a, b);
    return difference.empty() ? "" : context + ": " + difference;
  }
  static std::string Count(size_t actual, size_t expected, const char* what) {
    if (actual == expected) return "";
    return "expected " + std::to_string(expected) + " " + what + ", found " +
           std::to_string(actual);
  }

  std::string In(const RecordType& a, const RecordType& b) const {
    if (auto count = Count(a.fields.size(), b.fields.size(), "fields"); !count.empty()) {
      return count;
    }
    for (size_t i = 0; i < b.fields.size(); ++i) {
      const std::string& name = b.fields[i].name;
      if (a.fields[i].name != name) {
        return "expected field name `" + name + "`, found `" + a.fields[i].name + "`";
      }
      auto part =
          Part("type mismatch in record field `" + name + "`", a.fields[i].type, b.fields[i].type);
      if (!part.empty()) return part;
    }
    return "records differ";
  }
  std::string In(const VariantType& a, const VariantType& b) const {
    if (auto count = Count(a.cases.size(), b.cases.size(), "cases"); !count.empty()) return count;
    for (size_t i = 0; i < b.cases.size(); ++i) {
      const VariantCase& ac = a.cases[i];
      const VariantCase& bc = b.cases[i];
      if (ac.name != bc.name) {
        return "expected case named `" + bc.name + "`, found `" + ac.name + "`";
      }
      const std::string name = "`" + bc.name + "`";
      if (bc.type && !ac.type) return "expected case " + name + " to have a type, found none";
      if (!bc.type && ac.type) return "expected case " + name + " to have no type";
      if (!bc.type) continue;
      auto part = Part("type mismatch in variant case " + name, *ac.type, *bc.type);
      if (!part.empty()) return part;
    }
    return "variants differ";
  }
  std::string In(const ListType& a, const ListType& b) const {
    if (a.length != b.length) {
      const auto text = [](const std::optional<uint32_t>& length) {
        return length ? "a list of length " + std::to_string(*length) : "a list of any length";
      };
      return "expected " + text(b.length) + ", found " + text(a.length);
    }
    return Of(a.element, b.element);
  }
  std::string In(const TupleType& a, const TupleType& b) const {
    if (auto count = Count(a.types.size(), b.types.size(), "types"); !count.empty()) return count;
    for (size_t i = 0; i < b.types.size(); ++i) {
      auto part = Part("type mismatch in tuple field " + std::to_string(i), a.types[i], b.types[i]);
      if (!part.empty()) return part;
    }
    return "tuples differ";
  }
  std::string In(const FlagsType&, const FlagsType&) const { return "mismatch in flags elements"; }
  std::string In(const EnumType&, const EnumType&) const { return "mismatch in enum elements"; }
  std::string In(const OptionType& a, const OptionType& b) const { return Of(a.type, b.type); }
  std::string In(const ResultType& a, const ResultType& b) const {
    auto ok = Optional(a.ok, b.ok, "ok");
    return ok.empty() ? Optional(a.error, b.error, "err") : ok;
  }
  std::string In(const OwnType&, const OwnType&) const { return "resource types are not the same"; }
  std::string In(const BorrowType&, const BorrowType&) const {
    return "resource types are not the same";
  }
  std::string In(const StreamType& a, const StreamType& b) const {
    return Optional(a.element, b.element, "element");
  }
  std::string In(const FutureType& a, const FutureType& b) const {
    return Optional(a.element, b.element, "element");
  }
  std::string In(const MapType& a, const MapType& b) const {
    auto key = Part("type mismatch in map key", a.key, b.key);
    return key.empty() ? Part("type mismatch in map value", a.value, b.value) : key;
  }
  std::string Optional(const std::optional<ValType>& a, const std::optional<ValType>& b,
                       const std::string& what) const {
    if (a && !b) return "expected " + what + " type to not be present";
    if (!a && b) return "expected " + what + " type, but found none";
    return b ? Part("type mismatch in " + what + " variant", *a, *b) : "";
  }

  const TypeTable& values_;
};

}  // namespace

std::string DifferenceOf(const TypeTable& values, ValType actual, ValType expected, bool top) {
  return Difference(values).Of(actual, expected, top);
}

}  // namespace airwasm::component::valid
