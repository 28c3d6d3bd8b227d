#include "engine/text/script.h"

#include <gtest/gtest.h>

#include <string>

namespace airwasm::text {
namespace {

TEST(Script, Directives) {
  const auto parsed = ParseScript(
      "(module $a (func (export \"f\")))\n"
      "(module definition $d binary \"\\00asm\" \"\\01\\00\\00\\00\")\n"
      "(module instance $i $d)\n"
      "(module quote \"(func\" \"$x)\")\n"
      "(register \"r\" $a)\n"
      "(invoke $a \"f\" (i32.const -1) (ref.extern 7) (ref.null func))\n"
      "(assert_return (get \"g\") (f32.const nan:canonical))\n"
      "(assert_trap (invoke \"f\") \"unreachable\")\n"
      "(assert_trap (module (start 0)) \"oops\")\n"
      "(assert_exhaustion (invoke \"f\") \"call stack exhausted\")\n"
      "(assert_exception (invoke \"f\"))\n"
      "(assert_invalid (module (func drop)) \"type mismatch\")\n"
      "(assert_malformed (module quote \"(\") \"unexpected token\")\n"
      "(assert_malformed_custom (module quote \"(@custom)\") \"c\")\n"
      "(assert_invalid_custom (module) \"d\")\n"
      "(assert_unlinkable (module (import \"\" \"\" (func))) \"unknown import\")\n"
      "(func) (memory 0)\n");
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  const auto& d = (*parsed).directives;
  ASSERT_EQ(d.size(), 17u);
  for (size_t i = 0; i < d.size(); ++i) EXPECT_EQ(d[i].line, i + 1);
  const DirectiveKind kinds[] = {DirectiveKind::kModule,
                                 DirectiveKind::kModule,
                                 DirectiveKind::kModule,
                                 DirectiveKind::kModule,
                                 DirectiveKind::kRegister,
                                 DirectiveKind::kAction,
                                 DirectiveKind::kAssertReturn,
                                 DirectiveKind::kAssertTrap,
                                 DirectiveKind::kAssertTrapModule,
                                 DirectiveKind::kAssertExhaustion,
                                 DirectiveKind::kAssertException,
                                 DirectiveKind::kAssertInvalid,
                                 DirectiveKind::kAssertMalformed,
                                 DirectiveKind::kAssertMalformedCustom,
                                 DirectiveKind::kAssertInvalidCustom,
                                 DirectiveKind::kAssertUnlinkable,
                                 DirectiveKind::kModule};
  for (size_t i = 0; i < d.size(); ++i) EXPECT_EQ(d[i].kind, kinds[i]) << i;
  EXPECT_EQ(d[0].module.text, "(module $a (func (export \"f\")))");
  EXPECT_EQ(d[0].module.id, "a");
  EXPECT_TRUE(d[1].module.is_definition);
  EXPECT_EQ(d[1].module.bytes.size(), 8u);
  EXPECT_EQ(d[2].module.kind, ModuleSource::Kind::kInstance);
  EXPECT_EQ(d[2].module.id, "i");
  EXPECT_EQ(d[2].module.definition, "d");
  EXPECT_EQ(d[3].module.text, "(func\n$x)");
  EXPECT_EQ(d[4].name, "r");
  EXPECT_EQ(d[4].id, "a");
  EXPECT_EQ(d[5].action.module, "a");
  ASSERT_EQ(d[5].action.args.size(), 3u);
  EXPECT_EQ(d[5].action.args[0].bits[0], 0xFFFFFFFFu);
  EXPECT_EQ(d[5].action.args[1].kind, ValueKind::kRefExtern);
  EXPECT_EQ(d[5].action.args[1].bits[0], 7u);
  EXPECT_EQ(d[5].action.args[2].heap_type, HeapType(HeapKind::kFunc));
  EXPECT_EQ(d[6].action.kind, Action::Kind::kGet);
  EXPECT_EQ(d[6].results[0].floats[0], FloatMatch::kCanonicalNan);
  EXPECT_EQ(d[7].message, "unreachable");
  EXPECT_EQ(d[16].module.text, "(func) (memory 0)");
}

TEST(Script, ResultPatterns) {
  const auto parsed = ParseScript(
      "(assert_return (invoke \"f\")"
      " (v128.const f32x4 1 nan:canonical nan:arithmetic -0) (v128.const i16x8 -1 2 3 4 5 6 7 8)"
      " (either (i32.const 1) (i64.const 2)) (ref.extern) (ref.null) (ref.func) (ref.struct) "
      "(f64.const -nan:0x1))");
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  const auto& r = (*parsed).directives[0].results;
  ASSERT_EQ(r.size(), 8u);
  EXPECT_EQ(r[0].value.bits[0], 0x3F800000u);
  EXPECT_EQ(r[0].value.bits[1], 0x8000000000000000u);
  EXPECT_EQ(r[0].floats, (std::array{FloatMatch::kExact, FloatMatch::kCanonicalNan,
                                     FloatMatch::kArithmeticNan, FloatMatch::kExact}));
  EXPECT_EQ(r[0].lane_bits, 32);
  EXPECT_TRUE(r[0].float_lanes);
  EXPECT_EQ(r[1].value.bits[0], 0x000400030002FFFFu);
  EXPECT_FALSE(r[1].float_lanes);
  ASSERT_EQ(r[2].either.size(), 2u);
  EXPECT_EQ(r[2].either[1].value.kind, ValueKind::kI64);
  EXPECT_TRUE(r[3].any_value);
  EXPECT_TRUE(r[4].any_value);
  EXPECT_EQ(r[4].value.kind, ValueKind::kRefNull);
  EXPECT_EQ(r[5].value.kind, ValueKind::kRefFunc);
  EXPECT_EQ(r[6].value.kind, ValueKind::kRefStruct);
  EXPECT_EQ(r[7].value.bits[0], 0xFFF0000000000001u);
}

TEST(Script, Errors) {
  const struct {
    std::string_view text;
    uint32_t line, column;
    std::string_view message;
  } kCases[] = {
      {"\n(assert_retur)", 2, 2, "unknown operator assert_retur"},
      {"(assert_return (invoke \"f\") 1)", 1, 29, "unexpected token 1"},
      {"(invoke \"f\" (i32.const))", 1, 23, "unexpected token )"},
      {"(invoke \"f\" (f32.const nan:canonical))", 1, 13, "unexpected token"},
      {"(invoke \"f\" (ref.func))", 1, 13, "unexpected token"},
      {"(module (func)", 1, 15, "unexpected token end of input"},
      {"(assert_invalid (module))", 1, 25, "unexpected token )"},
      {"module", 1, 1, "unexpected token module"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto script = ParseScript(c.text);
    ASSERT_FALSE(script.ok());
    EXPECT_TRUE(script.error().message.starts_with(c.message)) << script.error().message;
    EXPECT_EQ(script.error().line, c.line);
    EXPECT_EQ(script.error().column, c.column);
  }
}

// Errors of a module inside a script are placed in the script.
TEST(Script, ModuleErrorsAreOnTheScriptsLines) {
  const auto script = ParseScript("\n\n(module\n  (func bad))");
  ASSERT_TRUE(script.ok());
  const auto module = ParseModuleSource((*script).directives[0].module, {});
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().line, 4u);
  EXPECT_EQ(module.error().column, 9u);
  const auto one_line = ParseScript("\n(assert_invalid (module (func bad)) \"x\")");
  ASSERT_TRUE(one_line.ok());
  const auto inner = ParseModuleSource((*one_line).directives[0].module, {});
  ASSERT_FALSE(inner.ok());
  EXPECT_EQ(inner.error().line, 2u);
  EXPECT_EQ(inner.error().column, 31u);
}

}  // namespace
}  // namespace airwasm::text
