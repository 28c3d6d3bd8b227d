// Value, function, resource, component and instance types.
// Spec: component model, Binary, "Type Definitions".
#include <array>
#include <utility>

#include "component/binary/sections.h"

namespace airwasm::component::binary {
namespace {

using syntax::DefType;
using syntax::PrimType;
using syntax::ValType;

constexpr uint8_t kNoPrim = 0xFF;
constexpr std::array<uint8_t, 256> MakePrims() {
  std::array<uint8_t, 256> prims{};
  prims.fill(kNoPrim);
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) \
  prims[code] = static_cast<uint8_t>(PrimType::k##name);
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
  return prims;
}
constexpr std::array<uint8_t, 256> kPrims = MakePrims();

PrimType CheckPrim(Reader& r, uint8_t code, size_t offset) {
  const PrimType prim = static_cast<PrimType>(kPrims[code]);
  if (prim == PrimType::kErrorContext) {
    r.Need(ComponentFeature::kErrorContext, offset, "error-context");
  }
  return prim;
}

std::optional<ValType> OptionalValType(Reader& r, std::string_view what) {
  if (!r.Present(what)) return std::nullopt;
  return DecodeValType(r);
}

// Reads a vector with `read`.
template <typename Read>
auto Vector(Reader& r, uint32_t limit, std::string_view what, size_t min_bytes, Read read) {
  std::vector<decltype(read(r))> list;
  const uint32_t count = r.Count(limit, what);
  list.reserve(r.Reservation(count, min_bytes));
  for (uint32_t i = 0; i < count && r.ok(); ++i) list.push_back(read(r));
  return list;
}

syntax::Labelled DecodeLabelled(Reader& r) {
  const std::string_view label = r.Name();
  return {label, DecodeValType(r)};
}

syntax::Case DecodeCase(Reader& r) {
  syntax::Case c;
  c.label = r.Name();
  c.type = OptionalValType(r, "optional component value type");
  const size_t start = r.offset();
  if (const uint8_t zero = r.U8(); zero != 0) r.FailLeadingByte(zero, start, "zero byte required");
  return c;
}

std::string_view DecodeLabel(Reader& r) {
  return r.Name();
}

syntax::FuncType DecodeFuncType(Reader& r, bool async) {
  syntax::FuncType type;
  type.async = async;
  type.params = Vector(r, limits::kParams, "parameters", 2, DecodeLabelled);
  type.result = DecodeResultList(r);
  return type;
}

syntax::ResourceType DecodeResourceType(Reader& r) {
  syntax::ResourceType type;
  type.rep = r.SectionReader::ValType();
  if (r.Present("resource destructor")) type.dtor = r.VarU32();
  return type;
}

// Codes of types other than primitive ones.
enum TypeCode : uint8_t {
  kResource = 0x3F,
  kFunc = 0x40,
  kComponent = 0x41,
  kInstance = 0x42,
  kAsyncFunc = 0x43,
  kMap = 0x63,
  kFuture = 0x65,
  kStream = 0x66,
  kFixedList = 0x67,
  kBorrow = 0x68,
  kOwn = 0x69,
  kResult = 0x6A,
  kOption = 0x6B,
  kEnum = 0x6D,
  kFlags = 0x6E,
  kTuple = 0x6F,
  kList = 0x70,
  kVariant = 0x71,
  kRecord = 0x72,
};

DefType DecodeDefType(Reader& r);

enum DeclaratorCode : uint8_t {
  kCoreTypeDecl = 0x00,
  kTypeDecl = 0x01,
  kAliasDecl = 0x02,
  kImportDecl = 0x03,
  kExportDecl = 0x04,
};

void DecodeDeclarator(Reader& r, bool imports, syntax::Definition& out) {
  r.ChargeDefinition();
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  out.offset = r.offset();
  switch (code) {
    case kCoreTypeDecl:
      out.what = DecodeCoreTypeBody(r);
      return;
    case kTypeDecl:
      out.what = syntax::Type{DecodeDefType(r)};
      return;
    case kAliasDecl:
      out.what = DecodeAliasBody(r);
      return;
    case kImportDecl: {
      if (!imports) break;
      DecodeImport(r, out);
      return;
    }
    case kExportDecl: {
      syntax::Export entry;
      entry.name = DecodeExternName(r);
      entry.type = DecodeExternType(r);
      entry.item.sort = entry.type->sort;
      entry.item.index = 0;
      out.what = entry;
      return;
    }
    default:
      break;
  }
  r.FailLeadingByte(code, start, "component or instance type declaration");
}

std::vector<syntax::Definition> DecodeDeclarators(Reader& r, bool imports) {
  std::vector<syntax::Definition> list;
  r.CheckDepth(++r.context().type_depth, limits::kTypeNesting, "types");
  const uint32_t count = r.Count(limits::kTypeDecls, "declarators");
  // Not reserved: a definition is large and an encoding small.
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    DecodeDeclarator(r, imports, list.emplace_back());
  }
  --r.context().type_depth;
  return list;
}

DefType DecodeDefType(Reader& r) {
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  if (kPrims[code] != kNoPrim) return CheckPrim(r, code, start);
  switch (code) {
    case kRecord:
      return syntax::Record{Vector(r, limits::kFields, "fields", 2, DecodeLabelled)};
    case kVariant:
      return syntax::Variant{Vector(r, limits::kFields, "cases", 3, DecodeCase)};
    case kList:
      return syntax::List{DecodeValType(r), std::nullopt};
    case kFixedList: {
      r.Need(ComponentFeature::kFixedLengthLists, start, "list of fixed length");
      const ValType element = DecodeValType(r);
      return syntax::List{element, r.VarU32()};
    }
    case kTuple:
      return syntax::Tuple{Vector(r, limits::kFields, "types of a tuple", 1, DecodeValType)};
    case kFlags:
      return syntax::Flags{Vector(r, limits::kFlags, "flags", 1, DecodeLabel)};
    case kEnum:
      return syntax::Enum{Vector(r, limits::kFields, "cases", 1, DecodeLabel)};
    case kOption:
      return syntax::Option{DecodeValType(r)};
    case kResult: {
      syntax::Result type;
      type.ok = OptionalValType(r, "optional component value type");
      type.error = OptionalValType(r, "optional component value type");
      return type;
    }
    case kOwn:
      return syntax::Own{r.VarU32()};
    case kBorrow:
      return syntax::Borrow{r.VarU32()};
    case kStream:
      r.Need(ComponentFeature::kAsync, start, "stream");
      return syntax::Stream{OptionalValType(r, "optional component value type")};
    case kFuture:
      r.Need(ComponentFeature::kAsync, start, "future");
      return syntax::Future{OptionalValType(r, "optional component value type")};
    case kMap: {
      r.Need(ComponentFeature::kMap, start, "map");
      const ValType key = DecodeValType(r);
      return syntax::Map{key, DecodeValType(r)};
    }
    case kFunc:
      return DecodeFuncType(r, false);
    case kAsyncFunc:
      r.Need(ComponentFeature::kAsync, start, "async function type");
      return DecodeFuncType(r, true);
    case kComponent:
      return syntax::ComponentType{DecodeDeclarators(r, true)};
    case kInstance:
      return syntax::InstanceType{DecodeDeclarators(r, false)};
    case kResource:
      return DecodeResourceType(r);
    default:
      r.FailLeadingByte(code, start, "component defined type");
      return PrimType::kBool;
  }
}

}  // namespace

