#include "jit/pipeline.h"

#include "llvm/Analysis/RuntimeLibcallInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/IR/PassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/CommandLine.h"
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

void SwitchOff(const char* option) {
  auto& options = llvm::cl::getRegisteredOptions();
  const auto found = options.find(option);
  if (found != options.end()) static_cast<llvm::cl::opt<bool>*>(found->second)->setValue(false);
}

// What the default pipeline takes no argument for is said to the whole library.
void SetLibraryOptions() {
  // A 32-bit index that is the sum of a counter and the address of an array is widened to 64 bits
  // for one array only; the addresses of the others, which are masked then, no longer count up, and
  // the loop gets no vectors (bench/kernels/stream.c).
  SwitchOff("indvars-widen-indvars");
  // A conditional move in a loop becomes a branch where the moves before it take long; of data no
  // branch can be predicted (bench/kernels/levenshtein.c, gemm_i8.c: 1.8 and 1.5 times the time,
  // and no kernel is better for it).
  SwitchOff("x86-cmov-converter");
}

// T1's machine code is made in a third of the time that registers for whole functions take: what is
// hot is optimised soon, and until then sooner is better (SQLite's inserts and joins as a whole
// process: 1.4 s instead of 2.2).
llvm::CodeGenOptLevel CodeGenLevel(Effort effort) {
  switch (effort) {
    case Effort::kQuick:
      return llvm::CodeGenOptLevel::None;
    case Effort::kLean:
    case Effort::kPlain:
      return llvm::CodeGenOptLevel::Less;
    case Effort::kOptimized:
      break;
  }
  return llvm::CodeGenOptLevel::Aggressive;
}

bool ShouldRun(llvm::StringRef pass, const llvm::Any& unit) {
  if (pass != "SLPVectorizerPass") return true;
  const auto* const function = llvm::any_cast<const llvm::Function*>(&unit);
  return function == nullptr || MayVectorizeScalars(**function);
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> NewTargetMachine(Effort effort) {
  static const bool once = [] {
    SetLibraryOptions();
    return true;
  }();
  (void)once;
  const llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string error;
  const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (target == nullptr) return nullptr;
  llvm::SubtargetFeatures features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  llvm::TargetOptions options;
  options.EnableFastISel = false;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, llvm::sys::getHostCPUName(), features.getString(), options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, CodeGenLevel(effort), /*JIT=*/true));
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
  callbacks.registerShouldRunOptionalPassCallback([&](llvm::StringRef pass, llvm::Any unit) {
    return !budget.IsLate() && ShouldRun(pass, unit);
  });
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
          : FewPasses(effort);
  passes.run(module, modules);
  WidenCanonicalizations(module);
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

// What addPassesToEmitFile does, but ends of blocks that are alike stay apart. Merged they save a
// few bytes, and each way through them takes one jump more: in an interpreter's loop
// (bench/kernels/vm.c) that is a cycle for each of its instructions, of which it takes two or
// three.
void AddCodeGeneration(llvm::legacy::PassManager& passes, llvm::TargetMachine& target,
                       llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type) {
  auto* const machine = new llvm::MachineModuleInfoWrapperPass(&target);  // owned by `passes`
  llvm::TargetPassConfig* const config = target.createPassConfig(passes);
  config->setDisableVerify(true);
  config->setEnableTailMerge(false);
  passes.add(config);
  passes.add(machine);
  const llvm::TargetOptions& options = target.Options;
  passes.add(new llvm::RuntimeLibraryInfoWrapper(target.getTargetTriple(), options.ExceptionModel,
                                                 options.FloatABIType, options.EABIVersion,
                                                 options.MCOptions.ABIName, options.VecLib));
  if (config->addISelPasses()) llvm::report_fatal_error("this target selects no instructions");
  config->addMachinePasses();
  config->setInitialized();
  if (target.addAsmPrinter(passes, out, nullptr, type, machine->getMMI().getContext()))
    llvm::report_fatal_error("this target emits no object files");
  passes.add(llvm::createFreeMachineFunctionPass());
}

void Emit(llvm::Module& module, llvm::TargetMachine& target, Effort effort, const Budget& budget,
          llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type) {
  Gate gate(effort, budget);
  module.getContext().setOptPassGate(gate);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(Library(target.getTargetTriple())));
  AddCodeGeneration(passes, target, out, type);
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
