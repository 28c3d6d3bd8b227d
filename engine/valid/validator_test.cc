// Verdicts and messages, one row per rule. The official suite (suite_test.cc) covers far more; here
// are rules that it leaves out, offsets, features and what messages say beyond the suite's words.
#include "engine/valid/validator.h"

#include <gtest/gtest.h>

#include "engine/valid/test_util.h"

namespace airwasm::valid {
namespace {

Checked ValidateWat(std::string_view wat, const Features& features = Features()) {
  const TestModule m = FromWat(wat, features);
  TypeRegistry registry;
  return Validate(m.module, features, registry);
}

TEST(ValidatorTest, Accepts) {
  const std::string_view kModules[] = {
      "(module)",
      "(func (param i32) (result i32) local.get 0)",
      // After an unconditional branch operands are whatever is asked for.
      "(func (result i32) unreachable i32.add)",
      "(func (result i32) unreachable i64.eqz select drop i32.const 1)",
      "(func (result (ref func)) unreachable ref.as_non_null)",
      "(func (result (ref extern)) unreachable ref.as_non_null)",
      "(func unreachable ref.as_non_null any.convert_extern drop)",
      "(func (result i32) unreachable ref.as_non_null ref.is_null)",
      "(func (result (ref any)) unreachable any.convert_extern)",
      "(func unreachable br_table 0 0)",
      "(func (result i32) (block (result i64) unreachable br_table 0 0) drop i32.const 0)",
      "(type $s (struct (field i64) (field (mut i32)))) (func (result (ref $s)) unreachable "
      "struct.new $s)",
      "(type $a (array i32)) (func (result (ref $a)) unreachable array.new_fixed $a 10000)",
      "(type $a (array i32)) (func (result (ref $a)) unreachable i32.const 1 array.new_fixed $a 3)",
      // A loop's label carries its parameters.
      "(func (i32.const 0) (loop (param i32) br 0))",
      "(func (result i32) (i32.const 1) (if (param) (result i32) (then i32.const 1) (else "
      "i32.const 2)))",
      "(func (param i32) (local.get 0) (local.get 0) (if (param i32) (result i32) (then)) drop)",
      // Subtyping at labels, calls and returns.
      "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))"
      "(func (param (ref $b)) (result (ref null $a)) local.get 0)"
      "(func (param (ref $b)) (result anyref) (return (local.get 0)))"
      "(func (param (ref $b)) (result eqref) (block (result structref) (br 0 (local.get 0))))",
      // A local without a default value, set on the way.
      "(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (drop (local.get "
      "1)))"
      "(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (block (drop "
      "(local.get 1))))",
      "(func $f (export \"f\")) (func (drop (ref.func $f)))",
      "(func $f) (elem declare func $f) (func (drop (ref.func $f)))",
      "(func $f) (global funcref (ref.func $f)) (func (drop (ref.func $f)))",
      "(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))",
      "(global $a i32 (i32.const 1)) (global i32 (global.get $a))",
      "(memory i64 1) (data (i64.const 0) \"x\") (func (drop (i32.load (i64.const 0))))",
      "(memory i64 1) (memory $m 1) (func (memory.copy 0 $m (i64.const 0) (i32.const 0) (i32.const "
      "0)))",
      "(table i64 1 funcref) (func (drop (table.get (i64.const 0))))",
      "(memory 1 2 shared) (func (drop (i32.atomic.load (i32.const 0))))",
      "(tag $e (param i32)) (func (result i32) (block $l (result i32) (try_table (catch $e $l)) "
      "(i32.const 0)))",
      "(tag $e (param i32)) (func (result exnref) (block $l (result exnref)"
      "  (try_table (catch_all_ref $l)) (ref.null exn)))",
      "(tag $e (param i32)) (func (result i32) (try (result i32) (do (i32.const 0)) (catch $e)))",
      "(func (try (do) (catch_all (rethrow 0))))",
  };
  for (std::string_view wat : kModules) {
    const Checked result = ValidateWat(wat);
    EXPECT_TRUE(result.ok()) << wat << "\n" << result.error().ToString();
  }
}

TEST(ValidatorTest, RefusesWithTheReason) {
  const struct {
    std::string_view wat, message;
  } kCases[] = {
      {"(func (drop (i32.add (i32.const 0) (f32.const 0))))",
       "type mismatch: instruction requires [i32 i32] but stack has [i32 f32], in i32.add"},
      {"(func (drop (i32.add (i32.const 0))))",
       "type mismatch: instruction requires [i32 i32] but stack has [i32], in i32.add"},
      {"(func (result i32))", "type mismatch: instruction requires [i32] but stack has [], in end"},
      {"(func i32.const 1)", "type mismatch: block requires [] but stack has [i32], in end"},
      // Operands of the enclosing block are out of reach.
      {"(func (i32.const 1) (block (drop)))",
       "type mismatch: instruction requires [unknown] but stack has [], in drop"},
      // Unreachable code is checked all the same.
      {"(func (result i32) unreachable i64.const 0 i32.add)",
       "type mismatch: instruction requires [i32 i32] but stack has [i64], in i32.add"},
      {"(func unreachable ref.as_non_null i32.eqz drop)",
       "type mismatch: instruction requires [i32] but stack has [(ref unknown)]"},
      {"(func unreachable f32.const 0 ref.as_non_null drop)",
       "type mismatch: instruction requires a reference but stack has [f32]"},
      {"(func unreachable f32.const 0 i32.const 0 select)",
       "type mismatch: block requires [] but stack has [f32]"},
      {"(type $s (struct (field i64))) (func unreachable i32.const 0 struct.new $s drop)",
       "type mismatch: instruction requires [i64] but stack has [i32]"},
      {"(func (block (result i32) (block unreachable br_table 0 1) i32.const 0) "
       "drop)",
       "type mismatch: br_table has labels [i32] and []"},
      // Types are named by the module's indices.
      {"(type (func)) (type $s (struct)) (func (param (ref null 1)) (i32.eqz (local.get 0)) drop)",
       "type mismatch: instruction requires [i32] but stack has [(ref null 1)]"},
      {"(func (br 1))", "unknown label 1"},
      {"(func (call 7))", "unknown function 7"},
      {"(func (i32.const 0) (if (result i32) (then (i32.const 1))) drop)",
       "type mismatch: if without else requires [i32] but has []"},
      {"(func (param (ref func)) (local (ref func)) (block (local.set 1 (local.get 0))) (drop "
       "(local.get 1)))",
       "uninitialized local 1"},
      {"(func (local (ref func)) (drop (local.get 0)))", "uninitialized local 0"},
      {"(global (mut i32) (i32.const 0)) (global i32 (global.get 0))",
       "constant expression required: global 0 is mutable"},
      {"(global i32 (i32.clz (i32.const 0)))",
       "constant expression required: i32.clz is not constant"},
      {"(global $g i32 (global.get $h)) (global $h i32 (i32.const 0))", "unknown global 1"},
      {"(global i32 (i32.const 0)) (table 1 funcref (global.get 0))", "unknown global 0"},
      {"(table 1 (ref func))", "type mismatch: table 0 of type (ref func) needs an initializer"},
      {"(func (export \"a\")) (memory (export \"a\") 1)", "duplicate export name \"a\""},
      {"(func $f) (func (drop (ref.func $f)))", "undeclared function reference: function 0"},
      {"(memory 1) (func (drop (i32.load align=8 (i32.const 0))))",
       "alignment must not be larger than natural"},
      {"(memory 1 1 shared) (func (drop (i64.atomic.load align=4 (i32.const 0))))",
       "atomic alignment"},
      {"(type $a (array i32)) (func (array.set $a (ref.null $a) (i32.const 0) (i32.const 0)))",
       "immutable array"},
      {"(type $s (struct (field i8))) (func (drop (struct.get $s 0 (ref.null $s))))",
       "type mismatch: struct.get does not fit field 0, which is packed"},
      {"(type $s (struct (field i32))) (func (drop (struct.get_s $s 0 (ref.null $s))))",
       "type mismatch: struct.get_s does not fit field 0, which is not packed"},
      {"(type $s (struct)) (func (drop (struct.get $s 0 (ref.null $s))))", "unknown field 0"},
      {"(type $s (struct)) (func (type $s))", "type mismatch: type 0 is a structure type"},
      {"(type $t (func)) (func (drop (struct.new $t)))",
       "type mismatch: type 0 is a function type, struct.new requires a structure type"},
      {"(tag (result i32))", "non-empty tag result type"},
      {"(tag $e (param i64)) (func (result i32) (block $l (result i32) (try_table (catch $e $l)) "
       "(i32.const 0)))",
       "type mismatch: catch clause 0 delivers [i64] to a label of type [i32]"},
      {"(func (try_table (catch_all_ref 0)))",
       "type mismatch: catch clause 0 delivers [] and an exception reference"},
      {"(func (result i32) (return_call 1)) (func (result i64) (i64.const 0))",
       "type mismatch: tail call returns [i64] from a function that returns [i32]"},
      {"(type $a (sub (struct (field i32)))) (type $b (sub $a (struct (field i64))))",
       "sub type 1 does not match its supertype 0"},
      {"(type $a (struct)) (type $b (sub $a (struct)))", "sub type 1 has the final supertype 0"},
      {"(rec (type $a (sub $b (struct))) (type $b (sub (struct))))",
       "unknown type 1 as a supertype"},
      {"(func (param (ref 5)))", "unknown type 5"},
      {"(func (local (ref 5)))", "unknown type 5"},
      {"(func (block (type 5)))", "unknown type 5"},
      {"(func (drop (ref.null 5)))", "unknown type 5"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.wat);
    const Checked result = ValidateWat(c.wat);
    ASSERT_FALSE(result.ok());
    EXPECT_TRUE(result.error().message.starts_with(c.message)) << result.error().message;
  }
}

TEST(ValidatorTest, OffsetsAreThoseOfTheInstruction) {
  const struct {
    std::string_view wat;
    size_t from_end;  // of the module's bytes, to the instruction
  } kCases[] = {
      {"(func nop nop i32.eqz drop)", 3},  // i32.eqz drop end
      {"(func i32.const 0 f32.const 0 i32.add drop)", 3},
      {"(func i32.const 0)", 1},     // end
      {"(func (block (br 5)))", 4},  // br 5 end end
      {"(func nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop i32.eqz "
       "drop)",
       3},
      {"(func i32.eqz drop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop "
       "nop)",
       21},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.wat);
    const TestModule m = FromWat(c.wat);
    TypeRegistry registry;
    const Checked result = Validate(m.module, Features(), registry);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(result.error().offset, m.wasm.size() - c.from_end);
  }
}

TEST(ValidatorTest, MalformedBodies) {
  const struct {
    std::string_view name;
    std::vector<uint8_t> body;
    std::string_view message;
    size_t offset;
  } kCases[] = {
      {"no end", {0x01}, "unexpected end of section or function", 1},
      {"empty", {}, "unexpected end of section or function", 0},
      {"bytes after the end", {0x0B, 0x01}, "section size mismatch", 1},
      {"else without if", {0x05, 0x0B}, "END opcode expected", 0},
      {"catch without try", {0x02, 0x40, 0x19, 0x0B, 0x0B}, "END opcode expected", 2},
      {"delegate after catch_all", {0x06, 0x40, 0x19, 0x18, 0x00, 0x0B}, "END opcode expected", 3},
      {"no such opcode", {0x01, 0xFF, 0x0B}, "illegal opcode ff", 1},
      {"data.drop without a data count",
       {0xFC, 0x09, 0x00, 0x0B},
       "data count section required",
       0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const syntax::Module module = OneFunction({}, c.body);
    TypeRegistry registry;
    const Checked result = Validate(module, Features(), registry);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::kMalformed);
    EXPECT_TRUE(result.error().message.starts_with(c.message)) << result.error().message;
    EXPECT_EQ(result.error().offset, c.offset);
  }
}

TEST(ValidatorTest, SwitchedOffFeaturesAreNamed) {
  const struct {
    Feature feature;
    std::string_view wat;
  } kCases[] = {
      {Feature::kSignExtension, "(func (drop (i32.extend8_s (i32.const 0))))"},
      {Feature::kSaturatingFloatToInt, "(func (drop (i32.trunc_sat_f32_s (f32.const 0))))"},
      {Feature::kBulkMemory,
       "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))"},
      {Feature::kReferenceTypes, "(table 1 funcref) (func (drop (table.size)))"},
      {Feature::kSimd, "(func (drop (i8x16.splat (i32.const 0))))"},
      {Feature::kRelaxedSimd,
       "(func (param i32) (drop (i8x16.relaxed_swizzle (i8x16.splat (local.get 0)) (i8x16.splat "
       "(local.get 0)))))"},
      {Feature::kTailCall, "(func (return_call 0))"},
      {Feature::kGc, "(func (drop (ref.i31 (i32.const 0))))"},
      {Feature::kFunctionReferences, "(func (drop (ref.as_non_null (ref.null func))))"},
      {Feature::kExceptions, "(func (try_table))"},
      {Feature::kLegacyExceptions, "(func (try (do)))"},
      {Feature::kWideArithmetic,
       "(func (param i64) (i64.mul_wide_s (local.get 0) (local.get 0)) drop drop)"},
      {Feature::kThreads, "(func (atomic.fence))"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.wat);
    EXPECT_TRUE(ValidateWat(c.wat).ok());
    Features features;
    features.Set(c.feature, false);
    const Checked result = ValidateWat(c.wat, features);
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.error().message.find(FeatureText(c.feature)), std::string::npos)
        << result.error().message;
  }
  Features features;
  features.Set(Feature::kExtendedConst, false);
  EXPECT_FALSE(ValidateWat("(global i32 (i32.add (i32.const 1) (i32.const 2)))", features).ok());
  EXPECT_TRUE(
      ValidateWat("(memory 1) (func (drop (i32.load (i32.const 0))))", Features::Mvp()).ok());
}

