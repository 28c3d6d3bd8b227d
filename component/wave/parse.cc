#include "component/wave/parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "component/wave/lexer.h"

namespace airwasm::component::wave {
namespace {

using canon::Val;

// Values by type; the nesting of types is limited (limits::kTypeNesting), and with it the
// recursion.
class Parser {
 public:
  Parser(std::string_view text, const TypeTable& types) : in_(text), types_(types) {}

  Lexer& in() { return in_; }

  Val Value(ValType type) {
    if (type.IsPrim()) return Prim(type.prim());
    return std::visit([&](const auto& t) { return Defined(type, t); }, types_.Get(type));
  }

  // Values between brackets, of which the first has been taken; `item(i)` reads one.
  template <typename Item>
  void Sequence(char close, Item item) {
    size_t i = 0;
    while (in_.ok() && !in_.Take(close)) {
      if (i > 0 && (!in_.Expect(',') || in_.Take(close))) return;
      item(i++);
    }
  }

  bool IsOptional(ValType type) const {
    return !type.IsPrim() && std::holds_alternative<OptionType>(types_.Get(type));
  }

 private:
  bool IsOptionOrResult(ValType type) const {
    return IsOptional(type) ||
           (!type.IsPrim() && std::holds_alternative<ResultType>(types_.Get(type)));
  }

  Val Prim(PrimType prim) {
    switch (prim) {
      case PrimType::kBool:
        if (in_.TakeKeyword("true")) return Val::Bool(true);
        if (!in_.TakeKeyword("false")) in_.Unexpected("bool");
        return Val::Bool(false);
      case PrimType::kS8:
        return Val::S8(Integer<int8_t>("s8"));
      case PrimType::kU8:
        return Val::U8(Integer<uint8_t>("u8"));
      case PrimType::kS16:
        return Val::S16(Integer<int16_t>("s16"));
      case PrimType::kU16:
        return Val::U16(Integer<uint16_t>("u16"));
      case PrimType::kS32:
        return Val::S32(Integer<int32_t>("s32"));
      case PrimType::kU32:
        return Val::U32(Integer<uint32_t>("u32"));
      case PrimType::kS64:
        return Val::S64(Integer<int64_t>("s64"));
      case PrimType::kU64:
        return Val::U64(Integer<uint64_t>("u64"));
      case PrimType::kF32:
        return Val::F32(Float<float>("f32"));
      case PrimType::kF64:
        return Val::F64(Float<double>("f64"));
      case PrimType::kChar: {
        char32_t c = 0;
        in_.TakeChar(&c);
        return Val::Char(c);
      }
      case PrimType::kString: {
        std::string text;
        in_.TakeString(&text);
        return Val::String(std::move(text));
      }
      case PrimType::kErrorContext:
        break;
    }
    return NoText("an error-context");
  }

