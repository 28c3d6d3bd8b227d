// From IR to better IR: the passes of each effort.
#pragma once

#include "jit/budget.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace airwasm::jit {

// Does with each function what jit/effort.h says of it. Passes that can be left out are, once
// `budget` must stop or its time is up.
void Optimize(llvm::Module& module, llvm::TargetMachine& target, const Budget& budget);

}  // namespace airwasm::jit
