#include "engine/text/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/instr/instr.h"
#include "engine/text/wat.h"

namespace airwasm::text {
namespace {

TEST(Parser, Errors) {
  const struct {
    std::string_view text;
    uint32_t line, column;
    std::string_view message;  // that the error begins with
  } kCases[] = {
      {"(module", 1, 8, "unexpected token end of input"},
      {"(module))", 1, 9, "unexpected token )"},
      {"(module)(module)", 1, 9, "unexpected token ("},
      {"(modul)", 1, 2, "unknown operator modul"},
      {"(func)\n(fun)", 2, 2, "unknown operator fun"},
      {"(func i32.ad)", 1, 7, "unknown operator i32.ad"},
      {"(func (i32.const 0) i32.const)", 1, 30, "unexpected token )"},
      {"(func\n  i32.const 4294967296)", 2, 13, "constant out of range"},
      {"(func local.get $x)", 1, 17, "unknown local $x"},
      {"(func call $x)", 1, 12, "unknown function $x"},
      {"(func br $x)", 1, 10, "unknown label $x"},
      {"(func block $x end br $x)", 1, 23, "unknown label $x"},
      {"(func global.get $x)", 1, 18, "unknown global $x"},
      {"(func throw $x)", 1, 13, "unknown tag $x"},
      {"(func data.drop $x)", 1, 17, "unknown data segment $x"},
      {"(func elem.drop $x)", 1, 17, "unknown elem segment $x"},
      {"(func memory.size $x)", 1, 19, "unknown memory $x"},
      {"(func table.size $x)", 1, 18, "unknown table $x"},
      {"(func struct.new $x)", 1, 18, "unknown type $x"},
      {"(type $t (struct)) (func struct.get $t $x)", 1, 40, "unknown field $x"},
      {"(func $a) (func $a)", 1, 17, "duplicate func $a"},
      {"(type $a (func)) (rec (type $a (func)))", 1, 29, "duplicate type $a"},
      {"(func (param $a i32) (local $a i32))", 1, 29, "duplicate local $a"},
      {"(func block $a end $b)", 1, 20, "mismatching label $b"},
      {"(func (block $a) end)", 1, 18, "unexpected token end"},
      {"(func (block end))", 1, 14, "unexpected token end"},
      {"(func block)", 1, 12, "unexpected token )"},
      {"(func (if (i32.const 1)))", 1, 24, "unexpected token ), expected (then"},
      {"(func (if (then) (else) (else)))", 1, 25, "unexpected token ("},
      {"(func if else else end)", 1, 15, "unexpected token else"},
      {"(func (i32.add nop))", 1, 16, "unexpected token nop"},
      {"(func (then))", 1, 8, "unexpected token then"},
      {"(func (try (nop)))", 1, 13, "unexpected token nop"},
      {"(func (try (do) (catch_all) (catch 0)))", 1, 29, "unexpected token ("},
      {"(func (result i32) (param i32))", 1, 21, "unexpected token param"},
      {"(type $t (func)) (func (type $t) (param i32))", 1, 24, "inline function type"},
      {"(func (type 7) (param i32))", 1, 7, "unknown type 7"},
      {"(global (ref 99999999) (unreachable))", 1, 14, "unknown type 99999999"},
      {"(func) (import \"\" \"\" (func))", 1, 8, "import after function"},
      {"(start 0) (start 0)", 1, 11, "multiple start sections"},
      {"(memory 1 (pagesize 3))", 1, 21, "invalid custom page size"},
      {"(func i32.load align=3)", 1, 16, "alignment must be a power of two"},
      {"(func i32.load align=0)", 1, 16, "alignment must be a power of two"},
      {"(func i32.load offset=0x)", 1, 16, "unknown operator offset=0x"},
      {"(func i32.load offset=18446744073709551616)", 1, 16, "offset out of range"},
      {"(func v128.const i32x4 1 2 3)", 1, 29, "wrong number of lane literals"},
      {"(func i8x16.shuffle 0 1)", 1, 24, "invalid lane length"},
      {"(export \"\\ff\" (func 0))", 1, 9, "malformed UTF-8 encoding"},
      {"(func (@name \"a\" \"b\"))", 1, 7, "@name annotation: unexpected token"},
      {"(func nop (@name \"a\"))", 1, 11, "misplaced @name annotation"},
      {"(func (@metadata.code.branch_hint \"\\02\") br_if 0)", 1, 7,
       "@metadata.code.branch_hint annotation: malformed hint"},
      {"(func (@metadata.code.branch_hint \"\\01\") nop)", 1, 42,
       "@metadata.code.branch_hint annotation: invalid target"},
      {"(memory 1) \"", 1, 12, "unclosed string"},
      {"(elem (i32.const 0) func $f (item ref.func 0))", 1, 26, "unknown function $f"},
      {"(type (func (param $x)))", 1, 22, "unexpected token )"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto module = ParseModule(c.text, {});
    ASSERT_FALSE(module.ok());
    EXPECT_TRUE(module.error().message.starts_with(c.message)) << module.error().message;
    EXPECT_EQ(module.error().line, c.line);
    EXPECT_EQ(module.error().column, c.column);
  }
}

std::vector<uint8_t> Body(std::string_view text, uint32_t func) {
  const auto module = ParseModule(text, {});
  EXPECT_TRUE(module.ok()) << text << ": " << module.error().ToString();
  if (!module.ok()) return {};
  const syntax::Bytes body = (*module).funcs[func].body.bytes;
  return {body.begin(), body.end()};
}

TEST(Parser, FoldedAndFlatMeanTheSame) {
  const struct {
    std::string_view folded, flat;
  } kCases[] = {
      {"(func (i32.add (i32.const 1) (i32.const 2)) drop)",
       "(func i32.const 1 i32.const 2 i32.add drop)"},
      {"(func (if (i32.const 1) (then (nop)) (else unreachable)))",
       "(func i32.const 1 if nop else unreachable end)"},
      {"(func (if $a (result i32) (block $a (result i32) (br $a (i32.const 0))) (then (br $a "
       "(i32.const 1))) (else (i32.const 2))) drop)",
       "(func block (result i32) i32.const 0 br 0 end if (result i32) i32.const 1 br 0 else "
       "i32.const 2 end drop)"},
      {"(func (loop $l (br_if $l (i32.const 0))))", "(func loop i32.const 0 br_if 0 end)"},
      {"(tag) (func (try $t (do (nop)) (catch 0 (rethrow $t)) (catch_all)))",
       "(tag) (func try nop catch 0 rethrow 0 catch_all end)"},
      {"(func (block $b (try $t (do) (delegate $b))))", "(func block try delegate 0 end)"},
      {"(tag) (func (block $b (try_table $t (catch 0 $b) (catch_all $b) (br $t))))",
       "(tag) (func block try_table (catch 0 0) (catch_all 0) br 0 end end)"},
      {"(func (block $a (block $a (br $a)) (br $a)))", "(func block block br 0 end br 0 end)"},
      {"(func (i32.const 1) (if (then)))", "(func i32.const 1 if end)"},
      {"(func (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)) drop)",
       "(func i32.const 1 i32.const 2 i32.const 3 select (result i32) drop)"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.folded);
    EXPECT_EQ(Body(c.folded, 0), Body(c.flat, 0));
  }
}

// Types that are only written inline come behind the explicit ones, in the order of the text, each
// shape once.
TEST(Parser, InlineTypesAreAppendedInOrder) {
  const auto module = ParseModule(
      "(func (block (param i32) (unreachable)) (param i32))"
      "(type $explicit (func (result i64)))",
      {});
  EXPECT_FALSE(module.ok());  // parameters behind instructions
  const auto good = ParseModule(
      "(func $a (result i32) (block (param f32) (unreachable)) (unreachable))"
      "(func $b (param f32))"
      "(func $c (result i64) (unreachable))"
      "(rec (type (func (result f64))) (type (func)))"
      "(type $sub (sub (func (param f32))))"
      "(type $explicit (func (result i64)))",
      {});
  ASSERT_TRUE(good.ok()) << good.error().ToString();
  ASSERT_EQ((*good).types.size(), 6u);
  EXPECT_EQ((*good).rec_group_sizes, (std::vector<uint32_t>{2, 1, 1, 1, 1}));
  EXPECT_EQ((*good).funcs[0].type, 4u);
  EXPECT_EQ((*good).funcs[1].type,
            5u);  // the block's type; $sub is not final, so it is another type
  EXPECT_EQ((*good).funcs[2].type, 3u);
}

TEST(Parser, NamesAndHints) {
  const auto parsed = ParseModule(
      "(module $m (@name \"other\")"
      "  (type $t (struct (field $x i32) (field i32) (field $z i32)))"
      "  (import \"a\" \"b\" (func $imp (param $q i32)))"
      "  (func $\"a b\" (param $p i32) (local i32) (local $l i32)"
      "    (block $one (block (block $three)))"
      "    (@metadata.code.branch_hint \"\\01\") (if (local.get $p) (then))))",
      {});
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  const syntax::Names& names = (*parsed).names;
  EXPECT_EQ(names.module, "other");
  EXPECT_EQ(names.types, (syntax::NameMap{{0, "t"}}));
  EXPECT_EQ(names.funcs, (syntax::NameMap{{0, "imp"}, {1, "a b"}}));
  EXPECT_EQ(names.fields.at(0), (syntax::NameMap{{0, "x"}, {2, "z"}}));
  EXPECT_EQ(names.locals.at(0), (syntax::NameMap{{0, "q"}}));
  EXPECT_EQ(names.locals.at(1), (syntax::NameMap{{0, "p"}, {2, "l"}}));
  EXPECT_EQ(names.labels.at(1), (syntax::NameMap{{0, "one"}, {2, "three"}}));
  ASSERT_EQ((*parsed).branch_hints.at(1).size(), 1u);
  EXPECT_TRUE((*parsed).branch_hints.at(1)[0].likely);
  EXPECT_EQ((*parsed).branch_hints.at(1)[0].offset,
            3u * 3u + 2u);  // three blocks and local.get before the if
}

TEST(Parser, InlineSegmentsTakeIndices) {
  const auto parsed = ParseModule(
      "(table $t funcref (elem $f $f)) (elem $e func $f) (memory $m (data \"abc\")) (data $d \"x\")"
      "(func $f (elem.drop $e) (data.drop $d))",
      {});
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  const syntax::Module& m = *parsed;
  EXPECT_EQ(m.elems.size(), 2u);
  EXPECT_EQ(m.tables[0].type.limits.min, 2u);
  EXPECT_EQ(m.memories[0].limits.max, 1u);
  EXPECT_EQ(m.data_count, 2u);
  const std::vector<uint8_t> body(m.funcs[0].body.bytes.begin(), m.funcs[0].body.bytes.end());
  EXPECT_EQ(body, (std::vector<uint8_t>{0xFC, 0x0D, 1, 0xFC, 0x09, 1, 0x0B}));
}

TEST(Parser, SizesAre32BitWithoutMemory64) {
  EXPECT_TRUE(ParseModule("(memory 0x1_0000_0000)", {}).ok());
  const auto module =
      ParseModule("(memory 0x1_0000_0000)", Features().Set(Feature::kMemory64, false));
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().message, "i32 constant out of range");
}

std::string Repeat(std::string_view s, size_t n) {
  std::string out;
  out.reserve(s.size() * n);
  while (n-- > 0) out += s;
  return out;
}

// Nesting costs memory, never native stack, and time in proportion to the text.
TEST(Parser, DeepNesting) {
  constexpr size_t kDepth = 200000;
  const std::string cases[] = {
      "(func " + Repeat("(block ", kDepth) + Repeat(")", kDepth) + ")",
      "(func " + Repeat("block $a ", kDepth) + Repeat("br $a end ", kDepth) + ")",
      "(func (result i32)" + Repeat("(i32.eqz ", kDepth) + "(i32.const 0)" + Repeat(")", kDepth) +
          ")",
      "(func " + Repeat("(if ", kDepth) + Repeat("(then))", kDepth) + ")",
      "(func " + Repeat("(try (do ", kDepth) + Repeat("))", kDepth) + ")",
  };
  for (const std::string& text : cases) {
    SCOPED_TRACE(text.substr(0, 40));
    const auto module = ParseModule(text, {});
    EXPECT_TRUE(module.ok()) << module.error().ToString();
  }
  EXPECT_FALSE(ParseModule(Repeat("(", kDepth), {}).ok());
  EXPECT_FALSE(ParseModule("(func " + Repeat("(block ", kDepth), {}).ok());
}

// Every cut of a module is refused, without a crash, with a place inside the text.
TEST(Parser, TruncatedText) {
  const std::string text =
      "(module $m (type $t (sub final (func (param $x i32) (result (ref null $t))))) (import \"a\" "
      "\"b\" (memory i64 1 2 shared))"
      "(@custom \"c\" (after type) \"x\") (table 1 funcref (ref.null func)) (func $f (param i32) "
      "(local $l i64) block $b (br_if $b (i32.const 0x1)) end $b"
      " (try_table (catch_all 0) (drop (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)))) "
      "(elem (i32.const 0) func $f) (data (i32.const 0) \"\\u{41}\"))";
  ASSERT_TRUE(ParseModule(text, {}).ok()) << ParseModule(text, {}).error().ToString();
  for (size_t size = 1; size < text.size(); ++size) {
    SCOPED_TRACE(size);
    const auto module = ParseModule(text.substr(0, size), {});
    ASSERT_FALSE(module.ok());
    EXPECT_LE(module.error().offset, size);
    EXPECT_EQ(module.error().line, 1u);
  }
}

TEST(Parser, WatToWasm) {
  const auto bytes = WatToWasm("(module (func (export \"f\") (result i32) i32.const 42))", {});
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, (std::vector<uint8_t>{0, 'a', 's',  'm', 1, 0, 0, 0,    1,  5,   1, 0x60,
                                          0, 1,   0x7F, 3,   2, 1, 0, 7,    5,  1,   1, 'f',
                                          0, 0,   10,   6,   1, 4, 0, 0x41, 42, 0x0B}));
}

}  // namespace
}  // namespace airwasm::text
