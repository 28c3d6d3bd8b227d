// From IR to machine code: the target, the passes behind those of jit/pipeline.h, the object file.
#pragma once

#include <memory>
#include <string>

#include "jit/budget.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace airwasm::jit {

// What LLVM may take loops and runs of stores for: nothing. A guest's loop that copies or fills can
// run out of bounds, and the fault would then be in a function of the C library, which is no place
// that a trap is known at. memory.copy and memory.fill become calls all the same: they are checked
// before.
llvm::TargetLibraryInfoImpl NoLibrary(const llvm::Triple& triple);

// Makes code for this processor. One thread at a time.
class BackEnd {
 public:
  explicit BackEnd(Effort effort);

  llvm::TargetMachine& target() const { return *target_; }
  llvm::SmallVector<char, 0> EmitObject(llvm::Module& module, const Budget& budget);
  std::string EmitAssembly(llvm::Module& module, const Budget& budget);

 private:
  const Effort effort_;
  const std::unique_ptr<llvm::TargetMachine> target_;
};

}  // namespace airwasm::jit
