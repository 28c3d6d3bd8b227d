#include "component/text/script.h"

#include <gtest/gtest.h>

#include <string>

namespace airwasm::component::text {
namespace {

using Kind = ScriptValue::Kind;

Script Parsed(std::string_view text) {
  auto script = ParseScript(text);
  EXPECT_TRUE(script.ok()) << script.error().ToString();
  return script.ok() ? *std::move(script) : Script();
}

TEST(ComponentScript, DirectivesKeepTheirSources) {
  const Script script = Parsed(R"WAST(
(component definition $D (type u8))
(component instance $i $D)
(component $b binary "\00as" "m")
(assert_invalid (component quote "(type" "u9)") "bad")
(assert_trap (component) "boom")
(assert_trap (invoke $i "f" (u32.const 1)) "trap")
(assert_return (invoke "g") (str.const "x"))
(invoke "h")
(register "name" $i)
)WAST");
  using enum DirectiveKind;
  const struct {
    DirectiveKind kind;
    uint32_t line;
  } kExpected[] = {{kComponent, 2},
                   {kComponent, 3},
                   {kComponent, 4},
                   {kAssertInvalid, 5},
                   {kAssertTrapComponent, 6},
                   {kAssertTrap, 7},
                   {kAssertReturn, 8},
                   {kInvoke, 9},
                   {kRegister, 10}};
  ASSERT_EQ(script.directives.size(), std::size(kExpected));
  for (size_t i = 0; i < std::size(kExpected); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(script.directives[i].kind, kExpected[i].kind);
    EXPECT_EQ(script.directives[i].line, kExpected[i].line);
  }
  const auto& d = script.directives;
  EXPECT_TRUE(d[0].component.is_definition);
  EXPECT_EQ(d[0].component.id, "D");
  EXPECT_TRUE(ParseComponentSource(d[0].component, Features()).ok());
  EXPECT_EQ(d[1].component.kind, ComponentSource::Kind::kInstance);
  EXPECT_EQ(d[1].component.id, "i");
  EXPECT_EQ(d[1].component.definition, "D");
  EXPECT_EQ(d[2].component.bytes, (std::vector<uint8_t>{0, 'a', 's', 'm'}));
  const auto quoted = ParseComponentSource(d[3].component, Features());
  ASSERT_FALSE(quoted.ok());
  EXPECT_EQ(d[3].message, "bad");
  EXPECT_EQ(d[5].invoke.component, "i");
  EXPECT_EQ(d[5].invoke.name, "f");
  EXPECT_EQ(d[5].invoke.args.size(), 1u);
  EXPECT_EQ(d[6].results.size(), 1u);
  EXPECT_EQ(d[8].name, "name");
  EXPECT_EQ(d[8].id, "i");
}

TEST(ComponentScript, ErrorsInsideComponentsHaveTheScriptsPlaces) {
  const Script script = Parsed("(component)\n (component definition\n  (type $x))");
  ASSERT_EQ(script.directives.size(), 2u);
  const auto component = ParseComponentSource(script.directives[1].component, Features());
  ASSERT_FALSE(component.ok());
  EXPECT_EQ(component.error().line, 3u);
  EXPECT_EQ(component.error().column, 11u);
}

// A value as one line of text.
std::string Show(const ScriptValue& v) {
  std::string out = std::to_string(static_cast<int>(v.kind)) + ":" + std::to_string(v.bits);
  if (!v.text.empty()) out += "'" + v.text + "'";
  for (const std::string& label : v.labels) out += "." + label;
  if (v.items.empty()) return out;
  out += "(";
  for (const ScriptValue& item : v.items) out += " " + Show(item);
  return out + " )";
}
std::string Show(Kind kind, std::string_view rest) {
  return std::to_string(static_cast<int>(kind)) + std::string(rest);
}

TEST(ComponentScript, Values) {
  const std::string u8 = Show(Kind::kU8, ":7");
  const struct {
    std::string_view text;
    std::string expected;
  } kCases[] = {
      {"(bool.const true)", Show(Kind::kBool, ":1")},
      {"(s8.const -1)", Show(Kind::kS8, ":255")},
      {"(u64.const 0xffff_ffff_ffff_ffff)", Show(Kind::kU64, ":18446744073709551615")},
      {"(f32.const 1)", Show(Kind::kF32, ":1065353216")},
      {"(f64.const -0)", Show(Kind::kF64, ":9223372036854775808")},
      {"(char.const \"⛳\")", Show(Kind::kChar, ":9971")},
      {"(char.const \"🍰\")", Show(Kind::kChar, ":127856")},
      {"(char.const \"\\00\")", Show(Kind::kChar, ":0")},
      {"(str.const \"\")", Show(Kind::kString, ":0")},
      {"(list.const)", Show(Kind::kList, ":0")},
      {"(list.const (u8.const 7) (u8.const 7))", Show(Kind::kList, ":0( " + u8 + " " + u8 + " )")},
      {"(tuple.const (u8.const 7))", Show(Kind::kTuple, ":0( " + u8 + " )")},
      {"(record.const (field \"a\" u8.const 7) (field \"b\" (u8.const 7)))",
       Show(Kind::kRecord, ":0.a.b( " + u8 + " " + u8 + " )")},
      {"(variant.const \"x\")", Show(Kind::kVariant, ":0'x'")},
      {"(variant.const \"x\" (u8.const 7))", Show(Kind::kVariant, ":0'x'( " + u8 + " )")},
      {"(enum.const \"e\")", Show(Kind::kEnum, ":0'e'")},
      {"(option.none)", Show(Kind::kOption, ":0")},
      {"(option.some (u8.const 7))", Show(Kind::kOption, ":1( " + u8 + " )")},
      {"(result.ok)", Show(Kind::kResult, ":0")},
      {"(result.err (u8.const 7))", Show(Kind::kResult, ":1( " + u8 + " )")},
      {"(flags.const \"a\" \"b\")", Show(Kind::kFlags, ":0.a.b")},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const Script script = Parsed("(invoke \"f\" " + std::string(c.text) + ")");
    ASSERT_EQ(script.directives.size(), 1u);
    ASSERT_EQ(script.directives[0].invoke.args.size(), 1u);
    EXPECT_EQ(Show(script.directives[0].invoke.args[0]), c.expected);
  }
}

TEST(ComponentScript, MalformedScriptsAreErrors) {
  const struct {
    std::string_view text, message;
  } kCases[] = {
      {"(invoke \"f\" (u8.const 256))", "constant out of range"},
      {"(invoke \"f\" (char.const \"ab\"))", "unexpected token \"ab\", expected one character"},
      {"(invoke \"f\" (char.const \"\"))", "unexpected token \"\", expected one character"},
      {"(invoke \"f\" (f32.const nan:canonical))", "unexpected token"},
      {"(invoke \"f\" (v128.const 1))", "unexpected token v128.const"},
      {"(module)", "unexpected token module, expected a directive"},
      {"(component", "unexpected token end of input"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto script = ParseScript(c.text);
    ASSERT_FALSE(script.ok());
    EXPECT_TRUE(script.error().message.starts_with(c.message)) << script.error().message;
  }
  std::string deep = "(invoke \"f\" ";
  for (int i = 0; i < 100'000; ++i) deep += "(list.const ";
  EXPECT_FALSE(ParseScript(deep).ok());
}

TEST(ComponentScript, TellsTheKindsOfScriptsApart) {
  EXPECT_TRUE(IsComponentScript("(component)"));
  EXPECT_TRUE(IsComponentScript("(assert_invalid (component) \"\")"));
  EXPECT_FALSE(IsComponentScript("(module) (component)"));
  EXPECT_FALSE(IsComponentScript("(assert_invalid (module) \"\")"));
  EXPECT_FALSE(IsComponentScript(""));
}

}  // namespace
}  // namespace airwasm::component::text
