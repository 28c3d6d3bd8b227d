// What the translator knows about values: operand descriptors, homes, accumulators, and the copies
// between them.
#include <algorithm>
#include <cassert>

#include "engine/interp/translator.h"

namespace airwasm::interp {
namespace {

// Descriptors that refer to locals stand among this many topmost operands only, so that a local.set
// never searches further.
constexpr size_t kLocalWindow = 256;
// Runs of at least so many values are moved by one cell: a call or branch of two bytes may name a
// thousand.
constexpr size_t kRangeOperands = 4;

}  // namespace

// ---- Slots

uint32_t Translator::NextFree() const {
  const Control& control = controls_.back();
  if (stack_.size() == control.height) return control.operand_base;
  const Operand& top = stack_.back();
  return std::max(top.home + SlotsOf(top.type), control.operand_base);
}

uint32_t Translator::Home(ValKind type) {
  uint32_t slot = NextFree();
  if (type == ValKind::kV128) slot = (slot + 1) & ~1u;
  Touch(slot + SlotsOf(type));
  return slot;
}

void Translator::Touch(uint32_t slot_end) {
  max_slot_ = std::max(max_slot_, slot_end);
}

uint16_t Translator::Field(uint32_t slot, ValKind type) {
  if (Near(slot)) return static_cast<uint16_t>(slot * 8);
  if (!far_) {
    needs_far_ = true;
    return 0;
  }
  const bool is_128 = type == ValKind::kV128;
  if (is_128) scratch_used_ = (scratch_used_ + 1) & ~1u;
  const uint32_t scratch = scratch_ + scratch_used_;
  const uint32_t used = scratch_used_ + SlotsOf(type);
  Cell copy{};
  copy.handler = Reg(is_128 ? RegOp::CopyFar128 : RegOp::CopyFar);
  copy.words[0] = scratch * 8;
  copy.words[1] = slot * 8;
  Emit(copy);
  scratch_used_ = used;
  return static_cast<uint16_t>(scratch * 8);
}

// The scratch slot of a result is apart from those of operands, which may still be needed when it
// is written.
uint16_t Translator::DstField(uint32_t slot, ValKind type) {
  if (Near(slot)) return static_cast<uint16_t>(slot * 8);
  if (!far_) {
    needs_far_ = true;
    return 0;
  }
  far_dst_ = slot;
  far_dst_type_ = type;
  far_dst_scratch_ = scratch_ + kScratchSlots - 2;
  return static_cast<uint16_t>(far_dst_scratch_ * 8);
}

void Translator::FinishDst() {
  if (far_dst_ == kNoSlot) return;
  Cell copy{};
  copy.handler = Reg(far_dst_type_ == ValKind::kV128 ? RegOp::CopyFar128 : RegOp::CopyFar);
  copy.words[0] = far_dst_ * 8;
  copy.words[1] = far_dst_scratch_ * 8;
  Emit(copy);
  far_dst_ = kNoSlot;
}

// ---- Operands

void Translator::Push(Operand operand) {
  stack_.push_back(operand);
  if (stack_.size() > kLocalWindow) {
    Operand& deep = stack_[stack_.size() - 1 - kLocalWindow];
    if (deep.kind == Operand::Kind::kLocal) FlushEntry(deep);
  }
}

void Translator::PushConst(ValKind type, uint64_t bits) {
  Push({.kind = Operand::Kind::kConst, .type = type, .home = Home(type), .bits = bits});
}
void Translator::PushLocal(uint32_t slot, ValKind type) {
  ++pending_by_slot_[slot];
  Push({.kind = Operand::Kind::kLocal, .type = type, .home = Home(type), .slot = slot});
}
void Translator::PushSlot(ValKind type, uint32_t slot) {
  Touch(slot + SlotsOf(type));
  Push({.kind = Operand::Kind::kSlot, .type = type, .home = slot, .slot = slot});
}

Operand Translator::Pop() {
  const Operand operand = stack_.back();
  stack_.pop_back();
  flushed_ = std::min(flushed_, stack_.size());
  if (operand.kind == Operand::Kind::kLocal) --pending_by_slot_[operand.slot];
  if (operand.kind == Operand::Kind::kAcc) pending_[static_cast<int>(BankOf(operand.type))] = -1;
  return operand;
}

Translator::Place Translator::PlaceOf(const Operand& operand) const {
  switch (operand.kind) {
    case Operand::Kind::kConst:
      return {.src = Src::kImm, .bits = operand.bits};
    case Operand::Kind::kAcc:
      return {.src = Src::kAcc};
    case Operand::Kind::kSlot:
    case Operand::Kind::kLocal: {
      const Bank bank = BankOf(operand.type);
      const bool mirrored = bank != Bank::kNone && mirror_[static_cast<int>(bank)] == operand.slot;
      return {.src = mirrored ? Src::kAcc : Src::kSlot, .slot = operand.slot};
    }
  }
  return {};
}

Operand Translator::ToSlot(const Operand& operand) {
  Operand result = operand;
  result.kind = Operand::Kind::kSlot;
  switch (operand.kind) {
    case Operand::Kind::kSlot:
      return operand;
    case Operand::Kind::kLocal:
      return result;
    case Operand::Kind::kConst:
      result.slot = operand.home;
      CopyConst(operand.home, operand.type, operand.bits);
      return result;
    case Operand::Kind::kAcc: {
      const int bank = static_cast<int>(BankOf(operand.type));
      cells_[def_[bank].cell].handler = def_[bank].to_slot;
      result.slot = operand.home;
      mirror_[bank] = operand.home;
      if (last_.valid && last_.cell == def_[bank].cell) last_.valid = false;
      return result;
    }
  }
  return result;
}

void Translator::SpillPending(Bank bank) {
  int64_t& index = pending_[static_cast<int>(bank)];
  if (index < 0) return;
  Operand& operand = stack_[static_cast<size_t>(index)];
  operand = ToSlot(operand);
  index = -1;
}

// Into its home, so that nothing that happens to locals or accumulators changes it.
void Translator::FlushEntry(Operand& operand) {
  if (operand.kind == Operand::Kind::kAcc) {
    pending_[static_cast<int>(BankOf(operand.type))] = -1;
    operand = ToSlot(operand);
  } else if (operand.kind == Operand::Kind::kLocal) {
    Copy(operand.home, operand.slot, operand.type);
    --pending_by_slot_[operand.slot];
    operand.kind = Operand::Kind::kSlot;
    operand.slot = operand.home;
  }
}

void Translator::FlushLocal(uint32_t slot) {
  for (size_t i = stack_.size(); i-- > 0 && pending_by_slot_[slot] != 0;) {
    Operand& operand = stack_[i];
    if (operand.kind == Operand::Kind::kLocal && operand.slot == slot) FlushEntry(operand);
  }
}

void Translator::FlushAll() {
  for (size_t i = flushed_; i < stack_.size(); ++i) FlushEntry(stack_[i]);
  flushed_ = stack_.size();
}

void Translator::ForgetMirrors() {
  mirror_[0] = mirror_[1] = kNoSlot;
}

void Translator::Clobber(uint32_t slot) {
  if (mirror_[0] == slot) mirror_[0] = kNoSlot;
  if (mirror_[1] == slot) mirror_[1] = kNoSlot;
}

// ---- Results

void Translator::PushResult(Cell cell, Handler* to_acc, Handler* to_slot, ValKind type,
                            std::optional<uint64_t> wide) {
  const Bank bank = BankOf(type);
  const int b = static_cast<int>(bank);
  SpillPending(bank);
  mirror_[b] = kNoSlot;
  const uint32_t home = Home(type);
  Clobber(home);
  const bool reachable_home = Near(home);
  cell.dst = DstField(home, type);
  cell.handler = reachable_home ? to_acc : to_slot;
  const uint32_t index = static_cast<uint32_t>(cells_.size());
  Emit(cell);
  if (wide.has_value()) EmitWide(*wide);
  if (!reachable_home) {
    FinishDst();
    PushSlot(type, home);
    mirror_[b] = home;
    return;
  }
  def_[b] = {index, to_slot};
  pending_[b] = static_cast<int64_t>(stack_.size());
  Push({.kind = Operand::Kind::kAcc, .type = type, .home = home});
}

uint16_t Translator::BeginResult(ValKind type) {
  const Bank bank = BankOf(type);
  if (bank != Bank::kNone) {
    SpillPending(bank);
    mirror_[static_cast<int>(bank)] = kNoSlot;
  }
  const uint32_t home = Home(type);
  Clobber(home);
  if (type == ValKind::kV128) Clobber(home + 1);
  result_cell_ = static_cast<uint32_t>(cells_.size());
  return DstField(home, type);
}

void Translator::EndResult(ValKind type) {
  const uint32_t home = Home(type);
  if (far_dst_ != kNoSlot) result_cell_ = UINT32_MAX;
  FinishDst();
  result_end_ = static_cast<uint32_t>(cells_.size());
  PushSlot(type, home);
  const Bank bank = BankOf(type);
  if (bank != Bank::kNone) mirror_[static_cast<int>(bank)] = home;
  result_slot_ = home;
}

// ---- Copies. None of them changes an accumulator.

void Translator::Copy(uint32_t dst, uint32_t src, ValKind type) {
  if (dst == src) return;
  Clobber(dst);
  const bool is_128 = type == ValKind::kV128;
  if (is_128) Clobber(dst + 1);
  Touch(dst + SlotsOf(type));
  Cell cell{};
  if (!Near(dst) || !Near(src)) {
    if (!far_) needs_far_ = true;
    cell.handler = Reg(is_128 ? RegOp::CopyFar128 : RegOp::CopyFar);
    cell.words[0] = dst * 8;
    cell.words[1] = src * 8;
    return Emit(cell);
  }
  const auto bank = BankOf(type);
  if (bank != Bank::kNone && mirror_[static_cast<int>(bank)] == src) {
    cell.handler = Reg(bank == Bank::kInt ? RegOp::CopyAcc : RegOp::CopyFacc);
    cell.dst = static_cast<uint16_t>(dst * 8);
    return Emit(cell);
  }
  if (!is_128 && last_copy_ + 1 == cells_.size() && last_copy_ >= label_cell_) {
    Cell& first = cells_[last_copy_];
    first.handler = Reg(RegOp::CopyTwo);
    first.b = static_cast<uint16_t>(dst * 8);
    first.aux = static_cast<uint16_t>(src * 8);
    last_copy_ = UINT32_MAX;
    return;
  }
  cell.handler = Reg(is_128 ? RegOp::Copy128 : RegOp::Copy);
  cell.dst = static_cast<uint16_t>(dst * 8);
  cell.a = static_cast<uint16_t>(src * 8);
  if (!is_128) last_copy_ = static_cast<uint32_t>(cells_.size());
  Emit(cell);
}

void Translator::CopyConst(uint32_t dst, ValKind type, uint64_t bits) {
  Clobber(dst);
  Touch(dst + 1);
  Cell cell{};
  cell.dst = DstField(dst, type);
  if ((type == ValKind::kI32 || type == ValKind::kF32) || bits <= UINT32_MAX) {
    cell.handler = Reg(RegOp::ConstSlot);
    cell.imm = static_cast<int32_t>(static_cast<uint32_t>(bits));
    Emit(cell);
  } else if (static_cast<int64_t>(bits) == static_cast<int32_t>(bits)) {
    cell.handler = Reg(RegOp::ConstSlot64);
    cell.imm = static_cast<int32_t>(bits);
    Emit(cell);
  } else {
    cell.handler = Reg(RegOp::ConstSlotWide);
    Emit(cell);
    EmitWide(bits);
  }
  FinishDst();
}

void Translator::CopyOperand(uint32_t dst, const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::kConst:
      return CopyConst(dst, operand.type, operand.bits);
    case Operand::Kind::kSlot:
    case Operand::Kind::kLocal:
      return Copy(dst, operand.slot, operand.type);
    case Operand::Kind::kAcc: {
      const Bank bank = BankOf(operand.type);
      Clobber(dst);
      Touch(dst + 1);
      Cell cell{};
      cell.handler = Reg(bank == Bank::kInt ? RegOp::CopyAcc : RegOp::CopyFacc);
      cell.dst = DstField(dst, operand.type);
      Emit(cell);
      FinishDst();
      return;
    }
  }
}

