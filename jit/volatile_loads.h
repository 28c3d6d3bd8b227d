// Keeps the traps of loads that are not surely needed.
//
// Linear memory is not volatile, so that LLVM may hoist, merge and vectorise; but it deletes a load
// without users, and moves one that is used on some paths only to those, and with it the trap that
// the load may be. So a load is made volatile before the first pass unless its result visibly
// reaches, on every path from it, something that stays. There are few: compilers that made the wasm
// have moved loads to where they are needed.
//
// Marked with "airwasm.mem" are the loads that may trap by themselves: those of memories with guard
// pages.
#pragma once

#include "llvm/IR/Function.h"

namespace airwasm::jit {

// `all`: every load of linear memory (CompileOptions::strict_traps).
void KeepUnusedLoads(llvm::Function& function, bool all);

}  // namespace airwasm::jit
