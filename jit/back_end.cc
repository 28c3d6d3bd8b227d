#include "jit/back_end.h"

#include <algorithm>
#include <utility>

#include "llvm/Analysis/RuntimeLibcallInfo.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace airwasm::jit {
namespace {

// What is kept of a compilation grows with it; larger ones take so long that a new back end is
// nothing to them.
constexpr size_t kLargeObjectBytes = 512 << 10;
// No more compilations than this run at a time (engine/tier/tiering_work.cc, ahead.cc).
constexpr size_t kMostIdle = 8;

template <typename T>
void SetOption(const char* option, T value) {
  auto& options = llvm::cl::getRegisteredOptions();
  const auto found = options.find(option);
  if (found != options.end()) static_cast<llvm::cl::opt<T>*>(found->second)->setValue(value);
}

// What the default pipeline takes no argument for is said to the whole library.
void SetLibraryOptions() {
  // A 32-bit index that is the sum of a counter and the address of an array is widened to 64 bits
  // for one array only; the addresses of the others, which are masked then, no longer count up, and
  // the loop gets no vectors (bench/kernels/stream.c).
  SetOption("indvars-widen-indvars", false);
  // A conditional move in a loop becomes a branch where the moves before it take long; of data no
  // branch can be predicted (bench/kernels/levenshtein.c, gemm_i8.c: 1.8 and 1.5 times the time,
  // and no kernel is better for it).
  SetOption("x86-cmov-converter", false);
  // Blocks of a function from which on CodeGenPrepare looks again only at what it has changed,
  // instead of at everything: 50 ms instead of 350 for SQLite's largest function. It is 10,000.
  SetOption("cgpp-huge-func", 500u);
}

std::unique_ptr<llvm::TargetMachine> NewTargetMachine() {
  const llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string error;
  const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (target == nullptr) llvm::report_fatal_error("there is no back end for this processor");
  llvm::SubtargetFeatures features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  llvm::TargetOptions options;
  options.EnableFastISel = false;
  // More makes no kernel faster (bench/run.py).
  constexpr llvm::CodeGenOptLevel kLevel = llvm::CodeGenOptLevel::Less;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, llvm::sys::getHostCPUName(), features.getString(), options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, kLevel, /*JIT=*/true));
}

// What the back end's passes that can be left out ask.
class Gate final : public llvm::OptPassGate {
 public:
  explicit Gate(const Budget& budget) : budget_(budget) {}
  bool shouldRunPass(llvm::StringRef pass, llvm::StringRef) const override {
    // Skipped it selects instructions one by one, which makes code that takes twice as long;
    // without the other two, blocks stay in the order of the wasm code, with a jump at each end
    // (QuickJS in bench/programs.py: its interpreter's loop takes a second to compile; compiled
    // ahead it takes 1.75 s instead of 2.05).
    return pass.contains("Instruction Selection") || pass == "branch-folder" ||
           pass == "block-placement" || !budget_.IsLate();
  }
  bool isEnabled() const override { return true; }

 private:
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
  // They follow variables, of which there are none: code has lines only.
  config->disablePass(&llvm::LiveDebugValuesID);
  config->disablePass(&llvm::RemoveRedundantDebugValuesID);
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

void AddPasses(llvm::legacy::PassManager& passes, llvm::TargetMachine& target,
               llvm::raw_pwrite_stream& out, llvm::CodeGenFileType type) {
  passes.add(new llvm::TargetLibraryInfoWrapperPass(NoLibrary(target.getTargetTriple())));
  AddCodeGeneration(passes, target, out, type);
}

void Run(llvm::legacy::PassManager& passes, llvm::Module& module, const Budget& budget) {
  Gate gate(budget);
  module.getContext().setOptPassGate(gate);
  passes.run(module);
}

}  // namespace

bool InitializeBackEnds() {
  // The lowerings name instructions of SSSE3 and SSE4.1, which LLVM does not make up for.
  if (!llvm::sys::getHostCPUFeatures().lookup("sse4.1") || llvm::InitializeNativeTarget() ||
      llvm::InitializeNativeTargetAsmPrinter())
    return false;
  SetLibraryOptions();
  return true;
}

llvm::TargetLibraryInfoImpl NoLibrary(const llvm::Triple& triple) {
  llvm::TargetLibraryInfoImpl library(triple);
  library.disableAllFunctions();
  return library;
}

struct BackEnd::ObjectPasses {
  explicit ObjectPasses(llvm::TargetMachine& target) {
    AddPasses(passes, target, out, llvm::CodeGenFileType::ObjectFile);
  }
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream out{object};
  llvm::legacy::PassManager passes;  // what they make goes to `out`
};

BackEnd::BackEnd() : target_(NewTargetMachine()) {}
BackEnd::~BackEnd() = default;

llvm::SmallVector<char, 0> BackEnd::EmitObject(llvm::Module& module, const Budget& budget) {
  if (object_passes_ == nullptr) object_passes_ = std::make_unique<ObjectPasses>(*target_);
  Run(object_passes_->passes, module, budget);
  llvm::SmallVector<char, 0> object = std::move(object_passes_->object);
  object_passes_->object.clear();
  is_large_ |= object.size() > kLargeObjectBytes;
  return object;
}

std::string BackEnd::EmitAssembly(llvm::Module& module, const Budget& budget) {
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream out(text);
  llvm::legacy::PassManager passes;
  AddPasses(passes, *target_, out, llvm::CodeGenFileType::AssemblyFile);
  Run(passes, module, budget);
  return std::string(text.data(), text.size());
}

BackEnds::BackEnds() {
  idle_.reserve(kMostIdle);  // nothing is allocated under the lock (jit/compile_thread.h)
}

BackEnds::Lease BackEnds::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Lease taken(idle_.back().release(), {this});
      idle_.pop_back();
      return taken;
    }
  }
  return Lease(new BackEnd, {this});
}

void BackEnds::Keep(std::unique_ptr<BackEnd> back_end) {
  if (back_end->is_large()) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(back_end));
}

}  // namespace airwasm::jit
