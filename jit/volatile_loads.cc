#include "jit/volatile_loads.h"

#include <vector>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Instructions.h"

namespace airwasm::jit {
namespace {

// Whether `user`, which is reached, takes `value` whenever that has been computed. A trap or a
// return in between is a path on which it does not.
bool SurelyTakes(const llvm::PostDominatorTree& tree, const llvm::Use& value) {
  const auto* const from = llvm::cast<llvm::Instruction>(value.get())->getParent();
  const auto* const user = llvm::cast<llvm::Instruction>(value.getUser());
  const auto* const phi = llvm::dyn_cast<llvm::PHINode>(user);
  if (phi == nullptr) return tree.dominates(user->getParent(), from);
  const llvm::BasicBlock* const incoming = phi->getIncomingBlock(value);
  return incoming->getSingleSuccessor() != nullptr && tree.dominates(incoming, from);
}

}  // namespace

// Marks backward from everything that has an effect; a load that stays unmarked may not be needed.
void KeepUnusedLoads(llvm::Function& function, bool all) {
  const unsigned memory = function.getContext().getMDKindID("airwasm.mem");
  llvm::SmallPtrSet<const llvm::Instruction*, 32> useful;
  std::vector<const llvm::Instruction*> work;
  std::vector<llvm::LoadInst*> loads;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      if (auto* const load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
          load != nullptr && load->hasMetadata(memory))
        loads.push_back(load);
      const bool has_effect = instruction.isTerminator() || instruction.mayHaveSideEffects();
      if (has_effect && useful.insert(&instruction).second) work.push_back(&instruction);
    }
  }
  if (loads.empty()) return;
  if (!all) {
    const llvm::PostDominatorTree tree(function);
    while (!work.empty()) {
      const llvm::Instruction* const instruction = work.back();
      work.pop_back();
      for (const llvm::Use& operand : instruction->operands()) {
        const auto* const source = llvm::dyn_cast<llvm::Instruction>(operand);
        if (source != nullptr && !useful.contains(source) && SurelyTakes(tree, operand)) {
          useful.insert(source);
          work.push_back(source);
        }
      }
    }
  }
  for (llvm::LoadInst* const load : loads) {
    if (all || !useful.contains(load)) load->setVolatile(true);
  }
}

}  // namespace airwasm::jit
