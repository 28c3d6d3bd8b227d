// Reads instructions and types of the binary format.
//
// Works from the columns of opcodes.def: the opcode picks a row, the row's immediate picks what to
// read. This is the inner loop of validation and translation, so single-byte numbers are read in
// line and nothing is allocated before there is an error to tell. Leaves to others: indices in
// range, alignment, lane numbers, switched-off features (the validator). Spec: core,
// binary/instructions and binary/types.
#include <array>
#include <string>

#include "engine/instr/instr.h"

namespace airwasm {
namespace {

struct Row {
  Op op = Op::Unreachable;
  Immediate immediate = Immediate::kNone;
  // What ReadShort needs; `reach` says whether it may be used. `continues`: bits of the next two
  // bytes, low byte first, that are zero when the immediate is in its shortest form.
  enum Reach : uint8_t { kShort = 0, kLong = 1, kUnknown = 2 } reach = kUnknown;
  uint8_t short_size = 0;
  uint8_t bits_shift = 0;
  uint16_t continues = 0;
};
static_assert(sizeof(Row) == 8);

constexpr bool IsOneNumber(Immediate immediate) {
  for (Immediate one : {Immediate::kLabel, Immediate::kFunc, Immediate::kType, Immediate::kLocal,
                        Immediate::kGlobal, Immediate::kTable, Immediate::kElem, Immediate::kData,
                        Immediate::kMemory, Immediate::kTag, Immediate::kI32, Immediate::kI64}) {
    if (immediate == one) return true;
  }
  return false;
}

constexpr Row MakeRow(Op op, Immediate immediate) {
  if (immediate == Immediate::kNone) return {op, immediate, Row::kShort};
  if (immediate == Immediate::kMemArg) {
    return {op, immediate, Row::kShort, 2, 0, 0x80C0};  // no memory index
  }
  if (!IsOneNumber(immediate)) return {op, immediate, Row::kLong};
  return {
      op,  immediate, Row::kShort, 1, static_cast<uint8_t>(immediate == Immediate::kI32 ? 32 : 0),
      0x80};
}

// Page 0: opcodes without a prefix. Pages 1 to 4: after 0xFB to 0xFE.
constexpr size_t kUnprefixedCodes = 0x100;
constexpr size_t kPrefixedCodes = 0x120;
constexpr uint8_t kFirstPrefix = 0xFB;
constexpr uint8_t kLastPrefix = 0xFE;

template <size_t kSize>
constexpr std::array<Row, kSize> MakePage(uint8_t prefix) {
  std::array<Row, kSize> page{};
  for (size_t i = 0; i < kNumOps; ++i) {
    if (kOps[i].prefix == prefix) {
      page[kOps[i].code] = MakeRow(static_cast<Op>(i), kOps[i].immediate);
    }
  }
  return page;
}
constexpr auto kUnprefixed = MakePage<kUnprefixedCodes>(0);
constexpr std::array<std::array<Row, kPrefixedCodes>, 4> kPrefixed = {
    MakePage<kPrefixedCodes>(0xFB), MakePage<kPrefixedCodes>(0xFC), MakePage<kPrefixedCodes>(0xFD),
    MakePage<kPrefixedCodes>(0xFE)};

constexpr const char* kUnexpectedEnd = "unexpected end of section or function";

// Abstract heap types by the byte of their shorthand form, 0x69 to 0x74. Spec: core, binary/types,
// heap types.
constexpr uint8_t kFirstHeapCode = 0x69;
constexpr HeapKind kHeapKinds[] = {HeapKind::kExn,      HeapKind::kArray,  HeapKind::kStruct,
                                   HeapKind::kI31,      HeapKind::kEq,     HeapKind::kAny,
                                   HeapKind::kExtern,   HeapKind::kFunc,   HeapKind::kNone,
                                   HeapKind::kNoExtern, HeapKind::kNoFunc, HeapKind::kNoExn};
constexpr bool IsHeapCode(uint8_t byte) {
  return byte >= kFirstHeapCode && byte - kFirstHeapCode < static_cast<int>(std::size(kHeapKinds));
}
constexpr HeapKind HeapKindOf(uint8_t byte) {
  return kHeapKinds[byte - kFirstHeapCode];
}

constexpr uint8_t kRefNullCode = 0x63;  // (ref null ht)
constexpr uint8_t kRefCode = 0x64;      // (ref ht)
constexpr uint8_t kEmptyBlock = 0x40;

// ValType packs a concrete heap type into 24 bits; limits::kTypes is far below.
constexpr int64_t kMaxConcreteIndex = (1 << 24) - 1;

std::string Hex(uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

[[gnu::noinline, gnu::cold]] void FailOpcode(ByteReader& reader, Instr& instr, uint8_t prefix,
                                             uint32_t code) {
  instr.op = Op::Unreachable;
  instr.immediate = Immediate::kNone;
  if (!reader.ok()) return;
  std::string message = "illegal opcode";
  if (prefix != 0) message += " " + Hex(prefix);
  // The code as LEB128, the way it stands in the file.
  do {
    const uint8_t low = prefix != 0 ? code & 0x7F : code & 0xFF;
    code = prefix != 0 ? code >> 7 : 0;
    message += " " + Hex(static_cast<uint8_t>(low | (code != 0 ? 0x80 : 0)));
  } while (code != 0);
  reader.FailAt(instr.offset, ErrorKind::kMalformed, message);
}

inline int64_t VarS(ByteReader& reader, bool is_64) {
  // PeekU8 yields 0 at the end; U8 then tells the error.
  if (reader.PeekU8() < 0x80) [[likely]]
    return static_cast<int8_t>(reader.U8() << 1) >> 1;
  return is_64 ? reader.VarS64() : reader.VarS32();
}

void ReadBlockType(ByteReader& reader, BlockType& type) {
  const uint8_t byte = reader.PeekU8();
  if (byte == kEmptyBlock) {
    reader.U8();
    type.kind = BlockType::Kind::kEmpty;
    return;
  }
  if ((byte & 0xC0) == 0x40) {  // a negative number of one byte: a value type
    type.kind = BlockType::Kind::kValue;
    type.value = ReadValType(reader);
    return;
  }
  const size_t start = reader.offset();
  const int64_t index = reader.VarS33();
  if (index < 0) reader.FailAt(start, ErrorKind::kMalformed, "malformed block type");
  type.kind = BlockType::Kind::kIndex;
  type.index = static_cast<uint32_t>(index);
}

// Bits 0-5: log2 of the alignment; bit 6: a memory index follows. Spec: core, binary/instructions,
// memory instructions.
inline void ReadMemArg(ByteReader& reader, MemArg& mem) {
  const size_t start = reader.offset();
  const uint32_t flags = reader.VarU32();
  if (flags >= 0x80) [[unlikely]]
    return reader.FailAt(start, ErrorKind::kMalformed, "malformed memop flags");
  mem.align_log2 = flags & 0x3F;
  mem.memory = (flags & 0x40) != 0 ? reader.VarU32() : 0;
  mem.offset = reader.VarU64();  // for 32-bit memories too: the range is the validator's business
}

// Walks `count` elements with `read` and leaves their bytes in instr.list.
template <typename Read>
void ReadList(ByteReader& reader, Instr& instr, Read read) {
  instr.count = reader.VarU32();
  const uint8_t* const begin = reader.pos();
  instr.list_offset = reader.offset();
  for (uint32_t i = 0; i < instr.count && reader.ok(); ++i) read(reader);
  instr.list = {begin, reader.pos()};
}

void ReadCastFlags(ByteReader& reader, Instr& instr) {
  const size_t start = reader.offset();
  const uint8_t flags = reader.U8();  // bit 0: source nullable, bit 1: target nullable
  if (flags > 3) return reader.FailAt(start, ErrorKind::kMalformed, "malformed br_on_cast flags");
  instr.index = reader.VarU32();
  instr.ref_type = ValType::Ref(ReadHeapType(reader), (flags & 1) != 0);
  instr.ref_type2 = ValType::Ref(ReadHeapType(reader), (flags & 2) != 0);
}

bool HasNullableHeapType(Op op) {
  return op == Op::RefNull || op == Op::RefTestNull || op == Op::RefCastNull;
}

// FAST: an instruction without immediate, or with one number of one byte, or a memory access of
// two: nine of ten instructions of compiled code. Sets every field that one of them may mean and so
// needs no branch on the immediate, which the processor could not predict.
inline bool ReadShort(ByteReader& reader, Instr& instr) {
  if (reader.remaining() < 3) return false;
  const uint8_t* const p = reader.pos();
  const Row& row = kUnprefixed[p[0]];
  const uint32_t next = p[1] | uint32_t{p[2]} << 8;
  if (((next & row.continues) | row.reach) != 0) return false;
  instr.offset = reader.offset();
  instr.op = row.op;
  instr.immediate = row.immediate;
  instr.index = p[1];
  const int64_t number = static_cast<int8_t>(p[1] << 1) >> 1;
  instr.bits = static_cast<uint64_t>(number) << row.bits_shift >> row.bits_shift;
  instr.mem.align_log2 = p[1];
  instr.mem.memory = 0;
  instr.mem.offset = p[2];
  reader.Advance(1 + size_t{row.short_size});
  return true;
}

// Apart from ReadInstr, so that the short ones pay for no saved registers.
[[gnu::noinline]] void ReadLong(ByteReader& reader, Instr& instr) {
  instr.offset = reader.offset();
  if (reader.AtEnd()) [[unlikely]] {
    reader.Fail(kUnexpectedEnd);
    return FailOpcode(reader, instr, 0, 0);
  }
  const uint8_t byte = reader.U8();
  const Row* row = &kUnprefixed[byte];
  if (row->reach == Row::kUnknown) [[unlikely]] {
    if (byte < kFirstPrefix || byte > kLastPrefix) return FailOpcode(reader, instr, 0, byte);
    const uint32_t code = reader.VarU32();
    if (!reader.ok() || code >= kPrefixedCodes) return FailOpcode(reader, instr, byte, code);
    row = &kPrefixed[byte - kFirstPrefix][code];
    if (row->reach == Row::kUnknown) return FailOpcode(reader, instr, byte, code);
  }
  instr.op = row->op;
  instr.immediate = row->immediate;
  switch (row->immediate) {
    case Immediate::kNone:
      return;
    case Immediate::kLabel:
    case Immediate::kFunc:
    case Immediate::kType:
    case Immediate::kLocal:
    case Immediate::kGlobal:
    case Immediate::kTable:
    case Immediate::kElem:
    case Immediate::kData:
    case Immediate::kMemory:
    case Immediate::kTag:
      instr.index = reader.VarU32();
      return;
    case Immediate::kCallIndirect:
    case Immediate::kTableInit:
    case Immediate::kTableCopy:
    case Immediate::kMemoryInit:
    case Immediate::kMemoryCopy:
    case Immediate::kStructField:
    case Immediate::kArrayData:
    case Immediate::kArrayElem:
    case Immediate::kArrayCopy:
      instr.index = reader.VarU32();
      instr.index2 = reader.VarU32();
      return;
    case Immediate::kArrayFixed:
      instr.index = reader.VarU32();
      instr.count = reader.VarU32();
      return;
    case Immediate::kMemArg:
      return ReadMemArg(reader, instr.mem);
    case Immediate::kMemArgLane:
      ReadMemArg(reader, instr.mem);
      instr.lane = reader.U8();
      return;
    case Immediate::kLane:
      instr.lane = reader.U8();
      return;
    case Immediate::kI32:
      instr.bits = static_cast<uint32_t>(VarS(reader, false));
      return;
    case Immediate::kI64:
      instr.bits = static_cast<uint64_t>(VarS(reader, true));
      return;
    case Immediate::kF32:
      instr.bits = reader.FixedU32();
      return;
    case Immediate::kF64:
      instr.bits = reader.FixedU64();
      return;
    case Immediate::kV128:
    case Immediate::kLanes16:
      instr.bytes = reader.Bytes(16);
      return;
    case Immediate::kBlock:
      return ReadBlockType(reader, instr.block_type);
    case Immediate::kTryTable:
      ReadBlockType(reader, instr.block_type);
      return ReadList(reader, instr, [](ByteReader& r) { ReadCatch(r); });
    case Immediate::kLabelTable:
      ReadList(reader, instr, [](ByteReader& r) { ReadLabel(r); });
      instr.index = reader.VarU32();
      return;
    case Immediate::kSelectTypes:
      return ReadList(reader, instr, [](ByteReader& r) { ReadValType(r); });
    case Immediate::kHeapType:
      instr.ref_type = ValType::Ref(ReadHeapType(reader), HasNullableHeapType(instr.op));
      return;
    case Immediate::kBrOnCast:
      return ReadCastFlags(reader, instr);
    case Immediate::kFenceByte: {
      const size_t start = reader.offset();
      if (reader.U8() != 0) reader.FailAt(start, ErrorKind::kMalformed, "zero byte expected");
      return;
    }
  }
}

}  // namespace

void ReadInstr(ByteReader& reader, Instr& instr) {
  if (ReadShort(reader, instr)) [[likely]]
    return;
  ReadLong(reader, instr);
}

CatchClause ReadCatch(ByteReader& list) {
  CatchClause clause{CatchKind::kCatch};
  const size_t start = list.offset();
  const uint8_t kind = list.U8();
  if (kind > static_cast<uint8_t>(CatchKind::kCatchAllRef)) {
    list.FailAt(start, ErrorKind::kMalformed, "malformed catch clause");
    return clause;
  }
  clause.kind = static_cast<CatchKind>(kind);
  if (clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef)
    clause.tag = list.VarU32();
  clause.label = list.VarU32();
  return clause;
}

HeapType ReadHeapType(ByteReader& reader) {
  const size_t start = reader.offset();
  const uint8_t byte = reader.PeekU8();
  if (IsHeapCode(byte)) return HeapKindOf(reader.U8());
  const int64_t index = reader.VarS33();
  if (index < 0) {
    reader.FailAt(start, ErrorKind::kMalformed,
                  byte >= 0x80 ? "integer representation too long" : "malformed heap type");
    return {};
  }
  if (index > kMaxConcreteIndex) {
    reader.FailAt(start, ErrorKind::kInvalid, "unknown type " + std::to_string(index));
    return {};
  }
  return HeapType::Concrete(static_cast<uint32_t>(index));
}

namespace {

// A reference type, or a failure with `message`.
ValType ReadRefTypeOr(ByteReader& reader, const char* message) {
  const size_t start = reader.offset();
  const uint8_t byte = reader.U8();
  if (IsHeapCode(byte)) return ValType::Ref(HeapKindOf(byte), true);
  if (byte == kRefNullCode || byte == kRefCode)
    return ValType::Ref(ReadHeapType(reader), byte == kRefNullCode);
  reader.FailAt(start, ErrorKind::kMalformed,
                byte >= 0x80 ? "integer representation too long" : message);
  return kFuncRef;
}

}  // namespace

ValType ReadRefType(ByteReader& reader) {
  return ReadRefTypeOr(reader, "malformed reference type");
}

ValType ReadValType(ByteReader& reader) {
  switch (reader.PeekU8()) {
    case 0x7F:
      reader.U8();
      return kI32;
    case 0x7E:
      reader.U8();
      return kI64;
    case 0x7D:
      reader.U8();
      return kF32;
    case 0x7C:
      reader.U8();
      return kF64;
    case 0x7B:
      reader.U8();
      return kV128;
    default:
      return ReadRefTypeOr(reader, "malformed value type");
  }
}

}  // namespace airwasm
