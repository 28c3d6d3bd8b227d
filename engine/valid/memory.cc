// Memory and table instructions, and the immediates that memory accesses and lane instructions
// share. Spec: core, valid/instructions, memory instructions, table instructions and vector
// instructions.
#include <array>
#include <string_view>

#include "engine/valid/function_validator.h"

namespace airwasm::valid {
namespace {

constexpr uint8_t kShuffleLanes = 32;

// Lanes that the op's immediate can name: "i16x8.extract_lane_s" says 8, an access of 4 bytes is
// one of 4 lanes.
constexpr uint8_t LanesOf(const OpInfo& info) {
  if (info.immediate == Immediate::kMemArgLane) return static_cast<uint8_t>(16 / AccessBytes(info));
  if (info.immediate != Immediate::kLane) return 0;
  uint8_t lanes = 0;
  for (size_t i = info.text.find('x') + 1; info.text[i] != '.'; ++i) {
    lanes = static_cast<uint8_t>(lanes * 10 + (info.text[i] - '0'));
  }
  return lanes;
}
constexpr std::array<uint8_t, kNumOps> MakeLanes() {
  std::array<uint8_t, kNumOps> lanes{};
  for (size_t i = 0; i < kNumOps; ++i) lanes[i] = LanesOf(kOps[i]);
  return lanes;
}
constexpr std::array<uint8_t, kNumOps> kLanes = MakeLanes();
static_assert(kLanes[static_cast<size_t>(Op::I8x16ReplaceLane)] == 16);

// What MemArg rows allow: log2 of the natural alignment, and whether it must be exactly that.
struct AlignRule {
  uint8_t natural_log2;
  bool exact;
};
constexpr std::array<AlignRule, kNumOps> MakeAlignRules() {
  std::array<AlignRule, kNumOps> rules{};
  for (size_t i = 0; i < kNumOps; ++i) {
    if ((kOps[i].flags & kAccessMask) == 0) continue;
    rules[i] = {static_cast<uint8_t>(NaturalAlignLog2(kOps[i])), (kOps[i].flags & kAtomic) != 0};
  }
  return rules;
}
constexpr std::array<AlignRule, kNumOps> kAlignRules = MakeAlignRules();

}  // namespace

bool FunctionValidator::CheckMemArg(const Instr& instr) {
  const MemArg& mem = instr.mem;
  if (mem.memory >= context_->module->memories.size()) return FailUnknown("memory", mem.memory);
  const AlignRule rule = kAlignRules[static_cast<size_t>(instr.op)];
  if (mem.align_log2 > rule.natural_log2) {
    return Fail("alignment must not be larger than natural: 2^" + std::to_string(mem.align_log2) +
                " in " + std::string(instr.info().text));
  }
  if (rule.exact && mem.align_log2 != rule.natural_log2) {
    return Fail("atomic alignment must be natural: 2^" + std::to_string(mem.align_log2) + " in " +
                std::string(instr.info().text));
  }
  if (mem.offset > UINT32_MAX && !context_->module->memories[mem.memory].is_64) {
    return Fail("offset out of range: memory " + std::to_string(mem.memory) +
                " has 32-bit addresses");
  }
  return true;
}

bool FunctionValidator::CheckLane(const Instr& instr) {
  if (instr.immediate == Immediate::kLanes16) {
    for (uint8_t lane : instr.bytes) {
      if (lane >= kShuffleLanes) return Fail("invalid lane index " + std::to_string(lane));
    }
    return true;
  }
  if (instr.lane < kLanes[static_cast<size_t>(instr.op)]) return true;
  return Fail("invalid lane index " + std::to_string(instr.lane));
}

bool FunctionValidator::CheckMemory(uint32_t index) {
  return index < context_->module->memories.size() || FailUnknown("memory", index);
}

bool FunctionValidator::CheckData(uint32_t index) {
  // The code section comes before the data section, so the binary format wants the count
  // beforehand.
  if (!context_->module->data_count.has_value()) {
    return Fail("data count section required", ErrorKind::kMalformed);
  }
  return index < context_->module->datas.size() || FailUnknown("data segment", index);
}

bool FunctionValidator::CheckElem(uint32_t index) {
  return index < context_->elems.size() || FailUnknown("elem segment", index);
}

const TableType* FunctionValidator::Table(uint32_t index) {
  if (index < context_->tables.size()) return &context_->tables[index];
  FailUnknown("table", index);
  return nullptr;
}

bool FunctionValidator::MemoryInstr(const Instr& instr) {
  if (instr.op == Op::DataDrop) return CheckData(instr.index);
  const uint32_t memory = instr.op == Op::MemoryInit ? instr.index2 : instr.index;
  if (!CheckMemory(memory)) return false;
  const std::span<const MemoryType> memories = context_->memories();
  const ValType address = context_->AddressType(memories[memory]);
  switch (instr.op) {
    case Op::MemorySize:
      Push(address);
      return true;
    case Op::MemoryGrow:
      if (!Pop(address)) return false;
      Push(address);
      return true;
    case Op::MemoryFill:
      return Pop({address, kI32, address});
    case Op::MemoryInit:
      return CheckData(instr.index) && Pop({address, kI32, kI32});
    default:
      break;
  }
  // memory.copy: the length is of the narrower address type.
  if (!CheckMemory(instr.index2)) return false;
  const ValType source = context_->AddressType(memories[instr.index2]);
  return Pop({address, source, address == kI64 ? source : kI32});
}

bool FunctionValidator::TableInstr(const Instr& instr) {
  if (instr.op == Op::ElemDrop) return CheckElem(instr.index);
  const TableType* table = Table(instr.op == Op::TableInit ? instr.index2 : instr.index);
  if (table == nullptr) return false;
  const ValType address = context_->AddressType(*table);
  switch (instr.op) {
    case Op::TableGet:
      if (!Pop(address)) return false;
      Push(table->element);
      return true;
    case Op::TableSet:
      return Pop({address, table->element});
    case Op::TableSize:
      Push(address);
      return true;
    case Op::TableGrow:
      if (!Pop({table->element, address})) return false;
      Push(address);
      return true;
    case Op::TableFill:
      return Pop({address, table->element, address});
    case Op::TableInit:
      if (!CheckElem(instr.index)) return false;
      if (!Matches(context_->elems[instr.index], table->element)) {
        return Fail("type mismatch: elem segment " + std::to_string(instr.index) + " of type " +
                    context_->Describe(context_->elems[instr.index]) +
                    " cannot fill a table of type " + context_->Describe(table->element));
      }
      return Pop({address, kI32, kI32});
    default:
      break;
  }
  // table.copy
  const TableType* source = Table(instr.index2);
  if (source == nullptr) return false;
  if (!Matches(source->element, table->element)) {
    return Fail("type mismatch: elements of type " + context_->Describe(source->element) +
                " cannot be copied to a table of type " + context_->Describe(table->element));
  }
  const ValType source_address = context_->AddressType(*source);
  return Pop({address, source_address, address == kI64 ? source_address : kI32});
}

}  // namespace airwasm::valid
