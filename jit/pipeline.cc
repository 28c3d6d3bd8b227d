#include "jit/pipeline.h"

#include "jit/back_end.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

namespace airwasm::jit {
namespace {

void AddLoopPasses(llvm::FunctionPassManager& functions) {
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass(/*EnableHeaderDuplication=*/true));
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  functions.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
  functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  functions.addPass(llvm::InstCombinePass());
}

// What makes stack code into good straight code, and loops lean; no vectors, no unrolling.
llvm::ModulePassManager FewPasses(Effort effort) {
  llvm::FunctionPassManager functions;
  functions.addPass(llvm::SimplifyCFGPass());
  functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  functions.addPass(llvm::InstCombinePass());
  if (effort != Effort::kLean) AddLoopPasses(functions);
  functions.addPass(llvm::SimplifyCFGPass());
  llvm::ModulePassManager module;
  module.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(functions)));
  return module;
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

bool ShouldRun(llvm::StringRef pass, const llvm::Any& unit) {
  if (pass != "SLPVectorizerPass") return true;
  const auto* const function = llvm::any_cast<const llvm::Function*>(&unit);
  return function == nullptr || MayVectorizeScalars(**function);
}

}  // namespace

void Optimize(llvm::Module& module, llvm::TargetMachine& target, Effort effort,
              const Budget& budget) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  tuning.LoopInterleaving = true;
  tuning.LoopUnrolling = true;
  llvm::PassInstrumentationCallbacks callbacks;
  callbacks.registerShouldRunOptionalPassCallback([&](llvm::StringRef pass, llvm::Any unit) {
    return !budget.IsLate() && ShouldRun(pass, unit);
  });
  llvm::PassBuilder builder(&target, tuning, std::nullopt, &callbacks);
  functions.registerPass(
      [&] { return llvm::TargetLibraryAnalysis(NoLibrary(target.getTargetTriple())); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  const auto passes = [&] {
    switch (effort) {
      case Effort::kLean:
      case Effort::kPlain:
        return FewPasses(effort);
      case Effort::kOptimized:
        break;
    }
    return builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3);
  };
  passes().run(module, modules);
  WidenCanonicalizations(module);
}

}  // namespace airwasm::jit
