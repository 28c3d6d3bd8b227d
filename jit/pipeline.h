// From IR to machine code: the target, the passes of each level, the object file.
#pragma once

#include <memory>
#include <string>

#include "engine/tier/compiler.h"
#include "jit/budget.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace airwasm::jit {

// For this processor. Null: LLVM has no back end for it.
std::unique_ptr<llvm::TargetMachine> NewTargetMachine(Effort effort);

// Passes that can be left out are, once `budget` must stop or its time is up.
void Optimize(llvm::Module& module, llvm::TargetMachine& target, Effort effort,
              const Budget& budget);

llvm::SmallVector<char, 0> EmitObject(llvm::Module& module, llvm::TargetMachine& target,
                                      Effort effort, const Budget& budget);
std::string EmitAssembly(llvm::Module& module, llvm::TargetMachine& target, Effort effort,
                         const Budget& budget);

}  // namespace airwasm::jit
