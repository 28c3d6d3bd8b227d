// Vector and atomic instructions: operands in slots throughout.
#include <array>
#include <cstring>

#include "engine/interp/translator.h"

namespace airwasm::interp {
namespace {

ValKind ResultKind(SigType type) {
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
  return ValKind::kV128;
}

}  // namespace

void Translator::Simd(const Instr& instr) {
  if (instr.op != Op::V128Load && instr.op != Op::V128Store) last_.valid = false;
  const SignatureInfo& signature = Info(instr.info().signature);
  if (instr.op == Op::V128Const) {
    const uint16_t dst = BeginResult(ValKind::kV128);
    EmitReg(RegOp::V128Const).dst = dst;
    Cell value{};
    std::memcpy(&value, instr.bytes.data(), 16);
    cells_.push_back(value);
    return EndResult(ValKind::kV128);
  }
  const bool is_memory =
      instr.immediate == Immediate::kMemArg || instr.immediate == Immediate::kMemArgLane;
  const bool fast = is_memory && IsFast(instr.mem);
  if (instr.op == Op::V128Load || instr.op == Op::V128Store) {
    const bool is_store = instr.op == Op::V128Store;
    Operand value;
    if (is_store) value = ToSlot(Pop());
    const Operand address = Pop();
    Cell cell{};
    AddrMode mode = AddrMode::kChecked;
    if (is_store) cell.dst = Field(value.slot, ValKind::kV128);
    if (fast) {
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
    }
    if (!is_store) cell.dst = BeginResult(ValKind::kV128);
    cell.handler = is_store ? FindStore128(mode) : FindLoad128(mode);
    Emit(cell);
    if (!fast) EmitWide(instr.mem.offset);
    last_.valid = false;
    if (!is_store) EndResult(ValKind::kV128);
    return;
  }
  std::array<Operand, 3> operands;
  const size_t count = signature.params.size();
  for (size_t i = count; i-- > 0;) operands[i] = ToSlot(Pop());
  Cell cell{};
  cell.a = Field(operands[0].slot, operands[0].type);
  if (count > 1) cell.b = Field(operands[1].slot, operands[1].type);
  if (count > 2) cell.aux = Field(operands[2].slot, operands[2].type);
  if (instr.immediate == Immediate::kLane || instr.immediate == Immediate::kMemArgLane)
    cell.aux = instr.lane;
  cell.handler = is_memory ? FindSimdMemoryHandler(instr.op, !fast) : FindSimdHandler(instr.op);
  const bool has_result = !signature.results.empty();
  const ValKind type = has_result ? ResultKind(signature.results[0]) : ValKind::kI32;
  if (has_result) cell.dst = BeginResult(type);
  Emit(cell);
  if (is_memory) {
    EmitWide(instr.mem.offset);
    if (!fast) Words(layout_.Memory(instr.mem.memory), 0);
  }
  if (instr.immediate == Immediate::kLanes16) {
    Cell lanes{};
    std::memcpy(&lanes, instr.bytes.data(), 16);
    cells_.push_back(lanes);
  }
  if (has_result) EndResult(type);
  Canonicalize(instr);
}

void Translator::Atomic(const Instr& instr) {
  last_.valid = false;
  const SignatureInfo& signature = Info(instr.info().signature);
  std::array<Operand, 3> operands;
  const size_t count = signature.params.size();
  for (size_t i = count; i-- > 0;) operands[i] = ToSlot(Pop());
  Cell cell{};
  cell.a = Field(operands[0].slot);
  if (count > 1) cell.b = Field(operands[1].slot);
  if (count > 2) cell.aux = Field(operands[2].slot);
  // Waiting calls the runtime.
  SpillPending(Bank::kInt);
  SpillPending(Bank::kFloat);
  mirror_[1] = kNoSlot;
  cell.handler = FindAtomicHandler(instr.op);
  const bool has_result = !signature.results.empty();
  const ValKind type = has_result ? ResultKind(signature.results[0]) : ValKind::kI32;
  if (has_result) cell.dst = BeginResult(type);
  Emit(cell);
  EmitWide(instr.mem.offset);
  Words(layout_.Memory(instr.mem.memory), 0);
  if (has_result) EndResult(type);
}

}  // namespace airwasm::interp
