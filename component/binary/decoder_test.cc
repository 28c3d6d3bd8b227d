#include "component/binary/decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "component/binary/component_test_util.h"
#include "component/binary/section_list.h"
#include "component/types/limits.h"

namespace airwasm::component::binary {
namespace {

using Bytes = std::vector<uint8_t>;
using airwasm::binary::Hex;

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

// `depth` components, each but the last holding the next.
Bytes NestedComponents(int depth) {
  Bytes inner;
  for (int i = 0; i < depth; ++i) {
    Bytes outer = Comp("");
    if (i > 0) {
      outer.push_back(4);
      size_t size = inner.size();
      for (; size >= 0x80; size >>= 7) outer.push_back(static_cast<uint8_t>(size | 0x80));
      outer.push_back(static_cast<uint8_t>(size));
      outer.insert(outer.end(), inner.begin(), inner.end());
    }
    inner = std::move(outer);
  }
  return inner;
}

// `depth` times `open`, which begins a type that holds a type.
Bytes NestedTypes(int section, std::string_view open, int depth, std::string_view innermost) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += std::string(open) + " ";
  return Comp((section == 3 ? "03 [01 " : "07 [01 ") + text + std::string(innermost) + "]");
}

std::string Repeat(std::string_view what, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(what) + " ";
  return text;
}

const std::vector<Case>& ErrorCases() {
  static const auto& kCases = *new std::vector<Case>{
      // The frame.
      {"empty", {}, kMalformed, 0, "unexpected end-of-file"},
      {"magic cut", Hex("00 61 73"), kMalformed, 0, "unexpected end-of-file"},
      {"magic", Hex("00 41 53 4d 0d 00 01 00"), kMalformed, 0, "magic header not detected"},
      {"version cut", Hex("00 61 73 6d 0d"), kMalformed, 4, "unexpected end-of-file"},
      {"version", Hex("00 61 73 6d 0c 00 01 00"), kMalformed, 4, "unknown binary version"},
      {"version's second byte", Hex("00 61 73 6d 00 0d 01 00"), kMalformed, 4,
       "unknown binary version"},
      {"layer cut", Hex("00 61 73 6d 0d 00 01"), kMalformed, 6, "unexpected end-of-file"},
      {"layer", Hex("00 61 73 6d 0d 00 02 00"), kMalformed, 6, "unknown layer"},
      {"core module", Hex("00 61 73 6d 01 00 00 00"), kMalformed, 4,
       "expected a version header for a component"},
      {"section id", Comp("0d 00"), kMalformed, 8, "malformed section id"},
      {"section id of two bytes", Comp("ff"), kMalformed, 8, "malformed section id"},
      {"section without size", Comp("00"), kMalformed, 9, "unexpected end-of-file"},
      {"size cut", Comp("00 80 80"), kMalformed, 11, "unexpected end-of-file"},
      {"size", Comp("07 81 80 80 80 70 00"), kMalformed, 9, "integer too large"},
      {"section beyond the end", Comp("07 03 00"), kMalformed, 10, "unexpected end-of-file"},
      {"section that ends early", Comp("07 01 01 73"), kMalformed, 11, "unexpected end-of-file"},
      {"bytes left in a section", Comp("07 [01 73 73]"), kMalformed, 12, "section size mismatch"},
      {"count beyond the section", Comp("07 [bf 84 3d 73]"), kMalformed, 14,
       "unexpected end-of-file"},
      {"one definition of two", Comp("07 [02 73]"), kMalformed, 12, "unexpected end-of-file"},
      {"custom section's name cut", Comp("00 [05 61 62]"), kMalformed, 11,
       "unexpected end-of-file"},
      {"custom section's name", Comp("00 [02 ff fe]"), kMalformed, 11, "malformed UTF-8 encoding"},
      {"nested version", Comp("04 [00 61 73 6d 0c 00 01 00]"), kMalformed, 14,
       "unknown binary version"},
      {"nested core module", Comp("04 [00 61 73 6d 01 00 00 00]"), kMalformed, 14,
       "expected a version header for a component"},
      {"nested component cut", Comp("04 [00 61 73 6d 0d 00 01 00 07]"), kMalformed, 19,
       "unexpected end-of-file"},
      {"component as a core module", Comp("01 [00 61 73 6d 0d 00 01 00]"), kMalformed, 14,
       "expected a version header for a module"},

      // Instances and aliases.
      {"core instance", Comp("02 [01 02 00 00]"), kMalformed, 11,
       "invalid leading byte (0x2) for core instance"},
      {"core argument", Comp("02 [01 00 01 01 'i' 00 00]"), kMalformed, 16,
       "invalid leading byte (0x0) for instantiation arg kind"},
      {"core export", Comp("02 [01 01 01 'i' 05 00]"), kMalformed, 15,
       "invalid leading byte (0x5) for core instance export kind"},
      {"instance", Comp("05 [01 02 00 00]"), kMalformed, 11,
       "invalid leading byte (0x2) for instance"},
      {"argument", Comp("05 [01 00 00 01 'a' 06 00]"), kMalformed, 16,
       "invalid leading byte (0x6) for component external kind"},
      {"alias target", Comp("06 [01 03 03 00 00]"), kMalformed, 12,
       "invalid leading byte (0x3) for alias"},
      {"sort of an outer alias", Comp("06 [01 06 02 00 00]"), kMalformed, 11,
       "invalid leading byte (0x6) for component outer alias kind"},
      {"core sort of an outer alias", Comp("06 [01 00 05 02 00 00]"), kMalformed, 12,
       "invalid leading byte (0x5) for component outer alias kind"},
      {"core instance in an outer alias", Comp("06 [01 00 12 02 00 00]"), kMalformed, 12,
       "invalid leading byte (0x12) for component outer alias kind"},
      {"instance in an outer alias", Comp("06 [01 05 02 00 00]"), kMalformed, 11,
       "invalid leading byte (0x5) for component outer alias kind"},
      {"function in an outer alias", Comp("06 [01 01 02 00 00]"), kMalformed, 11,
       "invalid leading byte (0x1) for component outer alias kind"},
      {"function of a core instance", Comp("06 [01 01 01 00 'f']"), kMalformed, 11,
       "invalid leading byte (0x1) for core instance export kind"},
      {"sort of an export alias", Comp("06 [01 06 00 00 'f']"), kMalformed, 11,
       "invalid leading byte (0x6) for component external kind"},

      // Types.
      {"type", Comp("07 [01 62]"), kMalformed, 11,
       "invalid leading byte (0x62) for component defined type"},
      {"type below functions", Comp("07 [01 3e]"), kMalformed, 11,
       "invalid leading byte (0x3e) for component defined type"},
      {"value type", Comp("07 [01 70 72]"), kMalformed, 12,
       "invalid leading byte (0x72) for component value type"},
      {"value type's index", Comp("07 [01 70 80 80 80 80 70]"), kMalformed, 12,
       "invalid leading byte (0x80) for component value type"},
      {"case", Comp("07 [01 71 01 'c' 00 01]"), kMalformed, 16,
       "invalid leading byte (0x1) for zero byte required"},
      {"optional type", Comp("07 [01 6a 02 00]"), kMalformed, 12,
       "invalid leading byte (0x2) for optional component value type"},
      {"no results", Comp("07 [01 40 00 01 01]"), kMalformed, 14,
       "invalid leading byte (0x1) for number of results"},
      {"results", Comp("07 [01 40 00 02 00]"), kMalformed, 13,
       "invalid leading byte (0x2) for component function results"},
      {"resource's representation", Comp("07 [01 3f 40 00]"), kMalformed, 12,
       "malformed value type"},
      {"destructor", Comp("07 [01 3f 7f 02]"), kMalformed, 13,
       "invalid leading byte (0x2) for resource destructor"},
      {"declarator", Comp("07 [01 41 01 05 73]"), kMalformed, 13,
       "invalid leading byte (0x5) for component or instance type declaration"},
      {"import of an instance type", Comp("07 [01 42 01 03 00 'a' 03 01]"), kMalformed, 13,
       "invalid leading byte (0x3) for component or instance type declaration"},
      {"core type", Comp("03 [01 61]"), kMalformed, 11, "malformed definition type"},
      {"prefix of what is no open subtype", Comp("03 [01 00 60 00 00]"), kMalformed, 12,
       "invalid leading byte (0x60) for type definition"},
      {"module declarator", Comp("03 [01 50 01 04 60 00 00]"), kMalformed, 13,
       "invalid leading byte (0x4) for type definition"},
      {"sort of a module's alias", Comp("03 [01 50 01 02 00 01 01 00]"), kMalformed, 14,
       "invalid leading byte (0x0) for outer alias kind"},
      {"target of a module's alias", Comp("03 [01 50 01 02 10 00 01 00]"), kMalformed, 15,
       "invalid leading byte (0x0) for outer alias target"},
      {"kind of a module's import", Comp("03 [01 50 01 00 'a' 'b' 05 00]"), kMalformed, 18,
       "invalid leading byte (0x5) for external kind"},

      // Canonical definitions.
      {"canon", Comp("08 [01 07]"), kMalformed, 11,
       "invalid leading byte (0x7) for canonical function"},
      {"canon above all", Comp("08 [01 43]"), kMalformed, 11,
       "invalid leading byte (0x43) for canonical function"},
      {"lift", Comp("08 [01 00 01 00 00 00]"), kMalformed, 12,
       "invalid leading byte (0x1) for canonical function lift"},
      {"lower", Comp("08 [01 01 01 00 00]"), kMalformed, 12,
       "invalid leading byte (0x1) for canonical function lower"},
      {"option", Comp("08 [01 01 00 00 01 0a]"), kMalformed, 15,
       "invalid leading byte (0xa) for canonical option"},
      {"cancellable", Comp("08 [01 0c 02]"), kMalformed, 12, "invalid boolean value"},
      {"async", Comp("08 [01 06 ff]"), kMalformed, 12, "invalid boolean value"},

      // Imports and exports.
      {"form of a name", Comp("0a [01 03 'a' 01 00]"), kMalformed, 11,
       "invalid leading byte (0x3) for component name"},
      {"attribute", Comp("0a [01 02 'a' 01 03 'x' 01 00]"), kMalformed, 15,
       "invalid leading byte (0x3) for name option"},
      {"attribute twice", Comp("0a [01 02 'i' 02 00 'a:b/x' 00 'a:b/y' 05 00]"), kInvalid, 22,
       "duplicate 'implements' option in name"},
      {"external-id twice", Comp("0a [01 02 'i' 02 02 '' 02 '' 05 00]"), kInvalid, 17,
       "duplicate 'external-id' option in name"},
      {"type bound", Comp("0a [01 00 't' 03 02]"), kMalformed, 15,
       "invalid leading byte (0x2) for type bound"},
      {"value bound", Comp("0a [01 00 't' 02 02]"), kMalformed, 15,
       "invalid leading byte (0x2) for value bound"},
      {"extern type", Comp("0a [01 00 'x' 06 00]"), kMalformed, 14,
       "invalid leading byte (0x6) for component external kind"},
      {"core function as an import", Comp("0a [01 00 'm' 00 00]"), kMalformed, 15,
       "invalid leading byte (0x0) for component external kind"},
      {"name beyond the section", Comp("0a [01 00 7f 61 62]"), kMalformed, 13,
       "unexpected end-of-file"},
      {"name", Comp("0a [01 00 02 ff fe 01 00]"), kMalformed, 13, "malformed UTF-8 encoding"},
      {"ascribed type", Comp("0b [01 00 'e' 01 00 02]"), kMalformed, 16,
       "invalid leading byte (0x2) for optional component export type"},
      {"sort of an export", Comp("0b [01 00 'e' 06 00 00]"), kMalformed, 14,
       "invalid leading byte (0x6) for component external kind"},

      // Limits.
      {"101 components", NestedComponents(102), kLimit, 0, "components nested too deeply"},
      {"2000 components", NestedComponents(2000), kLimit, 0, "components nested too deeply"},
      {"2000 component types", NestedTypes(7, "41 01 01", 2000, "41 00"), kLimit, 0,
       "types nested too deeply: the limit is 100"},
      {"2000 module types", NestedTypes(3, "50 01 01", 2000, "50 00"), kLimit, 0,
       "types nested too deeply"},
      {"1001 modules", Comp(Repeat("01 [00 61 73 6d 01 00 00 00]", 1001)), kLimit, 0,
       "too many core modules: the limit is 1000"},
      {"1001 instances", Comp("05 [e9 07]"), kLimit, 10, "too many instances: 1001"},
      {"1001 instances in two sections",
       Comp("05 [01 01 00] 05 [e8 07 " + Repeat("01 00", 1000) + "]"), kLimit, 0,
       "too many instances: the limit is 1000"},
      {"many parameters", Comp("07 [01 40 e9 07]"), kLimit, 12, "too many parameters: 1001"},
      {"many fields", Comp("07 [01 72 91 4e]"), kLimit, 12, "too many fields: 10001"},
      {"many options", Comp("08 [01 01 00 00 0b]"), kLimit, 14, "too many canonical options"},
      {"long name", Comp("0a [01 00 a1 8d 06 " + Repeat("61", 100'001) + " 01 00]"), kLimit, 0,
       "name too long: 100001 bytes"},
  };
  return kCases;
}

TEST(ComponentDecoderTest, Errors) {
  for (const Case& c : ErrorCases()) {
    SCOPED_TRACE(std::string(c.name));
    const Expected<syntax::Component> component = Decode(c.bytes, ComponentFeatures::All());
    if (component.ok()) {
      ADD_FAILURE() << "decoded";
      continue;
    }
    EXPECT_EQ(component.error().kind, c.kind);
    // What takes many bytes to write down is not counted by hand.
    if (c.offset != 0) {
      EXPECT_EQ(component.error().offset, c.offset);
    }
    EXPECT_TRUE(component.error().message.starts_with(c.message)) << component.error().message;
  }
}

TEST(ComponentDecoderTest, Features) {
  using enum ComponentFeature;
  const struct {
    ComponentFeature feature;
    std::string_view sections;
    size_t offset;
    std::string_view message;
  } kCases[] = {
      {kAsync, "07 [01 66 00]", 11, "stream: needs the feature component-async"},
      {kAsync, "07 [01 65 00]", 11, "future: needs"},
      {kAsync, "07 [01 43 00 01 00]", 11, "async function type: needs"},
      {kAsync, "08 [01 24]", 11, "canon backpressure.inc: needs"},
      {kAsync, "08 [01 01 00 00 01 06]", 15, "option async: needs"},
      {kAsync, "08 [01 00 00 00 01 07 00 00]", 15, "option callback: needs"},
      {kMoreAsyncBuiltins, "08 [01 06 01]", 12, "immediate async: needs"},
      {kThreading, "08 [01 26]", 11, "canon thread.index: needs the feature component-threading"},
      {kMap, "07 [01 63 73 73]", 11, "map: needs the feature component-map"},
      {kAttributes, "0a [01 02 'i' 01 00 'a:b/c' 05 00]", 15, "implements: needs"},
      {kAttributes, "0a [01 02 'i' 01 02 'x' 05 00]", 15, "external-id: needs"},
      {kCanonicalNames, "0a [01 02 'i' 01 01 '.1' 05 00]", 15, "versionsuffix: needs"},
      {kFixedLengthLists, "07 [01 67 73 01]", 11, "list of fixed length: needs"},
      {kErrorContext, "07 [01 64]", 11, "error-context: needs"},
      {kErrorContext, "07 [01 70 64]", 12, "error-context: needs"},
      {kErrorContext, "08 [01 1e]", 11, "canon error-context.drop: needs"},
      {kValues, "0c [01 7d 01 00]", 11, "value section: needs the feature component-values"},
      {kValues, "09 [00 00 00]", 10, "start section: needs"},
      {kValues, "0a [01 00 'v' 02 01 73]", 14, "value: needs"},
      {kValues, "06 [01 02 00 00 'v']", 11, "value: needs"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.sections));
    const Bytes bytes = Comp(c.sections);
    EXPECT_TRUE(Decode(bytes, ComponentFeatures::All()).ok());
    ComponentFeatures features = ComponentFeatures::All();
    features.Set(c.feature, false);
    const Expected<syntax::Component> component = Decode(bytes, features);
    ASSERT_FALSE(component.ok());
    EXPECT_EQ(component.error().kind, kMalformed);
    EXPECT_EQ(component.error().offset, c.offset);
    EXPECT_TRUE(component.error().message.starts_with(c.message)) << component.error().message;
  }
}

TEST(ComponentDecoderTest, CoreFeatures) {
  Features features;
  features.Set(Feature::kGc, false);
  const Bytes bytes = Comp("03 [01 5f 00]");
  EXPECT_TRUE(Decode(bytes, ComponentFeatures()).ok());
  EXPECT_FALSE(Decode(bytes, ComponentFeatures(), features).ok());
}

TEST(ComponentDecoderTest, WhereDefinitionsAre) {
  const Bytes bytes = Comp(
      "07 [02 73 41 02 01 73 04 00 'b' 01 00] 04 [00 61 73 6d 0d 00 01 00 07 [01 7f]] 00 ['c']");
  const Expected<syntax::Component> component = Decode(bytes, ComponentFeatures());
  ASSERT_TRUE(component.ok());
  ASSERT_EQ(component->definitions.size(), 4u);
  const auto offset = [&](size_t i) { return component->definitions[i].offset; };
  EXPECT_EQ(offset(0), 11u);
  EXPECT_EQ(offset(1), 12u);
  EXPECT_EQ(offset(2), 24u);
  EXPECT_EQ(offset(3), 36u);
  const auto& type = std::get<syntax::Type>(component->definitions[1].what).type;
  const auto& declarators = std::get<syntax::ComponentType>(type).declarators;
  ASSERT_EQ(declarators.size(), 2u);
  EXPECT_EQ(declarators[0].offset, 15u);
  EXPECT_EQ(declarators[1].offset, 17u);
  const auto& nested =
      *std::get<std::unique_ptr<syntax::Component>>(component->definitions[2].what);
  ASSERT_EQ(nested.definitions.size(), 1u);
  EXPECT_EQ(nested.definitions[0].offset, 35u);
}

TEST(ComponentDecoderTest, Names) {
  const struct {
    std::string_view name;
    std::string_view section;
    size_t num_names;  // of functions
  } kCases[] = {
      {"nothing", "", 0},
      {"garbage", "ff fe 01", 0},
      {"subsection cut", "01 09 01 01 00 01 61", 1},
      {"name cut", "01 [01 02 00 'a' 01 05 61]", 1},
      {"count too large", "01 [01 ff ff ff ff 0f 00 'a']", 1},
      {"not UTF-8", "01 [01 02 00 'a' 01 01 ff]", 1},
      {"one index twice", "01 [01 02 00 'a' 00 'b']", 1},
      {"no such sort", "01 [07 01 00 'a'] 01 [00 07 01 00 'a'] 01 [01 01 03 'a']", 1},
      {"good one behind a bad one", "00 [05 61] 01 [01 02 00 'a' 01 'b']", 2},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    const Bytes bytes = Comp("00 ['component-name' " + std::string(c.section) + "]");
    Expected<syntax::Component> component = Decode(bytes, ComponentFeatures());
    ASSERT_TRUE(component.ok());
    EXPECT_EQ(component->names.sorts[syntax::Sort::kFunc].size(), c.num_names);
    EXPECT_TRUE(component->definitions.empty());
  }
}

TEST(ComponentDecoderTest, TellsComponentsFromModules) {
  EXPECT_TRUE(IsComponent(Comp("")));
  EXPECT_TRUE(IsComponent(Hex("00 61 73 6d 0e 00 01 00")));  // of another version
  EXPECT_FALSE(IsComponent(Hex("00 61 73 6d 01 00 00 00")));
  EXPECT_FALSE(IsComponent(Hex("00 61 73 6d 0d 00 01")));
  EXPECT_FALSE(IsComponent({}));
}

TEST(ComponentDecoderTest, ListsSections) {
  const std::vector<SectionInfo> sections = ListSections(
      Comp("07 [01 73] 04 [00 61 73 6d 0d 00 01 00 07 [01 7f]] 00 ['c' 01] 0d [] 07 05"));
  const struct {
    std::string_view name;
    size_t offset, size;
    uint32_t depth;
  } kExpected[] = {{"type", 10, 2, 0},
                   {"component", 14, 12, 0},
                   {"type", 24, 2, 1},
                   {"custom \"c\"", 28, 3, 0},
                   {"unknown section 13", 33, 0, 0}};
  ASSERT_EQ(sections.size(), std::size(kExpected));
  for (size_t i = 0; i < sections.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(sections[i].name, kExpected[i].name);
    EXPECT_EQ(sections[i].offset, kExpected[i].offset);
    EXPECT_EQ(sections[i].size, kExpected[i].size);
    EXPECT_EQ(sections[i].depth, kExpected[i].depth);
  }
}

// Every input of this file, cut at each length and with each byte bent.
TEST(ComponentDecoderTest, CutAndBend) {
  std::vector<Bytes> inputs = {Comp(kEverything)};
  for (const Case& c : ErrorCases()) {
    if (c.bytes.size() < 1000) inputs.push_back(c.bytes);
  }
  const auto check = [](std::span<const uint8_t> bytes) {
    const Expected<syntax::Component> component = Decode(bytes, ComponentFeatures::All());
    if (component.ok()) return;
    EXPECT_LE(component.error().offset, bytes.size());
    EXPECT_FALSE(component.error().message.empty());
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
TEST(ComponentDecoderTest, HugeCounts) {
  for (int id = 1; id <= 12; ++id) {
    SCOPED_TRACE(id);
    Bytes bytes = Comp("");
    const Bytes section = Hex("[ff ff ff ff 0f]");
    bytes.push_back(static_cast<uint8_t>(id));
    bytes.insert(bytes.end(), section.begin(), section.end());
    if (id == 1) continue;  // a module; decoded by whoever validates it
    EXPECT_FALSE(Decode(bytes, ComponentFeatures::All()).ok());
  }
}

// What the shortest encodings can make of a large input stays below the budgets.
TEST(ComponentDecoderTest, Budgets) {
  const auto repeat = [](std::string_view prefix, std::string_view item, int count) {
    Bytes contents = Hex(prefix);
    const Bytes bytes = Hex(item);
    for (int i = 0; i < count; ++i) contents.insert(contents.end(), bytes.begin(), bytes.end());
    Bytes component = Comp("07");
    size_t size = contents.size();
    for (; size >= 0x80; size >>= 7) component.push_back(static_cast<uint8_t>(size | 0x80));
    component.push_back(static_cast<uint8_t>(size));
    component.insert(component.end(), contents.begin(), contents.end());
    return component;
  };
  // 1,000,000 types are allowed, one more definition is not.
  Bytes types = repeat("c0 84 3d", "73", 1'000'000);
  EXPECT_TRUE(Decode(types, ComponentFeatures()).ok());
  const Bytes more = Hex("07 [01 73]");
  types.insert(types.end(), more.begin(), more.end());
  Expected<syntax::Component> component = Decode(types, ComponentFeatures());
  ASSERT_FALSE(component.ok());
  EXPECT_EQ(component.error().kind, kLimit);
  // Tuples of 1,000 parts each.
  const Bytes tuples = repeat("88 27", "6f e8 07 " + Repeat("73", 1000), 5000);
  component = Decode(tuples, ComponentFeatures());
  ASSERT_FALSE(component.ok());
  EXPECT_EQ(component.error().kind, kLimit);
  EXPECT_TRUE(component.error().message.starts_with("component too large"))
      << component.error().message;
}

}  // namespace
}  // namespace airwasm::component::binary
