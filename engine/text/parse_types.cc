// Types: value, reference and heap types, type definitions, type uses, and the types of tables,
// memories and globals. Spec: core, text/types.
#include <bit>

#include "engine/base/limits.h"
#include "engine/text/module_parser.h"

namespace airwasm::text {
namespace {

struct NumberTypeRow {
  std::string_view word;
  ValType type;
};
constexpr NumberTypeRow kPlainTypes[] = {
    {"i32", kI32}, {"i64", kI64}, {"f32", kF32}, {"f64", kF64}, {"v128", kV128},
};

// The short forms of nullable reference types.
constexpr NumberTypeRow kRefTypes[] = {
    {"funcref", kFuncRef},
    {"externref", kExternRef},
    {"anyref", kAnyRef},
    {"eqref", ValType::Ref(HeapKind::kEq, true)},
    {"i31ref", ValType::Ref(HeapKind::kI31, true)},
    {"structref", ValType::Ref(HeapKind::kStruct, true)},
    {"arrayref", ValType::Ref(HeapKind::kArray, true)},
    {"exnref", kExnRef},
    {"nullref", ValType::Ref(HeapKind::kNone, true)},
    {"nullfuncref", ValType::Ref(HeapKind::kNoFunc, true)},
    {"nullexternref", ValType::Ref(HeapKind::kNoExtern, true)},
    {"nullexnref", ValType::Ref(HeapKind::kNoExn, true)},
};

constexpr struct {
  std::string_view word;
  HeapKind kind;
} kHeapTypes[] = {
    {"func", HeapKind::kFunc},     {"extern", HeapKind::kExtern},     {"any", HeapKind::kAny},
    {"eq", HeapKind::kEq},         {"i31", HeapKind::kI31},           {"struct", HeapKind::kStruct},
    {"array", HeapKind::kArray},   {"exn", HeapKind::kExn},           {"none", HeapKind::kNone},
    {"nofunc", HeapKind::kNoFunc}, {"noextern", HeapKind::kNoExtern}, {"noexn", HeapKind::kNoExn},
};

template <typename Rows>
auto FindRow(const Rows& rows, std::string_view word) -> decltype(&rows[0]) {
  for (const auto& row : rows) {
    if (row.word == word) return &row;
  }
  return nullptr;
}

std::vector<uint32_t> TypeKey(const FuncType& type) {
  std::vector<uint32_t> key;
  key.reserve(type.params.size() + type.results.size() + 1);
  key.push_back(static_cast<uint32_t>(type.params.size()));
  for (const ValType t : type.params) key.push_back(t.bits());
  for (const ValType t : type.results) key.push_back(t.bits());
  return key;
}

}  // namespace

ValType ModuleParser::ParseValType() {
  if (in_.Kind() == TokenKind::kKeyword) {
    if (const auto* row = FindRow(kPlainTypes, in_.PeekText())) {
      in_.Take();
      return row->type;
    }
  }
  if (!AtRefType()) {
    in_.Unexpected("a value type");
    return kI32;
  }
  return ParseRefType();
}

bool ModuleParser::AtRefType() const {
  return in_.AtLParen("ref") ||
         (in_.Kind() == TokenKind::kKeyword && FindRow(kRefTypes, in_.PeekText()) != nullptr);
}

ValType ModuleParser::ParseRefType() {
  if (in_.TakeLParen("ref")) {
    const bool nullable = in_.TakeKeyword("null");
    const HeapType heap = ParseHeapType();
    in_.ExpectRParen();
    return ValType::Ref(heap, nullable);
  }
  if (in_.Kind() == TokenKind::kKeyword) {
    if (const auto* row = FindRow(kRefTypes, in_.PeekText())) {
      in_.Take();
      return row->type;
    }
  }
  in_.Unexpected("a reference type");
  return kFuncRef;
}

HeapType ModuleParser::ParseHeapType() {
  if (AtIndex()) {
    const Token at = in_.Peek();
    const uint32_t index = TakeIndex(types_);
    if (index > limits::kTypes) {
      // HeapType has no room for larger numbers, and no module has so many types.
      in_.Fail(at, "unknown type " + std::to_string(index), ErrorKind::kInvalid);
      return HeapKind::kAny;
    }
    return HeapType::Concrete(index);
  }
  if (in_.Kind() == TokenKind::kKeyword) {
    if (const auto* row = FindRow(kHeapTypes, in_.PeekText())) {
      in_.Take();
      return row->kind;
    }
  }
  in_.Unexpected("a heap type");
  return HeapKind::kAny;
}

void ModuleParser::ParseTypeField() {
  ParseTypeDef();
  module_.rec_group_sizes.push_back(1);
  if (in_.ok()) AddTypeKey(module_.types.back(), static_cast<TypeIdx>(module_.types.size() - 1));
}

void ModuleParser::ParseRecField() {
  in_.ExpectLParen("rec");
  const size_t first = module_.types.size();
  while (in_.AtLParen("type")) ParseTypeDef();
  in_.ExpectRParen();
  const size_t size = module_.types.size() - first;
  module_.rec_group_sizes.push_back(static_cast<uint32_t>(size));
  if (in_.ok() && size == 1) AddTypeKey(module_.types.back(), static_cast<TypeIdx>(first));
}

// "(" "type" id? subtype ")"
void ModuleParser::ParseTypeDef() {
  const Token at = in_.Peek();
  in_.ExpectLParen("type");
  const TypeIdx index = static_cast<TypeIdx>(module_.types.size());
  SkipId("type", module_.names.types, index);
  SubType type = ParseSubType(index);
  in_.ExpectRParen();
  module_.types.push_back(std::move(type));
  module_.type_offsets.push_back(at.offset);
}

SubType ModuleParser::ParseSubType(TypeIdx index) {
  if (!in_.TakeLParen("sub")) return ParseCompositeType(index);
  const bool is_final = in_.TakeKeyword("final");
  uint32_t supertype = kNoType;
  if (AtIndex()) supertype = TakeIndex(types_);
  SubType type = ParseCompositeType(index);
  type.is_final = is_final;
  type.supertype = supertype;
  in_.ExpectRParen();
  return type;
}

SubType ModuleParser::ParseCompositeType(TypeIdx index) {
  SubType type;
  if (in_.TakeLParen("func")) {
    type.kind = CompositeKind::kFunc;
    type.func = ParseSignature(/*ids_allowed=*/true).type;
  } else if (in_.TakeLParen("struct")) {
    type.kind = CompositeKind::kStruct;
    ParseFields(type, index);
  } else if (in_.TakeLParen("array")) {
    type.kind = CompositeKind::kArray;
    type.fields.push_back(ParseFieldType());
  } else {
    if (in_.Kind() == TokenKind::kLParen) in_.Take();
    in_.Unexpected("(func, (struct or (array");
  }
  in_.ExpectRParen();
  return type;
}

void ModuleParser::ParseFields(SubType& type, TypeIdx index) {
  while (in_.TakeLParen("field")) {
    if (in_.Kind() == TokenKind::kId) {
      const Token id = in_.Take();
      const std::string_view text = IdText(id);
      const uint32_t field = static_cast<uint32_t>(type.fields.size());
      if (!field_ids_[index].emplace(text, field).second)
        in_.Fail(id, "duplicate field " + TokenReader::Quoted(in_.Text(id)));
      module_.names.fields[index][field] = std::string(text);
      type.fields.push_back(ParseFieldType());
    } else {
      while (in_.ok() && in_.Kind() != TokenKind::kRParen) type.fields.push_back(ParseFieldType());
    }
    in_.ExpectRParen();
  }
}

FieldType ModuleParser::ParseFieldType() {
  FieldType field;
  field.mut = in_.TakeLParen("mut");
  if (in_.TakeKeyword("i8")) {
    field.packed = Packed::kI8;
  } else if (in_.TakeKeyword("i16")) {
    field.packed = Packed::kI16;
  } else {
    field.type = ParseValType();
  }
  if (field.mut) in_.ExpectRParen();
  return field;
}

Signature ModuleParser::ParseSignature(bool ids_allowed) {
  Signature signature;
  std::vector<ValType>& params = signature.type.params;
  while (in_.TakeLParen("param")) {
    if (ids_allowed && in_.Kind() == TokenKind::kId) {
      signature.param_ids.emplace_back(static_cast<uint32_t>(params.size()), in_.Take());
      params.push_back(ParseValType());
    } else {
      while (in_.ok() && in_.Kind() != TokenKind::kRParen) params.push_back(ParseValType());
    }
    in_.ExpectRParen();
  }
  while (in_.TakeLParen("result")) {
    while (in_.ok() && in_.Kind() != TokenKind::kRParen)
      signature.type.results.push_back(ParseValType());
    in_.ExpectRParen();
  }
  if (in_.AtLParen("param")) {
    in_.Take();
    in_.Unexpected("parameters before results");
  }
  return signature;
}

TypeUse ModuleParser::ParseTypeUse(bool ids_allowed) {
  TypeUse use;
  use.at = in_.Peek();
  use.index = TakeUse("type", types_);
  use.signature = ParseSignature(ids_allowed);
  return use;
}

TypeIdx ModuleParser::Resolve(const TypeUse& use) {
  if (!in_.ok()) return 0;
  const FuncType& type = use.signature.type;
  if (use.index) {
    if (use.signature.empty()) return *use.index;  // whether it exists is a matter of validation
    if (*use.index >= module_.types.size()) {
      in_.Fail(use.at, "unknown type " + std::to_string(*use.index));
    } else if (const SubType& defined = module_.types[*use.index];
               defined.kind != CompositeKind::kFunc || defined.func != type) {
      in_.Fail(use.at, "inline function type differs from type " + std::to_string(*use.index));
    }
    return *use.index;
  }
  const auto [it, inserted] =
      func_types_.emplace(TypeKey(type), static_cast<TypeIdx>(module_.types.size()));
  if (inserted) {
    SubType added;
    added.func = type;
    module_.types.push_back(std::move(added));
    module_.rec_group_sizes.push_back(1);
    module_.type_offsets.push_back(use.at.offset);
  }
  return it->second;
}

// A type that inline signatures may stand for: final, without supertype, alone in its recursion
// group.
void ModuleParser::AddTypeKey(const SubType& type, TypeIdx index) {
  if (type.kind == CompositeKind::kFunc && type.is_final && type.supertype == kNoType) {
    func_types_.emplace(TypeKey(type.func), index);
  }
}

bool ModuleParser::ParseAddressType() {
  if (in_.TakeKeyword("i64")) return true;
  in_.TakeKeyword("i32");
  return false;
}

uint64_t ModuleParser::ParseSize(bool is_64) {
  return in_.ExpectNat("a size", is_64 || features_.Has(Feature::kMemory64) ? 64 : 32);
}

Limits ModuleParser::ParseLimits(bool is_64) {
  Limits limits;
  limits.min = ParseSize(is_64);
  if (in_.Kind() == TokenKind::kNat) limits.max = ParseSize(is_64);
  return limits;
}

TableType ModuleParser::ParseTableType() {
  TableType type;
  type.is_64 = ParseAddressType();
  type.limits = ParseLimits(type.is_64);
  type.element = ParseRefType();
  return type;
}

MemoryType ModuleParser::ParseMemoryType() {
  MemoryType type;
  type.is_64 = ParseAddressType();
  type.limits = ParseLimits(type.is_64);
  type.shared = in_.TakeKeyword("shared");
  type.page_size_log2 = ParsePageSize();
  return type;
}

// (pagesize n)? ; any power of two, which of them exist is a matter of validation.
uint32_t ModuleParser::ParsePageSize() {
  constexpr uint32_t kDefaultLog2 = 16;
  if (!in_.TakeLParen("pagesize")) return kDefaultLog2;
  const Token at = in_.Peek();
  const uint64_t size = in_.ExpectNat("a page size", 64);
  if (in_.ok() && !std::has_single_bit(size)) in_.Fail(at, "invalid custom page size");
  in_.ExpectRParen();
  return size == 0 ? kDefaultLog2 : static_cast<uint32_t>(std::countr_zero(size));
}

GlobalType ModuleParser::ParseGlobalType() {
  GlobalType type;
  type.mut = in_.TakeLParen("mut");
  type.type = ParseValType();
  if (type.mut) in_.ExpectRParen();
  return type;
}

}  // namespace airwasm::text