// Equal types in different places of the module are one type.
TEST(ValidatorTest, TypesAreCompared) {
  EXPECT_TRUE(ValidateWat("(type $a (struct (field i32))) (type $b (struct (field i32)))"
                          "(func (param (ref $a)) (result (ref $b)) local.get 0)")
                  .ok());
  EXPECT_FALSE(ValidateWat("(rec (type $a (struct (field i32)))  (type $b (struct (field i32))))"
                           "(func (param (ref $a)) (result (ref $b)) local.get 0)")
                   .ok());
}

// A module that is refused leaves nothing behind that lets another one pass.
TEST(ValidatorTest, RefusedTypesStayRefused) {
  const TestModule bad =
      FromWat("(type $a (sub (struct (field i32)))) (type $b (sub $a (struct)))");
  TypeRegistry registry;
  EXPECT_FALSE(Validate(bad.module, Features(), registry).ok());
  EXPECT_FALSE(Validate(bad.module, Features(), registry).ok());
}

TEST(ValidatorTest, SubtypingDepth) {
  for (const int depth : {63, 64}) {
    std::string wat = "(type (sub (struct)))";
    for (int i = 0; i < depth; ++i) wat += "(type (sub " + std::to_string(i) + " (struct)))";
    const Checked result = ValidateWat(wat);
    EXPECT_EQ(result.ok(), depth == 63);
    if (!result.ok()) EXPECT_EQ(result.error().kind, ErrorKind::kLimit);
  }
}

}  // namespace
}  // namespace airwasm::valid
