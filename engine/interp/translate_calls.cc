// Calls and tail calls.
//
// The callee's frame begins in the caller's outgoing area: three slots of header, then the
// arguments, at an even slot. Arguments that come out of an accumulator are written there by the
// cell that computes them.
#include <algorithm>

#include "engine/interp/translator.h"

namespace airwasm::interp {

uint32_t Translator::PassArguments(const FuncType& type) {
  const size_t count = type.params.size();
  std::vector<Operand> operands(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
  // In reverse, so that pending accumulators are still known while they matter.
  for (size_t i = 0; i < count; ++i) Pop();
  const uint32_t base = (NextFree() + runtime::kFrameHeaderSlots + 1) & ~1u;
  uint32_t slot = base;
  for (size_t i = 0; i < count; ++i) {
    Operand& operand = operands[i];
    if (operand.type == ValKind::kV128) slot = (slot + 1) & ~1u;
    if (operand.kind == Operand::Kind::kAcc) {
      const int bank = static_cast<int>(BankOf(operand.type));
      const Def& def = def_[bank];
      const bool wide = def.cell + 2 == cells_.size() && cells_.back().handler == Reg(RegOp::Data);
      bool free = Near(slot) && (def.cell + 1 == cells_.size() || wide) && def.cell >= label_cell_;
      for (const Operand& other : operands)
        free &= other.kind != Operand::Kind::kSlot || other.slot != slot;
      if (free) {
        cells_[def.cell].handler = def.to_slot;
        cells_[def.cell].dst = static_cast<uint16_t>(slot * 8);
        operand.kind = Operand::Kind::kSlot;
        operand.slot = slot;
        last_.valid = false;
      }
    }
    slot += SlotsOf(operand.type);
  }
  MoveOperands(operands, base);
  // What else is pending must survive the callee, and so must descriptors of nothing but slots and
  // locals.
  SpillPending(Bank::kInt);
  SpillPending(Bank::kFloat);
  return base;
}

void Translator::PushResults(const FuncType& type, uint32_t base) {
  ForgetMirrors();
  last_.valid = false;
  uint32_t slot = base;
  for (const ValType result : type.results) {
    if (result.IsVector()) slot = (slot + 1) & ~1u;
    PushSlot(result.kind(), slot);
    slot += result.slots();
  }
  // A single result comes back in its accumulator, too.
  if (type.results.size() != 1) return;
  const Bank bank = BankOf(type.results[0].kind());
  if (bank != Bank::kNone) mirror_[static_cast<int>(bank)] = base;
}

void Translator::LoadIntoAcc(const Operand& operand) {
  Place place = PlaceOf(operand);
  if (place.src == Src::kAcc) return;
  if (place.src == Src::kImm) place = {.src = Src::kSlot, .slot = SlotOf(operand)};
  const uint16_t field = Field(place.slot);
  EmitReg(RegOp::LoadAcc).a = field;
}

void Translator::MoveHome(size_t count, uint32_t base) {
  std::vector<Operand> operands(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
  uint32_t end = base;
  for (const Operand& operand : operands) {
    if (operand.type == ValKind::kV128) end = (end + 1) & ~1u;
    end += SlotsOf(operand.type);
  }
  // Locals that would be overwritten before they are read go to their homes first.
  for (Operand& operand : operands) {
    if (operand.kind != Operand::Kind::kLocal || operand.slot >= end) continue;
    Copy(operand.home, operand.slot, operand.type);
    operand.kind = Operand::Kind::kSlot;
    operand.slot = operand.home;
  }
  MoveOperands(operands, base);
}

void Translator::CallInstr(const Instr& instr) {
  const bool is_import = instr.info().immediate == Immediate::kFunc &&
                         instr.index < module_.syntax().num_imported_funcs;
  const auto end_of = [&](const airwasm::CanonicalType& type, uint32_t base) {
    const uint32_t end = base + std::max(type.param_slots, type.result_slots);
    Touch(end);
    return end;
  };
  switch (instr.op) {
    case Op::Call: {
      const airwasm::CanonicalType& type = *context_.funcs[instr.index];
      const uint32_t base = PassArguments(type.type.func);
      const uint32_t end = end_of(type, base);
      Cell& cell = EmitReg(is_import ? RegOp::CallImport : RegOp::Call);
      if (is_import) {
        cell.words[0] = layout_.ImportedFunc(instr.index);
        cell.words[1] = base * 8;
        EmitReg(RegOp::ReloadCtx).words[0] = end * 8;
      } else {
        cell.imm = static_cast<int32_t>(base * 8);
        EmitReg(RegOp::ReloadCtx).pointer = &module_.func_code(instr.index);
      }
      return PushResults(type.type.func, base);
    }
    case Op::CallIndirect:
    case Op::CallRef: {
      const airwasm::CanonicalType& type = *context_.types[instr.index];
      Operand callee = Pop();
      // Its home is in the outgoing area; passing arguments may overwrite it, and the accumulator
      // holds it only if nothing else passes through.
      if (callee.kind == Operand::Kind::kConst) callee = ToSlot(callee);
      const bool any_slot =
          std::any_of(stack_.end() - static_cast<ptrdiff_t>(type.type.func.params.size()),
                      stack_.end(), [](const Operand& o) {
                        return o.kind == Operand::Kind::kAcc && BankOf(o.type) == Bank::kInt;
                      });
      Place place = PlaceOf(callee);
      if (place.src == Src::kSlot && (place.slot >= first_temp_ || any_slot)) {
        // Copies of arguments leave acc alone, so it can carry the callee; but an argument in acc
        // goes first.
        if (any_slot) SpillPending(Bank::kInt);
        const uint16_t field = Field(place.slot);
        EmitReg(RegOp::LoadAcc).a = field;
        mirror_[0] = kNoSlot;
        place = {.src = Src::kAcc};
      }
      last_.valid = false;
      const uint32_t base = PassArguments(type.type.func);
      end_of(type, base);
      const bool in_acc = place.src == Src::kAcc;
      RegOp op = in_acc ? RegOp::CallRefAcc : RegOp::CallRefSlot;
      if (instr.op == Op::CallIndirect)
        op = in_acc ? RegOp::CallIndirectAcc : RegOp::CallIndirectSlot;
      const uint16_t field = in_acc ? 0 : Field(place.slot);
      Cell& cell = EmitReg(op);
      cell.a = field;
      cell.imm = static_cast<int32_t>(base * 8);
      Cell& reload = EmitReg(RegOp::ReloadCtx);
      if (instr.op == Op::CallIndirect) {
        reload.words[0] = layout_.Table(instr.index2);
        reload.words[1] = type.id;
      }
      return PushResults(type.type.func, base);
    }
    case Op::ReturnCall: {
      const airwasm::CanonicalType& type = *context_.funcs[instr.index];
      MoveHome(type.type.func.params.size(), 0);
      Touch(std::max(type.param_slots, type.result_slots));
      if (is_import) {
        EmitReg(RegOp::ReturnCallImport).imm =
            static_cast<int32_t>(layout_.ImportedFunc(instr.index));
      } else {
        EmitReg(RegOp::ReturnCall);
        EmitWide(reinterpret_cast<uint64_t>(&module_.func_code(instr.index)));
      }
      return MarkUnreachable();
    }
    default: {  // return_call_indirect, return_call_ref
      const airwasm::CanonicalType& type = *context_.types[instr.index];
      const Operand callee = Pop();
      SpillPending(Bank::kInt);
      LoadIntoAcc(callee);
      ForgetMirrors();  // acc is the callee's now
      MoveHome(type.type.func.params.size(), 0);
      Touch(std::max(type.param_slots, type.result_slots));
      if (instr.op == Op::ReturnCallIndirect) {
        EmitReg(RegOp::ReturnCallIndirect);
        Words(layout_.Table(instr.index2), type.id);
      } else {
        EmitReg(RegOp::ReturnCallRef);
      }
      return MarkUnreachable();
    }
  }
}

}  // namespace airwasm::interp
