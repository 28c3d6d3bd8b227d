// Writes the instructions of one core function: locals, labels and what adapters need of the
// instruction set.
//
// Labels are counted from the outside, so that a branch can name its block whatever has been opened
// since. Nothing is checked here: the module is validated like any other.
// Spec: core, binary/instructions.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "airwasm/types.h"
#include "engine/instr/instr.h"

namespace airwasm::component::canon {

class WasmCode {
 public:
  using Op = airwasm::Op;
  using Local = uint32_t;
  using Label = uint32_t;

  explicit WasmCode(std::span<const airwasm::ValType> params)
      : num_params_(static_cast<uint32_t>(params.size())), types_(params.begin(), params.end()) {}

  Local NewLocal(airwasm::ValType type) {
    types_.push_back(type);
    return static_cast<Local>(types_.size() - 1);
  }
  airwasm::ValType TypeOf(Local local) const { return types_[local]; }

  void Emit(Op op) { WriteOp(bytes_, op); }
  void Emit(Op op, uint32_t index) {
    WriteOp(bytes_, op);
    WriteVarU32(bytes_, index);
  }
  void Get(Local local) { Emit(Op::LocalGet, local); }
  void Set(Local local) { Emit(Op::LocalSet, local); }
  void Tee(Local local) { Emit(Op::LocalTee, local); }
  void I32(uint32_t value) {
    WriteOp(bytes_, Op::I32Const);
    WriteVarS64(bytes_, static_cast<int32_t>(value));
  }
  void I64(uint64_t value) {
    WriteOp(bytes_, Op::I64Const);
    WriteVarS64(bytes_, static_cast<int64_t>(value));
  }
  void V128Zero() {
    WriteOp(bytes_, Op::V128Const);
    bytes_.insert(bytes_.end(), 16, 0);
  }
  // A load or store at `offset` from an address on the stack, of any alignment.
  void Access(Op op, uint32_t memory, uint32_t offset) {
    WriteOp(bytes_, op);
    WriteMemArg(bytes_, {.align_log2 = 0, .memory = memory, .offset = offset});
  }
  void MemoryCopy(uint32_t to, uint32_t from) {
    Emit(Op::MemoryCopy, to);
    WriteVarU32(bytes_, from);
  }

  // Blocks without parameters and results.
  Label Open(Op op) {
    WriteOp(bytes_, op);
    WriteBlockType(bytes_, {});
    return depth_++;
  }
  // A block whose exceptions all go to `handler`, which is open and takes no values.
  void OpenTry(Label handler) {
    WriteOp(bytes_, Op::TryTable);
    WriteBlockType(bytes_, {});
    WriteVarU32(bytes_, 1);
    bytes_.push_back(static_cast<uint8_t>(CatchKind::kCatchAll));
    WriteVarU32(bytes_, depth_ - 1 - handler);
    ++depth_;
  }
  void Else() { Emit(Op::Else); }
  void Close() {
    Emit(Op::End);
    --depth_;
  }
  void Br(Label label) { Emit(Op::Br, depth_ - 1 - label); }
  void BrIf(Label label) { Emit(Op::BrIf, depth_ - 1 - label); }
  // To labels[i] for the i on the stack; all that are not among them go to the last one.
  void BrTable(std::span<const Label> labels) {
    Emit(Op::BrTable, static_cast<uint32_t>(labels.size() - 1));
    for (const Label label : labels) WriteVarU32(bytes_, depth_ - 1 - label);
  }

  // The locals beyond the parameters, each a run of its own, and the body with its `end`.
  std::vector<std::pair<uint32_t, airwasm::ValType>> Locals() const {
    std::vector<std::pair<uint32_t, airwasm::ValType>> runs;
    for (size_t i = num_params_; i < types_.size(); ++i) {
      if (!runs.empty() && runs.back().second == types_[i]) {
        ++runs.back().first;
      } else {
        runs.emplace_back(1, types_[i]);
      }
    }
    return runs;
  }
  std::vector<uint8_t> Finish() {
    Emit(Op::End);
    return std::move(bytes_);
  }

 private:
  const uint32_t num_params_;
  std::vector<airwasm::ValType> types_;
  std::vector<uint8_t> bytes_;
  uint32_t depth_ = 0;
};

}  // namespace airwasm::component::canon
