// Memory accesses, globals, tables and bulk operations.
#include <limits>

#include "engine/interp/translator.h"

namespace airwasm::interp {
namespace {

bool FitsI16(uint64_t bits) {
  const auto value = static_cast<int32_t>(static_cast<uint32_t>(bits));
  return value == static_cast<int16_t>(value);
}

}  // namespace

// Whether an access may rely on the guard pages of memory 0.
bool Translator::IsFast(const MemArg& mem) const {
  return mem.memory == 0 && module_.MemoryIsGuarded(0) && !context_.memories()[0].is_64 &&
         mem.offset <= UINT32_MAX;
}

// An i32.add that only computes the address becomes part of the access, wrapping as it does.
Translator::Address Translator::FoldAddress(const Operand& address, uint64_t offset) {
  const auto imm = static_cast<int32_t>(static_cast<uint32_t>(offset));
  if (LastIs(address) && last_.op == Op::I32Add && offset == 0) {
    // ((x << k) + constant)
    const Place x = last_.shift != 0 ? last_.b : last_.a;
    const Place constant = last_.shift != 0 ? last_.a : last_.b;
    if (constant.src == Src::kImm) {
      const int shift = last_.shift;
      TakeBackLast();
      const bool acc = x.src == Src::kAcc;
      const AddrMode first = acc ? AddrMode::kScaledImmAcc0 : AddrMode::kScaledImm0;
      return {.mode = static_cast<AddrMode>(static_cast<int>(first) + shift),
              .a = acc ? uint16_t{0} : Field(x.slot),
              .imm = static_cast<int32_t>(static_cast<uint32_t>(constant.bits))};
    }
  }
  if (LastIs(address) && last_.op == Op::I32Add && last_.shift != 0 && last_.a.src == Src::kSlot &&
      offset <= std::numeric_limits<uint16_t>::max()) {
    const Place a = last_.a;
    const Place x = last_.b;
    const AddrMode first = x.src == Src::kAcc ? AddrMode::kScaledAcc1 : AddrMode::kScaled1;
    const int shift = last_.shift;
    TakeBackLast();
    const uint16_t field = Field(a.slot);
    return {.mode = static_cast<AddrMode>(static_cast<int>(first) + shift - 1),
            .a = field,
            .b = x.src == Src::kAcc ? uint16_t{0} : Field(x.slot),
            .aux = static_cast<uint16_t>(offset),
            .uses_pair = true};
  }
  if (LastIs(address) && last_.op == Op::I32Add && last_.shift == 0 &&
      offset <= std::numeric_limits<uint16_t>::max()) {
    const Place a = last_.a;
    const Place b = last_.b;
    const auto aux = static_cast<uint16_t>(offset);
    if (b.src == Src::kImm && FitsI16(b.bits)) {
      TakeBackLast();
      return {.mode = a.src == Src::kAcc ? AddrMode::kOffsetAcc : AddrMode::kOffset,
              .a = a.src == Src::kAcc ? uint16_t{0} : Field(a.slot),
              .b = static_cast<uint16_t>(b.bits),
              .aux = aux,
              .uses_pair = true};
    }
    if (a.src == Src::kSlot && b.src != Src::kImm) {
      TakeBackLast();
      const bool acc = b.src == Src::kAcc;
      const uint16_t field = Field(a.slot);
      return {.mode = acc ? AddrMode::kSumAcc : AddrMode::kSum,
              .a = field,
              .b = acc ? uint16_t{0} : Field(b.slot),
              .aux = aux,
              .uses_pair = true};
    }
  }
  if (address.kind == Operand::Kind::kConst && address.bits + offset <= UINT32_MAX)
    return {.mode = AddrMode::kConst,
            .imm = static_cast<int32_t>(static_cast<uint32_t>(address.bits + offset))};
  Place place = PlaceOf(address);
  if (place.src == Src::kImm) place = {.src = Src::kSlot, .slot = SlotOf(address)};
  if (place.src == Src::kAcc) return {.mode = AddrMode::kAcc, .imm = imm};
  return {.mode = AddrMode::kSlot, .a = Field(place.slot), .imm = imm};
}

void Translator::Load(const Instr& instr) {
  const Operand address = Pop();
  const LoadRow& row = *FindLoadRow(instr.op);
  const SigType sig = Info(instr.info().signature).results[0];
  const ValKind type = sig == SigType::I32   ? ValKind::kI32
                       : sig == SigType::I64 ? ValKind::kI64
                       : sig == SigType::F32 ? ValKind::kF32
                                             : ValKind::kF64;
  Cell cell{};
  std::optional<uint64_t> wide;
  AddrMode mode = AddrMode::kChecked;
  if (IsFast(instr.mem)) {
    const Address folded = FoldAddress(address, instr.mem.offset);
    mode = folded.mode;
    cell.a = folded.a;
    if (folded.uses_pair) {
      cell.b = folded.b;
      cell.aux = folded.aux;
    } else {
      cell.imm = folded.imm;
    }
  } else {
    cell.a = Field(SlotOf(address));
    cell.imm = static_cast<int32_t>(layout_.Memory(instr.mem.memory));
    wide = instr.mem.offset;
  }
  Handler* const* const handlers = row.handlers[static_cast<int>(mode)];
  PushResult(cell, handlers[0], handlers[1], type, wide);
  last_.valid = false;
}

void Translator::Store(const Instr& instr) {
  Operand value = Pop();
  const Operand address = Pop();
  const StoreRow& row = *FindStoreRow(instr.op);
  const Bank bank = BankOf(value.type);
  Cell cell{};
  Address folded{.mode = AddrMode::kChecked};
  const bool fast = IsFast(instr.mem);
  // What the address needs comes first: a folded addition stands directly before this.
  const bool value_small = bank == Bank::kInt && value.kind == Operand::Kind::kConst &&
                           (value.type == ValKind::kI32 ? FitsI16(value.bits)
                                                        : static_cast<int64_t>(value.bits) ==
                                                              static_cast<int16_t>(value.bits));
  if (fast) {
    if (value.kind == Operand::Kind::kConst && !value_small &&
        address.kind == Operand::Kind::kAcc && LastIs(address)) {
      // The constant needs a cell, which would part the addition from the access; it does not touch
      // the accumulator.
      last_.valid = false;
    }
    folded = FoldAddress(address, instr.mem.offset);
    cell.a = folded.a;
    if (folded.uses_pair) {
      cell.b = folded.b;
      cell.aux = folded.aux;
    } else {
      cell.imm = folded.imm;
    }
  } else {
    cell.a = Field(SlotOf(address));
    cell.imm = static_cast<int32_t>(layout_.Memory(instr.mem.memory));
  }
  const bool address_in_acc = UsesAcc(folded.mode);
  Src src = Src::kImm;
  if (value_small) {
    cell.dst = static_cast<uint16_t>(value.bits);
  } else {
    Place place = PlaceOf(value);
    if (place.src == Src::kImm) place = {.src = Src::kSlot, .slot = SlotOf(value)};
    if (place.src == Src::kAcc && bank == Bank::kInt && address_in_acc) {
      // Both are the accumulator's: the value has a slot as well, or gets one.
      place = {.src = Src::kSlot, .slot = place.slot != kNoSlot ? place.slot : SlotOf(value)};
    }
    src = place.src;
    if (src == Src::kSlot) cell.dst = Field(place.slot);
  }
  cell.handler = row.handlers[static_cast<int>(folded.mode)][static_cast<int>(src)];
  Emit(cell);
  if (!fast) EmitWide(instr.mem.offset);
  last_.valid = false;
}

// ---- Globals

void Translator::Global(const Instr& instr) {
  const uint32_t imported = module_.syntax().num_imported_globals;
  const bool is_import = instr.index < imported;
  const uint32_t offset =
      is_import ? layout_.ImportedGlobal(instr.index) : layout_.OwnGlobal(instr.index - imported);
  const ValKind type = context_.globals[instr.index].type.kind();
  const bool is_128 = type == ValKind::kV128;
  if (instr.op == Op::GlobalGet) {
    const bool is_float = BankOf(type) == Bank::kFloat;
    RegOp op = is_import ? RegOp::ImportedGlobalGet : RegOp::GlobalGet;
    if (is_float) op = is_import ? RegOp::ImportedGlobalGetFloat : RegOp::GlobalGetFloat;
    if (is_128) op = is_import ? RegOp::ImportedGlobalGet128 : RegOp::GlobalGet128;
    const uint16_t dst = BeginResult(type);
    Cell& cell = EmitReg(op);
    cell.dst = dst;
    cell.imm = static_cast<int32_t>(offset);
    return EndResult(type);
  }
  const Operand value = Pop();
  last_.valid = false;
  if (!is_import && BankOf(type) == Bank::kInt && PlaceOf(value).src == Src::kAcc) {
    EmitReg(RegOp::GlobalSetAcc).imm = static_cast<int32_t>(offset);
    return;
  }
  RegOp op = is_import ? RegOp::ImportedGlobalSet : RegOp::GlobalSet;
  if (is_128) op = is_import ? RegOp::ImportedGlobalSet128 : RegOp::GlobalSet128;
  const uint16_t a = Field(SlotOf(value), type);
  Cell& cell = EmitReg(op);
  cell.a = a;
  cell.imm = static_cast<int32_t>(offset);
}

// ---- Bulk operations: three operands in slots, indices in the next cell.

void Translator::BulkOp(RegOp op, uint32_t word0, uint32_t word1) {
  const Operand count = ToSlot(Pop());
  const Operand source = ToSlot(Pop());
  const Operand destination = ToSlot(Pop());
  const uint16_t a = Field(destination.slot);
  const uint16_t b = Field(source.slot);
  const uint16_t aux = Field(count.slot);
  SpillPending(Bank::kInt);
  SpillPending(Bank::kFloat);
  Cell& cell = EmitReg(op);
  cell.a = a;
  cell.b = b;
  cell.aux = aux;
  Words(word0, word1);
  // The runtime is called: nothing stays in the accumulators.
  ForgetMirrors();
  last_.valid = false;
}

void Translator::MemoryInstr(const Instr& instr) {
  const auto type_of = [&](uint32_t memory) {
    return context_.memories()[memory].is_64 ? ValKind::kI64 : ValKind::kI32;
  };
  switch (instr.op) {
    case Op::MemorySize: {
      const uint16_t dst = BeginResult(type_of(instr.index));
      Cell& cell = EmitReg(RegOp::MemorySize);
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(layout_.Memory(instr.index));
      return EndResult(type_of(instr.index));
    }
    case Op::MemoryGrow: {
      const uint16_t a = Field(SlotOf(Pop()));
      SpillPending(Bank::kFloat);
      mirror_[1] = kNoSlot;
      const uint16_t dst = BeginResult(type_of(instr.index));
      Cell& cell = EmitReg(RegOp::MemoryGrow);
      cell.a = a;
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(layout_.Memory(instr.index));
      return EndResult(type_of(instr.index));
    }
    case Op::MemoryFill:
      return BulkOp(RegOp::MemoryFill, layout_.Memory(instr.index), 0);
    case Op::MemoryCopy:
      return BulkOp(RegOp::MemoryCopy, layout_.Memory(instr.index), layout_.Memory(instr.index2));
    case Op::MemoryInit:
      return BulkOp(RegOp::MemoryInit, layout_.Memory(instr.index2), instr.index);
    case Op::DataDrop:
      SpillPending(Bank::kInt);
      SpillPending(Bank::kFloat);
      EmitReg(RegOp::DataDrop).imm = static_cast<int32_t>(instr.index);
      ForgetMirrors();
      return;
    default:
      EmitReg(RegOp::AtomicFence);
  }
}

void Translator::TableInstr(const Instr& instr) {
  const auto type_of = [&](uint32_t table) {
    return context_.tables[table].is_64 ? ValKind::kI64 : ValKind::kI32;
  };
  const auto calls_runtime = [&] {
    SpillPending(Bank::kInt);
    SpillPending(Bank::kFloat);
    ForgetMirrors();
    last_.valid = false;
  };
  switch (instr.op) {
    case Op::TableGet: {
      const uint16_t a = Field(SlotOf(Pop()));
      calls_runtime();
      const uint16_t dst = BeginResult(ValKind::kRef);
      Cell& cell = EmitReg(RegOp::TableGet);
      cell.a = a;
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(layout_.Table(instr.index));
      return EndResult(ValKind::kRef);
    }
    case Op::TableSet: {
      const Operand value = ToSlot(Pop());
      const Operand index = ToSlot(Pop());
      const uint16_t a = Field(index.slot);
      const uint16_t dst = Field(value.slot);
      calls_runtime();
      Cell& cell = EmitReg(RegOp::TableSet);
      cell.a = a;
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(layout_.Table(instr.index));
      return;
    }
    case Op::TableSize: {
      const uint16_t dst = BeginResult(type_of(instr.index));
      Cell& cell = EmitReg(RegOp::TableSize);
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(layout_.Table(instr.index));
      return EndResult(type_of(instr.index));
    }
    case Op::TableGrow: {
      const Operand delta = ToSlot(Pop());
      const Operand init = ToSlot(Pop());
      const uint16_t a = Field(init.slot);
      const uint16_t b = Field(delta.slot);
      calls_runtime();
      const uint16_t dst = BeginResult(type_of(instr.index));
      Cell& cell = EmitReg(RegOp::TableGrow);
      cell.a = a;
      cell.b = b;
      cell.dst = dst;
      Words(layout_.Table(instr.index), 0);
      return EndResult(type_of(instr.index));
    }
    case Op::TableFill:
      return BulkOp(RegOp::TableFill, layout_.Table(instr.index), 0);
    case Op::TableCopy:
      return BulkOp(RegOp::TableCopy, layout_.Table(instr.index), layout_.Table(instr.index2));
    case Op::TableInit:
      return BulkOp(RegOp::TableInit, layout_.Table(instr.index2), instr.index);
    default:  // elem.drop
      calls_runtime();
      EmitReg(RegOp::ElemDrop).imm = static_cast<int32_t>(instr.index);
  }
}

}  // namespace airwasm::interp
