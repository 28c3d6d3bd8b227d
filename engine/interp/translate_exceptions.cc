// try_table, throw, and the older try/catch/delegate/rethrow.
//
// A try costs nothing on the way in. Its body's cells form a CatchRange; an exception's payload is
// put where the handler's label expects its values. A catch of the older kind keeps the reference
// in a hidden slot below its operands, for rethrow.
#include <cassert>

#include "engine/interp/translator.h"

namespace airwasm::interp {

void Translator::ExceptionInstr(const Instr& instr) {
  switch (instr.op) {
    case Op::Throw: {
      const airwasm::CanonicalType& type = *context_.tags[instr.index];
      const size_t count = type.type.func.params.size();
      std::vector<Operand> operands(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
      for (size_t i = 0; i < count; ++i) Pop();
      for (Operand& operand : operands) {
        if (operand.kind == Operand::Kind::kAcc) operand = ToSlot(operand);
      }
      const uint32_t base = (NextFree() + 1) & ~1u;
      MoveOperands(operands, base);
      Touch(base + type.param_slots);
      EmitReg(RegOp::Throw).imm = static_cast<int32_t>(layout_.Tag(instr.index));
      Words((base + type.param_slots) * 8, base * 8);
      return MarkUnreachable();
    }
    case Op::ThrowRef: {
      const uint16_t a = Field(SlotOf(Pop()));
      EmitReg(RegOp::ThrowRef).a = a;
      return MarkUnreachable();
    }
    case Op::Rethrow: {
      const uint16_t a = Field(Target(instr.index).exn_slot);
      EmitReg(RegOp::ThrowRef).a = a;
      return MarkUnreachable();
    }
    case Op::TryTable:
      return TryTable(instr);
    case Op::Try:
      PushControl(instr, Op::Try);
      controls_.back().try_begin = label_cell_ = static_cast<uint32_t>(cells_.size());
      return;
    case Op::Catch:
    case Op::CatchAll:
      return LegacyCatch(instr);
    case Op::Delegate:
      return LegacyDelegate(instr);
    default:
      assert(false);
  }
}

void Translator::TryTable(const Instr& instr) {
  PushControl(instr, Op::TryTable);
  Control& control = controls_.back();
  control.try_begin = label_cell_ = static_cast<uint32_t>(cells_.size());
  // Ranges are listed when they end; the entries' labels are those outside of this block.
  CatchRange range;
  range.depth = static_cast<uint32_t>(controls_.size() - 1);
  ByteReader list = ListReader(instr);
  std::vector<uint32_t> depths;
  for (uint32_t i = 0; i < instr.count; ++i) {
    const CatchClause clause = ReadCatch(list);
    CatchEntry entry{.kind = clause.kind, .tag = clause.tag};
    const uint32_t depth = clause.label + 1;
    const Control& target = Target(depth);
    // Values of the function's own label are returned by a stub, from the first temporaries.
    entry.payload_slot = target.base;
    const bool has_payload =
        clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef;
    const uint32_t payload = has_payload ? context_.tags[clause.tag]->param_slots : 0;
    if (clause.kind == CatchKind::kCatchRef || clause.kind == CatchKind::kCatchAllRef)
      entry.exn_slot = entry.payload_slot + payload;
    Touch(entry.payload_slot + payload + 1);
    if (!IsReturn(depth) && target.op == Op::Loop) entry.target = target.loop_cell;
    depths.push_back(depth);
    range.entries.push_back(entry);
  }
  // Its place among the ranges is fixed at `end`; labels are remembered by a provisional index.
  control.range = static_cast<int32_t>(open_ranges_.size());
  open_ranges_.push_back({std::move(range), std::move(depths)});
}

// The body of a try ends here: its range takes its place behind those of the tries inside.
void Translator::EndRange(Control& control) {
  if (control.op != Op::TryTable || control.range < 0) return;
  OpenRange open = std::move(open_ranges_.back());
  open_ranges_.pop_back();
  control.range = -1;
  open.range.begin = control.try_begin;
  open.range.end = static_cast<uint32_t>(cells_.size());
  const uint32_t index = static_cast<uint32_t>(code_->catches.size());
  code_->catches.push_back(std::move(open.range));
  for (uint32_t i = 0; i < open.depths.size(); ++i) {
    const uint32_t depth = open.depths[i];
    if (IsReturn(depth)) {
      return_stubs_.emplace_back(index, i);
    } else if (Target(depth).op != Op::Loop) {
      Target(depth).used = true;
      AddFixup(Target(depth).fixups, Fixup::Kind::kCatch, i, index);
    }
  }
}

void Translator::LegacyCatch(const Instr& instr) {
  Control& control = controls_.back();
  if (reachable_) {
    control.used = true;
    MoveOperands({stack_.data() + control.height, stack_.size() - control.height}, control.base);
    AddFixup(control.fixups, Fixup::Kind::kBranch, static_cast<uint32_t>(cells_.size()), 0);
    EmitReg(RegOp::Jump);
  }
  while (stack_.size() > control.height) Pop();
  if (control.range < 0) {
    CatchRange range;
    range.begin = control.try_begin;
    range.end = static_cast<uint32_t>(cells_.size());
    range.depth = static_cast<uint32_t>(controls_.size() - 1);
    control.range = static_cast<int32_t>(code_->catches.size());
    code_->catches.push_back(std::move(range));
    control.exn_slot = control.base;
    control.operand_base = control.base + 2;
  }
  CatchEntry entry{.kind = instr.op == Op::Catch ? CatchKind::kCatchRef : CatchKind::kCatchAllRef,
                   .tag = instr.index,
                   .target = static_cast<uint32_t>(cells_.size()),
                   .payload_slot = control.operand_base,
                   .exn_slot = control.exn_slot};
  code_->catches[static_cast<size_t>(control.range)].entries.push_back(entry);
  label_cell_ = entry.target;
  last_.valid = false;
  ForgetMirrors();
  reachable_ = true;
  Touch(control.operand_base);
  if (instr.op == Op::Catch) {
    for (const ValType type : context_.tags[instr.index]->type.func.params)
      PushSlot(type.kind(), Home(type.kind()));
  }
  flushed_ = stack_.size();
  BeginSegment();
}

void Translator::LegacyDelegate(const Instr& instr) {
  const Control& control = controls_.back();
  CatchRange range;
  range.begin = control.try_begin;
  range.end = static_cast<uint32_t>(cells_.size());
  range.depth = static_cast<uint32_t>(controls_.size() - 1);
  // The label counts from outside of this try.
  range.delegate_depth = static_cast<uint32_t>(controls_.size() - 2 - instr.index);
  code_->catches.push_back(std::move(range));
  PopControlAndContinue(reachable_);
}

// Catches whose label is the function's: the values stand at its base, and are returned.
void Translator::EmitReturnStubs() {
  for (const auto& [range, index] : return_stubs_) {
    CatchEntry& entry = code_->catches[range].entries[index];
    while (stack_.size() > controls_[0].height) Pop();
    entry.target = static_cast<uint32_t>(cells_.size());
    label_cell_ = entry.target;
    last_.valid = false;
    ForgetMirrors();
    for (const ValType type : type_.results) PushSlot(type.kind(), Home(type.kind()));
    EmitReturn();
  }
}

}  // namespace airwasm::interp
