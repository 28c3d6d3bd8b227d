// Spec: core, binary/types, binary/values and binary/instructions (expressions).
#include "engine/binary/section_reader.h"

#include "engine/base/limits.h"
#include "engine/base/utf8.h"

namespace airwasm::binary {
namespace {

// Bits of the flags byte of limits. Spec: core, binary/types, limits; threads and custom-page-sizes
// proposals.
enum LimitsFlag : uint8_t {
  kHasMax = 1 << 0,
  kShared = 1 << 1,
  kIs64 = 1 << 2,
  kHasPageSize = 1 << 3,
};

// log2 of the largest page size that has a meaning: 2^64 bytes.
constexpr uint32_t kMaxPageSizeLog2 = 64;

// The features of a reference type, beyond which nothing is needed for funcref itself in a table.
Feature FeatureOf(airwasm::ValType type) {
  if (type.IsVector()) return Feature::kSimd;
  if (!type.IsRef()) return Feature::kCore;
  const HeapType heap = type.heap_type();
  if (heap.IsConcrete()) return Feature::kFunctionReferences;
  switch (heap.kind()) {
    case HeapKind::kFunc:
    case HeapKind::kExtern:
      return type.nullable() ? Feature::kReferenceTypes : Feature::kFunctionReferences;
    case HeapKind::kExn:
    case HeapKind::kNoExn:
      return Feature::kExceptions;
    case HeapKind::kAny:
    case HeapKind::kEq:
    case HeapKind::kI31:
    case HeapKind::kStruct:
    case HeapKind::kArray:
    case HeapKind::kNone:
    case HeapKind::kNoFunc:
    case HeapKind::kNoExtern:
    case HeapKind::kConcrete:
      return Feature::kGc;
  }
  return Feature::kGc;
}

bool StartsValType(uint8_t byte) {
  return (byte >= 0x7B && byte <= 0x7F) || (byte >= 0x69 && byte <= 0x74) || byte == 0x63 ||
         byte == 0x64;
}

}  // namespace

void SectionReader::FailFeature(Feature feature, size_t offset, std::string_view what) {
  if (!ok()) return;
  FailAt(offset, ErrorKind::kMalformed,
         std::string(what) + ": needs the feature " + std::string(FeatureText(feature)));
}

void SectionReader::CheckFeatures(airwasm::ValType type, size_t offset) {
  const Feature feature = FeatureOf(type);
  if (!features_.Has(feature)) [[unlikely]]
    FailFeature(feature, offset, "type " + type.ToString());
}

uint32_t SectionReader::Count(uint32_t limit, std::string_view what) {
  const size_t start = offset();
  const uint32_t count = VarU32();
  if (count > limit) {
    FailAt(start, ErrorKind::kLimit,
           "too many " + std::string(what) + ": " + std::to_string(count) + ", the limit is " +
               std::to_string(limit));
    return 0;
  }
  return count;
}

std::string_view SectionReader::Name() {
  const size_t start = offset();
  const uint32_t size = VarU32();
  if (!ok()) return {};
  if (size > limits::kNameBytes && size <= remaining()) {
    FailAt(start, ErrorKind::kLimit, "name too long: " + std::to_string(size) + " bytes");
    return {};
  }
  if (size > remaining()) {
    FailAt(start, ErrorKind::kMalformed, "length out of bounds");
    return {};
  }
  const size_t text_offset = offset();
  const std::span<const uint8_t> bytes = Bytes(size);
  if (!IsUtf8(bytes)) FailAt(text_offset, ErrorKind::kMalformed, "malformed UTF-8 encoding");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

airwasm::ValType SectionReader::ValType() {
  const size_t start = offset();
  const airwasm::ValType type = ReadValType(*this);
  CheckFeatures(type, start);
  return type;
}

airwasm::ValType SectionReader::RefType() {
  const size_t start = offset();
  const airwasm::ValType type = ReadRefType(*this);
  if (type != kFuncRef) CheckFeatures(type, start);
  return type;
}

FieldType SectionReader::Field() {
  FieldType field;
  const uint8_t byte = PeekU8();
  if (byte == 0x78 || byte == 0x77) {
    U8();
    field.packed = byte == 0x78 ? Packed::kI8 : Packed::kI16;
  } else if (!AtEnd() && byte < 0x80 && !StartsValType(byte)) {
    Fail("malformed storage type");
  } else {
    field.type = ValType();
  }
  const size_t start = offset();
  const uint8_t mut = U8();
  if (mut > 1) FailAt(start, ErrorKind::kMalformed, "malformed mutability");
  field.mut = mut == 1;
  return field;
}

uint8_t SectionReader::LimitsFlags(uint8_t allowed) {
  const size_t start = offset();
  const uint8_t flags = U8();
  constexpr std::string_view kMalformed = "malformed limits flags";
  if ((flags & ~allowed) != 0) FailAt(start, ErrorKind::kMalformed, kMalformed);
  if ((flags & kIs64) != 0) Need(Feature::kMemory64, start, kMalformed);
  if ((flags & kShared) != 0) Need(Feature::kThreads, start, kMalformed);
  if ((flags & kHasPageSize) != 0) {
    Need(Feature::kCustomPageSizes, start, kMalformed);
    // Flags that promise more numbers than there are bytes left say more about the flags than about
    // the end.
    if (remaining() < 2) FailAt(start, ErrorKind::kMalformed, kMalformed);
  }
  return ok() ? flags : 0;
}

Limits SectionReader::ReadLimits(uint8_t flags) {
  // 64 bits for either address type; the range is the validator's business.
  Limits limits;
  limits.min = VarU64();
  if ((flags & kHasMax) != 0) limits.max = VarU64();
  return limits;
}

TableType SectionReader::Table() {
  TableType type;
  type.element = RefType();
  const uint8_t flags = LimitsFlags(kHasMax | kIs64);
  type.is_64 = (flags & kIs64) != 0;
  type.limits = ReadLimits(flags);
  return type;
}

MemoryType SectionReader::Memory() {
  MemoryType type;
  const uint8_t flags = LimitsFlags(kHasMax | kShared | kIs64 | kHasPageSize);
  type.is_64 = (flags & kIs64) != 0;
  type.shared = (flags & kShared) != 0;
  type.limits = ReadLimits(flags);
  if ((flags & kHasPageSize) != 0) {
    const size_t start = offset();
    type.page_size_log2 = VarU32();
    if (type.page_size_log2 > kMaxPageSizeLog2) {
      FailAt(start, ErrorKind::kMalformed, "invalid custom page size");
    }
  }
  return type;
}

GlobalType SectionReader::Global() {
  GlobalType type;
  type.type = ValType();
  const size_t start = offset();
  const uint8_t mut = U8();
  if (mut > 1) FailAt(start, ErrorKind::kMalformed, "malformed mutability");
  type.mut = mut == 1;
  return type;
}

TagType SectionReader::Tag() {
  const size_t start = offset();
  if (U8() != 0) FailAt(start, ErrorKind::kMalformed, "malformed tag attribute");
  return {VarU32()};
}

syntax::Expr SectionReader::Expr() {
  const size_t start = offset();
  const uint8_t* const begin = pos();
  Instr instr;
  for (uint32_t depth = 1; depth > 0 && ok();) {
    ReadInstr(*this, instr);
    StepDepth(instr, depth);
  }
  if (!ok()) return {};
  return {.bytes = {begin, pos()}, .offset = start};
}

}  // namespace airwasm::binary
