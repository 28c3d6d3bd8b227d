// FunctionValidator as other walkers drive it: what its stacks show, that each instruction has a
// rule, and that Run says what Step says.
#include "engine/valid/function_validator.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/valid/test_util.h"

namespace airwasm::valid {
namespace {

// One line per instruction: the operands after it.
std::vector<std::string> Trace(std::string_view wat, uint32_t func = 0) {
  const TestModule m = FromWat(wat);
  const TestContext checked(m.module);
  FunctionValidator validator;
  std::vector<std::string> lines;
  if (!validator.Start(*checked.context, func)) return {validator.error().message};
  ByteReader reader(m.module.funcs[func].body.bytes);
  Instr instr;
  while (!validator.done()) {
    ReadInstr(reader, instr);
    if (!validator.Step(instr)) {
      lines.push_back(validator.error().message);
      return lines;
    }
    if (validator.done()) break;
    lines.push_back(std::string(instr.info().text) + " " +
                    checked.context->Describe(validator.operands()) +
                    (validator.unreachable() ? " unreachable" : "") +
                    (validator.frames().back().dead ? " dead" : ""));
  }
  return lines;
}

TEST(FunctionValidatorTest, ShowsOperandTypes) {
  EXPECT_EQ(Trace("(func (param i64) local.get 0 i32.const 1 i64.extend_i32_s i64.add i64.eqz (if "
                  "(result f32)"
                  " (then f32.const 0) (else unreachable)) drop)"),
            (std::vector<std::string>{"local.get [i64]", "i32.const [i64 i32]",
                                      "i64.extend_i32_s [i64 i64]", "i64.add [i64]",
                                      "i64.eqz [i32]", "if []", "f32.const [f32]", "else []",
                                      "unreachable [] unreachable", "end [f32]", "drop []"}));
}

TEST(FunctionValidatorTest, ShowsUnreachableAndDeadCode) {
  EXPECT_EQ(
      Trace("(func (block return (block nop) i32.add drop) nop)"),
      (std::vector<std::string>{"block []", "return [] unreachable", "block [] dead", "nop [] dead",
                                "end [] unreachable", "i32.add [i32] unreachable",
                                "drop [] unreachable", "end []", "nop []"}));
}

TEST(FunctionValidatorTest, BranchesWeakenTypes) {
  EXPECT_EQ(Trace("(func (param (ref i31)) (result anyref) local.get 0 i32.const 0 br_if 0 drop "
                  "unreachable)"),
            (std::vector<std::string>{"local.get [(ref i31)]", "i32.const [(ref i31) i32]",
                                      "br_if [anyref]", "drop []", "unreachable [] unreachable"}));
}

TEST(FunctionValidatorTest, ShowsFrames) {
  const TestModule m = FromWat(
      "(func (param f64) (result f64) i32.const 0 (loop (param i32) (result i64) drop"
      " (block (result v128) unreachable) drop unreachable) drop local.get 0)");
  const TestContext checked(m.module);
  FunctionValidator v;
  ASSERT_TRUE(v.Start(*checked.context, 0));
  EXPECT_EQ(v.num_params(), 1u);
  EXPECT_EQ(v.local_type(0), kF64);
  ByteReader reader(m.module.funcs[0].body.bytes, m.module.funcs[0].body.offset);
  Instr instr;
  while (v.frames().size() < 3) {
    ReadInstr(reader, instr);
    ASSERT_TRUE(v.Step(instr));
  }
  EXPECT_EQ(v.label(0).op, Op::Block);
  EXPECT_EQ(v.label(0).label_types()[0], kV128);
  EXPECT_EQ(v.label(0).offset, instr.offset);
  EXPECT_EQ(v.label(1).op, Op::Loop);
  ASSERT_EQ(v.label(1).label_types().size(), 1u);
  EXPECT_EQ(v.label(1).label_types()[0], kI32);
  EXPECT_EQ(v.label(1).end_types()[0], kI64);
  EXPECT_EQ(v.label(1).height, 0u);
  EXPECT_EQ(v.label(2).label_types()[0], kF64);
}

TEST(FunctionValidatorTest, LocalsInRuns) {
  const std::vector<uint8_t> body = {0x20, 0xE8, 0x07, 0x20, 0xE9, 0x07, 0x20,
                                     0xCF, 0x0F, 0x1A, 0x1A, 0x1A, 0x0B};
  const syntax::Module module =
      OneFunction({{kF32}, {}}, body, {{1000, kI64}, {0, kV128}, {999, kF64}});
  const TestContext checked(module);
  FunctionValidator v;
  ASSERT_TRUE(v.Start(*checked.context, 0));
  EXPECT_EQ(v.num_locals(), 2000u);
  EXPECT_EQ(v.local_type(0), kF32);
  EXPECT_EQ(v.local_type(1), kI64);
  EXPECT_EQ(v.local_type(1000), kI64);
  EXPECT_EQ(v.local_type(1001), kF64);
  EXPECT_EQ(v.local_type(1999), kF64);
  EXPECT_TRUE(v.Run(module.funcs[0].body)) << v.error().message;
}

// A validator goes from function to function, also after errors, and nothing of one shows in the
// next.
TEST(FunctionValidatorTest, StartsAfresh) {
  const TestModule m = FromWat(
      "(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (drop (local.get "
      "1)))"
      "(func (param i32) (local (ref func)) (drop (local.get 1)))"
      "(func (result i32) i32.const 1 i32.const 2 (block (block (br 9))))"
      "(func (result i32) i32.const 1)");
  const TestContext checked(m.module);
  FunctionValidator v;
  for (int round = 0; round < 3; ++round) {
    for (const auto& [func, message] : std::vector<std::pair<uint32_t, std::string>>{
             {0, ""}, {1, "uninitialized local 1"}, {2, "unknown label 9"}, {3, ""}}) {
      const bool ok = v.Start(*checked.context, func) && v.Run(m.module.funcs[func].body);
      EXPECT_EQ(ok, message.empty());
      if (!ok) EXPECT_EQ(v.error().message, message);
    }
  }
}

constexpr std::string_view kSomeOfEverything = R"(
  (type $f (func (param i32) (result i32))) (type $s (struct (field (mut i32)))) (type $a (array (mut i32)))
  (type $r (array (mut funcref)))
  (func $g (type $f) (local i64 f32 f64 v128 funcref) unreachable)
  (func $h)
  (table 1 funcref) (memory 1) (global (mut i32) (i32.const 0)) (tag (param i32))
  (elem func $g) (data "x") (export "g" (func $g)))";

TEST(FunctionValidatorTest, EachInstructionHasARule) {
  TestModule m = FromWat(kSomeOfEverything);
  m.module.data_count = 1;
  const TestContext checked(m.module);
  FunctionValidator v;
  const std::vector<uint8_t> zeros(16, 0);
  for (size_t i = 0; i < kNumOps; ++i) {
    // Each type index in turn, so that each instruction meets a type that it takes.
    bool accepted = false;
    std::string message;
    for (uint32_t type = 0; type < 4; ++type) {
      Instr instr;
      instr.op = static_cast<Op>(i);
      instr.immediate = instr.info().immediate;
      instr.bytes = zeros;
      const std::vector<uint8_t> select_type = {0x7F};
      if (instr.op == Op::SelectT) {
        instr.list = select_type;
        instr.count = 1;
      }
      const bool names_type =
          instr.info().text.starts_with("struct.") || instr.info().text.starts_with("array.");
      instr.index = names_type || instr.op == Op::CallRef ? type : 0;
      if (instr.op == Op::ArrayCopy) instr.index2 = type;
      if ((instr.info().flags & kAtomic) != 0)
        instr.mem.align_log2 = NaturalAlignLog2(instr.info());
      instr.ref_type = instr.ref_type2 = kFuncRef;
      ASSERT_TRUE(v.Start(*checked.context, 0));
      // Constructs that only stand in others.
      const auto open = [&](Op op) {
        Instr opener;
        opener.op = op;
        opener.index = 0;
        return v.Step(opener);
      };
      if (instr.op == Op::Else) ASSERT_TRUE(open(Op::Unreachable) && open(Op::If));
      if (instr.op == Op::Catch || instr.op == Op::CatchAll || instr.op == Op::Delegate)
        ASSERT_TRUE(open(Op::Try));
      if (instr.op == Op::Rethrow) ASSERT_TRUE(open(Op::Try) && open(Op::CatchAll));
      ASSERT_TRUE(open(Op::Unreachable));
      // The label of these carries a reference.
      if (instr.op == Op::BrOnNonNull || instr.op == Op::BrOnCast || instr.op == Op::BrOnCastFail) {
        Instr block;
        block.op = Op::Block;
        block.block_type = {BlockType::Kind::kValue, kFuncRef, 0};
        ASSERT_TRUE(v.Step(block) && open(Op::Unreachable));
      }
      if (v.Step(instr)) {
        accepted = true;
      } else {
        message = v.error().message;
      }
    }
    // Packed fields are all that these take, and the module has none.
    const std::string_view text = kOps[i].text;
    const bool packed_only = text.ends_with("get_s") || text.ends_with("get_u");
    if (packed_only && !text.starts_with("i31")) continue;
    EXPECT_TRUE(accepted) << text << ": " << message;
  }
}

// The verdict on `module`'s function 0 of Run, and of Step alone.
std::pair<std::string, std::string> BothVerdicts(FunctionValidator& v, const ModuleContext& context,
                                                 const syntax::Expr& body) {
  std::pair<std::string, std::string> verdicts;
  if (!v.Start(context, 0)) return {v.error().message, v.error().message};
  if (!v.Run(body)) verdicts.first = v.error().ToString();
  v.Start(context, 0);
  ByteReader reader(body.bytes, body.offset);
  Instr instr;
  while (!v.done()) {
    ReadInstr(reader, instr);
    if (!reader.ok()) {
      verdicts.second = reader.error().ToString();
      return verdicts;
    }
    if (!v.Step(instr)) {
      verdicts.second = v.error().ToString();
      return verdicts;
    }
  }
  if (!reader.AtEnd()) verdicts.second = verdicts.first;  // told by Run alone
  return verdicts;
}

// Random code that is often right for a while: the fast path of Run and plain stepping must agree,
// on the error and on its place.
TEST(FunctionValidatorTest, RunAgreesWithStep) {
  for (const bool memory64 : {false, true}) {
    TestModule m = FromWat(
        memory64 ? "(func (param i32 i64) (result i32) (local f32 f64 (ref func)) unreachable) "
                   "(memory i64 1) (global (mut i64) (i64.const 0)) (func (param i32))"
                 : "(func (param i32 i64) (result i32) (local f32 f64 (ref func)) unreachable) "
                   "(memory 1) (global (mut i64) (i64.const 0)) (func (param i32))");
    const TestContext checked(m.module);
    FunctionValidator v;
    std::mt19937 random(1);
    size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
      std::vector<uint8_t> body;
      const auto byte = [&](uint32_t bound) { return static_cast<uint8_t>(random() % bound); };
      for (int n = byte(60); n > 0; --n) {
        switch (byte(12)) {
          case 0:
          case 1:
            body.insert(body.end(), {0x20, byte(6)});
            break;
          case 2:
            body.insert(body.end(), {static_cast<uint8_t>(0x21 + byte(2)), byte(6)});
            break;
          case 3:
          case 4:
            body.insert(body.end(), {0x41, byte(128)});
            break;
          case 5:
            body.insert(body.end(), {0x42, static_cast<uint8_t>(0x80 | byte(128)), byte(128)});
            break;
          case 6:
            body.push_back(static_cast<uint8_t>(0x45 + byte(0xC5 - 0x45)));
            break;
          case 7:
            body.push_back(0x1A);
            break;
          case 8:
            body.insert(body.end(), {static_cast<uint8_t>(0x02 + byte(3)),
                                     static_cast<uint8_t>(byte(3) != 0 ? 0x40 : 0x7F)});
            break;
          case 9:
            body.push_back(byte(2) != 0 ? 0x0B : 0x05);
            break;
          case 10:
            body.insert(body.end(),
                        {static_cast<uint8_t>(0x28 + byte(0x3F - 0x28)), byte(4), byte(128)});
            break;
          case 11: {
            const uint8_t ops[] = {0x00, 0x0C, 0x0D, 0x0F, 0x10, 0x1B, 0x23, 0x24, 0x01};
            const uint8_t op = ops[byte(sizeof(ops))];
            body.push_back(op);
            if (op == 0x0C || op == 0x0D || op == 0x10 || op == 0x23 || op == 0x24)
              body.push_back(byte(2));
            break;
          }
        }
      }
      // Long enough for the fast path, which keeps away from the end.
      for (int n = 0; n < 20; ++n) body.push_back(n == 19 ? 0x0B : 0x00);
      const auto [run, step] = BothVerdicts(v, *checked.context, {body, 100});
      ASSERT_EQ(run, step) << "round " << round;
      accepted += run.empty();
    }
    EXPECT_GT(accepted, 100u);
  }
}

}  // namespace
}  // namespace airwasm::valid
