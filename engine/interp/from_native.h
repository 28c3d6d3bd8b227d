// The way from compiled code to functions that the interpreter runs.
#pragma once

#include "engine/interp/cell.h"

namespace airwasm::interp {

class InterpModuleCode;

// Sets FuncCode::native of the module's functions to what leads a call of the universal signature
// (engine/runtime/native.h) to the interpreter, until there is compiled code.
void GiveStubs(runtime::Module& module, InterpModuleCode& code);

// Where the first frame of an activation returns to: the second of them.
extern "C" [[gnu::visibility("hidden")]] const Cell airwasm_exit_cells[2];

}  // namespace airwasm::interp
