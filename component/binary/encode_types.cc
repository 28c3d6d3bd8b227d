// Value, function, resource, component and instance types; values. The mirror of decode_types.cc.
#include "component/binary/encode.h"
#include "engine/instr/instr.h"

namespace airwasm::component::binary {
namespace {

using syntax::ValType;

constexpr uint8_t kPrimCodes[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) code,
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
};

void Optional(Out& out, const std::optional<ValType>& type) {
  out.push_back(type ? 1 : 0);
  if (type) WriteValType(out, *type);
}

void Labels(Out& out, const std::vector<std::string_view>& labels) {
  WriteCount(out, labels.size());
  for (std::string_view label : labels) WriteName(out, label);
}

void LabelledTypes(Out& out, const std::vector<syntax::Labelled>& list) {
  WriteCount(out, list.size());
  for (const syntax::Labelled& item : list) {
    WriteName(out, item.label);
    WriteValType(out, item.type);
  }
}

// Declarators of component and instance types.
struct DeclaratorEncoder {
  Out& out;

  void operator()(const syntax::CoreType& type) const { Put(0x00, type); }
  void operator()(const syntax::Type& type) const { Put(0x01, type); }
  void operator()(const syntax::Alias& alias) const { Put(0x02, alias); }
  void operator()(const syntax::Import& import) const { Put(0x03, import); }
  void operator()(const syntax::Export& entry) const {
    out.push_back(0x04);
    EncodeDeclarator(out, entry);
  }
  // The grammar knows no other declarators; neither decoder nor parser makes them.
  template <typename T>
  void operator()(const T&) const {}

  template <typename T>
  void Put(uint8_t code, const T& what) const {
    out.push_back(code);
    Encode(out, what);
  }
};

void Declarators(Out& out, const std::vector<syntax::Definition>& declarators) {
  WriteCount(out, declarators.size());
  for (const syntax::Definition& d : declarators) std::visit(DeclaratorEncoder{out}, d.what);
}

struct DefTypeEncoder {
  Out& out;

  void operator()(syntax::PrimType type) const {
    out.push_back(kPrimCodes[static_cast<size_t>(type)]);
  }
  void operator()(const syntax::Record& type) const {
    out.push_back(0x72);
    LabelledTypes(out, type.fields);
  }
  void operator()(const syntax::Variant& type) const {
    out.push_back(0x71);
    WriteCount(out, type.cases.size());
    for (const syntax::Case& c : type.cases) {
      WriteName(out, c.label);
      Optional(out, c.type);
      out.push_back(0x00);
    }
  }
  void operator()(const syntax::List& type) const {
    out.push_back(type.length ? 0x67 : 0x70);
    WriteValType(out, type.element);
    if (type.length) WriteCount(out, *type.length);
  }
  void operator()(const syntax::Tuple& type) const {
    out.push_back(0x6F);
    WriteCount(out, type.types.size());
    for (ValType part : type.types) WriteValType(out, part);
  }
  void operator()(const syntax::Flags& type) const {
    out.push_back(0x6E);
    Labels(out, type.labels);
  }
  void operator()(const syntax::Enum& type) const {
    out.push_back(0x6D);
    Labels(out, type.labels);
  }
  void operator()(const syntax::Option& type) const {
    out.push_back(0x6B);
    WriteValType(out, type.type);
  }
  void operator()(const syntax::Result& type) const {
    out.push_back(0x6A);
    Optional(out, type.ok);
    Optional(out, type.error);
  }
  void operator()(const syntax::Own& type) const {
    out.push_back(0x69);
    WriteCount(out, type.resource);
  }
  void operator()(const syntax::Borrow& type) const {
    out.push_back(0x68);
    WriteCount(out, type.resource);
  }
  void operator()(const syntax::Stream& type) const {
    out.push_back(0x66);
    Optional(out, type.element);
  }
  void operator()(const syntax::Future& type) const {
    out.push_back(0x65);
    Optional(out, type.element);
  }
  void operator()(const syntax::Map& type) const {
    out.push_back(0x63);
    WriteValType(out, type.key);
    WriteValType(out, type.value);
  }
  void operator()(const syntax::FuncType& type) const {
    out.push_back(type.async ? 0x43 : 0x40);
    LabelledTypes(out, type.params);
    WriteResultList(out, type.result);
  }
  void operator()(const syntax::ComponentType& type) const {
    out.push_back(0x41);
    Declarators(out, type.declarators);
  }
  void operator()(const syntax::InstanceType& type) const {
    out.push_back(0x42);
    Declarators(out, type.declarators);
  }
  void operator()(const syntax::ResourceType& type) const {
    out.push_back(0x3F);
    airwasm::WriteValType(out, type.rep);
    out.push_back(type.dtor ? 1 : 0);
    if (type.dtor) WriteCount(out, *type.dtor);
  }
};

}  // namespace

void WriteValType(Out& out, ValType type) {
  if (type.IsPrim()) {
    out.push_back(kPrimCodes[static_cast<size_t>(type.prim())]);
  } else {
    WriteVarS64(out, type.index());
  }
}

void WriteResultList(Out& out, const std::optional<ValType>& result) {
  out.push_back(result ? 0x00 : 0x01);
  if (result) {
    WriteValType(out, *result);
  } else {
    out.push_back(0x00);
  }
}

void Encode(Out& out, const syntax::Type& type) {
  std::visit(DefTypeEncoder{out}, type.type);
}

void Encode(Out& out, const syntax::Value& value) {
  WriteValType(out, value.type);
  WriteBlob(out, value.bytes);
}

}  // namespace airwasm::component::binary
