// How an instruction becomes LLVM IR: one function for each row of opcodes.def.
//
// The template is declared and never defined: a row without a specialization in one of the
// lower_*.cc files stops the link of the library.
#pragma once

#include "engine/instr/instr.h"
#include "jit/function_lowering.h"

namespace airwasm::jit {

// Called for reachable instructions only, after validation. Pops the operands from `f`, pushes the
// results.
template <Op op>
void Lower(FunctionLowering& f, const Instr& instr);

// AIRWASM_LOWER(I32Add) { ... }
#define AIRWASM_LOWER(op) \
  template <>             \
  void Lower<Op::op>([[maybe_unused]] FunctionLowering & f, [[maybe_unused]] const Instr& instr)

}  // namespace airwasm::jit
