// Locals in SSA form while a function is lowered, without allocas: Braun et al., "Simple and
// Efficient Construction of Static Single Assignment Form".
//
// A block is sealed once all its predecessors are known; a read in one that is not yet makes a phi
// that is completed then. Reads walk back with a list of their own, never by recursion, so deep
// control flow costs no native stack.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "jit/budget.h"
#include "llvm/IR/BasicBlock.h"
#include "llvm/IR/Instructions.h"

namespace airwasm::jit {

class SsaBuilder {
 public:
  // Values in blocks and phis are charged to `budget`. Once that is spent, reads yield poison.
  explicit SsaBuilder(Budget& budget) : budget_(budget) {}
  // The next local.
  void AddLocal(llvm::Type* type) { types_.push_back(type); }
  void Write(uint32_t local, llvm::BasicBlock* block, llvm::Value* value);
  llvm::Value* Read(uint32_t local, llvm::BasicBlock* block);
  // All predecessors of `block` have their branches to it by now.
  void Seal(llvm::BasicBlock* block);
  // Replaces the phis that turned out to be superfluous; the last call.
  void Finish();

 private:
  using Pending = std::pair<uint32_t, llvm::PHINode*>;  // a local, and its phi without operands
  struct BlockState {
    bool sealed = false;
    std::unordered_map<uint32_t, llvm::Value*> values;
    std::vector<Pending> incomplete;
  };
  void Complete(std::vector<Pending>& pending);
  llvm::Value* Lookup(uint32_t local, llvm::BasicBlock* block, std::vector<Pending>& pending);
  Budget& budget_;
  std::vector<llvm::Type*> types_;
  std::unordered_map<llvm::BasicBlock*, BlockState> blocks_;
  std::vector<llvm::PHINode*> phis_;
};

}  // namespace airwasm::jit
