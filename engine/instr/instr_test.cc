// Each row of opcodes.def through writer and reader, and the reader's errors.
#include "engine/instr/instr.h"

#include <gtest/gtest.h>

#include <string>

namespace airwasm {
namespace {

using Bytes = std::vector<uint8_t>;

// The instruction that `bytes` begin with; it ends `behind` bytes before their end.
Instr Read(const Bytes& bytes, size_t behind = 0) {
  ByteReader reader(bytes);
  Instr instr;
  ReadInstr(reader, instr);
  EXPECT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ(reader.remaining(), behind);
  return instr;
}

constexpr uint8_t kSixteen[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
// A label table of two labels, the second with a LEB128 of two bytes; also fits as nothing else.
constexpr uint8_t kLabels[] = {5, 0x80, 1};
// catch 1 2, catch_ref 3 4, catch_all 5, catch_all_ref 6.
constexpr uint8_t kCatches[] = {0, 1, 2, 1, 3, 4, 2, 5, 3, 6};
// i32, (ref null 2), funcref, (ref func)
constexpr uint8_t kTypes[] = {0x7F, 0x63, 2, 0x70, 0x64, 0x70};

// Variants of what a row's immediate can hold; small and large numbers, each alternative of a type.
std::vector<Instr> Samples(Op op) {
  Instr instr{.op = op, .immediate = Info(op).immediate};
  std::vector<Instr> samples;
  const auto add = [&](auto set) {
    Instr sample = instr;
    set(sample);
    samples.push_back(sample);
  };
  switch (instr.immediate) {
    case Immediate::kNone:
    case Immediate::kFenceByte:
      samples.push_back(instr);
      break;
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
      for (uint32_t index : {0u, 127u, 128u, 0xFFFFFFFFu}) add([&](Instr& i) { i.index = index; });
      break;
    case Immediate::kCallIndirect:
    case Immediate::kTableInit:
    case Immediate::kTableCopy:
    case Immediate::kMemoryInit:
    case Immediate::kMemoryCopy:
    case Immediate::kStructField:
    case Immediate::kArrayData:
    case Immediate::kArrayElem:
    case Immediate::kArrayCopy:
      for (uint32_t index : {0u, 300u}) {
        add([&](Instr& i) { i.index = index, i.index2 = 7; });
        add([&](Instr& i) { i.index = 9, i.index2 = index; });
      }
      break;
    case Immediate::kArrayFixed:
      add([](Instr& i) { i.index = 1, i.count = 1000; });
      break;
    case Immediate::kMemArg:
    case Immediate::kMemArgLane:
      for (uint32_t memory : {0u, 1u, 300u}) {
        for (uint64_t offset : {uint64_t{0}, uint64_t{128}, UINT64_MAX}) {
          add([&](Instr& i) {
            i.mem = {.align_log2 = 3, .memory = memory, .offset = offset}, i.lane = 15;
          });
        }
      }
      break;
    case Immediate::kI32:
      for (uint32_t bits : {0u, 63u, 64u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFBFu, 0xFFFFFFFFu}) {
        add([&](Instr& i) { i.bits = bits; });
      }
      break;
    case Immediate::kI64:
      for (uint64_t bits :
           {uint64_t{0}, uint64_t{64}, uint64_t{1} << 63, UINT64_MAX, uint64_t{0xFFFFFFFF}}) {
        add([&](Instr& i) { i.bits = bits; });
      }
      break;
    case Immediate::kF32:
      for (uint32_t bits : {0u, 0x7FA00001u}) add([&](Instr& i) { i.bits = bits; });
      break;
    case Immediate::kF64:
      for (uint64_t bits : {uint64_t{0}, uint64_t{0xFFF4000000000001}})
        add([&](Instr& i) { i.bits = bits; });
      break;
    case Immediate::kV128:
    case Immediate::kLanes16:
      add([](Instr& i) { i.bytes = kSixteen; });
      break;
    case Immediate::kLane:
      add([](Instr& i) { i.lane = 255; });
      break;
    case Immediate::kBlock:
    case Immediate::kTryTable:
      instr.count = 4;
      instr.list = kCatches;
      add([](Instr&) {});
      for (ValType type : {kI32, kV128, kExnRef, ValType::Ref(HeapKind::kNone, false),
                           ValType::Ref(HeapType::Concrete(100), true)}) {
        add([&](Instr& i) { i.block_type = {.kind = BlockType::Kind::kValue, .value = type}; });
      }
      for (uint32_t index : {0u, 63u, 64u, 0xFFFFFFFFu}) {
        add([&](Instr& i) { i.block_type = {.kind = BlockType::Kind::kIndex, .index = index}; });
      }
      break;
    case Immediate::kLabelTable:
      add([](Instr& i) { i.count = 2, i.list = kLabels, i.index = 3; });
      add([](Instr& i) { i.count = 0, i.index = 300; });
      break;
    case Immediate::kSelectTypes:
      add([](Instr& i) { i.count = 4, i.list = kTypes; });
      break;
    case Immediate::kHeapType: {
      const bool nullable = op == Op::RefNull || op == Op::RefTestNull || op == Op::RefCastNull;
      for (int kind = 0; kind < static_cast<int>(HeapKind::kConcrete); ++kind) {
        add([&](Instr& i) { i.ref_type = ValType::Ref(static_cast<HeapKind>(kind), nullable); });
      }
      add([&](Instr& i) { i.ref_type = ValType::Ref(HeapType::Concrete(5000), nullable); });
      break;
    }
    case Immediate::kBrOnCast:
      for (bool from : {false, true}) {
        for (bool to : {false, true}) {
          add([&](Instr& i) {
            i.index = 200;
            i.ref_type = ValType::Ref(HeapKind::kAny, from);
            i.ref_type2 = ValType::Ref(HeapType::Concrete(77), to);
          });
        }
      }
      break;
  }
  return samples;
}

void ExpectSame(const Instr& want, const Instr& got) {
  ASSERT_EQ(want.op, got.op);
  EXPECT_EQ(want.immediate, got.immediate);
  EXPECT_EQ(got.offset, 0u);
  const auto same_list = [&] {
    EXPECT_EQ(want.count, got.count);
    EXPECT_EQ(Bytes(want.list.begin(), want.list.end()), Bytes(got.list.begin(), got.list.end()));
  };
  const auto same_block = [&] {
    ASSERT_EQ(want.block_type.kind, got.block_type.kind);
    if (want.block_type.kind == BlockType::Kind::kValue) {
      EXPECT_EQ(want.block_type.value, got.block_type.value);
    }
    if (want.block_type.kind == BlockType::Kind::kIndex) {
      EXPECT_EQ(want.block_type.index, got.block_type.index);
    }
  };
  switch (want.immediate) {
    case Immediate::kNone:
    case Immediate::kFenceByte:
      break;
    case Immediate::kCallIndirect:
    case Immediate::kTableInit:
    case Immediate::kTableCopy:
    case Immediate::kMemoryInit:
    case Immediate::kMemoryCopy:
    case Immediate::kStructField:
    case Immediate::kArrayData:
    case Immediate::kArrayElem:
    case Immediate::kArrayCopy:
      EXPECT_EQ(want.index2, got.index2);
      [[fallthrough]];
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
      EXPECT_EQ(want.index, got.index);
      break;
    case Immediate::kArrayFixed:
      EXPECT_EQ(want.index, got.index);
      EXPECT_EQ(want.count, got.count);
      break;
    case Immediate::kMemArgLane:
      EXPECT_EQ(want.lane, got.lane);
      [[fallthrough]];
    case Immediate::kMemArg:
      EXPECT_EQ(want.mem.align_log2, got.mem.align_log2);
      EXPECT_EQ(want.mem.memory, got.mem.memory);
      EXPECT_EQ(want.mem.offset, got.mem.offset);
      break;
    case Immediate::kLane:
      EXPECT_EQ(want.lane, got.lane);
      break;
    case Immediate::kI32:
    case Immediate::kI64:
    case Immediate::kF32:
    case Immediate::kF64:
      EXPECT_EQ(want.bits, got.bits);
      break;
    case Immediate::kV128:
    case Immediate::kLanes16:
      EXPECT_EQ(Bytes(want.bytes.begin(), want.bytes.end()),
                Bytes(got.bytes.begin(), got.bytes.end()));
      break;
    case Immediate::kBlock:
      same_block();
      break;
    case Immediate::kTryTable:
      same_block();
      same_list();
      break;
    case Immediate::kLabelTable:
      EXPECT_EQ(want.index, got.index);
      same_list();
      break;
    case Immediate::kSelectTypes:
      same_list();
      break;
    case Immediate::kBrOnCast:
      EXPECT_EQ(want.index, got.index);
      EXPECT_EQ(want.ref_type2, got.ref_type2);
      [[fallthrough]];
    case Immediate::kHeapType:
      EXPECT_EQ(want.ref_type, got.ref_type);
      break;
  }
}

TEST(InstrTest, EveryRowComesBackTheSame) {
  for (size_t row = 0; row < kNumOps; ++row) {
    const Op op = static_cast<Op>(row);
    SCOPED_TRACE(std::string(Info(op).text));
    for (const Instr& sample : Samples(op)) {
      Bytes bytes;
      WriteInstr(bytes, sample);
      ExpectSame(sample, Read(bytes));
      // What follows an instruction is not part of it; the shortest ones are read in a way of their
      // own.
      for (uint8_t next : {0x00, 0x7F, 0xFF}) {
        Bytes more = bytes;
        more.insert(more.end(), 4, next);
        ExpectSame(sample, Read(more, 4));
      }
      // Cut: a missing tail is always told, and inside the bytes.
      for (size_t size = 0; size < bytes.size(); ++size) {
        ByteReader cut(std::span(bytes).first(size), 100);
        Instr instr;
        ReadInstr(cut, instr);
        ASSERT_FALSE(cut.ok());
        EXPECT_EQ(cut.error().message.substr(0, 14), "unexpected end");
        EXPECT_GE(cut.error().offset, 100u);
        EXPECT_LE(cut.error().offset, 100 + size);
        EXPECT_TRUE(cut.AtEnd());
      }
    }
  }
}

TEST(InstrTest, ListsReadBack) {
  Bytes bytes = {0x1F, 0x40, 4};
  bytes.insert(bytes.end(), std::begin(kCatches), std::end(kCatches));
  const Instr instr = Read(bytes);
  EXPECT_EQ(instr.list_offset, 3u);
  ByteReader list = ListReader(instr);
  const CatchClause want[] = {{CatchKind::kCatch, 1, 2},
                              {CatchKind::kCatchRef, 3, 4},
                              {CatchKind::kCatchAll, 0, 5},
                              {CatchKind::kCatchAllRef, 0, 6}};
  for (const CatchClause& clause : want) {
    const CatchClause got = ReadCatch(list);
    EXPECT_EQ(got.kind, clause.kind);
    EXPECT_EQ(got.tag, clause.tag);
    EXPECT_EQ(got.label, clause.label);
  }
  EXPECT_TRUE(list.AtEnd());

  const Bytes table = {0x0E, 2, 5, 0x80, 1, 3};
  const Instr br_table = Read(table);
  ByteReader labels = ListReader(br_table);
  EXPECT_EQ(ReadLabel(labels), 5u);
  EXPECT_EQ(ReadLabel(labels), 128u);
  EXPECT_TRUE(labels.AtEnd());
}

TEST(InstrTest, MalformedInstructions) {
  const struct {
    std::string_view name;
    Bytes bytes;
    size_t offset;
    ErrorKind kind;
    std::string_view message;
  } kCases[] = {
      {"nothing", {}, 0, ErrorKind::kMalformed, "unexpected end of section or function"},
      {"unknown opcode", {0xF3, 0}, 0, ErrorKind::kMalformed, "illegal opcode f3"},
      {"gap in the table", {0x27}, 0, ErrorKind::kMalformed, "illegal opcode 27"},
      {"unknown code after a prefix",
       {0xFB, 0x7F},
       0,
       ErrorKind::kMalformed,
       "illegal opcode fb 7f"},
      {"large code after a prefix",
       {0xFD, 0x80, 0x80, 0x01},
       0,
       ErrorKind::kMalformed,
       "illegal opcode fd 80 80 01"},
      {"long code",
       {0xFC, 0x87, 0x80, 0x80, 0x80, 0x80, 0},
       1,
       ErrorKind::kMalformed,
       "integer representation too long"},
      {"prefix alone", {0xFE}, 1, ErrorKind::kMalformed, "unexpected end"},
      {"flags of a memory access",
       {0x28, 0x80, 0x01, 0},
       1,
       ErrorKind::kMalformed,
       "malformed memop flags"},
      {"offset of 11 bytes",
       {0x28, 0, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
       2,
       ErrorKind::kMalformed,
       "integer representation too long"},
      {"i32.const of 33 bits",
       {0x41, 0x80, 0x80, 0x80, 0x80, 0x70},
       1,
       ErrorKind::kMalformed,
       "integer too large"},
      {"i32.const of 6 bytes",
       {0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
       1,
       ErrorKind::kMalformed,
       "integer representation too long"},
      {"block of a packed type", {0x02, 0x78}, 1, ErrorKind::kMalformed, "malformed value type"},
      {"block of a long negative index",
       {0x02, 0xFF, 0x7F},
       1,
       ErrorKind::kMalformed,
       "malformed block type"},
      {"fence", {0xFE, 0x03, 1}, 2, ErrorKind::kMalformed, "zero byte expected"},
      {"catch clause", {0x1F, 0x40, 1, 4, 0}, 3, ErrorKind::kMalformed, "malformed catch clause"},
      {"cast flags",
       {0xFB, 0x18, 4, 0, 0x6E, 0x6E},
       2,
       ErrorKind::kMalformed,
       "malformed br_on_cast flags"},
      {"heap type", {0xD0, 0x7F}, 1, ErrorKind::kMalformed, "malformed heap type"},
      {"heap type of two bytes",
       {0xD0, 0xF0, 0x7F},
       1,
       ErrorKind::kMalformed,
       "integer representation too long"},
      {"heap type out of any range",
       {0xD0, 0x80, 0x80, 0x80, 0x80, 0x01},
       1,
       ErrorKind::kInvalid,
       "unknown type 268435456"},
      {"value type", {0x1C, 1, 0x01}, 2, ErrorKind::kMalformed, "malformed value type"},
      {"four billion labels",
       {0x0E, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0},
       7,
       ErrorKind::kMalformed,
       "unexpected end"},
      {"four billion catches",
       {0x1F, 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F},
       7,
       ErrorKind::kMalformed,
       "unexpected end"},
      {"four billion types",
       {0x1C, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F},
       7,
       ErrorKind::kMalformed,
       "unexpected end"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    ByteReader reader(c.bytes);
    Instr instr;
    ReadInstr(reader, instr);
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().kind, c.kind);
    EXPECT_EQ(reader.error().offset, c.offset);
    EXPECT_EQ(reader.error().message.substr(0, c.message.size()), c.message);
  }
}

TEST(InstrTest, ReferenceTypes) {
  const struct {
    Bytes bytes;
    ValType type;
  } kCases[] = {
      {{0x70}, kFuncRef},
      {{0x63, 0x70}, kFuncRef},
      {{0x64, 0x6F}, ValType::Ref(HeapKind::kExtern, false)},
      {{0x64, 0x85, 0x01}, ValType::Ref(HeapType::Concrete(133), false)},
      {{0x74}, ValType::Ref(HeapKind::kNoExn, true)},
  };
  for (const auto& c : kCases) {
    ByteReader reader(c.bytes);
    EXPECT_EQ(ReadRefType(reader), c.type);
    EXPECT_TRUE(reader.ok() && reader.AtEnd());
  }
  for (const Bytes& bytes : {Bytes{0x7F}, Bytes{0x62}, Bytes{0x75}, Bytes{0x00}}) {
    ByteReader reader(bytes);
    ReadRefType(reader);
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().message, "malformed reference type");
    EXPECT_EQ(reader.error().offset, 0u);
  }
}

}  // namespace
}  // namespace airwasm
