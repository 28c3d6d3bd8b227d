#include "jit/pipeline.h"

#include "jit/back_end.h"
#include "jit/effort.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

namespace airwasm::jit {
namespace {

template <typename... Passes>
void AddLoopPasses(llvm::FunctionPassManager& functions, bool use_memory_ssa, Passes... passes) {
  llvm::LoopPassManager loops;
  (loops.addPass(std::move(passes)), ...);
  functions.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), use_memory_ssa));
}

// What makes stack code into good straight code, and loops lean. Those that may become vectors are
// brought into the form in which the vectorizers know them; nothing else of what -O3 does before
// them makes any kernel faster (bench/run.py), and it takes nearly twice the time.
llvm::FunctionPassManager SimplifyingPasses(Effort effort) {
  llvm::FunctionPassManager functions;
  functions.addPass(llvm::SimplifyCFGPass());
  functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  functions.addPass(llvm::InstCombinePass());
  if (effort != Effort::kLean) {
    AddLoopPasses(functions, /*use_memory_ssa=*/true,
                  llvm::LoopRotatePass(/*EnableHeaderDuplication=*/true),
                  llvm::LICMPass(llvm::LICMOptions()));
    if (effort == Effort::kOptimized) {
      functions.addPass(llvm::InstCombinePass());
      AddLoopPasses(functions, /*use_memory_ssa=*/false, llvm::IndVarSimplifyPass(),
                    llvm::LoopFullUnrollPass(/*OptLevel=*/3));
    }
    functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
    functions.addPass(llvm::InstCombinePass());
  }
  functions.addPass(llvm::SimplifyCFGPass());
  return functions;
}

// LLVM makes vectors of less than a register of llvm.canonicalize, but knows no way to widen them
// when it selects instructions, and ends the process. So they are widened here.
void WidenCanonicalizations(llvm::Module& module) {
  constexpr unsigned kRegisterBits = 128;
  for (llvm::Function& function : llvm::make_early_inc_range(module)) {
    if (function.getIntrinsicID() != llvm::Intrinsic::canonicalize) continue;
    const auto* const type = llvm::dyn_cast<llvm::FixedVectorType>(function.getReturnType());
    if (type == nullptr || type->getPrimitiveSizeInBits() >= kRegisterBits) continue;
    llvm::SmallVector<int, 4> narrow;
    for (unsigned i = 0; i < type->getNumElements(); ++i) narrow.push_back(static_cast<int>(i));
    llvm::SmallVector<int, 4> wide = narrow;
    wide.resize(kRegisterBits / type->getScalarSizeInBits(), 0);
    for (llvm::User* const user : llvm::make_early_inc_range(function.users())) {
      auto* const call = llvm::cast<llvm::CallInst>(user);
      llvm::IRBuilder<> builder(call);
      llvm::Value* const lanes = builder.CreateShuffleVector(call->getArgOperand(0), wide);
      llvm::Value* const result =
          builder.CreateUnaryIntrinsic(llvm::Intrinsic::canonicalize, lanes);
      call->replaceAllUsesWith(builder.CreateShuffleVector(result, narrow));
      call->eraseFromParent();
    }
  }
}

// Whether vectors may be made of scalars that lie side by side. Of integers they are made where
// four independent chains, a quarter round each of a cipher, would keep the machine busy; as one
// vector they are one chain, with shuffles on it (bench/kernels/chacha20.c, sha256.c: 1.5 times the
// time, natively too).
bool MayVectorizeScalars(const llvm::Function& function) {
  for (const llvm::BasicBlock& block : function) {
    for (const llvm::Instruction& instruction : block) {
      if (instruction.getType()->isFloatingPointTy() && !llvm::isa<llvm::CallBase>(instruction))
        return true;
    }
  }
  return false;
}

const llvm::Function* FunctionOf(const llvm::Any& unit) {
  if (const auto* const function = llvm::any_cast<const llvm::Function*>(&unit)) return *function;
  if (const auto* const loop = llvm::any_cast<const llvm::Loop*>(&unit))
    return (*loop)->getHeader()->getParent();
  return nullptr;  // the module
}

// A loop of so many ways through it is an interpreter's or a parser's. What is hoisted out of it or
// rewritten for it lives all through it, and pushes what its parts work with out of registers
// (bench/programs.py: SQLite and QuickJS take a tenth less time without, and their loops half the
// time to compile).
constexpr unsigned kMostBlocksOfLoop = 32;

bool IsLoopOfManyBlocks(const llvm::Any& unit) {
  const auto* const loop = llvm::any_cast<const llvm::Loop*>(&unit);
  return loop != nullptr && (*loop)->getNumBlocks() > kMostBlocksOfLoop;
}

// Whether the pass, one of those behind SimplifyingPasses, should run.
bool ShouldVectorize(llvm::StringRef pass, const llvm::Any& unit) {
  const llvm::Function* const function = FunctionOf(unit);
  if (function == nullptr) return true;
  if (EffortOf(*function) != Effort::kOptimized) return false;
  return pass != "SLPVectorizerPass" || MayVectorizeScalars(*function);
}

}  // namespace

void Optimize(llvm::Module& module, llvm::TargetMachine& target, const Budget& budget) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  tuning.LoopInterleaving = true;
  tuning.LoopUnrolling = true;
  bool is_simplified = false;  // SimplifyingPasses are over
  llvm::PassInstrumentationCallbacks callbacks;
  callbacks.registerShouldRunOptionalPassCallback([&](llvm::StringRef pass, llvm::Any unit) {
    if (budget.IsLate() || IsLoopOfManyBlocks(unit)) return false;
    return !is_simplified || ShouldVectorize(pass, unit);
  });
  llvm::PassBuilder builder(&target, tuning, std::nullopt, &callbacks);
  functions.registerPass(
      [&] { return llvm::TargetLibraryAnalysis(NoLibrary(target.getTargetTriple())); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  bool any_vectors = false;
  for (const Effort effort : {Effort::kLean, Effort::kPlain, Effort::kOptimized}) {
    llvm::FunctionPassManager passes = SimplifyingPasses(effort);
    for (llvm::Function& function : module) {
      if (function.isDeclaration() || EffortOf(function) != effort) continue;
      functions.invalidate(function, passes.run(function, functions));
      any_vectors |= effort == Effort::kOptimized;
    }
  }
  is_simplified = true;
  if (any_vectors) {
    builder
        .buildModuleOptimizationPipeline(llvm::OptimizationLevel::O3,
                                         llvm::ThinOrFullLTOPhase::None)
        .run(module, modules);
  }
  WidenCanonicalizations(module);
}

}  // namespace airwasm::jit
