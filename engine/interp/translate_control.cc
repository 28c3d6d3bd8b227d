// Blocks, branches and returns.
//
// A block's label is bound only if something branches to it; values then stand from the block's
// base upward. A branch whose values are elsewhere moves them first; a conditional one jumps over
// the moves with the opposite condition.
#include <cassert>
#include <map>
#include <utility>

#include "engine/interp/op_relations.h"
#include "engine/interp/translator.h"

namespace airwasm::interp {

void Translator::ControlInstr(const Instr& instr) {
  switch (instr.op) {
    case Op::Unreachable:
      EmitReg(RegOp::Unreachable);
      return MarkUnreachable();
    case Op::Block:
    case Op::Loop:
      return Block(instr);
    case Op::If:
      return If(instr);
    case Op::Else:
      return Else();
    case Op::End:
      return End();
    case Op::Br:
      return Branch(instr.index);
    case Op::BrIf: {
      const Operand cond = Pop();
      return BranchIf(instr.index, cond);
    }
    case Op::BrTable:
      return BrTable(instr);
    case Op::Return:
      return Return();
    case Op::BrOnNull: {
      Operand ref = ToSlot(Pop());
      PrepareWideBranch(instr.index, ref);
      const bool direct = IsDirect(instr.index);
      FinishCondBranch(instr.index,
                       EmitNullBranch(ref, direct, direct && Target(instr.index).op == Op::Loop));
      // The reference stays for what follows.
      if (ref.slot < first_temp_) return PushLocal(ref.slot, ref.type);
      return PushSlot(ref.type, ref.slot);
    }
    case Op::BrOnNonNull: {
      // The reference is the last of the label's values.
      FlushEntry(stack_.back());
      if (stack_.back().kind == Operand::Kind::kConst) stack_.back() = ToSlot(stack_.back());
      Operand ref = stack_.back();
      PrepareWideBranch(instr.index, ref);
      const bool direct = IsDirect(instr.index);
      FinishCondBranch(instr.index,
                       EmitNullBranch(ref, !direct, direct && Target(instr.index).op == Op::Loop));
      Pop();
      return;
    }
    default:
      assert(false);
  }
}

// ---- Unreachable code

void Translator::MarkUnreachable() {
  reachable_ = false;
  skip_depth_ = 0;
  consume_cell_ = UINT32_MAX;
  const Control& control = controls_.back();
  while (stack_.size() > control.height) Pop();
  ForgetMirrors();
}

// True if `instr` was dealt with. Only what closes the innermost reachable block matters.
bool Translator::SkipUnreachable(const Instr& instr) {
  switch (instr.op) {
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
    case Op::TryTable:
      ++skip_depth_;
      return true;
    case Op::Else:
    case Op::Catch:
    case Op::CatchAll:
      return skip_depth_ != 0;
    case Op::End:
    case Op::Delegate:
      if (skip_depth_ == 0) return false;
      --skip_depth_;
      return true;
    default:
      return true;
  }
}

// ---- Labels

void Translator::AddFixup(int32_t& list, Fixup::Kind kind, uint32_t index, uint32_t base) {
  fixups_.push_back({kind, index, base, list});
  list = static_cast<int32_t>(fixups_.size()) - 1;
}

void Translator::SetDistance(uint32_t cell, uint32_t target) {
  cells_[cell].imm = static_cast<int32_t>((static_cast<int64_t>(target) - cell) *
                                          static_cast<int64_t>(sizeof(Cell)));
}

void Translator::BindBranch(uint32_t cell) {
  SetDistance(cell, static_cast<uint32_t>(cells_.size()));
  label_cell_ = static_cast<uint32_t>(cells_.size());
  last_.valid = false;
  ForgetMirrors();
}

void Translator::BindLabel(int32_t& list) {
  const uint32_t target = static_cast<uint32_t>(cells_.size());
  for (int32_t i = list; i >= 0; i = fixups_[static_cast<size_t>(i)].next) {
    const Fixup& fixup = fixups_[static_cast<size_t>(i)];
    switch (fixup.kind) {
      case Fixup::Kind::kBranch:
        SetDistance(fixup.index, target);
        break;
      case Fixup::Kind::kTableEntry:
        reinterpret_cast<int32_t*>(&cells_[fixup.base + 1])[fixup.index] =
            static_cast<int32_t>((target - fixup.base) * sizeof(Cell));
        break;
      case Fixup::Kind::kCatch:
        code_->catches[fixup.base].entries[fixup.index].target = target;
        break;
    }
  }
  list = -1;
  label_cell_ = target;
  last_.valid = false;
  ForgetMirrors();
}

// Fuel: a segment of straight code is charged as a whole when it is entered.
void Translator::BeginSegment() {
  if (!fuel_) return;
  consume_cell_ = static_cast<uint32_t>(cells_.size());
  EmitReg(RegOp::Consume);
  last_.valid = false;
}

// ---- Blocks

void Translator::PushControl(const Instr& instr, Op op) {
  Control control{};
  control.op = op;
  switch (instr.block_type.kind) {
    case BlockType::Kind::kEmpty:
      break;
    case BlockType::Kind::kValue:
      control.single = instr.block_type.value;
      control.has_single = true;
      break;
    case BlockType::Kind::kIndex:
      control.type = &context_.types[instr.block_type.index]->type.func;
      break;
  }
  const size_t params = control.params().size();
  FlushAll();
  control.height = static_cast<uint32_t>(stack_.size() - params);
  // The parameters move to the base, which is even so that payloads of exceptions fit.
  std::vector<Operand> operands(stack_.begin() + control.height, stack_.end());
  for (size_t i = 0; i < params; ++i) Pop();
  control.base = (NextFree() + 1) & ~1u;
  control.operand_base = control.base;
  if (params != 0) MoveOperands(operands, control.base);
  controls_.push_back(control);
  for (const Operand& operand : operands) PushSlot(operand.type, Home(operand.type));
  flushed_ = stack_.size();
  Touch(control.base + 2);
}

void Translator::Block(const Instr& instr) {
  PushControl(instr, instr.op);
  if (instr.op != Op::Loop) return;
  controls_.back().loop_cell = label_cell_ = static_cast<uint32_t>(cells_.size());
  LoopCode loop{.cell = label_cell_, .offset = current_offset_};
  for (const Operand& operand : stack_) {
    assert(operand.kind == Operand::Kind::kSlot || operand.kind == Operand::Kind::kConst);
    loop.operands.push_back({.is_const = operand.kind == Operand::Kind::kConst,
                             .slot = operand.slot,
                             .bits = operand.bits});
  }
  code_->loops.push_back(std::move(loop));
  last_.valid = false;
  ForgetMirrors();
  BeginSegment();
}

void Translator::If(const Instr& instr) {
  Operand cond = Pop();
  const bool has_params = instr.block_type.kind == BlockType::Kind::kIndex;
  bool copies = has_params;
  for (size_t i = flushed_; i < stack_.size(); ++i)
    copies |= stack_[i].kind == Operand::Kind::kLocal;
  if (copies) {
    // Cells come between the condition and the branch, so it cannot be fused, and needs a place of
    // its own.
    if (cond.kind == Operand::Kind::kConst || cond.kind == Operand::Kind::kAcc) cond = ToSlot(cond);
    if (has_params && cond.slot >= first_temp_) {
      // The parameters may move up by a slot, onto the condition.
      const uint32_t above = cond.slot + 4;
      Copy(above, cond.slot, cond.type);
      cond.slot = above;
    }
  }
  PushControl(instr, Op::If);
  controls_.back().else_branch = static_cast<int32_t>(EmitCondBranch(cond, false, false));
  BeginSegment();
}

void Translator::Else() {
  Control& control = controls_.back();
  if (reachable_) {
    control.used = true;
    MoveOperands({stack_.data() + control.height, stack_.size() - control.height}, control.base);
    AddFixup(control.fixups, Fixup::Kind::kBranch, static_cast<uint32_t>(cells_.size()), 0);
    EmitReg(RegOp::Jump);
  }
  while (stack_.size() > control.height) Pop();
  pending_[0] = pending_[1] = -1;
  BindBranch(static_cast<uint32_t>(control.else_branch));
  control.else_branch = -1;
  reachable_ = true;
  for (const ValType type : control.params()) PushSlot(type.kind(), Home(type.kind()));
  flushed_ = stack_.size();
  BeginSegment();
}

void Translator::End() {
  const bool fallthrough = reachable_;
  if (controls_.size() == 1) {
    if (reachable_) Return();
    EmitReturnStubs();
    controls_.clear();
    return;
  }
  EndRange(controls_.back());
  PopControlAndContinue(fallthrough);
}

void Translator::PopControlAndContinue(bool fallthrough) {
  Control control = controls_.back();
  const std::span<const ValType> results = control.results();
  const bool else_arrives =
      control.else_branch >= 0;  // an `if` without else: its parameters are its results
  if (!control.used && !else_arrives) {
    // Nothing else arrives here: the operands stay as they are, or the code behind is unreachable
    // like that before.
    while (!fallthrough && stack_.size() > control.height) Pop();
    controls_.pop_back();
    reachable_ = fallthrough;
    skip_depth_ = 0;
    return;
  }
  if (fallthrough)
    MoveOperands({stack_.data() + control.height, stack_.size() - control.height}, control.base);
  while (stack_.size() > control.height) Pop();
  pending_[0] = pending_[1] = -1;
  BindLabel(control.fixups);
  if (else_arrives) BindBranch(static_cast<uint32_t>(control.else_branch));
  controls_.pop_back();
  uint32_t slot = control.base;
  for (const ValType type : results) {
    if (type.IsVector()) slot = (slot + 1) & ~1u;
    PushSlot(type.kind(), slot);
    slot += type.slots();
  }
  flushed_ = stack_.size();
  reachable_ = true;
  skip_depth_ = 0;
  BeginSegment();
}

// ---- Branches

// Goes to a label, or returns. Leaves the descriptors alone: after a conditional branch they serve
// the other path.
void Translator::EmitBranch(uint32_t depth) {
  scratch_used_ = 0;  // whatever led here has been emitted
  if (IsReturn(depth)) return EmitReturn();
  Control& target = Target(depth);
  const size_t arity = target.label().size();
  MoveOperands({stack_.data() + stack_.size() - arity, arity}, target.base);
  const uint32_t cell = static_cast<uint32_t>(cells_.size());
  if (target.op == Op::Loop) {
    EmitReg(RegOp::JumpBack);
    SetDistance(cell, target.loop_cell);
  } else {
    EmitReg(RegOp::Jump);
    target.used = true;
    AddFixup(target.fixups, Fixup::Kind::kBranch, cell, 0);
  }
}

void Translator::Branch(uint32_t depth) {
  EmitBranch(depth);
  MarkUnreachable();
}

// Whether a branch needs no code but itself: the label's values are in place.
bool Translator::IsDirect(uint32_t depth) {
  if (IsReturn(depth)) return false;
  const Control& target = Target(depth);
  const size_t arity = target.label().size();
  return InPlace({stack_.data() + stack_.size() - arity, arity}, target.base);
}

void Translator::PrepareWideBranch(uint32_t depth, Operand& condition) {
  constexpr size_t kWide = 4;
  const size_t arity = IsReturn(depth) ? type_.results.size() : Target(depth).label().size();
  if (arity < kWide) return;
  condition = ToSlot(condition);
  for (size_t i = stack_.size() - arity; i < stack_.size(); ++i) {
    FlushEntry(stack_[i]);
    if (stack_[i].kind == Operand::Kind::kConst) stack_[i] = ToSlot(stack_[i]);
  }
}

void Translator::BranchIf(uint32_t depth, Operand cond) {
  PrepareWideBranch(depth, cond);
  const bool direct = IsDirect(depth);
  FinishCondBranch(depth, EmitCondBranch(cond, direct, direct && Target(depth).op == Op::Loop));
}

// `cell` is a conditional branch: to the label if that IsDirect; else over the code that goes
// there.
void Translator::FinishCondBranch(uint32_t depth, uint32_t cell) {
  if (IsDirect(depth)) {
    Control& target = Target(depth);
    if (target.op == Op::Loop) {
      SetDistance(cell, target.loop_cell);
    } else {
      target.used = true;
      AddFixup(target.fixups, Fixup::Kind::kBranch, cell, 0);
    }
  } else {
    const uint32_t mirrors[2] = {mirror_[0], mirror_[1]};
    label_cell_ = static_cast<uint32_t>(cells_.size());
    EmitBranch(depth);
    BindBranch(cell);
    // What the accumulators mirror is as it was before the branch.
    mirror_[0] = mirrors[0];
    mirror_[1] = mirrors[1];
  }
  BeginSegment();
}

uint32_t Translator::EmitTestBranch(Op op, Place a, Place b, bool when, bool backward) {
  const bool unary = Info(Info(op).signature).params.size() == 1;
  if (!when && Inverse(op) != Op::Nop) {
    op = Inverse(op);
    when = true;
  }
  const BranchRow& row = *FindBranchRow(op);
  if (b.src == Src::kImm) {
    const ValType first = Info(op).signature == Signature::I64_I64_to_I32 ? kI64 : kI32;
    const int64_t value = first == kI64 ? static_cast<int64_t>(b.bits)
                                        : static_cast<int32_t>(static_cast<uint32_t>(b.bits));
    if (row.handlers[0][int(Src::kImm)][1][0] == nullptr || value != static_cast<int16_t>(value))
      b.src = Src::kWide;
  }
  Cell cell{};
  cell.handler =
      row.handlers[static_cast<int>(a.src)][unary ? 0 : static_cast<int>(b.src)][when][backward];
  assert(cell.handler != nullptr);
  if (a.src == Src::kSlot) cell.a = Field(a.slot);
  if (!unary && b.src == Src::kSlot) cell.dst = Field(b.slot);
  if (!unary && b.src == Src::kImm) cell.dst = static_cast<uint16_t>(b.bits);
  const uint32_t index = static_cast<uint32_t>(cells_.size());
  Emit(cell);
  if (!unary && b.src == Src::kWide) EmitWide(b.bits);
  last_.valid = false;
  return index;
}

uint32_t Translator::EmitCondBranch(const Operand& cond, bool when, bool backward) {
  if (LastIs(cond) && FindBranchRow(last_.op) != nullptr) {
    Last test = last_;
    if (test.op == Op::I32Eqz && test.has_under && FindBranchRow(under_.op) != nullptr) {
      // eqz(test): the test with the opposite outcome.
      TakeBackLast();
      test = under_;
      last_ = under_;
      when = !when;
    }
    TakeBackLast();
    Place a = test.a;
    Place b = test.b;
    Op op = test.op;
    // Branches have the accumulator on the left.
    if (Info(Info(op).signature).params.size() == 2 && b.src == Src::kAcc) {
      std::swap(a, b);
      op = Exchanged(op);
    }
    return EmitTestBranch(op, a, b, when, backward);
  }
  Place place = PlaceOf(cond);
  if (place.src == Src::kImm) place = {.src = Src::kSlot, .slot = SlotOf(cond)};
  return EmitTestBranch(Op::I32Eqz, place, {}, !when, backward);
}

uint32_t Translator::EmitNullBranch(const Operand& ref, bool when, bool backward) {
  return EmitTestBranch(Op::I64Eqz, PlaceOf(ref), {}, when, backward);
}

void Translator::BrTable(const Instr& instr) {
  Operand index = Pop();
  PrepareWideBranch(instr.index, index);  // all its labels take as many values
  Place place = PlaceOf(index);
  if (place.src == Src::kImm) place = {.src = Src::kSlot, .slot = SlotOf(index)};
  const uint32_t count = instr.count;
  Cell cell{};
  cell.handler = Reg(place.src == Src::kAcc ? RegOp::BrTableAcc : RegOp::BrTableSlot);
  if (place.src == Src::kSlot) cell.a = Field(place.slot);
  cell.imm = static_cast<int32_t>(count);
  const uint32_t base = static_cast<uint32_t>(cells_.size());
  Emit(cell);
  cells_.resize(cells_.size() + (size_t{count} + 1 + 3) / 4);
  const auto entry = [&](uint32_t i) -> int32_t& {
    return reinterpret_cast<int32_t*>(&cells_[base + 1])[i];
  };

  // Labels that need values moved, or a poll, get a stub behind the table; one per label. First the
  // direct ones, then the stubs.
  std::map<uint32_t, std::vector<uint32_t>> stubs;
  ByteReader labels = ListReader(instr);
  for (uint32_t i = 0; i <= count; ++i) {
    const uint32_t depth = i < count ? ReadLabel(labels) : instr.index;
    if (IsDirect(depth) && Target(depth).op != Op::Loop) {
      Target(depth).used = true;
      AddFixup(Target(depth).fixups, Fixup::Kind::kTableEntry, i, base);
      continue;
    }
    stubs[depth].push_back(i);
  }
  last_.valid = false;
  for (const auto& [depth, entries] : stubs) {
    const uint32_t target = static_cast<uint32_t>(cells_.size());
    for (const uint32_t i : entries)
      entry(i) = static_cast<int32_t>((target - base) * sizeof(Cell));
    label_cell_ = target;
    const uint32_t mirrors[2] = {mirror_[0], mirror_[1]};
    EmitBranch(depth);
    mirror_[0] = mirrors[0];
    mirror_[1] = mirrors[1];
  }
  MarkUnreachable();
}

// ---- Returning

void Translator::Return() {
  EmitReturn();
  MarkUnreachable();
}

void Translator::EmitReturn() {
  const std::span<const ValType> results = type_.results;
  const size_t arity = results.size();
  if (arity != 1 || results[0].IsVector()) {
    if (arity != 0) MoveHome(arity, 0);
    EmitReg(RegOp::Return);
    return;
  }
  const Operand& value = stack_.back();
  const bool is_float = BankOf(value.type) == Bank::kFloat;
  Place place = PlaceOf(value);
  if (place.src == Src::kImm && (is_float || value.bits > UINT32_MAX)) {
    CopyConst(value.home, value.type, value.bits);
    place = {.src = Src::kSlot, .slot = value.home};
  }
  Cell cell{};
  if (place.src == Src::kSlot) cell.a = Field(place.slot);
  if (place.src == Src::kImm) cell.imm = static_cast<int32_t>(static_cast<uint32_t>(place.bits));
  RegOp op = is_float ? RegOp::ReturnFloatSlot : RegOp::ReturnSlot;
  if (place.src == Src::kAcc) op = is_float ? RegOp::ReturnFacc : RegOp::ReturnAcc;
  if (place.src == Src::kImm) op = RegOp::ReturnImm;
  cell.handler = Reg(op);
  Emit(cell);
}

}  // namespace airwasm::interp