namespace {

// Slot of each operand when laid out from `base` (even).
void LayOut(std::span<const Operand> operands, uint32_t base, std::vector<uint32_t>& slots) {
  uint32_t slot = base;
  slots.clear();
  for (const Operand& operand : operands) {
    if (operand.type == ValKind::kV128) slot = (slot + 1) & ~1u;
    slots.push_back(slot);
    slot += SlotsOf(operand.type);
  }
}

}  // namespace

// Both homes and destinations rise with the index, so moves downward in rising order, then moves
// upward in falling order, never write a slot that is still to be read. Locals, constants and
// accumulators overwrite no home that matters once the slots have moved.
void Translator::MoveOperands(std::span<const Operand> operands, uint32_t base) {
  std::vector<uint32_t> slots;
  LayOut(operands, base, slots);
  const size_t count = operands.size();
  // The end of the run from `i` on of values in slots that all move by the same distance.
  const auto run_end = [&](size_t i) {
    const int64_t distance = int64_t{slots[i]} - operands[i].slot;
    while (i < count && operands[i].kind == Operand::Kind::kSlot &&
           int64_t{slots[i]} - operands[i].slot == distance)
      ++i;
    return i;
  };
  const auto move = [&](size_t begin, size_t end, bool falling) {
    if (end - begin >= kRangeOperands) {
      const uint32_t first = operands[begin].slot;
      return CopyRange(slots[begin], first,
                       operands[end - 1].slot + SlotsOf(operands[end - 1].type) - first);
    }
    for (size_t n = 0; n < end - begin; ++n) {
      const size_t i = falling ? end - 1 - n : begin + n;
      Copy(slots[i], operands[i].slot, operands[i].type);
    }
  };
  std::vector<std::pair<size_t, size_t>> up;
  for (size_t i = 0; i < count;) {
    if (operands[i].kind != Operand::Kind::kSlot) {
      ++i;
      continue;
    }
    const size_t end = run_end(i);
    if (slots[i] < operands[i].slot) move(i, end, false);
    if (slots[i] > operands[i].slot) up.emplace_back(i, end);
    i = end;
  }
  for (size_t i = up.size(); i-- > 0;) move(up[i].first, up[i].second, true);
  for (size_t i = 0; i < count; ++i) {
    if (operands[i].kind != Operand::Kind::kSlot) CopyOperand(slots[i], operands[i]);
    Touch(slots[i] + SlotsOf(operands[i].type));
  }
}

