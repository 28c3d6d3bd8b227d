// From IR to machine code: the target, the passes of each level, the object file.
#pragma once

#include <memory>
#include <string>

#include "engine/tier/compiler.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace airwasm::jit {

// For this processor. Null: LLVM has no back end for it.
std::unique_ptr<llvm::TargetMachine> NewTargetMachine(tier::Level level);

void Optimize(llvm::Module& module, llvm::TargetMachine& target, tier::Level level);

llvm::SmallVector<char, 0> EmitObject(llvm::Module& module, llvm::TargetMachine& target);
std::string EmitAssembly(llvm::Module& module, llvm::TargetMachine& target);

}  // namespace airwasm::jit
