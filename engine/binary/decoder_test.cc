#include "engine/binary/decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/base/limits.h"
#include "engine/binary/branch_hints.h"
#include "engine/binary/wasm_test_util.h"

namespace airwasm::binary {
namespace {

using syntax::ExternKind;
using syntax::SegmentMode;
using Bytes = std::vector<uint8_t>;

constexpr ErrorKind kMalformed = ErrorKind::kMalformed;
constexpr ErrorKind kInvalid = ErrorKind::kInvalid;
constexpr ErrorKind kLimit = ErrorKind::kLimit;

struct Case {
  std::string_view name;
  Bytes bytes;
  ErrorKind kind;
  size_t offset;
  std::string_view message;
};

const std::vector<Case>& ErrorCases() {
  static const auto& kCases = *new std::vector<Case>{
      // The frame.
      {"empty", {}, kMalformed, 0, "unexpected end"},
      {"magic cut", Hex("00 61 73"), kMalformed, 0, "unexpected end"},
      {"magic", Hex("00 61 73 6e 01 00 00 00"), kMalformed, 0, "magic header not detected"},
      {"version", Hex("00 61 73 6d 02 00 00 00"), kMalformed, 4, "unknown binary version"},
      {"component", Hex("00 61 73 6d 0d 00 01 00"), kMalformed, 4, "unknown binary version"},
      {"section id", Wasm("0e [00]"), kMalformed, 8, "malformed section id"},
      {"section without size", Wasm("01"), kMalformed, 9, "unexpected end"},
      {"section beyond the module", Wasm("01 02 00"), kMalformed, 9, "length out of bounds"},
      {"section twice", Wasm("01 [00] 01 [00]"), kMalformed, 11,
       "unexpected content after last section"},
      {"sections out of order", Wasm("03 [00] 00 ['c'] 01 [00]"), kMalformed, 15,
       "unexpected content after last section"},
      {"tag behind global", Wasm("06 [00] 0d [00]"), kMalformed, 11,
       "unexpected content after last section"},
      {"data count behind code", Wasm("0a [00] 0c [00]"), kMalformed, 11,
       "unexpected content after last section"},
      {"bytes left in a section", Wasm("01 [00 00]"), kMalformed, 11, "section size mismatch"},
      {"section too short", Wasm("01 01 01 60 00 00"), kMalformed, 11, "section size mismatch"},
      {"LEB128 across the end of a section", Wasm("05 03 01 00 80 80 80 80 80 80 80 80 80 80 00"),
       kMalformed, 12, "integer representation too long"},
      {"custom section without a name", Wasm("00 []"), kMalformed, 10, "unexpected end"},
      {"custom section with half a name", Wasm("00 [02 61]"), kMalformed, 10,
       "length out of bounds"},
      {"custom section's name", Wasm("00 [01 80]"), kMalformed, 11, "malformed UTF-8 encoding"},

      // Types.
      {"no type", Wasm("01 [01]"), kMalformed, 11, "unexpected end of section or function"},
      {"type form", Wasm("01 [01 5c]"), kMalformed, 11, "malformed definition type"},
      {"type form of two bytes", Wasm("01 [01 e0 7f 00 00]"), kMalformed, 11,
       "integer representation too long"},
      {"param type", Wasm("01 [01 60 01 40 00]"), kMalformed, 13, "malformed value type"},
      {"packed param", Wasm("01 [01 60 01 78 00]"), kMalformed, 13, "malformed value type"},
      {"field type", Wasm("01 [01 5f 01 62 00]"), kMalformed, 13, "malformed storage type"},
      {"field mutability", Wasm("01 [01 5e 7f 02]"), kMalformed, 13, "malformed mutability"},
      {"two supertypes", Wasm("01 [01 50 02 00 00 60 00 00]"), kInvalid, 12,
       "sub type has 2 supertypes"},
      {"huge type index", Wasm("01 [01 5e 64 80 80 80 80 08 00]"), kInvalid, 13,
       "unknown type 2147483648"},
      {"recursion group in itself", Wasm("01 [01 4e 01 4e 00]"), kMalformed, 13,
       "malformed definition type"},
      {"many params", Wasm("01 [01 60 e9 07]"), kLimit, 12,
       "too many parameters: 1001, the limit is 1000"},
      {"many results", Wasm("01 [01 60 00 e9 07]"), kLimit, 13, "too many results: 1001"},
      {"many fields", Wasm("01 [01 5f 91 4e]"), kLimit, 12, "too many fields: 10001"},
      {"many types", Wasm("01 [c1 84 3d]"), kLimit, 10, "too many types: 1000001"},
      {"many types in a group", Wasm("01 [01 4e c1 84 3d]"), kLimit, 12,
       "too many types in a recursion group"},
      {"many types in two groups", Wasm("01 [02 4e 01 60 00 00 4e c0 84 3d]"), kLimit, 16,
       "too many types"},

      // Imports, exports, what they name.
      {"import kind", Wasm("02 [01 '' '' 05]"), kMalformed, 13, "malformed import kind"},
      {"import's name", Wasm("02 [01 02 c0 80 00 00 00]"), kMalformed, 12,
       "malformed UTF-8 encoding"},
      {"surrogate", Wasm("02 [01 03 ed a0 80 00 00 00]"), kMalformed, 12,
       "malformed UTF-8 encoding"},
      {"export kind", Wasm("07 [01 '' 05 00]"), kMalformed, 12, "malformed export kind"},
      {"export's name beyond the module", Wasm("07 [01 05 61]"), kMalformed, 11,
       "length out of bounds"},
      {"table of numbers", Wasm("04 [01 7f 00 00]"), kMalformed, 11, "malformed reference type"},
      {"shared table", Wasm("04 [01 70 03 00 00]"), kMalformed, 12, "malformed limits flags"},
      {"table's reserved byte", Wasm("04 [01 40 01 70 00 00]"), kMalformed, 12,
       "zero byte expected"},
      {"memory's flags", Wasm("05 [01 10 00]"), kMalformed, 11, "malformed limits flags"},
      {"flags of two bytes", Wasm("05 [01 81 00 00 00]"), kMalformed, 11, "malformed limits flags"},
      {"page size that is not there", Wasm("05 [01 08]"), kMalformed, 11, "malformed limits flags"},
      {"page size", Wasm("05 [01 08 00 41]"), kMalformed, 13, "invalid custom page size"},
      {"many memories", Wasm("05 [65]"), kLimit, 10, "too many memories: 101"},
      {"many memories, one imported", Wasm("02 [01 '' '' 02 00 00] 05 [64]"), kLimit, 19,
       "too many memories"},
      {"tag attribute", Wasm("0d [01 01 00]"), kMalformed, 11, "malformed tag attribute"},
      {"mutability", Wasm("06 [01 7f 02 41 00 0b]"), kMalformed, 12, "malformed mutability"},
      {"global without end", Wasm("06 [01 7f 00 41 00]"), kMalformed, 15,
       "unexpected end of section or function"},
      {"global's block without end", Wasm("06 [01 7f 00 02 40 41 00 0b]"), kMalformed, 18,
       "unexpected end of section or function"},
      {"opcode of a constant", Wasm("06 [01 7f 00 f3 0b]"), kMalformed, 13, "illegal opcode f3"},

      // Functions.
      {"function without code", Wasm("01 [01 60 00 00] 03 [01 00]"), kMalformed, 18,
       "function and code section have inconsistent lengths"},
      {"code without function", Wasm("0a [01 [00 0b]]"), kMalformed, 10,
       "function and code section have inconsistent lengths"},
      {"two bodies for a function", Wasm("01 [01 60 00 00] 03 [01 00] 0a [02 [00 0b] [00 0b]]"),
       kMalformed, 20, "function and code section have inconsistent lengths"},
      {"2^32 locals", Wasm("0a [01 [02 ff ff ff ff 0f 7f 01 7e 0b]]"), kMalformed, 19,
       "too many locals"},
      {"50001 locals", Wasm("0a [01 [01 d1 86 03 7f 0b]]"), kLimit, 17,
       "too many locals: 50001, the limit is 50000"},
      {"50000 locals and a param",
       Wasm("01 [01 60 01 7f 00] 03 [01 00] 0a [01 [01 d0 86 03 7f 0b]]"), kLimit, 28,
       "too many locals: 50001, the limit is 50000"},
      {"local type", Wasm("0a [01 [01 01 40 0b]]"), kMalformed, 14, "malformed value type"},
      {"no body", Wasm("0a [01]"), kMalformed, 11, "unexpected end of section or function"},
      {"empty body", Wasm("0a [01 []]"), kMalformed, 12, "unexpected end of section or function"},
      {"body without end, module ends", Wasm("0a [01 [00 01]]"), kMalformed, 14,
       "unexpected end of section or function"},
      {"body without end, module goes on", Wasm("0a [02 [00 01] 05 0b]"), kMalformed, 14,
       "END opcode expected"},
      {"body shorter than it is", Wasm("0a [01 [00 01] 0b]"), kMalformed, 15,
       "section size mismatch"},
      {"locals longer than the body", Wasm("0a [01 [01] 01 7f 0b]"), kMalformed, 16,
       "section size mismatch"},

      // Segments.
      {"element form", Wasm("09 [01 08 00]"), kMalformed, 11, "malformed elements segment kind"},
      {"element kind", Wasm("09 [01 01 01 00]"), kMalformed, 12, "malformed element kind"},
      {"element type", Wasm("09 [01 05 7f 00]"), kMalformed, 12, "malformed reference type"},
      {"element that is not there", Wasm("09 [01 01 00 01]"), kMalformed, 14,
       "unexpected end of section or function"},
      {"many elements", Wasm("09 [01 01 00 81 ad e2 04]"), kLimit, 13,
       "too many elements in a segment: 10000001"},
      {"data form", Wasm("0b [01 03 00]"), kMalformed, 11, "malformed data segment kind"},
      {"data beyond the section", Wasm("0b [01 01 02 00]"), kMalformed, 13,
       "unexpected end of section or function"},
      {"data count without data", Wasm("0c [01]"), kMalformed, 11,
       "data count and data section have inconsistent lengths"},
      {"data count and other data", Wasm("0c [02] 0b [01 01 00]"), kMalformed, 16,
       "data count and data section have inconsistent lengths"},
      {"many data segments", Wasm("0c [a1 8d 06]"), kLimit, 10, "too many data segments: 100001"},
  };
  return kCases;
}

TEST(DecoderTest, Errors) {
  for (const Case& c : ErrorCases()) {
    SCOPED_TRACE(std::string(c.name));
    const Expected<syntax::Module> module = Decode(c.bytes);
    if (module.ok()) {
      ADD_FAILURE() << "decoded";
      continue;
    }
    EXPECT_EQ(module.error().message.substr(0, c.message.size()), c.message);
    EXPECT_EQ(module.error().kind, c.kind);
    EXPECT_EQ(module.error().offset, c.offset);
  }
}

TEST(DecoderTest, Bodies) {
  const struct {
    std::string_view name;
    std::string_view body;
    size_t offset;  // from the first instruction
    std::string_view message;
  } kCases[] = {
      {"opcode", "01 ff 0b", 1, "illegal opcode ff"},
      {"block without end", "02 40 0b", 3, "unexpected end of section or function"},
      {"instruction behind the end", "0b 0b", 1, "END opcode expected"},
      {"end inside an immediate", "41 0b", 2, "unexpected end of section or function"},
      {"data segment without a count", "fc 09 00 0b", 0, "data count section required"},
      {"delegate ends its try", "06 40 18 00 0b", 5, ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    const Bytes bytes =
        Wasm("01 [01 60 00 00] 03 [01 00] 0a [01 [00 " + std::string(c.body) + "]]");
    EXPECT_TRUE(Decode(bytes).ok());
    const Expected<syntax::Module> checked = Decode(bytes, Features(), {.check_bodies = true});
    if (c.message.empty()) {
      EXPECT_TRUE(checked.ok());
      continue;
    }
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().kind, kMalformed);
    EXPECT_EQ(checked.error().message.substr(0, 14), c.message.substr(0, 14));
    EXPECT_EQ(checked.error().offset, 23 + c.offset);
  }
}

TEST(DecoderTest, FeaturesThatAreSwitchedOff) {
  const struct {
    Feature feature;
    std::string_view sections;
    std::string_view message;
  } kCases[] = {
      {Feature::kSimd, "01 [01 60 01 7b 00]", "type v128: needs the feature simd"},
      {Feature::kReferenceTypes, "01 [01 60 01 6f 00]",
       "type externref: needs the feature reference-types"},
      {Feature::kReferenceTypes, "04 [02 70 00 00 70 00 00]",
       "multiple tables: needs the feature reference-types"},
      {Feature::kFunctionReferences, "01 [01 60 01 64 00 00]",
       "type (ref 0): needs the feature function-references"},
      {Feature::kFunctionReferences, "04 [01 40 00 70 00 00 d0 70 0b]",
       "table with an initializer: needs the feature"},
      {Feature::kGc, "01 [01 5f 00]", "struct type: needs the feature gc"},
      {Feature::kGc, "01 [01 5e 7f 00]", "array type: needs the feature gc"},
      {Feature::kGc, "01 [01 4e 00]", "recursion group: needs the feature gc"},
      {Feature::kGc, "01 [01 50 00 60 00 00]", "sub type: needs the feature gc"},
      {Feature::kGc, "01 [01 60 01 6e 00]", "type anyref: needs the feature gc"},
      {Feature::kExceptions, "01 [01 60 01 69 00]", "type exnref: needs the feature exceptions"},
      {Feature::kMultiValue, "01 [01 60 00 02 7f 7f]",
       "several results: needs the feature multi-value"},
      {Feature::kMutableGlobals, "02 [01 '' '' 03 7f 01]",
       "import of a mutable global: needs the feature"},
      {Feature::kMutableGlobals, "06 [01 7f 01 41 00 0b] 07 [01 '' 03 00]",
       "export of a mutable global: needs the"},
      {Feature::kMultiMemory, "05 [02 00 00 00 00]",
       "multiple memories: needs the feature multi-memory"},
      {Feature::kMemory64, "05 [01 04 00]", "malformed limits flags: needs the feature memory64"},
      {Feature::kMemory64, "04 [01 70 04 00]",
       "malformed limits flags: needs the feature memory64"},
      {Feature::kThreads, "05 [01 03 00 00]", "malformed limits flags: needs the feature threads"},
      {Feature::kCustomPageSizes, "05 [01 08 00 00]",
       "malformed limits flags: needs the feature custom-page-sizes"},
      {Feature::kBulkMemory, "0c [00]", "data count section: needs the feature bulk-memory"},
      {Feature::kBulkMemory, "0b [01 01 00]",
       "data segment of form 1: needs the feature bulk-memory"},
      {Feature::kBulkMemory, "09 [01 03 00 00]",
       "element segment of form 3: needs the feature bulk-memory"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.message));
    const Bytes bytes = Wasm(c.sections);
    EXPECT_TRUE(Decode(bytes).ok());
    const Expected<syntax::Module> module = Decode(bytes, Features().Set(c.feature, false));
    ASSERT_FALSE(module.ok());
    EXPECT_EQ(module.error().message.substr(0, c.message.size()), c.message);
    EXPECT_GT(module.error().offset, 8u);
    EXPECT_LT(module.error().offset, bytes.size());
  }
  // Either generation of exceptions has tags.
  const Bytes tags = Wasm("0d [01 00 00]");
  EXPECT_TRUE(Decode(tags, Features().Set(Feature::kExceptions, false)).ok());
  EXPECT_TRUE(Decode(tags, Features().Set(Feature::kLegacyExceptions, false)).ok());
  EXPECT_FALSE(Decode(tags, Features::Mvp()).ok());
  // What WebAssembly 1.0 knows needs nothing.
  EXPECT_TRUE(Decode(Wasm("01 [01 60 01 7f 01 7f] 04 [01 70 01 00 01] 05 [01 01 01 02]"
                          "06 [01 7f 01 41 00 0b] 07 [01 'm' 02 00] 09 [01 00 41 00 0b 00] 0b [01 "
                          "00 41 00 0b 00]"),
                     Features::Mvp())
                  .ok());
}

TEST(DecoderTest, Everything) {
  const Bytes bytes = Wasm(kEverything);
  Expected<syntax::Module> decoded = Decode(bytes, Features(), {.check_bodies = true});
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  const syntax::Module& m = *decoded;

  ASSERT_EQ(m.types.size(), 8u);
  EXPECT_EQ(m.rec_group_sizes, (std::vector<uint32_t>{1, 1, 1, 1, 1, 1, 2}));
  EXPECT_EQ(m.types[1].func.params, (std::vector<ValType>{kI32, kI64}));
  EXPECT_EQ(m.types[1].func.results, (std::vector<ValType>{kF32}));
  EXPECT_EQ(m.types[2].kind, CompositeKind::kStruct);
  EXPECT_EQ(m.types[2].fields[0], (FieldType{kI32, Packed::kI8, true}));
  EXPECT_EQ(m.types[2].fields[1], (FieldType{kI32, Packed::kI16, false}));
  EXPECT_EQ(m.types[2].fields[2], (FieldType{kV128, Packed::kNone, true}));
  EXPECT_EQ(m.types[3].kind, CompositeKind::kArray);
  EXPECT_FALSE(m.types[4].is_final);
  EXPECT_EQ(m.types[4].supertype, kNoType);
  EXPECT_TRUE(m.types[5].is_final);
  EXPECT_EQ(m.types[5].supertype, 4u);
  EXPECT_EQ(bytes[m.type_offsets[5]], 0x4F);

  ASSERT_EQ(m.imports.size(), 5u);
  for (int kind = 0; kind < 5; ++kind)
    EXPECT_EQ(m.imports[kind].kind(), static_cast<ExternKind>(kind));
  EXPECT_EQ(m.imports[2].name, "m");
  EXPECT_EQ(std::get<MemoryType>(m.imports[2].type).limits, (Limits{1, 2}));
  EXPECT_EQ(m.num_imported_funcs, 1u);
  EXPECT_EQ(m.num_imported_tags, 1u);

  ASSERT_EQ(m.funcs.size(), 3u);
  EXPECT_EQ(m.funcs[1].type, 1u);
  EXPECT_EQ(m.funcs[1].locals, (std::vector<std::pair<uint32_t, ValType>>{{2, kI32}, {1, kI64}}));
  EXPECT_EQ(m.funcs[1].body.bytes.size(), 11u);
  EXPECT_EQ(m.funcs[1].body.bytes.data(), bytes.data() + m.funcs[1].body.offset);
  EXPECT_EQ(m.funcs[1].body.offset, m.funcs[1].offset + 5);
  EXPECT_EQ(m.code_section_offset + 2, m.funcs[1].offset);

  ASSERT_EQ(m.tables.size(), 3u);
  EXPECT_EQ(m.tables[1].type, (TableType{kExternRef, {1, 2}, true}));
  EXPECT_FALSE(m.tables[1].init.has_value());
  EXPECT_TRUE(m.tables[2].init.has_value());
  ASSERT_EQ(m.memories.size(), 4u);
  EXPECT_TRUE(m.memories[1].shared);
  EXPECT_EQ(m.memories[2], (MemoryType{{uint64_t{1} << 32, {}}, true}));
  EXPECT_EQ(m.memories[3], (MemoryType{{1, 2}, false, false, 0}));
  ASSERT_EQ(m.globals.size(), 3u);
  EXPECT_EQ(m.globals[1].type, (GlobalType{kI64, true}));
  EXPECT_EQ(m.globals[2].init.bytes.size(), 19u);
  EXPECT_EQ(m.tags.size(), 2u);
  EXPECT_EQ(m.exports.size(), 5u);
  EXPECT_EQ(m.exports[4].kind, ExternKind::kTag);
  EXPECT_EQ(m.start, 2u);

  ASSERT_EQ(m.elems.size(), 8u);
  const struct {
    SegmentMode mode;
    uint32_t table;
    bool exprs;
    ValType type;
    size_t size;
  } kElems[] = {
      {SegmentMode::kActive, 0, false, ValType::Ref(HeapKind::kFunc, false), 2},
      {SegmentMode::kPassive, 0, false, ValType::Ref(HeapKind::kFunc, false), 1},
      {SegmentMode::kActive, 1, false, ValType::Ref(HeapKind::kFunc, false), 1},
      {SegmentMode::kDeclarative, 0, false, ValType::Ref(HeapKind::kFunc, false), 1},
      {SegmentMode::kActive, 0, true, kFuncRef, 1},
      {SegmentMode::kPassive, 0, true, kExternRef, 1},
      {SegmentMode::kActive, 2, true, ValType::Ref(HeapKind::kFunc, false), 1},
      {SegmentMode::kDeclarative, 0, true, kFuncRef, 0},
  };
  for (size_t i = 0; i < 8; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(m.elems[i].mode, kElems[i].mode);
    EXPECT_EQ(m.elems[i].table, kElems[i].table);
    EXPECT_EQ(m.elems[i].uses_exprs, kElems[i].exprs);
    EXPECT_EQ(m.elems[i].type, kElems[i].type);
    EXPECT_EQ(m.elems[i].size(), kElems[i].size);
    EXPECT_EQ(bytes[m.elems[i].offset], i);
  }
  EXPECT_EQ(m.data_count, 3u);
  ASSERT_EQ(m.datas.size(), 3u);
  EXPECT_EQ(m.datas[0].bytes.size(), 2u);
  EXPECT_EQ(m.datas[1].mode, SegmentMode::kPassive);
  EXPECT_EQ(m.datas[2].memory, 1u);

  // "name" and the hints have a form of their own.
  ASSERT_EQ(m.customs.size(), 3u);
  EXPECT_EQ(m.customs[0].name, "first");
  EXPECT_EQ(m.customs[0].after, 0);
  EXPECT_EQ(m.customs[0].bytes.size(), 2u);
  EXPECT_EQ(m.customs[0].bytes.data(), bytes.data() + m.customs[0].offset);
  EXPECT_EQ(m.customs[1].after, 2);
  EXPECT_EQ(m.customs[2].after, 11);
  ASSERT_EQ(m.branch_hints.size(), 1u);
  ASSERT_EQ(m.branch_hints.at(1).size(), 2u);
  EXPECT_EQ(m.branch_hints.at(1)[0].offset, 0u);
  EXPECT_TRUE(m.branch_hints.at(1)[0].likely);

  EXPECT_EQ(m.names.module, "mod");
  EXPECT_EQ(m.names.funcs.at(1), "one");
  EXPECT_EQ(m.names.locals.at(1).at(2), "l");
  EXPECT_EQ(m.names.labels.at(1).at(0), "lab");
  EXPECT_EQ(m.names.types.at(2), "T");
  EXPECT_EQ(m.names.tables.at(0), "tab");
  EXPECT_EQ(m.names.memories.at(0), "mem");
  EXPECT_EQ(m.names.globals.at(0), "glob");
  EXPECT_EQ(m.names.elems.at(0), "el");
  EXPECT_EQ(m.names.datas.at(1), "da");
  EXPECT_EQ(m.names.fields.at(2).at(0), "x");
  EXPECT_EQ(m.names.tags.at(0), "tag");
}

TEST(DecoderTest, BrokenNamesAreLeftOut) {
  const struct {
    std::string_view name;
    std::string_view section;
    size_t num_names;  // of functions
  } kCases[] = {
      {"nothing", "", 0},
      {"subsection cut", "01 05 01 00 01 61", 1},
      {"name cut", "01 [02 00 'a' 01 05 61]", 1},
      {"count too large", "01 [ff ff ff ff 0f 00 'a']", 1},
      {"not UTF-8", "01 [02 00 'a' 01 01 ff]", 1},
      {"no such function", "01 [02 01 'a' 02 'b']", 1},
      {"one index twice", "01 [02 00 'a' 00 'b']", 1},
      {"out of order", "01 [02 01 'a' 00 'b']", 2},
      {"good one behind a bad one", "00 [05 61] 01 [02 00 'a' 01 'b']", 2},
      {"unknown subsection", "7f [00] 01 [01 00 'a']", 1},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    const Bytes bytes = Wasm("01 [01 60 00 00] 02 [02 '' '' 00 00 '' '' 00 00] 00 ['name' " +
                             std::string(c.section) + "]");
    Expected<syntax::Module> module = Decode(bytes);
    ASSERT_TRUE(module.ok());
    EXPECT_EQ(module->names.funcs.size(), c.num_names);
    EXPECT_TRUE(module->customs.empty());
  }
}

TEST(DecoderTest, BranchHints) {
  const struct {
    std::string_view name;
    std::string_view section;
    std::optional<ErrorKind> kind;
    size_t offset;  // from the section's contents, or from the first instruction when kInvalid
    std::string_view message;
  } kCases[] = {
      {"none", "00", {}, 0, ""},
      {"if and br_if", "01 01 02 05 01 01 0a 01 00", {}, 0, ""},
      {"block", "01 01 01 07 01 00", kInvalid, 4, "invalid target"},
      {"inside an instruction", "01 01 01 06 01 00", kInvalid, 3, "invalid target"},
      {"behind the body", "01 01 01 7f 01 00", kInvalid, 11, "invalid target"},
      {"among the locals", "01 01 01 02 01 00", kMalformed, 3, "invalid target"},
      {"no such function", "01 05 00", kMalformed, 1, "unknown function"},
      {"imported function", "01 00 00", kMalformed, 1, "unknown function"},
      {"function twice", "02 01 00 01 00", kMalformed, 3, "functions out of order"},
      {"hint twice", "01 01 02 05 01 00 05 01 00", kMalformed, 6, "duplicate annotation"},
      {"hints out of order", "01 01 02 0a 01 00 05 01 00", kMalformed, 6, "hints out of order"},
      {"value", "01 01 01 05 01 02", kMalformed, 3, "malformed value"},
      {"size", "01 01 01 05 02 01 01", kMalformed, 3, "malformed size"},
      {"cut", "01 01 01 05 01", kMalformed, 5, "unexpected end"},
      {"bytes left", "00 00", kMalformed, 1, "section size mismatch"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    // local i32; i32.const 0; if; block; end; end; ... the if at 5, block at 7, br_if at 10 of the
    // function.
    const Bytes bytes =
        Wasm("01 [01 60 00 00] 02 [01 '' '' 00 00] 03 [01 00] 00 ['metadata.code.branch_hint' " +
             std::string(c.section) + "] 0a [01 [01 01 7f 41 00 04 40 02 40 0b 0d 00 0b 0b]]");
    Expected<syntax::Module> module = Decode(bytes);
    ASSERT_TRUE(module.ok());
    const Checked checked = CheckBranchHints(*module);
    ASSERT_EQ(checked.ok(), !c.kind.has_value());
    if (checked.ok()) continue;
    EXPECT_EQ(checked.error().kind, *c.kind);
    const bool invalid = *c.kind == kInvalid;
    EXPECT_EQ(module->customs.size(), invalid ? 0u : 1u);
    EXPECT_EQ(checked.error().offset,
              c.offset + (invalid ? module->funcs[1].body.offset : module->customs[0].offset));
    EXPECT_NE(checked.error().message.find(c.message), std::string::npos)
        << checked.error().message;
  }
}

// Every input of this file, cut at each length and with each byte bent.
TEST(DecoderTest, CutAndBend) {
  std::vector<Bytes> inputs = {Wasm(kEverything)};
  for (const Case& c : ErrorCases()) inputs.push_back(c.bytes);
  const auto check = [](std::span<const uint8_t> bytes) {
    const Expected<syntax::Module> module = Decode(bytes, Features(), {.check_bodies = true});
    if (module.ok()) return;
    EXPECT_LE(module.error().offset, bytes.size());
    EXPECT_FALSE(module.error().message.empty());
  };
  for (Bytes& input : inputs) {
    for (size_t size = 0; size < input.size(); ++size) {
      // A copy of the exact size, so that a sanitizer sees the first byte too many.
      const Bytes cut(input.begin(), input.begin() + static_cast<ptrdiff_t>(size));
      check(cut);
    }
    for (uint8_t& byte : input) {
      const uint8_t old = byte;
      for (uint8_t bent :
           {uint8_t(old ^ 1), uint8_t(old ^ 0x80), uint8_t(0), uint8_t(0xFF), uint8_t(old + 1)}) {
        byte = bent;
        check(input);
      }
      byte = old;
    }
  }
}

// Counts that promise much and hold nothing do not make the decoder allocate: the test would run
// out of time or memory.
TEST(DecoderTest, HugeCounts) {
  for (int id = 1; id <= 13; ++id) {
    SCOPED_TRACE(id);
    Bytes bytes = Wasm("");
    const Bytes section = Hex("[ff ff ff ff 0f]");
    bytes.push_back(static_cast<uint8_t>(id));
    bytes.insert(bytes.end(), section.begin(), section.end());
    if (id == 8) continue;  // an index
    EXPECT_FALSE(Decode(bytes).ok());
  }
}

}  // namespace
}  // namespace airwasm::binary
