#include "jit/budget.h"

#include <time.h>

#include <algorithm>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Intrinsics.h"

namespace airwasm::jit {
namespace {

// Beyond any of these the function stays with the interpreter, for even few passes take too long.
// The back end selects instructions a block at a time and allocates registers across calls, both in
// more than linear time.
constexpr Size kMost{.blocks = 20'000,
                     .instructions = 200'000,
                     .phi_operands = 60'000,
                     .calls = 12'000,
                     .largest_block = 12'000};
// Beyond any of these few passes have to do; that is for all functions that are compiled
// together.
constexpr Size kMostOptimized{.blocks = 5'000,
                              .instructions = 50'000,
                              .phi_operands = 30'000,
                              .calls = 5'000,
                              .largest_block = 6'000};

// Beyond this, values stay where they are used: hoisted out of thousands of calls, or shared
// between them, they take the register allocator a minute.
constexpr uint64_t kMostCrossings = 3'000'000;

// Beyond this in one function, loops stay as they are: what is done for each looks at all that
// comes before it.
constexpr size_t kMostLoops = 1'000;

bool Fits(const Size& size, const Size& most) {
  return size.blocks <= most.blocks && size.instructions <= most.instructions &&
         size.phi_operands <= most.phi_operands && size.calls <= most.calls &&
         size.largest_block <= most.largest_block;
}

}  // namespace

uint64_t ThreadTimeNs() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

Size SizeOf(const llvm::Function& function) {
  Size size;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 32> seen, headers;
  for (const llvm::BasicBlock& block : function) {
    ++size.blocks;
    seen.insert(&block);
    for (const llvm::BasicBlock* const next : llvm::successors(&block)) {
      if (seen.contains(next)) headers.insert(next);
    }
    size.instructions += block.size();
    size.largest_block = std::max(size.largest_block, block.size());
    for (const llvm::Instruction& instruction : block) {
      const auto* const call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      size.calls += call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::not_intrinsic;
    }
    for (const llvm::PHINode& phi : block.phis()) size.phi_operands += phi.getNumOperands();
  }
  size.loops = headers.size();
  return size;
}

std::string Judge(const Size& size, Size& sum, Effort& effort) {
  if (size.blocks > kMost.blocks) return "it has too many blocks";
  if (size.instructions > kMost.instructions) return "it has too many instructions";
  if (size.largest_block > kMost.largest_block) return "it has too many instructions in a row";
  if (size.calls > kMost.calls) return "it has too many calls";
  if (size.phi_operands > kMost.phi_operands)
    return "too many values live across its branches and loops";
  sum.blocks += size.blocks;
  sum.instructions += size.instructions;
  sum.phi_operands += size.phi_operands;
  sum.calls += size.calls;
  sum.largest_block = std::max(sum.largest_block, size.largest_block);
  if (!Fits(sum, kMostOptimized)) effort = std::min(effort, Effort::kPlain);
  if (sum.Crossings() > kMostCrossings || size.loops > kMostLoops)
    effort = std::min(effort, Effort::kLean);
  return "";
}

Budget::Budget(const std::atomic<bool>* cancelled)
    : begin_ns_(ThreadTimeNs()), begin_(std::chrono::steady_clock::now()), cancelled_(cancelled) {}

bool Budget::IsLate() const {
  if (MustStop()) return true;
  // Each pass asks, of each function and loop. Processor time is a call of the kernel, which is
  // saved until so much time can have been spent at all.
  constexpr std::chrono::nanoseconds kMost(kMaxOptimizeNs);
  return std::chrono::steady_clock::now() - begin_ > kMost &&
         ThreadTimeNs() - begin_ns_ > kMaxOptimizeNs;
}

}  // namespace airwasm::jit
