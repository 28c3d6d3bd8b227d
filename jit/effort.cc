#include "jit/effort.h"

#include <algorithm>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Intrinsics.h"

namespace airwasm::jit {
namespace {

constexpr char kAttribute[] = "airwasm-effort";

// Beyond any of these LLVM is not given the function, for even few passes take too long.
// The back end selects instructions a block at a time and allocates registers across calls, both in
// more than linear time.
constexpr Size kMost{.blocks = 20'000,
                     .instructions = 200'000,
                     .phi_operands = 60'000,
                     .calls = 12'000,
                     .largest_block = 12'000};
// Beyond any of these few passes have to do, for all functions together that are compiled at once.
constexpr Size kMostOptimized{.blocks = 5'000,
                              .instructions = 50'000,
                              .phi_operands = 30'000,
                              .calls = 5'000,
                              .largest_block = 6'000};

// A larger function by itself does many things, few of them in loops that become vectors, and the
// passes that make those take as long as all others together.
constexpr size_t kLargestOptimized = 10'000;  // instructions

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

bool IsCall(const llvm::Instruction& instruction) {
  const auto* const call = llvm::dyn_cast<llvm::CallBase>(&instruction);
  return call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::not_intrinsic;
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
    for (const llvm::Instruction& instruction : block) size.calls += IsCall(instruction);
    for (const llvm::PHINode& phi : block.phis()) size.phi_operands += phi.getNumOperands();
  }
  size.loops = headers.size();
  return size;
}

void Add(const Size& size, Size& sum) {
  sum.blocks += size.blocks;
  sum.instructions += size.instructions;
  sum.phi_operands += size.phi_operands;
  sum.calls += size.calls;
  sum.largest_block = std::max(sum.largest_block, size.largest_block);
}

// An innermost loop over memory without calls, which ends at one place: it may become vectors, or
// be unrolled. Nothing else is faster for more passes (bench/run.py: base64.c, blur.c, gemm_i8.c
// and jacobi2d.c take 1.1 to 1.4 times as long with few).
bool IsCountable(const llvm::Loop& loop) {
  if (!loop.isInnermost() || loop.getExitingBlock() == nullptr) return false;
  bool touches_memory = false;
  for (const llvm::BasicBlock* const block : loop.blocks()) {
    for (const llvm::Instruction& instruction : *block) {
      if (IsCall(instruction)) return false;
      touches_memory |= instruction.mayReadOrWriteMemory();
    }
  }
  return touches_memory;
}

bool HasCountableLoop(llvm::Function& function) {
  const llvm::DominatorTree dominators(function);
  const llvm::LoopInfo loops(dominators);
  const auto all = loops.getLoopsInPreorder();
  return std::ranges::any_of(all, [](const llvm::Loop* loop) { return IsCountable(*loop); });
}

}  // namespace

void SetEffort(llvm::Function& function, Effort effort) {
  if (effort == Effort::kLean) {
    // Passes of the back end that can be left out ask for this.
    function.addFnAttr(llvm::Attribute::OptimizeNone);
    function.addFnAttr(llvm::Attribute::NoInline);
  }
  function.addFnAttr(kAttribute, std::to_string(static_cast<int>(effort)));
}

Effort EffortOf(const llvm::Function& function) {
  const llvm::StringRef text = function.getFnAttribute(kAttribute).getValueAsString();
  return text.empty() ? Effort::kPlain : static_cast<Effort>(text[0] - '0');
}

std::string Judge(llvm::Function& function, Size& optimized) {
  const Size size = SizeOf(function);
  if (size.blocks > kMost.blocks) return "it has too many blocks";
  if (size.instructions > kMost.instructions) return "it has too many instructions";
  if (size.largest_block > kMost.largest_block) return "it has too many instructions in a row";
  if (size.calls > kMost.calls) return "it has too many calls";
  if (size.phi_operands > kMost.phi_operands)
    return "too many values live across its branches and loops";
  Effort effort = Effort::kPlain;
  Size sum = optimized;
  Add(size, sum);
  if (size.Crossings() > kMostCrossings || size.loops > kMostLoops) {
    effort = Effort::kLean;
  } else if (size.loops != 0 && size.instructions <= kLargestOptimized &&
             Fits(sum, kMostOptimized) && HasCountableLoop(function)) {
    effort = Effort::kOptimized;
    optimized = sum;
  }
  SetEffort(function, effort);
  return "";
}

}  // namespace airwasm::jit
