// The translator's frame: the layout of slots, the walk over the instructions, the emission of
// cells.
#include "engine/interp/translator.h"

#include <algorithm>
#include <cassert>

namespace airwasm::interp {

std::span<const ValType> Translator::Control::params() const {
  if (type == nullptr) return {};
  return type->params;
}
std::span<const ValType> Translator::Control::results() const {
  if (type != nullptr) return type->results;
  return has_single ? std::span<const ValType>(&single, 1) : std::span<const ValType>();
}

Translator::Translator(runtime::Module& module, uint32_t func_index)
    : module_(module),
      context_(module.valid_context()),
      layout_(module.layout()),
      func_index_(func_index),
      func_(module.syntax().funcs[func_index]),
      type_(context_.funcs[func_index]->type.func),
      fuel_(module.options().fuel),
      deterministic_(module.options().deterministic) {}

std::unique_ptr<FunctionCode> Translator::Run() {
  far_ = force_far_for_tests;
  if (!Translate()) {
    far_ = true;
    Translate();
  }
  code_->cells = std::move(cells_);
  code_->cells.shrink_to_fit();
  code_->offsets.shrink_to_fit();
  code_->frame_slots = max_slot_;
  if (!code_->loops.empty()) code_->local_slots = local_slots_;
  return std::move(code_);
}

void Translator::Reset() {
  code_ = std::make_unique<FunctionCode>();
  code_->code = &module_.func_code(func_index_);
  code_->body_offset = func_.body.offset;
  locals_.clear();
  local_slots_.clear();
  cells_.clear();
  stack_.clear();
  controls_.clear();
  fixups_.clear();
  return_stubs_.clear();
  open_ranges_.clear();
  flushed_ = 0;
  pending_[0] = pending_[1] = -1;
  ForgetMirrors();
  last_.valid = under_.valid = false;
  result_cell_ = last_copy_ = consume_cell_ = UINT32_MAX;
  label_cell_ = 0;
  reachable_ = true;
  skip_depth_ = 0;
  needs_far_ = false;
  scratch_used_ = 0;
  far_dst_ = kNoSlot;
}

void Translator::LayOutLocals() {
  for (const ValType type : type_.params) locals_.push_back(type);
  LayOutSlots(type_.params, &local_slots_);
  uint32_t slot = context_.funcs[func_index_]->param_slots;
  if (far_) {
    scratch_ = (slot + 1) & ~1u;
    slot = scratch_ + kScratchSlots;
    if (force_far_for_tests) max_field_ = slot * 8 - 8;
  }
  for (const auto& [count, type] : func_.locals) {
    const uint32_t size = type.slots();
    if (size == 2) slot = (slot + 1) & ~1u;
    for (uint32_t i = 0; i < count; ++i) {
      locals_.push_back(type);
      local_slots_.push_back(slot);
      slot += size;
    }
  }
  pending_by_slot_.assign(slot, 0);
  first_temp_ = (slot + 1) & ~1u;
  max_slot_ = std::max(first_temp_, context_.funcs[func_index_]->result_slots);
}

bool Translator::Translate() {
  Reset();
  LayOutLocals();
  const uint32_t param_slots = context_.funcs[func_index_]->param_slots;
  {
    Cell enter{};
    enter.handler = Reg(RegOp::Enter);
    enter.a = static_cast<uint16_t>(param_slots * 8);  // at most 2000 slots
    enter.imm = static_cast<int32_t>(pending_by_slot_.size() * 8);
    Emit(enter);
    EmitWide(0);  // the frame's size, once it is known
  }
  Control function{};
  function.op = Op::Block;
  function.base = function.operand_base = first_temp_;
  function.type = &type_;
  controls_.push_back(function);
  BeginSegment();

  ByteReader reader(func_.body.bytes, 0);
  Instr instr;
  while (!controls_.empty() && !needs_far_) {
    ReadInstr(reader, instr);
    assert(reader.ok());
    current_offset_ = static_cast<uint32_t>(instr.offset);
    if (!reachable_ && SkipUnreachable(instr)) continue;
    if (consume_cell_ != UINT32_MAX) ++cells_[consume_cell_].imm;
    Dispatch(instr);
  }
  if (needs_far_) return false;
  cells_[1].words[0] = max_slot_ * 8;
  return true;
}

void Translator::Dispatch(const Instr& instr) {
  live_top_ = NextFree();
  scratch_used_ = 0;
  const OpInfo& info = instr.info();
  if (info.signature != Signature::Special) {
    switch (info.prefix) {
      case 0xFD:
        return Simd(instr);
      case 0xFE:
        return Atomic(instr);
      default:
        if (FindLoadRow(instr.op) != nullptr) return Load(instr);
        if (FindStoreRow(instr.op) != nullptr) return Store(instr);
        return Numeric(instr);
    }
  }
  switch (info.immediate) {
    case Immediate::kTag:
    case Immediate::kTryTable:
      return ExceptionInstr(instr);
    case Immediate::kFunc:
      if (instr.op == Op::RefFunc) return GcInstr(instr);
      return CallInstr(instr);
    case Immediate::kCallIndirect:
      return CallInstr(instr);
    case Immediate::kLocal: {
      const uint32_t slot = local_slots_[instr.index];
      const ValType type = locals_[instr.index];
      if (instr.op == Op::LocalGet) return PushLocal(slot, type.kind());
      SetLocal(instr.index, Pop());
      if (instr.op == Op::LocalTee) PushLocal(slot, type.kind());
      return;
    }
    case Immediate::kGlobal:
      return Global(instr);
    case Immediate::kTable:
    case Immediate::kTableInit:
    case Immediate::kTableCopy:
    case Immediate::kElem:
      return TableInstr(instr);
    case Immediate::kMemory:
    case Immediate::kMemoryInit:
    case Immediate::kMemoryCopy:
    case Immediate::kData:
    case Immediate::kFenceByte:
      return MemoryInstr(instr);
    case Immediate::kSelectTypes:
      return Select(instr);
    default:
      break;
  }
  switch (instr.op) {
    case Op::Nop:
      return;
    case Op::Drop:
      Pop();
      return;
    case Op::Select:
      return Select(instr);
    case Op::CallRef:
    case Op::ReturnCallRef:
      return CallInstr(instr);
    case Op::Try:
    case Op::Rethrow:
    case Op::ThrowRef:
    case Op::Delegate:
    case Op::CatchAll:
      return ExceptionInstr(instr);
    default:
      break;
  }
  if (info.prefix == 0xFB || instr.op == Op::RefNull || instr.op == Op::RefIsNull ||
      instr.op == Op::RefEq || instr.op == Op::RefAsNonNull)
    return GcInstr(instr);
  ControlInstr(instr);
}

// ---- Cells

void Translator::Emit(Cell cell) {
  while (!code_->offsets.empty() && code_->offsets.back().cell >= cells_.size())
    code_->offsets.pop_back();
  if (code_->offsets.empty() || code_->offsets.back().offset != current_offset_)
    code_->offsets.push_back({static_cast<uint32_t>(cells_.size()), current_offset_});
  cells_.push_back(cell);
}

Cell& Translator::EmitReg(RegOp op) {
  Cell cell{};
  cell.handler = Reg(op);
  Emit(cell);
  return cells_.back();
}

void Translator::EmitWide(uint64_t bits) {
  Cell cell{};
  cell.handler = Reg(RegOp::Data);
  cell.bits = bits;
  cells_.push_back(cell);
}
void Translator::Words(uint32_t a, uint32_t b) {
  EmitWide(uint64_t{b} << 32 | a);
}

}  // namespace airwasm::interp
