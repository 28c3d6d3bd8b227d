#include "component/binary/encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "component/binary/component_test_util.h"
#include "component/binary/decoder.h"
#include "component/syntax/canon_table.h"

namespace airwasm::component::binary {
namespace {

using Bytes = std::vector<uint8_t>;
using syntax::CanonImmediates;

syntax::Component MustDecode(const Bytes& bytes) {
  Expected<syntax::Component> component = Decode(bytes, ComponentFeatures::All());
  EXPECT_TRUE(component.ok()) << component.error().ToString();
  return component.ok() ? *std::move(component) : syntax::Component();
}

TEST(ComponentEncoderTest, EverythingComesBack) {
  // The one place where the shortest form differs: neighbouring type sections become one.
  const Bytes once = Encode(MustDecode(Comp(kEverything)));
  const Bytes twice = Encode(MustDecode(once));
  EXPECT_EQ(once, twice);
  EXPECT_EQ(once.size() + 2, Comp(kEverything).size());
}

TEST(ComponentEncoderTest, GathersNeighbours) {
  const struct {
    std::string_view name, in, out;
  } kCases[] = {
      {"two sections", "07 [01 73] 07 [02 7f 70 00]", "07 [03 73 7f 70 00]"},
      {"empty sections", "07 [00] 05 [00]", ""},
      {"an empty one between two", "07 [01 73] 05 [00] 07 [01 7f]", "07 [02 73 7f]"},
      {"a custom section between", "07 [01 73] 00 ['c'] 07 [01 7f]",
       "07 [01 73] 00 ['c'] 07 [01 7f]"},
      {"start definitions stay apart", "09 [00 00 00] 09 [01 00 00]",
       "09 [00 00 00] 09 [01 00 00]"},
      {"components stay apart", "04 [00 61 73 6d 0d 00 01 00] 04 [00 61 73 6d 0d 00 01 00]",
       "04 [00 61 73 6d 0d 00 01 00] 04 [00 61 73 6d 0d 00 01 00]"},
      {"long LEB128s", "07 81 80 80 80 00 00 07 [81 00 70 80 80 00]", "07 [01 70 00]"},
      {"redundant forms of a name", "0a [02 01 'a' 01 00 02 'b' 00 01 00]",
       "0a [02 00 'a' 01 00 00 'b' 01 00]"},
      {"names go to the end", "00 ['component-name' 00 ['n']] 07 [01 73]",
       "07 [01 73] 00 ['component-name' 00 ['n']]"},
      {"two sections of names",
       "00 ['component-name' 01 [01 01 00 'a']] 00 ['component-name' 01 [01 01 01 'b']]",
       "00 ['component-name' 01 [01 02 00 'a' 01 'b']]"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    EXPECT_EQ(Encode(MustDecode(Comp(c.in))), Comp(c.out));
  }
}

// Immediates for each kind of row, none of them zero.
std::string Immediates(CanonImmediates immediates) {
  switch (immediates) {
    case CanonImmediates::kNone:
      return "";
    case CanonImmediates::kType:
      return "05";
    case CanonImmediates::kOpts:
      return "02 01 03 02";
    case CanonImmediates::kTypeOpts:
      return "05 04 00 04 01 05 02 06";
    case CanonImmediates::kTypeAsync:
      return "05 01";
    case CanonImmediates::kAsync:
    case CanonImmediates::kCancel:
      return "01";
    case CanonImmediates::kCancelMemory:
      return "01 07";
    case CanonImmediates::kContext:
      return "7e 01";
    case CanonImmediates::kResultOpts:
      return "00 79 01 02";
    case CanonImmediates::kFuncTable:
      return "03 04";
    case CanonImmediates::kLift:
      return "00 09 01 07 03 04";
    case CanonImmediates::kLower:
      return "00 09 01 03 04";
  }
  return "";
}

std::string HexByte(uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 15], ' '};
}

TEST(ComponentEncoderTest, EveryCanonicalDefinition) {
  for (size_t i = 0; i < std::size(syntax::kCanons); ++i) {
    const syntax::CanonRow& row = syntax::kCanons[i];
    SCOPED_TRACE(std::string(row.text));
    const Bytes bytes = Comp("08 [01 " + HexByte(row.code) + Immediates(row.immediates) + "]");
    const syntax::Component component = MustDecode(bytes);
    ASSERT_EQ(component.definitions.size(), 1u);
    EXPECT_EQ(static_cast<size_t>(std::get<syntax::Canon>(component.definitions[0].what).kind), i);
    EXPECT_EQ(Encode(component), bytes);
  }
}

TEST(ComponentEncoderTest, EveryPrimitiveType) {
  const struct {
    syntax::PrimType prim;
    uint8_t code;
  } kRows[] = {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) {syntax::PrimType::k##name, code},
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.code);
    const Bytes bytes = Comp("07 [02 " + HexByte(row.code) + "70 " + HexByte(row.code) + "]");
    const syntax::Component component = MustDecode(bytes);
    ASSERT_EQ(component.definitions.size(), 2u);
    const auto type = [&](size_t i) -> const syntax::DefType& {
      return std::get<syntax::Type>(component.definitions[i].what).type;
    };
    EXPECT_EQ(std::get<syntax::PrimType>(type(0)), row.prim);
    EXPECT_EQ(std::get<syntax::List>(type(1)).element, syntax::ValType(row.prim));
    EXPECT_EQ(Encode(component), bytes);
  }
}

TEST(ComponentEncoderTest, EverySort) {
  for (size_t i = 0; i < syntax::kSortCount; ++i) {
    const syntax::SortRow& row = syntax::kSorts[i];
    SCOPED_TRACE(std::string(row.text));
    const std::string sort = (row.core ? "00 " : "") + HexByte(row.code);
    const Bytes bytes = Comp("05 [01 01 01 00 'a' " + sort + "07] 06 [01 " + sort +
                             (row.core ? "01" : "00") + " 02 'b']");
    const syntax::Component component = MustDecode(bytes);
    ASSERT_EQ(component.definitions.size(), 2u);
    const auto& instance = std::get<syntax::Instance>(component.definitions[0].what);
    EXPECT_EQ(instance.exports.at(0).item.sort, static_cast<syntax::Sort>(i));
    EXPECT_EQ(std::get<syntax::Alias>(component.definitions[1].what).sort,
              static_cast<syntax::Sort>(i));
    EXPECT_EQ(Encode(component), bytes);
  }
}

TEST(ComponentEncoderTest, NamesStandForTheSectionOfThatName) {
  const Bytes raw = {1, 2, 3};
  syntax::Component component;
  component.definitions.push_back({syntax::CustomSection{"component-name", raw}, 0});
  EXPECT_EQ(Encode(component), Comp("00 ['component-name' 01 02 03]"));
  component.names.component = "c";
  EXPECT_EQ(Encode(component), Comp("00 ['component-name' 00 ['c']]"));
}

}  // namespace
}  // namespace airwasm::component::binary
