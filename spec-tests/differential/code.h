// Writes function bodies an instruction at a time, and the module around them. What is written is
// taken as meant; the validator judges.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "engine/instr/instr.h"

namespace airwasm::differential {

// The type of an operand or result. `address`: that of the addresses of the memory in question.
constexpr ValType ValTypeOf(SigType type, ValType address = kBottom) {
  switch (type) {
    case SigType::Addr:
      return address;
    case SigType::I32:
      return kI32;
    case SigType::I64:
      return kI64;
    case SigType::F32:
      return kF32;
    case SigType::F64:
      return kF64;
    case SigType::V128:
      return kV128;
  }
  return kBottom;
}

class Code {
 public:
  // An instruction without immediates, with one index or with two.
  void Do(Op op) { WriteOp(bytes_, op); }
  void Do(Op op, uint32_t index) {
    Do(op);
    WriteVarU32(bytes_, index);
  }
  void Do(Op op, uint32_t index, uint32_t index2) {
    Do(op, index);
    WriteVarU32(bytes_, index2);
  }
  void Access(Op op, const MemArg& mem) {
    Do(op);
    WriteMemArg(bytes_, mem);
  }
  void Access(Op op, const MemArg& mem, uint8_t lane) {
    Access(op, mem);
    bytes_.push_back(lane);
  }
  void Lane(Op op, uint8_t lane) {
    Do(op);
    bytes_.push_back(lane);
  }
  void Bytes16(Op op, std::span<const uint8_t> bytes) {
    Do(op);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void I32(int32_t value) { Const(Op::I32Const, static_cast<uint32_t>(value)); }
  void I64(int64_t value) { Const(Op::I64Const, static_cast<uint64_t>(value)); }
  // A constant of a number type by its bits.
  void Const(Op op, uint64_t bits) { WriteInstr(bytes_, {.op = op, .bits = bits}); }
  void Ref(Op op, HeapType heap) {
    Do(op);
    WriteHeapType(bytes_, heap);
  }
  // block, loop, if, try.
  void Open(Op op, const BlockType& type) {
    Do(op);
    WriteBlockType(bytes_, type);
  }
  void End() { Do(Op::End); }
  void Labels(std::span<const uint32_t> labels, uint32_t otherwise) {
    Do(Op::BrTable);
    WriteVarU32(bytes_, static_cast<uint32_t>(labels.size()));
    for (const uint32_t label : labels) WriteVarU32(bytes_, label);
    WriteVarU32(bytes_, otherwise);
  }
  void TryTable(const BlockType& type, std::span<const CatchClause> clauses) {
    Open(Op::TryTable, type);
    WriteVarU32(bytes_, static_cast<uint32_t>(clauses.size()));
    for (const CatchClause& clause : clauses) {
      bytes_.push_back(static_cast<uint8_t>(clause.kind));
      if (clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef)
        WriteVarU32(bytes_, clause.tag);
      WriteVarU32(bytes_, clause.label);
    }
  }
  void SelectOf(ValType type) {
    Do(Op::SelectT);
    WriteVarU32(bytes_, 1);
    WriteValType(bytes_, type);
  }
  void BranchOnCast(Op op, uint32_t label, ValType from, ValType to) {
    WriteInstr(bytes_, {.op = op, .index = label, .ref_type = from, .ref_type2 = to});
  }
  void Fence() {
    Do(Op::AtomicFence);
    bytes_.push_back(0);
  }

  size_t size() const { return bytes_.size(); }
  std::vector<uint8_t> Take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace airwasm::differential
