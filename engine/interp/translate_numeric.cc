// Numeric instructions, select, and the folding of eqz into what it negates.
#include <bit>
#include <cassert>
#include <limits>
#include <utility>

#include "engine/interp/op_relations.h"
#include "engine/interp/translator.h"

namespace airwasm::interp {
namespace {

ValKind KindOf(SigType type) {
  switch (type) {
    case SigType::I32:
      return ValKind::kI32;
    case SigType::I64:
    case SigType::Addr:
      return ValKind::kI64;
    case SigType::F32:
      return ValKind::kF32;
    case SigType::F64:
      return ValKind::kF64;
    case SigType::V128:
      return ValKind::kV128;
  }
  return ValKind::kI64;
}

}  // namespace

bool Translator::LastIs(const Operand& operand) const {
  if (!last_.valid || operand.kind != Operand::Kind::kAcc || BankOf(operand.type) != Bank::kInt)
    return false;
  const uint32_t cells = last_.a.src == Src::kWide || last_.b.src == Src::kWide ? 2 : 1;
  return def_[0].cell == last_.cell && last_.cell + cells == cells_.size() &&
         last_.cell >= label_cell_;
}

void Translator::TakeBackLast() {
  cells_.resize(last_.cell);
  mirror_[0] = last_.mirror_before;
  last_.valid = false;
}

void Translator::Numeric(const Instr& instr) {
  if (instr.immediate != Immediate::kNone) {
    switch (instr.op) {
      case Op::I32Const:
        return PushConst(ValKind::kI32, instr.bits);
      case Op::I64Const:
        return PushConst(ValKind::kI64, instr.bits);
      case Op::F32Const:
        return PushConst(ValKind::kF32, instr.bits);
      default:
        return PushConst(ValKind::kF64, instr.bits);
    }
  }
  const SignatureInfo& signature = Info(instr.info().signature);
  if (signature.results.size() == 2) return WideArithmetic(instr);
  if (signature.params.size() == 1) {
    EmitUnary(instr.op, Pop());
  } else {
    const Operand b = Pop();
    const Operand a = Pop();
    EmitBinary(instr.op, a, b);
  }
  Canonicalize(instr);
}

// A NaN becomes the canonical one, in a cell of its own.
void Translator::Canonicalize(const Instr& instr) {
  if (!deterministic_ || (instr.info().flags & kMakesNan) == 0) return;
  const bool is_f64 = instr.info().text.starts_with("f64");
  const Operand value = Pop();
  Cell cell{};
  if (value.type == ValKind::kV128) {
    cell.a = Field(SlotOf(value), ValKind::kV128);
    cell.handler = kCanonicalize128[is_f64];
    cell.dst = BeginResult(ValKind::kV128);
    Emit(cell);
    return EndResult(ValKind::kV128);
  }
  const Place place = PlaceOf(value);
  if (place.src == Src::kSlot) cell.a = Field(place.slot);
  Handler* const* const handlers = kCanonicalize[is_f64][place.src == Src::kAcc];
  PushResult(cell, handlers[0], handlers[1], value.type);
}

// Division and remainder by a power of two, which the processor takes ten times as long for as for
// shifts.
bool Translator::DivideByShift(Op op, Operand a, const Operand& b) {
  const bool is_long = op >= Op::I64DivS && op <= Op::I64RemU;
  if (!is_long && !(op >= Op::I32DivS && op <= Op::I32RemU)) return false;
  if (b.kind != Operand::Kind::kConst || a.kind == Operand::Kind::kConst) return false;
  const ValKind type = is_long ? ValKind::kI64 : ValKind::kI32;
  const int bits = is_long ? 64 : 32;
  const uint64_t divisor = is_long ? b.bits : static_cast<uint32_t>(b.bits);
  if (!std::has_single_bit(divisor)) return false;
  const int log = std::countr_zero(divisor);
  const auto emit = [&](Op narrow, Op wide, const Operand& x, uint64_t y) {
    EmitBinary(is_long ? wide : narrow, x,
               {.kind = Operand::Kind::kConst,
                .type = type,
                .home = b.home,
                .bits = is_long ? y : static_cast<uint32_t>(y)});
  };
  if (op == Op::I32DivU || op == Op::I64DivU) {
    emit(Op::I32ShrU, Op::I64ShrU, a, static_cast<uint64_t>(log));
    return true;
  }
  if (op == Op::I32RemU || op == Op::I64RemU) {
    emit(Op::I32And, Op::I64And, a, divisor - 1);
    return true;
  }
  // The most negative number is its own opposite; and of 1 there is nothing to gain.
  if (log == 0 || log == bits - 1) return false;
  // What is below zero is rounded up: so much is added to it.
  a = ToSlot(a);
  if (log > 1) {
    emit(Op::I32ShrS, Op::I64ShrS, a, static_cast<uint64_t>(bits - 1));
    emit(Op::I32ShrU, Op::I64ShrU, Pop(), static_cast<uint64_t>(bits - log));
  } else {
    emit(Op::I32ShrU, Op::I64ShrU, a, static_cast<uint64_t>(bits - 1));
  }
  EmitBinary(is_long ? Op::I64Add : Op::I32Add, a, Pop());
  if (op == Op::I32DivS || op == Op::I64DivS) {
    emit(Op::I32ShrS, Op::I64ShrS, Pop(), static_cast<uint64_t>(log));
  } else {
    emit(Op::I32And, Op::I64And, Pop(), ~(divisor - 1));
    EmitBinary(is_long ? Op::I64Sub : Op::I32Sub, a, Pop());
  }
  return true;
}

void Translator::EmitBinary(Op op, Operand a, Operand b) {
  if (DivideByShift(op, a, b)) return;
  const auto place_of = [&](const Operand& operand) {
    Place place = PlaceOf(operand);
    if (place.src == Src::kImm) {
      const bool fits = operand.type != ValKind::kI64 ||
                        static_cast<int64_t>(operand.bits) ==
                            static_cast<int32_t>(static_cast<int64_t>(operand.bits));
      if (operand.type == ValKind::kF64 || !fits) place.src = Src::kWide;
    }
    return place;
  };
  if (op == Op::I32Add && (FoldShift(a, b) || FoldShift(b, a))) return;
  Place pa = place_of(a);
  Place pb = place_of(b);
  const Op exchanged = Exchanged(op);
  const auto handler = [](const NumericRow& row, const Place& x, const Place& y) {
    return row.handlers[static_cast<int>(x.src)][static_cast<int>(y.src)][0];
  };
  for (;;) {
    const NumericRow& row = *FindNumericRow(op);
    if (handler(row, pa, pb) != nullptr) return EmitRow(op, row, pa, pb);
    if (exchanged != Op::Nop) {
      const NumericRow& other = *FindNumericRow(exchanged);
      if (handler(other, pb, pa) != nullptr) return EmitRow(exchanged, other, pb, pa);
    }
    // No such variant: one operand moves to a slot. Constants first; then an accumulator whose
    // value a slot has anyway.
    if (a.kind == Operand::Kind::kConst) {
      a = ToSlot(a);
      pa = place_of(a);
    } else if (b.kind == Operand::Kind::kConst) {
      b = ToSlot(b);
      pb = place_of(b);
    } else if (pa.src == Src::kAcc && pa.slot != kNoSlot) {
      pa.src = Src::kSlot;
    } else if (pb.src == Src::kAcc && pb.slot != kNoSlot) {
      pb.src = Src::kSlot;
    } else if (pa.src == Src::kAcc) {
      a = ToSlot(a);
      pa = {.src = Src::kSlot, .slot = a.slot};
    } else {
      b = ToSlot(b);
      pb = {.src = Src::kSlot, .slot = b.slot};
    }
  }
}

void Translator::EmitRow(Op op, const NumericRow& row, Place a, Place b) {
  const bool unary = Info(Info(op).signature).params.size() == 1;
  Handler* const* const handlers =
      row.handlers[static_cast<int>(a.src)][unary ? 0 : static_cast<int>(b.src)];
  Cell cell{};
  std::optional<uint64_t> wide;
  const auto constant = [&](const Place& place) {
    if (place.src == Src::kWide) {
      wide = place.bits;
    } else {
      cell.imm = static_cast<int32_t>(static_cast<uint32_t>(place.bits));
    }
  };
  if (a.src == Src::kSlot) cell.a = Field(a.slot);
  if (a.src == Src::kImm || a.src == Src::kWide) {
    constant(a);
    if (b.src == Src::kSlot) cell.a = Field(b.slot);
  } else if (!unary) {
    if (b.src == Src::kSlot) cell.b = Field(b.slot);
    if (b.src == Src::kImm || b.src == Src::kWide) constant(b);
  }
  const uint32_t mirror_before = mirror_[0];
  const uint32_t index = static_cast<uint32_t>(cells_.size());
  const Last previous = last_;
  const ValKind type = KindOf(Info(Info(op).signature).results[0]);
  PushResult(cell, handlers[0], handlers[1], type, wide);
  if (type != ValKind::kI32 && type != ValKind::kI64) return;
  // What eqz negates stands directly before it and is still untouched.
  const uint32_t previous_cells =
      previous.a.src == Src::kWide || previous.b.src == Src::kWide ? 2 : 1;
  const bool over = op == Op::I32Eqz && previous.valid && a.src == Src::kAcc && a.slot == kNoSlot &&
                    previous.cell + previous_cells == index && previous.cell >= label_cell_;
  if (over) under_ = previous;
  last_ = {.valid = stack_.back().kind == Operand::Kind::kAcc,
           .op = op,
           .a = a,
           .b = b,
           .cell = index,
           .mirror_before = mirror_before,
           .has_under = over};
}

// `shifted` was just computed by a small constant shift left, as array indices are: the sum does
// the shift as well.
bool Translator::FoldShift(const Operand& other, const Operand& shifted) {
  if (!LastIs(shifted) || last_.op != Op::I32Shl || last_.b.src != Src::kImm) return false;
  const uint64_t shift = last_.b.bits & 31;
  if (shift < 1 || shift > 3 || other.kind == Operand::Kind::kAcc) return false;
  const Place x = last_.a;
  TakeBackLast();
  const bool imm = other.kind == Operand::Kind::kConst;
  const bool x_acc = x.src == Src::kAcc;
  Cell cell{};
  if (imm) {
    cell.imm = static_cast<int32_t>(static_cast<uint32_t>(other.bits));
    if (!x_acc) cell.a = Field(x.slot);
  } else {
    cell.a = Field(other.slot);
    if (!x_acc) cell.b = Field(x.slot);
  }
  const uint32_t mirror_before = mirror_[0];
  Handler* const* const handlers = kShiftAdd[shift - 1][imm][x_acc];
  const uint32_t index = static_cast<uint32_t>(cells_.size());
  PushResult(cell, handlers[0], handlers[1], ValKind::kI32);
  last_ = {.valid = stack_.back().kind == Operand::Kind::kAcc,
           .op = Op::I32Add,
           .a = imm ? Place{.src = Src::kImm, .bits = other.bits}
                    : Place{.src = Src::kSlot, .slot = other.slot},
           .b = x,
           .cell = index,
           .shift = static_cast<int>(shift),
           .mirror_before = mirror_before};
  return true;
}

// eqz of a comparison becomes the opposite comparison.
bool Translator::FoldEqz(const Operand& a) {
  if (!LastIs(a)) return false;
  Op inverse = Inverse(last_.op);
  Place b = last_.b;
  if (last_.op == Op::I32Eqz || last_.op == Op::I64Eqz) {
    inverse = last_.op == Op::I32Eqz ? Op::I32Ne : Op::I64Ne;
    b = {.src = Src::kImm, .bits = 0};
  }
  if (inverse == Op::Nop) return false;
  const Place first = last_.a;
  TakeBackLast();
  EmitRow(inverse, *FindNumericRow(inverse), first, b);
  return true;
}

void Translator::EmitUnary(Op op, Operand a) {
  if (op == Op::I32Eqz && FoldEqz(a)) return;
  if (op == Op::I64ExtendI32U && a.kind != Operand::Kind::kConst) {
    // i32 slots and the accumulator are zero-extended already: the same value under another type.
    a.type = ValKind::kI64;
    if (a.kind == Operand::Kind::kAcc) pending_[0] = static_cast<int64_t>(stack_.size());
    if (a.kind == Operand::Kind::kLocal) ++pending_by_slot_[a.slot];
    last_.valid = false;
    return Push(a);
  }
  if (a.kind == Operand::Kind::kConst) a = ToSlot(a);
  EmitRow(op, *FindNumericRow(op), PlaceOf(a), {});
}

uint16_t Translator::SpanField(uint32_t base, uint32_t count) {
  const uint16_t first = Field(base);
  if (Near(base + count)) return first;
  if (!far_) {
    needs_far_ = true;
    return first;
  }
  // Field has put the first one into a scratch slot only if it was out of reach itself.
  scratch_used_ = 0;
  for (uint32_t i = 0; i < count; ++i) {
    Cell copy{};
    copy.handler = Reg(RegOp::CopyFar);
    copy.words[0] = (scratch_ + i) * 8;
    copy.words[1] = (base + i) * 8;
    Emit(copy);
  }
  return static_cast<uint16_t>(scratch_ * 8);
}

void Translator::WideArithmetic(const Instr& instr) {
  const SignatureInfo& signature = Info(instr.info().signature);
  const size_t count = signature.params.size();
  std::vector<Operand> operands(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
  for (size_t i = 0; i < count; ++i) Pop();
  for (Operand& operand : operands) {
    if (operand.kind == Operand::Kind::kAcc) operand = ToSlot(operand);
  }
  const uint32_t base = NextFree();
  Touch(base + 4);
  MoveOperands(operands, base);
  SpillPending(Bank::kInt);
  RegOp op = RegOp::I64Add128;
  if (instr.op == Op::I64Sub128) op = RegOp::I64Sub128;
  if (instr.op == Op::I64MulWideS) op = RegOp::I64MulWideS;
  if (instr.op == Op::I64MulWideU) op = RegOp::I64MulWideU;
  const uint16_t a = SpanField(base, static_cast<uint32_t>(count));
  Clobber(base);
  Clobber(base + 1);
  const bool far = !Near(base + 1);
  if (far && !far_) needs_far_ = true;
  Cell& cell = EmitReg(op);
  cell.a = a;
  cell.dst = static_cast<uint16_t>((far ? scratch_ : base) * 8);
  for (uint32_t i = 0; i < 2 && far; ++i) {
    Cell copy{};
    copy.handler = Reg(RegOp::CopyFar);
    copy.words[0] = (base + i) * 8;
    copy.words[1] = (scratch_ + i) * 8;
    Emit(copy);
  }
  PushSlot(ValKind::kI64, base);
  PushSlot(ValKind::kI64, base + 1);
}

// The comparison that was just made decides in the same operation.
bool Translator::FuseSelect(const Operand& cond, Operand a, Operand b) {
  if (!LastIs(cond) || BankOf(a.type) == Bank::kNone || a.kind == Operand::Kind::kConst ||
      b.kind == Operand::Kind::kConst)
    return false;
  Last test = last_;
  if (test.op == Op::I32Eqz || test.op == Op::I64Eqz) {
    test.op = test.op == Op::I32Eqz ? Op::I32Eq : Op::I64Eq;
    test.b = {.src = Src::kImm, .bits = 0};
  }
  if (test.b.src == Src::kAcc) {
    if (Exchanged(test.op) == Op::Nop) return false;
    test.op = Exchanged(test.op);
    std::swap(test.a, test.b);
  }
  const SelectRow* const row = FindSelectRow(test.op);
  if (row == nullptr || test.b.src == Src::kWide) return false;
  const bool is_float = BankOf(a.type) == Bank::kFloat;
  Handler* const* const handlers =
      row->handlers[test.a.src == Src::kAcc][test.b.src == Src::kImm][is_float];
  if (handlers[0] == nullptr) return false;
  a = ToSlot(a);
  b = ToSlot(b);
  TakeBackLast();
  Cell cell{};
  cell.a = Field(a.slot);
  cell.b = Field(b.slot);
  Cell operands{};
  if (test.a.src == Src::kSlot) operands.a = Field(test.a.slot);
  if (test.b.src == Src::kSlot) operands.b = Field(test.b.slot);
  if (test.b.src == Src::kImm)
    operands.imm = static_cast<int32_t>(static_cast<uint32_t>(test.b.bits));
  PushResult(cell, handlers[0], handlers[1], a.type, operands.bits);
  last_.valid = false;
  return true;
}

void Translator::Select(const Instr&) {
  const Operand cond = Pop();
  Operand b = Pop();
  Operand a = Pop();
  const ValKind type = a.type;
  const Bank bank = BankOf(type);
  const auto small = [&](const Operand& operand) {
    if (bank != Bank::kInt || operand.kind != Operand::Kind::kConst) return false;
    const auto value = static_cast<int64_t>(operand.bits);
    return type == ValKind::kI32 ? value <= std::numeric_limits<int16_t>::max()
                                 : value == static_cast<int16_t>(value);
  };
  const bool a_const = small(a);
  const bool b_const = small(b);
  if (!a_const && !b_const && FuseSelect(cond, a, b)) return;
  if (!a_const) a = ToSlot(a);
  if (!b_const) b = ToSlot(b);
  Place place = PlaceOf(cond);
  if (place.src == Src::kImm) place = {.src = Src::kSlot, .slot = ToSlot(cond).slot};
  const bool cond_acc = place.src == Src::kAcc;
  Cell cell{};
  cell.a = a_const ? static_cast<uint16_t>(a.bits) : Field(a.slot, type);
  cell.b = b_const ? static_cast<uint16_t>(b.bits) : Field(b.slot, type);
  if (!cond_acc) cell.aux = Field(place.slot);
  if (bank == Bank::kInt) {
    Handler* const* const handlers = kSelectInt[a_const][b_const][cond_acc];
    return PushResult(cell, handlers[0], handlers[1], type);
  }
  if (bank == Bank::kFloat)
    return PushResult(cell, kSelectFloat[cond_acc][0], kSelectFloat[cond_acc][1], type);
  cell.handler = kSelect128[cond_acc];
  cell.dst = BeginResult(type);
  Emit(cell);
  EndResult(type);
}

}  // namespace airwasm::interp
