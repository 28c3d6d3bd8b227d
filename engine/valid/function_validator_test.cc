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
                    (validator.unreachable() ? " unreachable" : ""));
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

TEST(FunctionValidatorTest, ShowsUnreachableCode) {
  EXPECT_EQ(Trace("(func (block return (block nop) i32.add drop) nop)"),
            (std::vector<std::string>{"block []", "return [] unreachable", "block []", "nop []",
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

// A body of random code that is often right for a while.
class RandomBody {
 public:
  explicit RandomBody(std::mt19937& random) : random_(random) {
    for (uint32_t n = Below(60); n > 0; --n) AddInstr();
    switch (Below(8)) {
      case 0:  // cut off
        break;
      case 1:
        body_.push_back(0x0B);
        break;
      case 2:  // a LEB128 without an end
        body_.insert(body_.end(), {0x00, 0x41, 0x8B});
        break;
      default:  // the function's result comes from unreachable code
        body_.insert(body_.end(), {0x00, 0x0B});
    }
  }
  const std::vector<uint8_t>& bytes() const { return body_; }

 private:
  uint32_t Below(uint32_t bound) { return random_() % bound; }
  void Add(uint32_t byte) { body_.push_back(static_cast<uint8_t>(byte)); }

  // A small number as a LEB128, sometimes longer than it need be, and then sometimes too long or
  // with bits that do not belong there.
  void AddLeb(uint32_t value) {
    if (Below(4) != 0) return Add(value);
    Add(value | 0x80);
    for (uint32_t n = Below(10); n > 0; --n) Add(0x80);
    Add(Below(4) == 0 ? Below(128) : 0);
  }

  void AddInstr() {
    switch (Below(12)) {
      case 0:
      case 1:
        Add(0x20);  // local.get
        return AddLeb(Below(6));
      case 2:
        Add(0x21 + Below(2));  // local.set, local.tee
        return AddLeb(Below(6));
      case 3:
      case 4:
        Add(0x41);  // i32.const
        return AddLeb(Below(128));
      case 5:
        Add(0x42);  // i64.const
        return AddLeb(Below(128));
      case 6:
        return Add(0x45 + Below(0xC5 - 0x45));  // numeric
      case 7:
        return Add(0x1A);  // drop
      case 8:
        Add(0x02 + Below(3));  // block, loop, if
        return Add(Below(3) != 0 ? 0x40 : 0x7B + Below(5));
      case 9:
        return Add(Below(2) != 0 ? 0x0B : 0x05);  // end, else
      case 10:
        Add(0x28 + Below(0x3F - 0x28));  // memory accesses
        AddLeb(Below(4));
        return AddLeb(Below(128));
      default: {
        const uint8_t ops[] = {0x00, 0x0C, 0x0D, 0x0F, 0x10, 0x1B, 0x23, 0x24, 0x01, 0x43, 0x44};
        const uint8_t op = ops[Below(std::size(ops))];
        Add(op);
        if (op == 0x43 || op == 0x44) body_.resize(body_.size() + (op == 0x43 ? 4 : 8));
        if (op == 0x0C || op == 0x0D || op == 0x10 || op == 0x23 || op == 0x24) AddLeb(Below(2));
      }
    }
  }

  std::mt19937& random_;
  std::vector<uint8_t> body_;
};

// The fast path of Run and plain stepping must agree, on the error and on its place.
TEST(FunctionValidatorTest, RunAgreesWithStep) {
  for (const std::string_view memory : {"(memory 1)", "(memory i64 1)", ""}) {
    SCOPED_TRACE(memory);
    TestModule m = FromWat(
        "(func (param i32 i64) (result i32) (local f32 f64 (ref func)) unreachable) "
        "(global (mut i64) (i64.const 0)) (func (param i32))" +
        std::string(memory));
    const TestContext checked(m.module);
    FunctionValidator v;
    std::mt19937 random(1);
    size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
      const RandomBody body(random);
      const auto [run, step] = BothVerdicts(v, *checked.context, {body.bytes(), 100});
      ASSERT_EQ(run, step) << "round " << round;
      accepted += run.empty();
    }
    EXPECT_GT(accepted, 100u);
  }
}

// Numbers that need all the bits of their type, and those that have one too many.
TEST(FunctionValidatorTest, LongNumbers) {
  const struct {
    std::string_view name;
    std::vector<uint8_t> body;
    std::string_view message;
  } kCases[] = {
      {"i32 minimum", {0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x1A, 0x0B}, ""},
      {"i32 maximum", {0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x1A, 0x0B}, ""},
      {"i32 beyond", {0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x1A, 0x0B}, "integer too large"},
      {"i32 unlike its sign",
       {0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x1A, 0x0B},
       "integer too large"},
      {"i32 of six bytes",
       {0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1A, 0x0B},
       "integer representation too long"},
      {"i64 minimum",
       {0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F, 0x1A, 0x0B},
       ""},
      {"i64 beyond",
       {0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x1A, 0x0B},
       "integer too large"},
      {"index of five bytes", {0x20, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1A, 0x0B}, ""},
      {"index beyond", {0x20, 0x80, 0x80, 0x80, 0x80, 0x10, 0x1A, 0x0B}, "integer too large"},
      {"great index", {0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x1A, 0x0B}, "unknown local 4294967295"},
  };
  FunctionValidator v;
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const syntax::Module module = OneFunction({{kI32}, {}}, test.body);
    const TestContext checked(module);
    const auto [run, step] = BothVerdicts(v, *checked.context, module.funcs[0].body);
    EXPECT_EQ(run, step);
    if (test.message.empty()) {
      EXPECT_EQ(run, "");
    } else {
      EXPECT_NE(run.find(test.message), std::string::npos) << run;
    }
  }
}

// Bodies that end within an instruction: no byte behind them is looked at, and Run says what Step
// says.
TEST(FunctionValidatorTest, BodiesCutOff) {
  const struct {
    std::string_view name;
    std::vector<uint8_t> body;
  } kCases[] = {
      {"constants", {0x41, 0xFF, 0x01, 0x1A, 0x42, 0x80, 0x80, 0x01, 0x1A, 0x0B}},
      {"f32.const", {0x43, 0x00, 0x01, 0x02, 0x03, 0x1A, 0x0B}},
      {"f64.const", {0x44, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x1A, 0x0B}},
      {"memory accesses",
       {0x20, 0x00, 0x28, 0x02, 0x04, 0x1A, 0x20, 0x00, 0x20, 0x00, 0x36, 0x00, 0x80, 0x01, 0x0B}},
      {"locals", {0x20, 0x00, 0x22, 0x80, 0x00, 0x21, 0x00, 0x0B}},
      {"blocks and branches",
       {0x02, 0x40, 0x03, 0x40, 0x20, 0x00, 0x0D, 0x01, 0x0C, 0x00, 0x0B, 0x0B, 0x0B}},
      {"if without else but with a result", {0x20, 0x00, 0x04, 0x7F, 0x20, 0x00, 0x0B, 0x1A, 0x0B}},
      {"if and else", {0x20, 0x00, 0x04, 0x7F, 0x20, 0x00, 0x05, 0x20, 0x00, 0x0B, 0x1A, 0x0B}},
      {"calls", {0x20, 0x00, 0x10, 0x80, 0x00, 0x0B}},
      {"br_table", {0x02, 0x40, 0x20, 0x00, 0x0E, 0x01, 0x00, 0x01, 0x0B, 0x0B}},
      {"prefixed", {0x43, 0x00, 0x00, 0x00, 0x00, 0xFC, 0x00, 0x1A, 0x0B}},
  };
  FunctionValidator v;
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    for (size_t size = 0; size <= test.body.size(); ++size) {
      SCOPED_TRACE(size);
      const std::vector<uint8_t> body(test.body.begin(), test.body.begin() + size);
      syntax::Module module = OneFunction({{kI32}, {}}, body);
      module.memories.emplace_back();
      const TestContext checked(module);
      const auto [run, step] = BothVerdicts(v, *checked.context, module.funcs[0].body);
      EXPECT_EQ(run, step);
      EXPECT_EQ(run.empty(), size == test.body.size() && !test.name.starts_with("if without"))
          << run;
    }
  }
}

}  // namespace
}  // namespace airwasm::valid