  template <typename T>
  T Integer(std::string_view type) {
    const size_t at = in_.offset();
    T value = 0;
    const std::string_view text = in_.TakeNumber();
    if (text.empty() || text.find_first_not_of("-0123456789") != text.npos) {
      if (text.empty()) {
        in_.Unexpected(type);
      } else {
        in_.FailAt(at, "expected " + std::string(type) + ", found `" + std::string(text) + "`");
      }
      return 0;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      in_.FailAt(at, std::string(text) + " is out of the range of " + std::string(type));
    return value;
  }

  template <typename T>
  T Float(std::string_view type) {
    const size_t at = in_.offset();
    const std::string text(in_.TakeNumber());
    if (text.empty()) {
      in_.Unexpected(type);
      return 0;
    }
    if (text == "nan") return std::numeric_limits<T>::quiet_NaN();
    // The locale is that of a program's start, whose numbers are those of C.
    const T value = std::is_same_v<T, float> ? static_cast<T>(std::strtof(text.c_str(), nullptr))
                                             : static_cast<T>(std::strtod(text.c_str(), nullptr));
    if (std::isinf(value) && !text.ends_with("inf"))
      in_.FailAt(at, text + " is out of the range of " + std::string(type));
    return value;
  }

  Val NoText(std::string_view what) {
    in_.Fail("a value of type " + std::string(what) + " has no text form");
    return {};
  }

  Val Defined(ValType type, const ListType& t) {
    if (!in_.Take('[')) {
      in_.Unexpected(types_.ToString(type));
      return {};
    }
    Val list;
    size_t count = 0;
    if (t.element == ValType(PrimType::kU8)) {
      std::vector<uint8_t> bytes;
      Sequence(']', [&](size_t) { bytes.push_back(Integer<uint8_t>("u8")); });
      count = bytes.size();
      list = Val::Bytes(std::move(bytes));
    } else {
      std::vector<Val> items;
      Sequence(']', [&](size_t) { items.push_back(Value(t.element)); });
      count = items.size();
      list = Val::List(std::move(items));
    }
    if (t.length && *t.length != count) WrongCount("elements", *t.length, count);
    return list;
  }
  // As a list of pairs.
  Val Defined(ValType type, const MapType& t) {
    const ValType pair[] = {t.key, t.value};
    std::vector<Val> items;
    if (!in_.Take('[')) in_.Unexpected(types_.ToString(type));
    Sequence(']', [&](size_t) { items.push_back(Tuple(type, pair)); });
    return Val::List(std::move(items));
  }

  Val Defined(ValType type, const TupleType& t) { return Tuple(type, t.types); }
  Val Tuple(ValType type, std::span<const ValType> parts) {
    if (!in_.Take('(')) {
      in_.Unexpected(types_.ToString(type));
      return {};
    }
    std::vector<Val> items;
    Sequence(')', [&](size_t i) {
      if (i < parts.size()) {
        items.push_back(Value(parts[i]));
      } else {
        in_.Unexpected("')'");
      }
    });
    if (items.size() != parts.size()) WrongCount("parts", parts.size(), items.size());
    return Val::Tuple(std::move(items));
  }
  void WrongCount(const char* of, size_t wanted, size_t found) {
    in_.Fail("expected " + std::to_string(wanted) + " " + of + ", found " + std::to_string(found));
  }

  Val Defined(ValType type, const RecordType& t) {
    if (!in_.Take('{')) {
      in_.Unexpected(types_.ToString(type));
      return {};
    }
    std::vector<std::optional<Val>> values(t.fields.size());
    if (in_.Take(':')) {
      in_.Expect('}');
    } else {
      size_t expected = 0;  // mostly the fields come in their order
      Sequence('}', [&](size_t) { expected = TakeField(t, values, expected); });
    }
    std::vector<std::pair<std::string, Val>> fields;
    for (size_t i = 0; i < t.fields.size() && in_.ok(); ++i) {
      if (!values[i] && IsOptional(t.fields[i].type)) values[i] = Val::None();
      if (!values[i]) {
        in_.Fail("the field '" + t.fields[i].name + "' is missing");
        break;
      }
      fields.emplace_back(t.fields[i].name, *std::move(values[i]));
    }
    return Val::Record(std::move(fields));
  }
  // One "NAME: VALUE"; returns the number of the field behind it.
  size_t TakeField(const RecordType& t, std::vector<std::optional<Val>>& values, size_t expected) {
    const size_t at = in_.offset();
    const std::string_view name = in_.TakeLabel().text;
    if (name.empty()) {
      in_.Unexpected("a field");
      return 0;
    }
    size_t i = expected < t.fields.size() && t.fields[expected].name == name ? expected : 0;
    while (i < t.fields.size() && t.fields[i].name != name) ++i;
    if (i == t.fields.size()) {
      in_.FailAt(at, "there is no field '" + std::string(name) + "'; there are " + Names(t.fields));
    } else if (values[i]) {
      in_.FailAt(at, "the field '" + std::string(name) + "' stands twice");
    } else if (in_.Expect(':')) {
      values[i] = Value(t.fields[i].type);
    }
    return i + 1;
  }

  template <typename Named>
  static std::string Names(const std::vector<Named>& all) {
    constexpr size_t kShown = 12;
    std::string text;
    for (size_t i = 0; i < all.size() && i < kShown; ++i) {
      text += i == 0 ? "" : ", ";
      if constexpr (std::is_same_v<Named, std::string>) {
        text += all[i];
      } else {
        text += all[i].name;
      }
    }
    return all.size() > kShown ? text + ", ..." : text;
  }

  Val Defined(ValType, const VariantType& t) {
    const size_t at = in_.offset();
    const std::string name(in_.TakeLabel().text);
    for (const VariantCase& c : t.cases) {
      if (c.name != name) continue;
      if (!c.type) return Val::Variant(name);
      in_.Expect('(');
      Val payload = in_.ok() ? Value(*c.type) : Val();
      in_.Expect(')');
      return Val::Variant(name, std::move(payload));
    }
    NoCase(at, name, Names(t.cases));
    return {};
  }
  Val Defined(ValType, const EnumType& t) {
    const size_t at = in_.offset();
    const std::string name(in_.TakeLabel().text);
    for (const std::string& c : t.names) {
      if (c == name) return Val::Enum(name);
    }
    NoCase(at, name, Names(t.names));
    return {};
  }
  void NoCase(size_t at, const std::string& name, const std::string& names) {
    if (name.empty()) {
      in_.Unexpected("one of " + names);
    } else {
      in_.FailAt(at, "there is no case '" + name + "'; there are " + names);
    }
  }

  Val Defined(ValType type, const OptionType& t) {
    if (in_.TakeKeyword("none")) return Val::None();
    if (in_.TakeKeyword("some")) {
      in_.Expect('(');
      Val payload = in_.ok() ? Value(t.type) : Val();
      in_.Expect(')');
      return Val::Some(std::move(payload));
    }
    if (!IsOptionOrResult(t.type)) return Val::Some(Value(t.type));
    in_.Unexpected(types_.ToString(type));
    return {};
  }

  Val Defined(ValType type, const ResultType& t) {
    if (in_.TakeKeyword("ok")) {
      std::optional<Val> payload = ResultPayload(t.ok);
      return payload ? Val::Ok(*std::move(payload)) : Val::Ok();
    }
    if (in_.TakeKeyword("err")) {
      std::optional<Val> payload = ResultPayload(t.error);
      return payload ? Val::Err(*std::move(payload)) : Val::Err();
    }
    if (t.ok && !IsOptionOrResult(*t.ok)) return Val::Ok(Value(*t.ok));
    in_.Unexpected(types_.ToString(type));
    return {};
  }
  std::optional<Val> ResultPayload(const std::optional<ValType>& type) {
    if (!type) return std::nullopt;
    in_.Expect('(');
    Val payload = in_.ok() ? Value(*type) : Val();
    in_.Expect(')');
    return payload;
  }

  Val Defined(ValType type, const FlagsType& t) {
    if (!in_.Take('{')) {
      in_.Unexpected(types_.ToString(type));
      return {};
    }
    std::vector<std::string> names;
    Sequence('}', [&](size_t) {
      const size_t at = in_.offset();
      std::string name(in_.TakeLabel().text);
      const bool there = std::find(t.names.begin(), t.names.end(), name) != t.names.end();
      if (name.empty()) {
        in_.Unexpected("a flag");
      } else if (!there) {
        in_.FailAt(at, "there is no flag '" + name + "'; there are " + Names(t.names));
      } else if (std::find(names.begin(), names.end(), name) != names.end()) {
        in_.FailAt(at, "the flag '" + name + "' stands twice");
      } else {
        names.push_back(std::move(name));
      }
    });
    return Val::Flags(std::move(names));
  }

  Val Defined(ValType type, const OwnType&) { return NoText(types_.ToString(type)); }
  Val Defined(ValType type, const BorrowType&) { return NoText(types_.ToString(type)); }
  Val Defined(ValType type, const StreamType&) { return NoText(types_.ToString(type)); }
  Val Defined(ValType type, const FutureType&) { return NoText(types_.ToString(type)); }

  Lexer in_;
  const TypeTable& types_;
};

}  // namespace

Expected<Val> Parse(std::string_view text, const TypeTable& types, ValType type) {
  Parser parser(text, types);
  Val value = parser.Value(type);
  if (parser.in().ok() && !parser.in().AtEnd()) parser.in().Unexpected("the end");
  if (!parser.in().ok()) return parser.in().error();
  return value;
}

Expected<std::vector<Val>> ParseArguments(std::string_view text, const TypeTable& types,
                                          const FuncType& type) {
  Parser parser(text, types);
  Lexer& in = parser.in();
  std::vector<Val> values;
  if (in.Expect('(')) {
    parser.Sequence(')', [&](size_t i) {
      if (i >= type.params.size()) {
        in.Fail("too many arguments: the function takes " + std::to_string(type.params.size()));
      } else {
        values.push_back(parser.Value(type.params[i].type));
      }
    });
  }
  if (in.ok() && !in.AtEnd()) in.Unexpected("the end");
  while (in.ok() && values.size() < type.params.size()) {
    const Field& param = type.params[values.size()];
    if (!parser.IsOptional(param.type)) {
      in.Fail("the argument '" + param.name + ": " + types.ToString(param.type) + "' is missing");
    } else {
      values.push_back(Val::None());
    }
  }
  if (!in.ok()) return in.error();
  return values;
}

}  // namespace airwasm::component::wave
