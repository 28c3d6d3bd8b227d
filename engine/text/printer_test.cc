#include "engine/text/printer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "engine/binary/decoder.h"
#include "engine/binary/encoder.h"
#include "engine/instr/instr.h"
#include "engine/text/parser.h"
#include "engine/text/wat.h"

namespace airwasm::text {
namespace {

constexpr std::array<uint8_t, 16> kLanes = {0, 1, 2, 3, 4, 5, 6, 7, 31, 30, 29, 28, 27, 26, 25, 24};

// An instruction with immediates of every kind filled in.
Instr Sample(Op op, std::vector<uint8_t>& list) {
  Instr instr;
  instr.op = op;
  instr.immediate = Info(op).immediate;
  instr.lane = 1;
  instr.index = 1;
  instr.index2 = 2;
  instr.count = 2;
  instr.block_type = {BlockType::Kind::kIndex, {}, 0};
  instr.mem = {0, 1, 0x1234567890};
  instr.ref_type = ValType::Ref(HeapKind::kAny, true);
  instr.ref_type2 = ValType::Ref(HeapType::Concrete(1), false);
  instr.bits = 0x8000000000000001;
  instr.bytes = kLanes;
  switch (instr.immediate) {
    case Immediate::kF32:
    case Immediate::kI32:
      instr.bits = 0x80000001;
      break;
    case Immediate::kLabelTable:
      list = {0, 3};
      break;
    case Immediate::kSelectTypes:
      WriteValType(list, kI64);
      WriteValType(list, instr.ref_type2);
      break;
    case Immediate::kTryTable:
      list = {0x01, 0, 1, 0x02, 0};  // (catch_ref 0 1) (catch_all 0)
      break;
    default:
      break;
  }
  instr.list = list;
  return instr;
}

// The instruction as the body of a function, with the blocks that it needs around it.
std::vector<uint8_t> BodyOf(Op op) {
  std::vector<uint8_t> body;
  std::vector<uint8_t> list;
  std::vector<uint8_t> scratch;
  const auto open = [&](Op block) { WriteInstr(body, Sample(block, scratch)); };
  const auto end = [&] { WriteOp(body, Op::End); };
  if (op == Op::End) {
    end();
    return body;
  }
  if (op == Op::Else) open(Op::If);
  if (op == Op::Catch || op == Op::CatchAll || op == Op::Delegate) open(Op::Try);
  WriteInstr(body, Sample(op, list));
  if (op == Op::Else || op == Op::Catch || op == Op::CatchAll) end();
  if (Info(op).immediate == Immediate::kBlock || Info(op).immediate == Immediate::kTryTable) end();
  end();
  return body;
}

// The table itself: op → text → op for each row.
TEST(Printer, EveryInstructionComesBack) {
  for (size_t i = 0; i < kNumOps; ++i) {
    const Op op = static_cast<Op>(i);
    SCOPED_TRACE(Info(op).text);
    syntax::Module module;
    module.types.resize(2);
    module.types[1].kind = CompositeKind::kStruct;
    module.rec_group_sizes = {1, 1};
    const std::vector<uint8_t> body = BodyOf(op);
    module.funcs.push_back({.type = 0, .locals = {}, .body = {body}});
    for (const bool fold : {false, true}) {
      PrintOptions options;
      options.fold = fold;
      const std::string text = Print(module, options);
      const auto parsed = ParseModule(text, {});
      ASSERT_TRUE(parsed.ok()) << parsed.error().ToString() << "\n" << text;
      const syntax::Bytes back = (*parsed).funcs[0].body.bytes;
      EXPECT_EQ(std::vector<uint8_t>(back.begin(), back.end()), body) << text;
    }
  }
}

const std::string_view kModules[] = {
    "(module)",
    "(module $m)",
    "(module (@name \"\"))",
    "(module $\"a \\\"b\\\" \\u{e9}\")",
    "(module (func (@name \"x\")) (func (@name \"x\")) (func $y (call 0) (call 1)))",
    "(module (rec) (rec (type $a (sub (struct (field $f (mut i8)) (field (ref null $b))))) (type "
    "$b (sub final $a (struct (field (mut i8)) (field (ref $b)))))))",
    "(module (type (array (mut i16))) (type (sub (func (param v128 exnref nullref) (result (ref "
    "i31) (ref null extern))))))",
    "(module (import \"a\\00\" \"\" (func $f (param $x i32) (param i64))) (import \"m\" \"t\" "
    "(table $t i64 1 2 externref)) (import \"\" \"\" (tag $e (param i32))))",
    "(module (memory 1) (memory $m i64 1 2 shared) (memory 0 (pagesize 1)) (data (memory $m) "
    "(i64.const 0) \"a\\ff\\\"\\\\\") (data \"\"))",
    "(module (table $t 1 funcref) (table 2 (ref i31) (ref.i31 (i32.const 1))) (elem $e (table 1) "
    "(i32.const 0) (ref i31) (ref.i31 (i32.const 1)))"
    " (elem func $f) (elem declare func $f 0) (elem funcref (ref.func 0) (item ref.null func)) "
    "(elem externref) (func $f))",
    "(module (global $g (mut i32) (i32.const -1)) (global f64 (f64.const nan:0x1)) (func $s) "
    "(start $s) (export \"\" (global $g)) (export \"s\" (func $s)))",
    "(module (func $f (param $a i32) (param i32 i32) (param $b i64) (local f32) (local $c f32) "
    "(local f32 f32) (local.set $b (i64.const 1))))",
    "(module (func (block $l (block $l (br $l) (br 1) (br_table $l 1 2 (i32.const 0))) (br $l)) "
    "(br 0)))",
    "(module (func (@metadata.code.branch_hint \"\\01\") (if (i32.const 1) (then) (else "
    "(@metadata.code.branch_hint \"\\00\") (br_if 0 (i32.const 1))))))",
    "(module (@custom \"a\" (before first) \"x\") (type (func)) (@custom \"b\" (after type) "
    "\"\\00\") (@custom \"\" \"y\") (@custom \"c\" (before code)) (func))",
    "(module (type $t (struct (field $x i32) (field i32))) (func (drop (struct.get $t $x "
    "(struct.get $t 1 (ref.null $t))))))",
};

TEST(Printer, ModulesComeBackByteForByte) {
  for (const std::string_view text : kModules) {
    SCOPED_TRACE(text);
    const auto bytes = WatToWasm(text, {});
    ASSERT_TRUE(bytes.ok()) << bytes.error().ToString();
    const auto module = binary::Decode(*bytes);
    ASSERT_TRUE(module.ok()) << module.error().ToString();
    for (const bool fold : {false, true}) {
      for (const bool comments : {false, true}) {
        const std::string printed = Print(*module, {.fold = fold, .index_comments = comments});
        const auto again = WatToWasm(printed, {});
        ASSERT_TRUE(again.ok()) << again.error().ToString() << "\n" << printed;
        EXPECT_EQ(*again, *bytes) << printed;
      }
    }
  }
}

TEST(Printer, Layout) {
  const auto module = ParseModule(
      "(module (func $f (param $x i32) (result i32) (local i64)"
      " (if (result i32) (local.get $x) (then (i32.const 1)) (else (i32.add (i32.const 2) "
      "(i32.const 3))))))",
      {});
  ASSERT_TRUE(module.ok());
  EXPECT_EQ(Print(*module),
            "(module\n"
            "  (type (;0;) (func (param i32) (result i32)))\n"
            "  (func $f (;0;) (type 0) (param $x i32) (result i32)\n"
            "    (local i64)\n"
            "    local.get $x\n"
            "    if (result i32)  ;; label = @1\n"
            "      i32.const 1\n"
            "    else\n"
            "      i32.const 2\n"
            "      i32.const 3\n"
            "      i32.add\n"
            "    end\n"
            "  )\n"
            ")\n");
  EXPECT_EQ(Print(*module, {.fold = true, .index_comments = false}),
            "(module\n"
            "  (type (func (param i32) (result i32)))\n"
            "  (func $f (type 0) (param $x i32) (result i32)\n"
            "    (local i64)\n"
            "    (if (result i32)\n"
            "      (local.get $x)\n"
            "      (then\n"
            "        (i32.const 1))\n"
            "      (else\n"
            "        (i32.add\n"
            "          (i32.const 2)\n"
            "          (i32.const 3))))\n"
            "  )\n"
            ")\n");
}

// A module that nobody has validated must not upset the printer.
TEST(Printer, MalformedBodies) {
  const std::vector<uint8_t> bodies[] = {
      {},
      {0x0B, 0x0B},
      {0xFF},
      {0x02, 0x40},
      {0x05, 0x0B},
      {0x0B},
      {0x07, 0x00, 0x0B},
      {0x18, 0x00, 0x0B},
      {0x04, 0x40, 0x05, 0x05, 0x0B, 0x0B},
  };
  for (const std::vector<uint8_t>& body : bodies) {
    syntax::Module module;
    module.funcs.push_back({.type = 9, .locals = {{UINT32_MAX, kI32}}, .body = {body}});
    module.start = 77;
    for (const bool fold : {false, true}) {
      const std::string text = Print(module, {.fold = fold});
      EXPECT_NE(text.find("(func"), std::string::npos);
      EXPECT_LT(text.size(), 1000000u);
    }
  }
}

TEST(Printer, DeepNestingStaysLinear) {
  constexpr size_t kDepth = 100000;
  std::string text = "(func ";
  for (size_t i = 0; i < kDepth; ++i) text += "block ";
  for (size_t i = 0; i < kDepth; ++i) text += "end ";
  const auto module = ParseModule(text + ")", {});
  ASSERT_TRUE(module.ok());
  EXPECT_LT(Print(*module).size(), 300 * kDepth);
  EXPECT_LT(Print(*module, {.fold = true}).size(), 300 * kDepth);
}

}  // namespace
}  // namespace airwasm::text
