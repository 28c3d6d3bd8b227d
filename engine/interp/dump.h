// Register code as text, for people and for golden files.
#pragma once

#include <string>
#include <vector>

#include "engine/interp/code.h"
#include "engine/runtime/module.h"

namespace airwasm::interp {

// One operation a line:
//
//       12  i32.add         s2 acc <- s0, 5
//
// the cell's index, the operation, where the result goes, and the operands: sN is slot N, acc and
// facc the accumulators, -> the target of a branch.
std::string Dump(const FunctionCode& code);

// Translates the function and dumps it. Its body must be valid.
std::string DumpFunction(runtime::Module& module, uint32_t func_index);

// The handlers of all cells.
std::vector<Handler*> AllHandlers();

// The operation that the handler is, with the letters of regcode.def for the fields of its cell:
// "i32.add d acc <- a, i". "?": none of the tables has it.
std::string HandlerName(Handler* handler);

}  // namespace airwasm::interp
