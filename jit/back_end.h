// From IR to machine code: the target, the passes behind those of jit/pipeline.h, the object file.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "jit/budget.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace airwasm::jit {

// Of the process, before the first of them is made. False: there is none for this processor.
bool InitializeBackEnds();

// What LLVM may take loops and runs of stores for: nothing. A guest's loop that copies or fills can
// run out of bounds, and the fault would then be in a function of the C library, which is no place
// that a trap is known at. memory.copy and memory.fill become calls all the same: they are checked
// before.
llvm::TargetLibraryInfoImpl NoLibrary(const llvm::Triple& triple);

// Makes code for this processor. One thread at a time, of whatever contexts one after another: the
// passes are kept from module to module.
class BackEnd {
 public:
  BackEnd();
  ~BackEnd();

  llvm::TargetMachine& target() const { return *target_; }
  llvm::SmallVector<char, 0> EmitObject(llvm::Module& module, const Budget& budget);
  std::string EmitAssembly(llvm::Module& module, const Budget& budget);
  // It has made something large, of which its passes keep the memory.
  bool is_large() const { return is_large_; }

 private:
  struct ObjectPasses;

  const std::unique_ptr<llvm::TargetMachine> target_;
  std::unique_ptr<ObjectPasses> object_passes_;  // null: none was made yet
  bool is_large_ = false;
};

// Keeps those that nobody uses: to make one takes as long as to compile a small function with it.
// Any thread.
class BackEnds {
 public:
  struct Return {
    BackEnds* to;
    void operator()(BackEnd* back_end) const { to->Keep(std::unique_ptr<BackEnd>(back_end)); }
  };
  // Passes watch the functions that they have seen, so a module goes before the lease.
  using Lease = std::unique_ptr<BackEnd, Return>;
  BackEnds();
  Lease Take();

 private:
  void Keep(std::unique_ptr<BackEnd> back_end);

  std::mutex mutex_;
  std::vector<std::unique_ptr<BackEnd>> idle_;
};

}  // namespace airwasm::jit
