// Facts of value types against the canonical ABI's own definitions, and interning.
//
// The rows of kLayouts were written by running the specification's definitions.py (elem_size,
// alignment, flatten_type, contains_borrow) on each type.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "component/types/limits.h"
#include "component/types/value_types.h"

namespace airwasm::component {
namespace {

using enum syntax::PrimType;

struct Builder {
  TypeTable& table;

  ValType Record(const std::vector<ValType>& types) {
    RecordType record;
    for (ValType type : types) {
      record.fields.push_back(
          {std::string(1, static_cast<char>('a' + record.fields.size())), type});
    }
    return table.Intern(std::move(record));
  }
  ValType Tuple(std::vector<ValType> types) { return table.Intern(TupleType{std::move(types)}); }
  ValType Variant(const std::vector<std::optional<ValType>>& payloads) {
    VariantType variant;
    for (const auto& payload : payloads) {
      variant.cases.push_back({"c" + std::to_string(variant.cases.size()), payload});
    }
    return table.Intern(std::move(variant));
  }
  static std::vector<std::string> Labels(uint32_t count) {
    std::vector<std::string> labels;
    for (uint32_t i = 0; i < count; ++i) labels.push_back("l" + std::to_string(i));
    return labels;
  }
  ValType Enum(uint32_t count) { return table.Intern(EnumType{Labels(count)}); }
  ValType Flags(uint32_t count) { return table.Intern(FlagsType{Labels(count)}); }
  ValType Option(ValType type) { return table.Intern(OptionType{type}); }
  ValType Result(std::optional<ValType> ok, std::optional<ValType> error) {
    return table.Intern(ResultType{ok, error});
  }
  ValType List(ValType element, std::optional<uint32_t> length = std::nullopt) {
    return table.Intern(ListType{element, length});
  }
  ValType Map(ValType key, ValType value) { return table.Intern(MapType{key, value}); }
  ValType Own(ResourceId resource) { return table.Intern(OwnType{resource}); }
  ValType Borrow(ResourceId resource) { return table.Intern(BorrowType{resource}); }
  ValType Stream(std::optional<ValType> element) { return table.Intern(StreamType{element}); }
  ValType Future(std::optional<ValType> element) { return table.Intern(FutureType{element}); }
};

std::string Text(const Flattening& flat) {
  if (flat.spills) return "spills";
  static constexpr const char* kNames[] = {"i32", "i64", "f32", "f64"};
  std::string out;
  for (FlatType type : flat.list()) {
    out += (out.empty() ? "" : " ") + std::string(kNames[static_cast<size_t>(type)]);
  }
  return out;
}

TEST(TypeFacts, FollowTheCanonicalAbi) {
  TypeTable table;
  Builder b{table};
  const struct {
    const char* name;
    ValType type;
    Layout memory32, memory64;
    const char* flat32;
    const char* flat64;
    bool has_borrow;
  } kLayouts[] = {
      // clang-format off
      {"bool", kBool, {1, 1}, {1, 1}, "i32", "i32", false},
      {"s8", kS8, {1, 1}, {1, 1}, "i32", "i32", false},
      {"u8", kU8, {1, 1}, {1, 1}, "i32", "i32", false},
      {"s16", kS16, {2, 2}, {2, 2}, "i32", "i32", false},
      {"u16", kU16, {2, 2}, {2, 2}, "i32", "i32", false},
      {"s32", kS32, {4, 4}, {4, 4}, "i32", "i32", false},
      {"u32", kU32, {4, 4}, {4, 4}, "i32", "i32", false},
      {"s64", kS64, {8, 8}, {8, 8}, "i64", "i64", false},
      {"u64", kU64, {8, 8}, {8, 8}, "i64", "i64", false},
      {"f32", kF32, {4, 4}, {4, 4}, "f32", "f32", false},
      {"f64", kF64, {8, 8}, {8, 8}, "f64", "f64", false},
      {"char", kChar, {4, 4}, {4, 4}, "i32", "i32", false},
      {"string", kString, {8, 4}, {16, 8}, "i32 i32", "i64 i64", false},
      {"errorcontext", kErrorContext, {4, 4}, {4, 4}, "i32", "i32", false},
      {"record of one", b.Record({kU8}), {1, 1}, {1, 1}, "i32", "i32", false},
      {"padded record", b.Record({kU8, kU32, kU16}), {12, 4}, {12, 4}, "i32 i32 i32", "i32 i32 i32", false},
      {"padded at the end", b.Record({kU64, kU8}), {16, 8}, {16, 8}, "i64 i32", "i64 i32", false},
      {"dense record", b.Record({kU32, kF32, kU64, kF64}), {24, 8}, {24, 8}, "i32 f32 i64 f64", "i32 f32 i64 f64", false},
      {"record with a string", b.Record({kU8, kString, kU8}), {16, 4}, {32, 8}, "i32 i32 i32 i32", "i32 i64 i64 i32", false},
      {"nested records", b.Record({b.Record({kU8, kU16}), b.Record({kU8, kU64})}), {24, 8}, {24, 8}, "i32 i32 i32 i64", "i32 i32 i32 i64", false},
      {"tuple", b.Tuple({kU8, kU8, kU16}), {4, 2}, {4, 2}, "i32 i32 i32", "i32 i32 i32", false},
      {"tuple of 16", b.Tuple({kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8}), {16, 1}, {16, 1}, "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32", "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32", false},
      {"tuple of 17", b.Tuple({kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8}), {17, 1}, {17, 1}, "spills", "spills", false},
      {"strings of 16", b.Tuple({kString, kString, kString, kString, kString, kString, kString, kString}), {64, 4}, {128, 8}, "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32", "i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64", false},
      {"strings of 18", b.Tuple({kString, kString, kString, kString, kString, kString, kString, kString, kString}), {72, 4}, {144, 8}, "spills", "spills", false},
      {"variant without payload", b.Variant({std::nullopt, std::nullopt}), {1, 1}, {1, 1}, "i32", "i32", false},
      {"variant", b.Variant({std::nullopt, kU8, kU64}), {16, 8}, {16, 8}, "i32 i64", "i32 i64", false},
      {"variant i32 f32", b.Variant({kU32, kF32}), {8, 4}, {8, 4}, "i32 i32", "i32 i32", false},
      {"variant i32 i64", b.Variant({kU32, kU64}), {16, 8}, {16, 8}, "i32 i64", "i32 i64", false},
      {"variant f32 f64", b.Variant({kF32, kF64}), {16, 8}, {16, 8}, "i32 i64", "i32 i64", false},
      {"variant f32 f32", b.Variant({kF32, kF32}), {8, 4}, {8, 4}, "i32 f32", "i32 f32", false},
      {"variant f64 i64", b.Variant({kF64, kU64}), {16, 8}, {16, 8}, "i32 i64", "i32 i64", false},
      {"variant of records", b.Variant({b.Record({kF32, kF64, kU8}), b.Record({kU64, kF64}), kString}), {32, 8}, {32, 8}, "i32 i64 i64 i32", "i32 i64 i64 i32", false},
      {"variant string or u8", b.Variant({kString, kU8}), {12, 4}, {24, 8}, "i32 i32 i32", "i32 i64 i64", false},
      {"variant of a spilling one", b.Variant({kU8, b.Tuple({kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8, kU8})}), {18, 1}, {18, 1}, "spills", "spills", false},
      {"variant with 15", b.Variant({b.Tuple({kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32}), kU8}), {64, 4}, {64, 4}, "i32 i32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32", "i32 i32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32 f32", false},
      {"variant with 16", b.Variant({b.Tuple({kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32, kF32}), kU8}), {68, 4}, {68, 4}, "spills", "spills", false},
      {"256 cases", b.Enum(256), {1, 1}, {1, 1}, "i32", "i32", false},
      {"257 cases", b.Enum(257), {2, 2}, {2, 2}, "i32", "i32", false},
      {"one case", b.Enum(1), {1, 1}, {1, 1}, "i32", "i32", false},
      {"65536 cases", b.Enum(65536), {2, 2}, {2, 2}, "i32", "i32", false},
      {"65537 cases", b.Enum(65537), {4, 4}, {4, 4}, "i32", "i32", false},
      {"1 flags", b.Flags(1), {1, 1}, {1, 1}, "i32", "i32", false},
      {"8 flags", b.Flags(8), {1, 1}, {1, 1}, "i32", "i32", false},
      {"9 flags", b.Flags(9), {2, 2}, {2, 2}, "i32", "i32", false},
      {"16 flags", b.Flags(16), {2, 2}, {2, 2}, "i32", "i32", false},
      {"17 flags", b.Flags(17), {4, 4}, {4, 4}, "i32", "i32", false},
      {"31 flags", b.Flags(31), {4, 4}, {4, 4}, "i32", "i32", false},
      {"32 flags", b.Flags(32), {4, 4}, {4, 4}, "i32", "i32", false},
      {"option", b.Option(kU8), {2, 1}, {2, 1}, "i32 i32", "i32 i32", false},
      {"option of string", b.Option(kString), {12, 4}, {24, 8}, "i32 i32 i32", "i32 i64 i64", false},
      {"option of option", b.Option(b.Option(kF64)), {24, 8}, {24, 8}, "i32 i32 f64", "i32 i32 f64", false},
      {"option of bool", b.Option(kBool), {2, 1}, {2, 1}, "i32 i32", "i32 i32", false},
      {"option of char", b.Option(kChar), {8, 4}, {8, 4}, "i32 i32", "i32 i32", false},
      {"result", b.Result(std::nullopt, std::nullopt), {1, 1}, {1, 1}, "i32", "i32", false},
      {"result ok", b.Result(kU64, std::nullopt), {16, 8}, {16, 8}, "i32 i64", "i32 i64", false},
      {"result error", b.Result(std::nullopt, kString), {12, 4}, {24, 8}, "i32 i32 i32", "i32 i64 i64", false},
      {"result both", b.Result(kF32, b.Tuple({kU8, kU64})), {24, 8}, {24, 8}, "i32 i32 i64", "i32 i32 i64", false},
      {"list", b.List(kU8), {8, 4}, {16, 8}, "i32 i32", "i64 i64", false},
      {"list of lists", b.List(b.List(kString)), {8, 4}, {16, 8}, "i32 i32", "i64 i64", false},
      {"fixed list", b.List(kU16, 3), {6, 2}, {6, 2}, "i32 i32 i32", "i32 i32 i32", false},
      {"fixed list of 16", b.List(kU64, 16), {128, 8}, {128, 8}, "i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64", "i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64", false},
      {"fixed list of 17", b.List(kU64, 17), {136, 8}, {136, 8}, "spills", "spills", false},
      {"fixed list of strings", b.List(kString, 2), {16, 4}, {32, 8}, "i32 i32 i32 i32", "i64 i64 i64 i64", false},
      {"fixed list of padded", b.List(b.Record({kU32, kU8}), 4), {32, 4}, {32, 4}, "i32 i32 i32 i32 i32 i32 i32 i32", "i32 i32 i32 i32 i32 i32 i32 i32", false},
      {"map", b.Map(kString, kU64), {8, 4}, {16, 8}, "i32 i32", "i64 i64", false},
      {"own", b.Own(0), {4, 4}, {4, 4}, "i32", "i32", false},
      {"borrow", b.Borrow(0), {4, 4}, {4, 4}, "i32", "i32", true},
      {"record with handles", b.Record({b.Own(0), kU8, b.Borrow(0)}), {12, 4}, {12, 4}, "i32 i32 i32", "i32 i32 i32", true},
      {"stream", b.Stream(std::nullopt), {4, 4}, {4, 4}, "i32", "i32", false},
      {"stream of string", b.Stream(kString), {4, 4}, {4, 4}, "i32", "i32", false},
      {"future", b.Future(std::nullopt), {4, 4}, {4, 4}, "i32", "i32", false},
      {"future of own", b.Future(b.Own(0)), {4, 4}, {4, 4}, "i32", "i32", false},
      {"list of borrow", b.List(b.Borrow(0)), {8, 4}, {16, 8}, "i32 i32", "i64 i64", true},
      {"many doublings", b.Tuple({b.Tuple({b.Tuple({kU64, kU64}), b.Tuple({kU64, kU64})}), b.Tuple({b.Tuple({kU64, kU64}), b.Tuple({kU64, kU64})})}), {64, 8}, {64, 8}, "i64 i64 i64 i64 i64 i64 i64 i64", "i64 i64 i64 i64 i64 i64 i64 i64", false},
      {"large", b.List(kU64, 10000), {80000, 8}, {80000, 8}, "spills", "spills", false},
      {"mixed", b.Record({kU8, b.Variant({kString, b.Record({kU64, kF32})}), b.Option(kU16), b.Flags(9), b.List(kChar)}), {48, 8}, {56, 8}, "i32 i32 i64 i32 i32 i32 i32 i32 i32", "i32 i32 i64 i64 i32 i32 i32 i64 i64", false},
      // clang-format on
  };
  for (const auto& row : kLayouts) {
    SCOPED_TRACE(row.name);
    const TypeFacts& facts = table.Facts(row.type);
    EXPECT_EQ(facts.memory32.size, row.memory32.size);
    EXPECT_EQ(facts.memory32.align, row.memory32.align);
    EXPECT_EQ(facts.memory64.size, row.memory64.size);
    EXPECT_EQ(facts.memory64.align, row.memory64.align);
    EXPECT_EQ(Text(facts.flat32), row.flat32);
    EXPECT_EQ(Text(facts.flat64), row.flat64);
    EXPECT_EQ(facts.has_borrow, row.has_borrow);
  }
}

TEST(TypeFacts, Predicates) {
  TypeTable table;
  Builder b{table};
  const struct {
    const char* name;
    ValType type;
    bool resource, stream, pointer, bitwise;
  } kRows[] = {
      {"u8", kU8, false, false, false, true},
      {"bool", kBool, false, false, false, false},
      {"char", kChar, false, false, false, false},
      {"string", kString, false, false, true, false},
      {"error-context", kErrorContext, false, true, false, false},
      {"dense record", b.Record({kU32, kF32, kU64}), false, false, false, true},
      {"inner padding", b.Record({kU8, kU32}), false, false, false, false},
      {"padding at the end", b.Record({kU32, kU8}), false, false, false, false},
      {"8 flags", b.Flags(8), false, false, false, true},
      {"9 flags", b.Flags(9), false, false, false, false},
      {"255 cases", b.Enum(255), false, false, false, false},
      {"256 cases", b.Enum(256), false, false, false, true},
      {"fixed list", b.List(kU64, 3), false, false, false, true},
      {"fixed list of strings", b.List(kString, 3), false, false, true, false},
      {"list", b.List(kU8), false, false, true, false},
      {"map", b.Map(kU8, kU8), false, false, true, false},
      {"own", b.Own(0), true, false, false, false},
      {"option of own", b.Option(b.Own(0)), true, false, false, false},
      {"stream of string", b.Stream(kString), false, true, false, false},
      {"tuple of future", b.Tuple({b.Future(b.Own(0)), kString}), true, true, true, false},
      {"result", b.Result(std::nullopt, std::nullopt), false, false, false, false},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const TypeFacts& facts = table.Facts(row.type);
    EXPECT_EQ(facts.has_resource, row.resource);
    EXPECT_EQ(facts.has_stream, row.stream);
    EXPECT_EQ(facts.has_pointer, row.pointer);
    EXPECT_EQ(facts.is_bitwise, row.bitwise);
  }
}

TEST(TypeFacts, SizesAndCountsStop) {
  TypeTable table;
  Builder b{table};
  ValType type = kU64;
  for (int i = 0; i < 90; ++i) type = b.Tuple({type, type});
  const TypeFacts& facts = table.Facts(type);
  EXPECT_EQ(facts.memory64.size, limits::kValueBytes);
  EXPECT_EQ(facts.node_count, UINT64_MAX);
  EXPECT_EQ(facts.nesting, 91u);
  EXPECT_TRUE(facts.flat32.spills);
  EXPECT_LT(table.ToString(type).size(), 300u);
  EXPECT_EQ(table.Facts(b.List(kU8, limits::kValueBytes - 1)).memory64.size,
            limits::kValueBytes - 1);
  EXPECT_EQ(table.Facts(b.List(b.List(kU8, UINT32_MAX), UINT32_MAX)).memory64.size,
            limits::kValueBytes);
}

TEST(TypeTable, EqualTypesAreOne) {
  TypeTable table;
  Builder b{table};
  EXPECT_EQ(b.Record({kU8, b.List(kString)}), b.Record({kU8, b.List(kString)}));
  EXPECT_NE(b.List(kU8), b.List(kU8, 1));
  EXPECT_NE(b.Own(0), b.Own(1));
  EXPECT_NE(b.Own(0), b.Borrow(0));
  EXPECT_NE(b.Result(kU8, std::nullopt), b.Result(std::nullopt, kU8));
  FuncType func;
  func.params.push_back({"a", kU8});
  const FuncTypeId id = table.InternFunc(func);
  EXPECT_EQ(table.InternFunc(func), id);
  func.async = true;
  EXPECT_NE(table.InternFunc(func), id);
}

TEST(TypeTable, SubstituteExchangesResourcesDeepInside) {
  TypeTable table;
  Builder b{table};
  const ValType before = b.Record({kU8, b.List(b.Own(1)), b.Option(b.Borrow(2))});
  const ValType after = b.Record({kU8, b.List(b.Own(7)), b.Option(b.Borrow(2))});
  EXPECT_EQ(table.Substitute(before, {{1, 7}}), after);
  EXPECT_EQ(table.Substitute(before, {{3, 7}}), before);
  FuncType func;
  func.params.push_back({"a", before});
  func.result = b.Stream(b.Own(1));
  FuncType wanted;
  wanted.params.push_back({"a", after});
  wanted.result = b.Stream(b.Own(7));
  EXPECT_EQ(table.SubstituteFunc(table.InternFunc(func), {{1, 7}}), table.InternFunc(wanted));
}

TEST(TypeTable, SubstituteRebuildsSharedPartsOnce) {
  TypeTable table;
  Builder b{table};
  ValType type = b.Own(0);
  for (int i = 0; i < 90; ++i) type = b.Tuple({type, type});
  const TypeTable::ResourceMap map = {{0, 1}};
  Substitution substitution(table, map);
  EXPECT_NE(substitution.Apply(type), type);
  EXPECT_LT(substitution.work(), 10'000u);
}

TEST(TypeTable, TextIsThatOfWit) {
  TypeTable table;
  Builder b{table};
  const struct {
    ValType type;
    const char* text;
  } kRows[] = {
      {kErrorContext, "error-context"},
      {b.List(b.Tuple({kString, kU8})), "list<tuple<string, u8>>"},
      {b.List(kU8, 4), "list<u8, 4>"},
      {b.Record({kU8, kBool}), "record { a: u8, b: bool }"},
      {b.Variant({std::nullopt, kU8}), "variant { c0, c1(u8) }"},
      {b.Result(std::nullopt, std::nullopt), "result"},
      {b.Result(kU8, std::nullopt), "result<u8>"},
      {b.Result(std::nullopt, kU8), "result<_, u8>"},
      {b.Result(kU8, kF32), "result<u8, f32>"},
      {b.Own(3), "own<#3>"},
      {b.Borrow(3), "borrow<#3>"},
      {b.Stream(std::nullopt), "stream"},
      {b.Future(kU8), "future<u8>"},
      {b.Map(kString, kU8), "map<string, u8>"},
      {b.Enum(2), "enum { l0, l1 }"},
      {b.Flags(1), "flags { l0 }"},
  };
  for (const auto& row : kRows) EXPECT_EQ(table.ToString(row.type), row.text);
  FuncType func;
  func.async = true;
  func.params = {{"a", kU8}, {"b", kString}};
  func.result = kU8;
  EXPECT_EQ(table.FuncToString(table.InternFunc(func)), "async func(a: u8, b: string) -> u8");
}

TEST(Layout, OffsetsAndDiscriminants) {
  TypeTable table;
  const ValType parts[] = {kU8, kString, kU16, kU64};
  EXPECT_EQ(FieldOffsets(table, parts, false), (std::vector<uint32_t>{0, 4, 12, 16}));
  EXPECT_EQ(FieldOffsets(table, parts, true), (std::vector<uint32_t>{0, 8, 24, 32}));
  EXPECT_EQ(DiscriminantSize(1), 1u);
  EXPECT_EQ(DiscriminantSize(256), 1u);
  EXPECT_EQ(DiscriminantSize(257), 2u);
  EXPECT_EQ(DiscriminantSize(65537), 4u);
  EXPECT_EQ(PayloadOffset(table, 2, parts, false), 8u);
  EXPECT_EQ(PayloadOffset(table, 2, std::vector<ValType>{kU8}, false), 1u);
  EXPECT_EQ(Text(Flatten(table, parts)), "i32 i32 i32 i32 i64");
  EXPECT_EQ(Text(Flatten(table, parts, true)), "i32 i64 i64 i32 i64");
}

TEST(Join, OfFlatTypes) {
  using enum FlatType;
  constexpr FlatType kAll[] = {kI32, kI64, kF32, kF64};
  for (FlatType a : kAll) {
    for (FlatType b : kAll) {
      const bool both_32 = (a == kI32 || a == kF32) && (b == kI32 || b == kF32);
      EXPECT_EQ(Join(a, b), a == b ? a : both_32 ? kI32 : kI64);
    }
  }
}

}  // namespace
}  // namespace airwasm::component
