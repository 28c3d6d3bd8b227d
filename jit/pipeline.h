// From IR to better IR: the passes of each level.
#pragma once

#include "jit/budget.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace airwasm::jit {

// Passes that can be left out are, once `budget` must stop or its time is up.
void Optimize(llvm::Module& module, llvm::TargetMachine& target, Effort effort,
              const Budget& budget);

}  // namespace airwasm::jit