void Translator::CopyRange(uint32_t dst, uint32_t src, uint32_t slots) {
  for (const uint32_t mirror : {mirror_[0], mirror_[1]}) {
    if (mirror >= dst && mirror < dst + slots) Clobber(mirror);
  }
  Cell& cell = EmitReg(RegOp::CopyRange);
  cell.words[0] = dst * 8;
  cell.words[1] = src * 8;
  Words(slots * 8, 0);
}

bool Translator::InPlace(std::span<const Operand> operands, uint32_t base) const {
  std::vector<uint32_t> slots;
  LayOut(operands, base, slots);
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].kind != Operand::Kind::kSlot || operands[i].slot != slots[i]) return false;
  }
  return true;
}

void Translator::SetLocal(uint32_t local_index, Operand value) {
  const uint32_t slot = local_slots_[local_index];
  const bool referred = pending_by_slot_[slot] != 0;
  if (referred) FlushLocal(slot);
  const Bank bank = BankOf(value.type);
  const int b = static_cast<int>(bank);
  const bool near = Near(slot);
  if (value.kind == Operand::Kind::kLocal && value.slot == slot) return;
  if (value.kind == Operand::Kind::kAcc) {
    // The cell that computed the value writes the local itself, if nothing has come between.
    Cell& def = cells_[def_[b].cell];
    const bool wide =
        def_[b].cell + 2 == cells_.size() && cells_.back().handler == Reg(RegOp::Data);
    if (!referred && near && (def_[b].cell + 1 == cells_.size() || wide) &&
        def_[b].cell >= label_cell_) {
      def.handler = def_[b].to_slot;
      def.dst = static_cast<uint16_t>(slot * 8);
      last_.valid = false;
    } else {
      CopyOperand(slot, value);
    }
    Clobber(slot);
    mirror_[b] = slot;
    return;
  }
  if (value.kind == Operand::Kind::kSlot && !referred && near && result_cell_ != UINT32_MAX &&
      result_cell_ >= label_cell_ && result_slot_ == value.slot && result_end_ == cells_.size()) {
    cells_[result_cell_].dst = static_cast<uint16_t>(slot * 8);
    result_cell_ = UINT32_MAX;
    Clobber(slot);
    if (bank == Bank::kNone) {
      Clobber(slot + 1);
    } else {
      mirror_[b] = slot;
    }
    return;
  }
  CopyOperand(slot, value);
  if (bank != Bank::kNone && value.kind == Operand::Kind::kSlot && mirror_[b] == value.slot)
    mirror_[b] = slot;
}

}  // namespace airwasm::interp