ValType DecodeValType(Reader& r) {
  const size_t start = r.offset();
  const uint8_t code = r.PeekU8();
  if (kPrims[code] != kNoPrim && !r.AtEnd()) {
    r.U8();
    return CheckPrim(r, code, start);
  }
  const int64_t index = r.VarS33();
  if (index < 0) r.FailLeadingByte(code, start, "component value type");
  return r.ok() ? ValType::Index(static_cast<uint32_t>(index)) : ValType();
}

std::optional<ValType> DecodeResultList(Reader& r) {
  const size_t start = r.offset();
  switch (const uint8_t form = r.U8()) {
    case 0x00:
      return DecodeValType(r);
    case 0x01: {
      const size_t zero_offset = r.offset();
      if (const uint8_t zero = r.U8(); zero != 0) {
        r.FailLeadingByte(zero, zero_offset, "number of results");
      }
      return std::nullopt;
    }
    default:
      r.FailLeadingByte(form, start, "component function results");
      return std::nullopt;
  }
}

void DecodeType(Reader& r, syntax::Definition& out) {
  out.what = syntax::Type{DecodeDefType(r)};
}

void DecodeValue(Reader& r, syntax::Definition& out) {
  r.Need(ComponentFeature::kValues, r.offset(), "value section");
  syntax::Value value;
  value.type = DecodeValType(r);
  value.bytes = r.Bytes(r.VarU32());
  out.what = value;
}

}  // namespace airwasm::component::binary
