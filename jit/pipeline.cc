#include "jit/pipeline.h"

#include <vector>

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/IR/PassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

namespace airwasm::jit {
namespace {

// What LLVM may take loops and runs of stores for: nothing. A guest's loop that copies or fills can
// run out of bounds, and the fault would then be in a function of the C library, which is no place
// that a trap is known at. memory.copy and memory.fill become calls all the same: they are checked
// before.
llvm::TargetLibraryInfoImpl Library(const llvm::Triple& triple) {
  llvm::TargetLibraryInfoImpl library(triple);
  library.disableAllFunctions();
  return library;
}

void AddLoopPasses(llvm::FunctionPassManager& functions) {
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass(/*EnableHeaderDuplication=*/true));
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  functions.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
  functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  functions.addPass(llvm::InstCombinePass());
}

// T1: what makes stack code into good straight code, and loops lean; no vectors, no unrolling.
llvm::ModulePassManager QuickPasses(Effort effort) {
  llvm::FunctionPassManager functions;
  functions.addPass(llvm::SimplifyCFGPass());
  functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  functions.addPass(llvm::InstCombinePass());
  if (effort == Effort::kQuick) AddLoopPasses(functions);
  functions.addPass(llvm::SimplifyCFGPass());
  llvm::ModulePassManager module;
  module.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(functions)));
  return module;
}

// LLVM 22 ends the process when it selects instructions for llvm.canonicalize of <2 x float>, which
// it makes itself of two of float. So those are done in as many lanes as a register has.
void WidenCanonicalize(llvm::Module& module) {
  std::vector<llvm::IntrinsicInst*> narrow;
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* const call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (call == nullptr || call->getIntrinsicID() != llvm::Intrinsic::canonicalize) continue;
      if (call->getType()->isVectorTy() && call->getType()->getPrimitiveSizeInBits() < 128)
        narrow.push_back(call);
    }
  }
  for (llvm::IntrinsicInst* const call : narrow) {
    const auto* const type = llvm::cast<llvm::FixedVectorType>(call->getType());
    const int lanes = static_cast<int>(type->getNumElements());
    llvm::SmallVector<int, 4> widen(128 / type->getScalarSizeInBits(), -1);
    llvm::SmallVector<int, 4> shorten;
    for (int i = 0; i < lanes; ++i) {
      widen[static_cast<size_t>(i)] = i;
      shorten.push_back(i);
    }
    llvm::IRBuilder<> builder(call);
    llvm::Value* const wide = builder.CreateUnaryIntrinsic(
        llvm::Intrinsic::canonicalize, builder.CreateShuffleVector(call->getArgOperand(0), widen));
    call->replaceAllUsesWith(builder.CreateShuffleVector(wide, shorten));
    call->eraseFromParent();
  }
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> NewTargetMachine(Effort effort) {
  const llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string error;
  const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (target == nullptr) return nullptr;
  llvm::SubtargetFeatures features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  llvm::TargetOptions options;
  options.EnableFastISel = false;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, llvm::sys::getHostCPUName(), features.getString(),
                                  options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                  effort != Effort::kOptimized ? llvm::CodeGenOptLevel::Less
                                                               : llvm::CodeGenOptLevel::Aggressive,
                                  /*JIT=*/true));
}

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
  callbacks.registerShouldRunOptionalPassCallback(
      [&](llvm::StringRef, llvm::Any) { return !budget.IsLate(); });
  llvm::PassBuilder builder(&target, tuning, std::nullopt, &callbacks);
  functions.registerPass(
      [&] { return llvm::TargetLibraryAnalysis(Library(target.getTargetTriple())); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes =
      effort == Effort::kOptimized
          ? builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
          : QuickPasses(effort);
  passes.run(module, modules);
  WidenCanonicalize(module);
}

namespace {

// What the back end's passes that can be left out ask.
class Gate final : public llvm::OptPassGate {
 public:
  Gate(Effort effort, const Budget& budget) : effort_(effort), budget_(budget) {}
  bool shouldRunPass(llvm::StringRef, llvm::StringRef) const override {
    return effort_ != Effort::kLean && !budget_.IsLate();
  }
  bool isEnabled() const override { return true; }

 private:
  const Effort effort_;
  const Budget& budget_;
};

void Emit(llvm::Module& module, llvm::TargetMachine& target, Effort effort, const Budget& budget,
          llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type) {
  Gate gate(effort, budget);
  module.getContext().setOptPassGate(gate);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(Library(target.getTargetTriple())));
  if (target.addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/true))
    llvm::report_fatal_error("this target emits no object files");
  passes.run(module);
}

}  // namespace

llvm::SmallVector<char, 0> EmitObject(llvm::Module& module, llvm::TargetMachine& target,
                                      Effort effort, const Budget& budget) {
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream out(object);
  Emit(module, target, effort, budget, out, llvm::CodeGenFileType::ObjectFile);
  return object;
}

std::string EmitAssembly(llvm::Module& module, llvm::TargetMachine& target, Effort effort,
                         const Budget& budget) {
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream out(text);
  Emit(module, target, effort, budget, out, llvm::CodeGenFileType::AssemblyFile);
  return std::string(text.data(), text.size());
}

}  // namespace airwasm::jit
