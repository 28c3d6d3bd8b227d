// Value and function types in words, for messages.
#include <string>

#include "component/types/value_types.h"

namespace airwasm::component {
namespace {

constexpr size_t kMaxText = 200;

constexpr std::string_view kPrimTexts[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) text,
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

class Writer {
 public:
  explicit Writer(const TypeTable& types) : types_(types) {}

  void Put(ValType type) {
    if (Full()) return;
    if (type.IsPrim()) {
      out_ += kPrimTexts[static_cast<size_t>(type.prim())];
      return;
    }
    std::visit([this](const auto& t) { Put(t); }, types_.Get(type));
  }
  void Put(const FuncType& type) {
    out_ += type.async ? "async func(" : "func(";
    bool first = true;
    for (const Field& param : type.params) {
      Separate(first);
      if (Full()) break;
      out_ += param.name + ": ";
      Put(param.type);
    }
    out_ += ')';
    if (type.result) {
      out_ += " -> ";
      Put(*type.result);
    }
  }
  std::string Take() {
    if (Full()) out_ = out_.substr(0, kMaxText) + "...";
    return std::move(out_);
  }

 private:
  bool Full() const { return out_.size() > kMaxText; }
  void Separate(bool& first) {
    if (!first) out_ += ", ";
    first = false;
  }
  void Put(const RecordType& t) {
    out_ += "record { ";
    bool first = true;
    for (const Field& field : t.fields) {
      Separate(first);
      if (Full()) return;
      out_ += field.name + ": ";
      Put(field.type);
    }
    out_ += " }";
  }
  void Put(const VariantType& t) {
    out_ += "variant { ";
    bool first = true;
    for (const VariantCase& c : t.cases) {
      Separate(first);
      if (Full()) return;
      out_ += c.name;
      if (c.type) {
        out_ += '(';
        Put(*c.type);
        out_ += ')';
      }
    }
    out_ += " }";
  }
  void PutNames(std::string_view what, const std::vector<std::string>& names) {
    out_ += what;
    out_ += " { ";
    bool first = true;
    for (const std::string& name : names) {
      Separate(first);
      if (Full()) return;
      out_ += name;
    }
    out_ += " }";
  }
  void Put(const FlagsType& t) { PutNames("flags", t.names); }
  void Put(const EnumType& t) { PutNames("enum", t.names); }
  void Put(const ListType& t) {
    out_ += "list<";
    Put(t.element);
    if (t.length) out_ += ", " + std::to_string(*t.length);
    out_ += '>';
  }
  void Put(const TupleType& t) {
    out_ += "tuple<";
    bool first = true;
    for (ValType part : t.types) {
      Separate(first);
      if (Full()) return;
      Put(part);
    }
    out_ += '>';
  }
  void Put(const OptionType& t) { PutGeneric("option", t.type); }
  void Put(const ResultType& t) {
    out_ += "result";
    if (!t.ok && !t.error) return;
    out_ += '<';
    if (t.ok) {
      Put(*t.ok);
    } else {
      out_ += '_';
    }
    if (t.error) {
      out_ += ", ";
      Put(*t.error);
    }
    out_ += '>';
  }
  void Put(const OwnType& t) { out_ += "own<#" + std::to_string(t.resource) + ">"; }
  void Put(const BorrowType& t) { out_ += "borrow<#" + std::to_string(t.resource) + ">"; }
  void Put(const StreamType& t) { PutGeneric("stream", t.element); }
  void Put(const FutureType& t) { PutGeneric("future", t.element); }
  void Put(const MapType& t) {
    out_ += "map<";
    Put(t.key);
    out_ += ", ";
    Put(t.value);
    out_ += '>';
  }
  void PutGeneric(std::string_view what, const std::optional<ValType>& element) {
    out_ += what;
    if (!element) return;
    out_ += '<';
    Put(*element);
    out_ += '>';
  }

  const TypeTable& types_;
  std::string out_;
};

}  // namespace

std::string TypeTable::ToString(ValType type) const {
  Writer writer(*this);
  writer.Put(type);
  return writer.Take();
}

std::string TypeTable::FuncToString(FuncTypeId id) const {
  Writer writer(*this);
  writer.Put(GetFunc(id));
  return writer.Take();
}

}  // namespace airwasm::component
