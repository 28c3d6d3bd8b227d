// Modules around one instruction: functions that run it with operands in every form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/instr/op.h"
#include "engine/syntax/module.h"
#include "spec-tests/differential/code.h"
#include "spec-tests/differential/matrix_run.h"

namespace airwasm::differential {

// Immediates of an instruction, beyond its memory argument.
struct Immediates {
  uint8_t lane = 0;
  V128Bytes bytes{};  // of a constant or a shuffle
};

struct MatrixModule {
  std::string name;
  std::vector<uint8_t> bytes;
  std::vector<MatrixCall> calls;
  bool checked = false;  // also without signals
  // What was written before a trap shows. With guard pages compiled code does not keep that: stores
  // are merged, and a merged one is out of bounds as a whole.
  bool needs_exact_traps = false;
};

// Whether modules can be made around `op`: its types are those of its signature, and its immediates
// choose lanes, constants or memory.
bool IsRegular(Op op);

// One for each choice of immediates, and for instructions that access memory one for each kind of
// memory.
std::vector<MatrixModule> ModulesFor(Op op);

// The parts of them that the two halves share.
class MatrixWriter {
 public:
  MatrixWriter();

  uint32_t AddType(std::vector<ValType> params, std::vector<ValType> results);
  // Exports it under `name` as well.
  void AddFunction(std::string name, const FuncType& type, std::vector<ValType> locals,
                   Code&& code);
  void AddMemory(const MemoryType& type);  // exported
  void AddData(uint32_t memory, uint64_t offset, std::vector<uint8_t> bytes);
  void CallClobber(Code& code) const { code.Do(Op::Call, 0); }
  std::vector<uint8_t> Finish();

 private:
  std::string_view Keep(std::string text);
  syntax::Bytes Keep(std::vector<uint8_t> bytes);
  syntax::Module module_;
};

void PushConst(Code& code, ValType type, const V128Bytes& bytes);

// matrix_memory.cc.
std::vector<MatrixModule> MemoryModulesFor(Op op);

}  // namespace airwasm::differential
