#include "jit/ssa.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Constants.h"

namespace airwasm::jit {

void SsaBuilder::Write(uint32_t local, llvm::BasicBlock* block, llvm::Value* value) {
  blocks_[block].values[local] = value;
}

llvm::Value* SsaBuilder::Read(uint32_t local, llvm::BasicBlock* block) {
  std::vector<Pending> pending;
  llvm::Value* const value = Lookup(local, block, pending);
  Complete(pending);
  return value;
}

void SsaBuilder::Seal(llvm::BasicBlock* block) {
  BlockState& state = blocks_[block];
  state.sealed = true;
  std::vector<Pending> pending = std::move(state.incomplete);
  state.incomplete.clear();
  Complete(pending);
}

void SsaBuilder::Complete(std::vector<Pending>& pending) {
  while (!pending.empty()) {
    const auto [local, phi] = pending.back();
    pending.pop_back();
    if (budget_.IsSpent()) continue;
    for (llvm::BasicBlock* const before : llvm::predecessors(phi->getParent()))
      phi->addIncoming(Lookup(local, before, pending), before);
  }
}

// The value of `local` at the end of `block`. What needs a phi gets one, to be completed later.
llvm::Value* SsaBuilder::Lookup(uint32_t local, llvm::BasicBlock* block,
                                std::vector<Pending>& pending) {
  std::vector<llvm::BasicBlock*> passed;
  llvm::Value* value = nullptr;
  while (value == nullptr) {
    if (!budget_.Spend(1)) return llvm::PoisonValue::get(types_[local]);
    BlockState& state = blocks_[block];
    if (const auto found = state.values.find(local); found != state.values.end()) {
      value = found->second;
      break;
    }
    if (state.sealed) {
      const auto before = llvm::predecessors(block);
      auto it = before.begin();
      if (it == before.end()) {
        value = llvm::PoisonValue::get(types_[local]);  // not reachable
        break;
      }
      llvm::BasicBlock* const only = *it;
      if (++it == before.end()) {
        passed.push_back(block);
        block = only;
        continue;
      }
    }
    budget_.Spend(kUnitsOfPhi);
    auto* const phi = llvm::PHINode::Create(types_[local], 2, "", block->begin());
    phis_.push_back(phi);
    state.values[local] = phi;
    (state.sealed ? pending : state.incomplete).emplace_back(local, phi);
    value = phi;
  }
  for (llvm::BasicBlock* const each : passed) blocks_[each].values[local] = value;
  return value;
}

void SsaBuilder::Finish() {
  // A phi of one value and itself is that value; replacing it may make others so.
  std::vector<llvm::PHINode*> work = std::move(phis_);
  llvm::DenseSet<llvm::PHINode*> queued(work.begin(), work.end());
  while (!work.empty() && budget_.Spend(1)) {
    llvm::PHINode* const phi = work.back();
    work.pop_back();
    queued.erase(phi);
    llvm::Value* same = nullptr;
    bool trivial = true;
    for (llvm::Value* const value : phi->incoming_values()) {
      if (value == phi || value == same) continue;
      if (same != nullptr) {
        trivial = false;
        break;
      }
      same = value;
    }
    if (!trivial) continue;
    if (same == nullptr) same = llvm::PoisonValue::get(phi->getType());
    for (llvm::User* const user : phi->users()) {
      auto* const other = llvm::dyn_cast<llvm::PHINode>(user);
      if (other != nullptr && other != phi && queued.insert(other).second) work.push_back(other);
    }
    phi->replaceAllUsesWith(same);
    phi->eraseFromParent();
  }
  phis_.clear();
  blocks_.clear();
}

}  // namespace airwasm::jit
