// Blocks, branches and loops. Every loop that may be branched to uses up fuel; counted ones end by
// themselves.
#include "spec-tests/differential/generator.h"

namespace airwasm::differential {
namespace {

constexpr uint32_t kMostRounds = 20;  // of a counted loop

}  // namespace

NanLanes FunctionGenerator::BlockExpr(ValType type) {
  if (random_.Chance(1, 4)) {
    // With parameters: what lies on the stack goes in, something else comes out.
    const ValType param = NumberType();
    Pass(param);
    const uint32_t local = Temp(param);
    code_.Open(random_.Chance(1, 3) ? Op::Loop : Op::Block, BlockOf({param}, {type}));
    labels_.push_back({.types = {type}, .may_branch = false});
    code_.Do(Op::LocalSet, local);
    Pass(type);
    Close();
    return PassedLanes(type);
  }
  Open(Op::Block, {type});
  Pass(type);
  if (random_.Chance(1, 2)) {
    Expr(kI32);
    code_.Do(Op::BrIf, 0);
    code_.Do(Op::Drop);
    Statements(2);
    Pass(type);
  }
  Close();
  return PassedLanes(type);
}

NanLanes FunctionGenerator::IfExpr(ValType type) {
  Expr(kI32);
  Open(Op::If, {type});
  if (random_.Chance(1, 3)) Statements(2);
  Pass(type);
  code_.Do(Op::Else);
  Pass(type);
  Close();
  return PassedLanes(type);
}

void FunctionGenerator::IfStatement() {
  Expr(kI32);
  Open(Op::If, {});
  Statements(3);
  if (random_.Chance(1, 2)) {
    code_.Do(Op::Else);
    Statements(3);
  }
  Close();
}

void FunctionGenerator::BlockStatement() {
  std::vector<ValType> types;
  for (uint32_t i = 0, count = random_.Below(4); i < count; ++i) types.push_back(AnyType());
  Open(Op::Block, types);
  Statements(3);
  PassAll(types);
  Close();
  Consume(types);
}

void FunctionGenerator::LoopStatement() {
  Open(Op::Block, {});  // where it goes without fuel
  Open(Op::Loop, {});
  code_.Do(Op::GlobalGet, kFuel);
  code_.I32(0);
  code_.Do(Op::I32LeS);
  code_.Do(Op::BrIf, 1);
  code_.Do(Op::GlobalGet, kFuel);
  code_.I32(1);
  code_.Do(Op::I32Sub);
  code_.Do(Op::GlobalSet, kFuel);
  Statements(4);
  Expr(kI32);
  code_.Do(Op::BrIf, 0);
  Close();
  Close();
}

void FunctionGenerator::CountedLoop() {
  if (loops_ >= 2) return;
  ++loops_;
  const uint32_t i = NewLocal(kI32);
  temps_.push_back({kBottom, i});  // nobody else sets it
  const auto rounds = static_cast<int32_t>(1 + random_.Below(kMostRounds));
  const bool downwards = random_.Chance(1, 2);
  code_.I32(downwards ? rounds : 0);
  code_.Do(Op::LocalSet, i);
  Open(Op::Loop, {}, /*may_branch=*/false);
  Statements(3);
  // The counter takes part.
  uint32_t local;
  if (FindLocal(kI32, local)) {
    code_.Do(Op::LocalGet, local);
    code_.Do(Op::LocalGet, i);
    code_.Do(random_.Chance(1, 2) ? Op::I32Add : Op::I32Xor);
    code_.Do(Op::LocalSet, local);
  }
  code_.Do(Op::LocalGet, i);
  code_.I32(downwards ? -1 : 1);
  code_.Do(Op::I32Add);
  code_.Do(Op::LocalTee, i);
  if (!downwards) {
    code_.I32(rounds);
    code_.Do(Op::I32LtS);
  }
  code_.Do(Op::BrIf, 0);
  Close();
  --loops_;
}

void FunctionGenerator::SwitchStatement() {
  const uint32_t arms = 1 + random_.Below(5);
  const bool has_value = random_.Chance(1, 3);
  const ValType type = NumberType();
  const std::vector<ValType> types = has_value ? std::vector{type} : std::vector<ValType>();
  for (uint32_t i = 0; i <= arms; ++i) Open(Op::Block, types);
  if (has_value) Pass(type);
  Expr(kI32);
  if (random_.Chance(3, 4)) {
    code_.I32(7);
    code_.Do(Op::I32And);
  }
  std::vector<uint32_t> labels;
  for (uint32_t i = 0, count = random_.Below(9); i < count; ++i)
    labels.push_back(random_.Below(arms + 1));
  code_.Labels(labels, random_.Below(arms + 1));
  for (uint32_t i = 0; i <= arms; ++i) {
    Close();
    Consume(types);
    if (i == arms) break;
    Statements(2);
    if (has_value) Pass(type);
    if (random_.Chance(1, 3)) {  // break
      code_.Do(Op::Br, arms - 1 - i);
    }
  }
}

// To any label in sight.
void FunctionGenerator::BranchIf() {
  const uint32_t label = random_.Below(static_cast<uint32_t>(labels_.size()));
  if (!labels_[label].may_branch) return;
  const std::vector<ValType> types = labels_[label].types;
  PassAll(types);
  Expr(kI32);
  code_.Do(Op::BrIf, Depth(label));
  Consume(types);
}

// What follows is dead, and is made all the same.
void FunctionGenerator::Leave() {
  switch (random_.Below(8)) {
    case 0:
      return code_.Do(Op::Unreachable);
    case 1:
    case 2:
    case 3:
      PassAll(type_.results);
      return code_.Do(Op::Return);
    default: {
      const uint32_t label = random_.Below(static_cast<uint32_t>(labels_.size()));
      if (!labels_[label].may_branch) return;
      const std::vector<ValType> types = labels_[label].types;
      PassAll(types);
      return code_.Do(Op::Br, Depth(label));
    }
  }
}

}  // namespace airwasm::differential
