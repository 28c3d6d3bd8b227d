// Blocks, branches, returns; locals and the operand stack.
//
// A label's values are phis of its block. A block that nothing branches to makes no block in LLVM.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "engine/valid/context.h"
#include "jit/lower.h"

namespace airwasm::jit {

FunctionLowering::Control& FunctionLowering::PushControl(const Instr& instr) {
  Control control;
  control.op = instr.op;
  control.offset = instr.offset;
  switch (instr.block_type.kind) {
    case BlockType::Kind::kEmpty:
      break;
    case BlockType::Kind::kValue:
      control.results = {instr.block_type.value};
      break;
    case BlockType::Kind::kIndex: {
      const FuncType& type = module_.valid().types[instr.block_type.index]->type.func;
      control.params = type.params;
      control.results = type.results;
      break;
    }
  }
  budget_.Spend(control.params.size() + kUnitsOfPhi * control.results.size());
  control.height = static_cast<uint32_t>(stack_.size() - control.params.size());
  control.target = NewBlock();
  for (const ValType type : control.label())
    control.phis.push_back(llvm::PHINode::Create(TypeOf(type), 2, "", control.target));
  control.in_loop = instr.op == Op::Loop || controls_.back().in_loop;
  control.inside = pad_;
  controls_.push_back(std::move(control));
  return controls_.back();
}

void FunctionLowering::Block(const Instr& instr) {
  PushControl(instr);
}

bool FunctionLowering::IsOsrLoop(const Instr& instr) const {
  return osr_ != nullptr && frame_.depth == 0 &&
         instr.offset - frame_.func->body.offset == osr_->loop_offset;
}

void FunctionLowering::Loop(const Instr& instr) {
  Control& control = PushControl(instr);
  AddIncoming(control);
  builder_.CreateBr(control.target);
  llvm::BasicBlock* const header = control.target;
  if (osr_ != nullptr && frame_.depth == 0) {
    if (reentry_ != nullptr) {
      if (instr.offset == reentry_->offset) EnterLoopAgain(*reentry_);
    } else if (IsOsrLoop(instr)) {
      EnterLoopByOsr(header);
    }
  }
  // Sealed at the end, when all branches back are known.
  builder_.SetInsertPoint(header);
  Control& loop = controls_.back();
  std::copy(loop.phis.begin(), loop.phis.end(), stack_.begin() + loop.height);
  if (!module_.options().signals) Poll();
  BeginSegment();
}

// All that the loop may use comes out of the interpreter's frame. The code before the loop is never
// reached, so its values are simply replaced.
void FunctionLowering::EnterLoopByOsr(llvm::BasicBlock* header) {
  llvm::IRBuilder<>::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(entry_end_);
  llvm::Instruction* const placeholder = std::exchange(entry_end_, builder_.CreateBr(header));
  placeholder->eraseFromParent();
  builder_.SetInsertPoint(entry_end_);
  // Locals of functions inlined before belong to the code that is not reached.
  for (uint32_t i = 0; i < osr_->locals.size(); ++i) {
    ssa_.Write(
        i, entry_,
        Load(TypeOf(locals_[i]), Offset(fp_, 8 * uint64_t{osr_->locals[i]}), Region::kFrame));
  }
  Control& loop = controls_.back();
  for (size_t i = 0; i < stack_.size(); ++i) {
    const OsrEntry::Slot& slot = osr_->operands[i];
    llvm::Type* const type = stack_[i]->getType();
    Value* value = nullptr;
    if (!slot.is_const) {
      value = Load(type, Offset(fp_, 8 * uint64_t{slot.slot}), Region::kFrame);
    } else if (type->isIntegerTy()) {
      value = llvm::ConstantInt::get(type, slot.bits);
    } else {
      llvm::Type* const bits = type->isFloatTy() ? I32() : I64();
      value = builder_.CreateBitCast(llvm::ConstantInt::get(bits, slot.bits), type);
    }
    osr_operands_.push_back(value);
    if (i < loop.height) {
      stack_[i] = value;
    } else {
      loop.phis[i - loop.height]->addIncoming(value, entry_);
    }
  }
  ChooseReentries();
  LeaveForReentries();
}

void FunctionLowering::ChooseReentries() {
  for (size_t i = 0; i + 1 < controls_.size(); ++i) {
    const Control& control = controls_[i];
    if (control.op != Op::Loop) continue;
    Reentry reentry{control.offset, NewBlock(), {}};
    for (const ValType type : control.label())
      reentry.phis.push_back(llvm::PHINode::Create(TypeOf(type), 2, "", reentry.block));
    reentries_.push_back(std::move(reentry));
  }
  if (reentries_.size() * frame_.func->body.bytes.size() > kMaxCopiedBytes) too_nested_ = true;
}

// From here on branches to the loops around the current one go to their re-entries.
void FunctionLowering::LeaveForReentries() {
  for (size_t i = 0; i + 1 < controls_.size(); ++i) {
    for (const Reentry& reentry : reentries_) {
      Control& control = controls_[i];
      if (control.op != Op::Loop || control.offset != reentry.offset) continue;
      ssa_.Seal(control.target);
      control.target = reentry.block;
      control.phis = reentry.phis;
      control.goes_on_elsewhere = true;
    }
  }
}

void FunctionLowering::EnterLoopAgain(const Reentry& entry) {
  Control& loop = controls_.back();
  builder_.SetInsertPoint(entry.block);
  builder_.CreateBr(loop.target);
  for (size_t i = 0; i < loop.phis.size(); ++i)
    loop.phis[i]->addIncoming(entry.phis[i], entry.block);
  std::copy_n(osr_operands_.begin(), loop.height, stack_.begin());
  LeaveForReentries();
}

void FunctionLowering::If(const Instr& instr) {
  Value* const condition = builder_.CreateICmpNE(Pop(), Const32(0));
  Control& control = PushControl(instr);
  llvm::BasicBlock* const then = NewBlock();
  control.otherwise = NewBlock();
  control.start.assign(stack_.begin() + control.height, stack_.end());
  builder_.CreateCondBr(condition, then, control.otherwise);
  ssa_.Seal(control.otherwise);
  StartBlock(then);
  BeginSegment();
}

void FunctionLowering::Else() {
  if (reachable_) BranchTo(0);
  Control& control = controls_.back();
  stack_.resize(control.height);
  stack_.insert(stack_.end(), control.start.begin(), control.start.end());
  builder_.SetInsertPoint(control.otherwise);
  control.otherwise = nullptr;
  reachable_ = true;
  BeginSegment();
}

void FunctionLowering::End() {
  Control& control = controls_.back();
  if (control.is_function) {
    if (reachable_) EmitReturn();
    EndSegment();
    controls_.clear();
    return;
  }
  if (control.op == Op::TryTable) EndTryTable();
  if (control.op == Op::Try || control.op == Op::Catch || control.op == Op::CatchAll)
    EndTry(control.pad->outer);
  Continue(controls_.back());
}

// Closes the innermost block and goes on behind it.
void FunctionLowering::Continue(Control& control) {
  const bool fallthrough = reachable_;
  if (control.op == Op::Loop) {
    if (!control.goes_on_elsewhere) ssa_.Seal(control.target);
    if (!fallthrough) stack_.resize(control.height);
    controls_.pop_back();
    skip_depth_ = 0;
    return;
  }
  if (control.otherwise != nullptr) {
    // An `if` without else: its parameters are its results.
    if (fallthrough) BranchTo(0);
    stack_.resize(control.height);
    stack_.insert(stack_.end(), control.start.begin(), control.start.end());
    builder_.SetInsertPoint(control.otherwise);
    reachable_ = true;
    AddIncoming(control);
    builder_.CreateBr(control.target);
    control.reached = true;
  } else if (fallthrough && control.reached) {
    AddIncoming(control);
    builder_.CreateBr(control.target);
  }
  if (!control.reached) {
    control.target->eraseFromParent();
    if (!fallthrough) stack_.resize(control.height);
    controls_.pop_back();
    reachable_ = fallthrough;
    skip_depth_ = 0;
    return;
  }
  stack_.resize(control.height);
  stack_.insert(stack_.end(), control.phis.begin(), control.phis.end());
  llvm::BasicBlock* const target = control.target;
  controls_.pop_back();
  target->moveAfter(&function_->back());
  StartBlock(target);
  reachable_ = true;
  skip_depth_ = 0;
  BeginSegment();
}

// ---- Branches

// The topmost operands arrive at the label from the current block.
void FunctionLowering::AddIncoming(Control& target) {
  const size_t arity = target.phis.size();
  budget_.Spend(arity);
  for (size_t i = 0; i < arity; ++i) {
    target.phis[i]->addIncoming(stack_[stack_.size() - arity + i], builder_.GetInsertBlock());
  }
}

void FunctionLowering::BranchTo(uint32_t depth) {
  if (IsReturn(depth)) return EmitReturn();
  Control& target = Target(depth);
  target.reached = true;
  AddIncoming(target);
  builder_.CreateBr(target.target);
}

void FunctionLowering::BranchIf(uint32_t depth, Value* condition, int likely) {
  llvm::MDNode* const weights = likely == 0  ? nullptr
                                : likely > 0 ? module_.likely()
                                             : module_.unlikely();
  llvm::BasicBlock* const next = NewBlock();
  if (IsReturn(depth)) {
    llvm::BasicBlock* const taken = NewBlock();
    builder_.CreateCondBr(condition, taken, next, weights);
    StartBlock(taken);
    EmitReturn();
  } else {
    Control& target = Target(depth);
    target.reached = true;
    AddIncoming(target);
    builder_.CreateCondBr(condition, target.target, next, weights);
  }
  StartBlock(next);
  BeginSegment();
}

// However often a label is in the table, it is reached by one edge from a block of its own: each
// edge is an operand of all of its phis.
void FunctionLowering::BrTable(const Instr& instr) {
  Value* const index = Pop();
  std::vector<std::pair<uint32_t, llvm::BasicBlock*>> arms;
  std::unordered_map<uint32_t, llvm::BasicBlock*> arm_of;
  const auto arm = [&](uint32_t depth) {
    llvm::BasicBlock*& block = arm_of[depth];
    if (block == nullptr) {
      block = NewBlock();
      arms.emplace_back(depth, block);
    }
    return block;
  };
  budget_.Spend(instr.count);
  llvm::SwitchInst* const table = builder_.CreateSwitch(index, arm(instr.index), instr.count);
  ByteReader labels = ListReader(instr);
  for (uint32_t i = 0; i < instr.count; ++i)
    table->addCase(builder_.getInt32(i), arm(ReadLabel(labels)));
  for (const auto& [depth, block] : arms) {
    if (budget_.IsSpent()) break;
    StartBlock(block);
    BranchTo(depth);
  }
  MarkUnreachable();
}

void FunctionLowering::Return() {
  BranchTo(static_cast<uint32_t>(controls_.size()) - 1 - frame_.control_base);
}

void FunctionLowering::EmitReturn() {
  const std::span<Value* const> values = Top(type_.results.size());
  if (osr_ != nullptr) {
    SaveToSlots(values, type_.results);
    builder_.CreateRetVoid();
    return;
  }
  ReturnValues(values);
}

// ---- Lowerings

AIRWASM_LOWER(Unreachable) {
  f.Trap(TrapKind::kUnreachable);
}
AIRWASM_LOWER(Nop) {}
AIRWASM_LOWER(Block) {
  f.Block(instr);
}
AIRWASM_LOWER(Loop) {
  f.Loop(instr);
}
AIRWASM_LOWER(If) {
  f.If(instr);
}
AIRWASM_LOWER(Else) {
  f.Else();
}
AIRWASM_LOWER(End) {
  f.End();
}
AIRWASM_LOWER(Br) {
  f.BranchTo(instr.index);
  f.MarkUnreachable();
}
AIRWASM_LOWER(BrIf) {
  f.BranchIf(instr.index, f.b().CreateICmpNE(f.Pop(), f.Const32(0)));
}
AIRWASM_LOWER(BrTable) {
  f.BrTable(instr);
}
AIRWASM_LOWER(Return) {
  f.Return();
  f.MarkUnreachable();
}
AIRWASM_LOWER(Drop) {
  f.Pop();
}
// Whoever made the module has chosen this over a branch. LLVM would take it for a branch again in a
// loop where that shortens what waits for what, and so bets on the branch being predictable, of
// which it knows nothing (bench/kernels/sort.c).
AIRWASM_LOWER(Select) {
  Value* const condition = f.b().CreateICmpNE(f.Pop(), f.Const32(0));
  Value* const otherwise = f.Pop();
  Value* const then = f.Pop();
  Value* const value = f.b().CreateSelect(condition, then, otherwise);
  if (auto* const select = llvm::dyn_cast<llvm::SelectInst>(value))
    select->setMetadata(llvm::LLVMContext::MD_unpredictable,
                        llvm::MDNode::get(select->getContext(), {}));
  f.Push(value);
}
AIRWASM_LOWER(SelectT) {
  Lower<Op::Select>(f, instr);
}
AIRWASM_LOWER(LocalGet) {
  f.Push(f.ReadLocal(instr.index));
}
AIRWASM_LOWER(LocalSet) {
  f.WriteLocal(instr.index, f.Pop());
}
AIRWASM_LOWER(LocalTee) {
  Value* const value = f.Pop();
  f.WriteLocal(instr.index, value);
  f.Push(value);
}

}  // namespace airwasm::jit
