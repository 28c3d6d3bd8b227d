// Keeps the traps of loads that nothing needs.
//
// Linear memory is not volatile, so that LLVM may hoist, merge and vectorise; but it deletes a load
// without users, and with it the trap that the load may be. So those loads whose result visibly
// reaches nothing are made volatile before the first pass. There are few.
#pragma once

#include "llvm/IR/Function.h"

namespace airwasm::jit {

// `all`: every load of linear memory (CompileOptions::strict_traps).
void KeepUnusedLoads(llvm::Function& function, bool all);

}  // namespace airwasm::jit
