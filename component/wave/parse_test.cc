#include "component/wave/parse.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace airwasm::component::wave {
namespace {

using canon::Val;

// Types by short names, for the tables below.
class Wave : public testing::Test {
 protected:
  Wave() {
    u8s = t.Intern(ListType{PrimType::kU8, {}});
    strings = t.Intern(ListType{PrimType::kString, {}});
    pair = t.Intern(TupleType{{PrimType::kString, PrimType::kU8}});
    maybe = t.Intern(OptionType{PrimType::kU8});
    maybe_maybe = t.Intern(OptionType{maybe});
    record = t.Intern(RecordType{{{"a", PrimType::kU8}, {"b-2", maybe}}});
    all_optional = t.Intern(RecordType{{{"a", maybe}}});
    variant = t.Intern(VariantType{{{"empty", {}}, {"body", u8s}, {"err", PrimType::kString}}});
    enumeration = t.Intern(EnumType{{"ok", "not-found"}});
    flags = t.Intern(FlagsType{{"read", "write", "exec"}});
    result = t.Intern(ResultType{PrimType::kU8, PrimType::kString});
    unit_result = t.Intern(ResultType{{}, {}});
    two = t.Intern(ListType{PrimType::kU16, 2});
    map = t.Intern(MapType{PrimType::kString, PrimType::kU8});
    own = t.Intern(OwnType{t.NewResource()});
  }
  TypeTable t;
  ValType u8s, strings, pair, maybe, maybe_maybe, record, all_optional, variant, enumeration, flags,
      result, unit_result, two, map, own;
};

TEST_F(Wave, ValuesOfEveryType) {
  const struct {
    std::string_view text;
    ValType type;
    std::string_view printed;
  } kCases[] = {
      {"true", PrimType::kBool, "true"},
      {" false // no\n", PrimType::kBool, "false"},
      {"-128", PrimType::kS8, "-128"},
      {"255", PrimType::kU8, "255"},
      {"-9223372036854775808", PrimType::kS64, "-9223372036854775808"},
      {"18446744073709551615", PrimType::kU64, "18446744073709551615"},
      {"3.5e-1", PrimType::kF32, "0.35"},
      {"6.022e+23", PrimType::kF64, "6.022e+23"},
      {"-0", PrimType::kF64, "-0"},
      {"5e-324", PrimType::kF64, "5e-324"},
      {"nan", PrimType::kF32, "nan"},
      {"-inf", PrimType::kF64, "-inf"},
      {"'x'", PrimType::kChar, "'x'"},
      {"'\xE2\x98\x83'", PrimType::kChar, "'\xE2\x98\x83'"},
      {R"('\u{1F600}')", PrimType::kChar, "'\xF0\x9F\x98\x80'"},
      {R"('\'')", PrimType::kChar, R"('\'')"},
      {R"("a\tb\"\u{e4}\\")", PrimType::kString, "\"a\\tb\\\"\xC3\xA4\\\\\""},
      {"\"\"", PrimType::kString, "\"\""},
      {"\"\"\"\nA single line\n\"\"\"", PrimType::kString, "\"A single line\""},
      {"\"\"\"\r\n    one\r\n      two\r\n  \"\"\"", PrimType::kString, R"("  one\n    two")"},
      {"\"\"\"\n  end: \\r\n  \"\"\\\"\"\n  \"\"\"", PrimType::kString, R"("end: \r\n\"\"\"\"")"},
      {"\"\"\"\n\"\"\"", PrimType::kString, "\"\""},
      {"[1, 2,255,]", u8s, "[1, 2, 255]"},
      {"[]", strings, "[]"},
      {R"(["a", "b"])", strings, R"(["a", "b"])"},
      {R"(("abc", 123,))", pair, R"(("abc", 123))"},
      {"none", maybe, "none"},
      {"some(5)", maybe, "some(5)"},
      {"5", maybe, "some(5)"},
      {"some(none)", maybe_maybe, "some(none)"},
      {"some(7)", maybe_maybe, "some(some(7))"},
      {"{a: 1}", record, "{a: 1, b-2: none}"},
      {"{b-2: 3, %a: 1,}", record, "{a: 1, b-2: some(3)}"},
      {"{:}", all_optional, "{a: none}"},
      {"empty", variant, "empty"},
      {"body([79, 75])", variant, "body([79, 75])"},
      {R"(%err("oops"))", variant, R"(%err("oops"))"},
      {R"(err("oops"))", variant, R"(%err("oops"))"},
      {"%ok", enumeration, "%ok"},
      {"not-found", enumeration, "not-found"},
      {"{write, read,}", flags, "{write, read}"},
      {"{}", flags, "{}"},
      {"ok(4)", result, "ok(4)"},
      {"4", result, "ok(4)"},
      {R"(err("x"))", result, R"(err("x"))"},
      {"ok", unit_result, "ok"},
      {"err", unit_result, "err"},
      {"[1, 2]", two, "[1, 2]"},
      {R"([("k", 1)])", map, R"([("k", 1)])"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const Expected<Val> value = Parse(c.text, t, c.type);
    ASSERT_TRUE(value.ok()) << value.error().ToString();
    EXPECT_EQ(value->ToString(), c.printed);
    // What is printed reads back as the same.
    const Expected<Val> again = Parse(value->ToString(), t, c.type);
    ASSERT_TRUE(again.ok()) << again.error().ToString();
    if (value->ToString() != "nan") EXPECT_TRUE(*again == *value);
  }
}

TEST_F(Wave, ErrorsSayWhereAndWhat) {
  const struct {
    std::string_view text;
    ValType type;
    std::string_view error;
  } kCases[] = {
      {"", PrimType::kBool, "1:1: expected bool, found the end"},
      {"yes", PrimType::kBool, "1:1: expected bool, found `yes`"},
      {"true false", PrimType::kBool, "1:6: expected the end, found `false`"},
      {"256", PrimType::kU8, "1:1: 256 is out of the range of u8"},
      {"-1", PrimType::kU32, "1:1: -1 is out of the range of u32"},
      {"1.5", PrimType::kU32, "1:1: expected u32, found `1.5`"},
      {"0x10", PrimType::kU32, "1:1: expected u32, found `0x10`"},
      {"1e400", PrimType::kF64, "1:1: 1e400 is out of the range of f64"},
      {"-nan", PrimType::kF64, "1:1: expected f64, found `-nan`"},
      {"'ab'", PrimType::kChar, "1:1: expected one character between quotes"},
      {"''", PrimType::kChar, "1:1: expected one character between quotes"},
      {R"('\u{d800}')", PrimType::kChar,
       "1:2: expected \\u{...} with the hexadecimal number of a character"},
      {R"("a\q")", PrimType::kString, "1:3: there is no such escape; write \\\\ for a backslash"},
      {"\"abc", PrimType::kString, "1:1: the string does not end"},
      {"\"\"\"\nabc", PrimType::kString, "1:1: the string does not end"},
      {"\"\"\"abc\"\"\"", PrimType::kString, "1:1: a line break has to follow \"\"\""},
      {"\"\"\"\n a\n  \"\"\"", PrimType::kString,
       "2:1: the line is indented less than the end of the string"},
      {"\"\xFF\"", PrimType::kString, "1:1: the text is not UTF-8"},
      {"[1 2]", u8s, "1:4: expected ',', found `2`"},
      {"[1,\n 300]", u8s, "2:2: 300 is out of the range of u8"},
      {R"(("a"))", pair, "1:6: expected 2 parts, found 1"},
      {R"(("a", 1, 2))", pair, "1:10: expected ')', found `2`"},
      {"{b-2: 1}", record, "1:9: the field 'a' is missing"},
      {"{a: 1, a: 2}", record, "1:8: the field 'a' stands twice"},
      {"{c: 1}", record, "1:2: there is no field 'c'; there are a, b-2"},
      {"{a 1}", record, "1:4: expected ':', found `1`"},
      {"full", variant, "1:1: there is no case 'full'; there are empty, body, err"},
      {"body", variant, "1:5: expected '(', found the end"},
      {"{delete}", flags, "1:2: there is no flag 'delete'; there are read, write, exec"},
      {"{read, read}", flags, "1:8: the flag 'read' stands twice"},
      {"[1]", two, "1:4: expected 2 elements, found 1"},
      {"7", maybe_maybe, "1:1: expected option<option<u8>>, found `7`"},
      {"1", own, "1:1: a value of type own<#0> has no text form"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const Expected<Val> value = Parse(c.text, t, c.type);
    ASSERT_FALSE(value.ok()) << value->ToString();
    EXPECT_EQ(value.error().ToString(), c.error);
  }
}

TEST_F(Wave, Arguments) {
  const FuncType type{.params = {{"a", PrimType::kString}, {"b", maybe}, {"c", maybe}}};
  for (const std::string_view text :
       {R"(("x", 1))", R"(( "x", some(1), none ))", R"(("x", some(1), none,))"}) {
    SCOPED_TRACE(text);
    const auto values = ParseArguments(text, t, type);
    ASSERT_TRUE(values.ok()) << values.error().ToString();
    ASSERT_EQ(values->size(), 3u);
    EXPECT_EQ((*values)[1].ToString(), "some(1)");
    EXPECT_EQ((*values)[2].ToString(), "none");
  }
  const std::pair<std::string_view, std::string_view> kErrors[] = {
      {"()", "1:3: the argument 'a: string' is missing"},
      {R"(("x", 1, 2, 3))", "1:13: too many arguments: the function takes 3"},
      {R"(("x") y)", "1:7: expected the end, found `y`"},
      {R"(("x")", "1:5: expected ',', found the end"},
  };
  for (const auto& [text, error] : kErrors) {
    SCOPED_TRACE(text);
    const auto values = ParseArguments(text, t, type);
    ASSERT_FALSE(values.ok());
    EXPECT_EQ(values.error().ToString(), error);
  }
}

}  // namespace
}  // namespace airwasm::component::wave
