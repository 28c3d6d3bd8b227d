// The compiler as the engine sees it (engine/tier/compiler.h): one LLVM context, module and object
// a request.
#include <atomic>
#include <memory>
#include <mutex>
#include <set>

#include "engine/tier/build_id.h"
#include "engine/tier/compiler.h"
#include "engine/valid/context.h"
#include "jit/back_end.h"
#include "jit/compile_thread.h"
#include "jit/effort.h"
#include "jit/function_lowering.h"
#include "jit/link.h"
#include "jit/pipeline.h"
#include "jit/volatile_loads.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

namespace airwasm::jit {
namespace {

using tier::CompileOptions;
using tier::CompileRequest;
using tier::CompileResult;

std::string RefusalOf(const runtime::Module& module, uint32_t func_index) {
  const syntax::Function& func = module.syntax().funcs[func_index];
  if (func.body.bytes.size() > kMaxBodyBytes) return "its body is too large";
  uint64_t locals = module.valid_context().funcs[func_index]->type.func.params.size();
  for (const auto& [count, type] : func.locals) locals += count;
  if (locals > kMaxLocals) return "it has too many locals";
  return "";
}

class LlvmCompiler final : public tier::Compiler {
 public:
  // Of LLVM as it was initialized.
  explicit LlvmCompiler(Ending ending) : has_run_out_(ending != Ending::kDone) {}

  CompileResult Compile(const CompileRequest& request) override {
    CompileResult result;
    const char* const reason = DoWork([&] {
      CompileResult here;
      CompileHere(request, here);
      result = std::move(here);
    });
    if (reason != nullptr) {
      result.out_of_memory = true;
      for (const uint32_t func_index : request.functions)
        result.refused.push_back({func_index, reason});
    }
    return result;
  }

  std::string Print(const CompileRequest& request, tier::TextForm form) override {
    std::string text;
    DoWork([&] {
      std::string here = PrintHere(request, form);
      text = std::move(here);
    });
    return text;
  }

  std::string Target() const override {
    std::string text = llvm::sys::getProcessTriple() + " " + llvm::sys::getHostCPUName().str();
    std::set<std::string> features;
    for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
      if (feature.second) features.insert(feature.first().str());
    }
    for (const std::string& feature : features) text += " +" + feature;
    return text;
  }

 private:
  // What one request becomes.
  struct Unit {
    Unit(const CompileRequest& request, CompileResult& result, BackEnds& back_ends)
        : lowering(request), back_ends_(back_ends), request_(request), budget_(request.cancelled) {
      std::vector<uint32_t> accepted;
      for (const uint32_t func_index : request.functions) {
        std::string reason = RefusalOf(*request.module, func_index);
        if (reason.empty()) {
          accepted.push_back(func_index);
        } else {
          result.refused.push_back({func_index, std::move(reason)});
        }
      }
      if (request.osr == nullptr) {
        for (const uint32_t func_index : accepted) lowering.DeclareFunction(func_index);
      }
      for (const uint32_t func_index : accepted) {
        if (IsCancelled()) return;
        std::string reason = Lower(func_index);
        if (!reason.empty())
          result.refused.push_back({func_index, std::move(reason), request.osr != nullptr});
      }
    }

    // Lowers it, or says why not.
    std::string Lower(uint32_t func_index) {
      const runtime::LoopEntry* const osr = request_.osr;
      llvm::Function* const function = osr == nullptr
                                           ? lowering.FindFunction(func_index)
                                           : lowering.DeclareOsr(func_index, osr->loop_offset);
      Budget budget(request_.cancelled);
      FunctionLowering whole(lowering, func_index, function, budget, osr);
      std::string reason = whole.Run() ? "" : "lowering it takes too much";
      if (whole.too_nested()) reason = "a loop stands in too many others";
      if (reason.empty()) reason = Judge(*function, optimized_);
      if (!reason.empty()) {
        function->deleteBody();
        if (osr == nullptr) {
          // Functions that were lowered before name it.
          FunctionLowering(lowering, func_index, function, budget).Forward();
        } else {
          function->eraseFromParent();
        }
        return reason;
      }
      std::string entry;
      if (osr == nullptr)
        entry = lowering.EntryFor(lowering.valid().funcs[func_index]->type.func)->getName();
      functions.push_back(
          {function->getName().str(),
           std::move(entry),
           {func_index, osr == nullptr ? tier::kNoLocation : osr->loop_offset, 0, 0, 0}});
      return "";
    }

    // What is there is made ready for machine code. False: there is nothing, or nobody wants it.
    bool Finish(bool optimize = true) {
      if (functions.empty() || IsCancelled()) return false;
      back_end = back_ends_.Take();
      Prepare();
      if (optimize) Optimize(lowering.llvm(), back_end->target(), budget_);
      return !IsCancelled();
    }

    void Prepare() {
      llvm::Module& module = lowering.llvm();
      const llvm::TargetMachine& target = back_end->target();
      module.setTargetTriple(target.getTargetTriple());
      module.setDataLayout(target.createDataLayout());
      for (llvm::Function& function : module) {
        if (function.isDeclaration()) continue;
        function.addFnAttr("target-cpu", target.getTargetCPU());
        function.addFnAttr("target-features", target.getTargetFeatureString());
        function.addFnAttr("prefer-vector-width", "256");
        KeepUnusedLoads(function, lowering.options().strict_traps);
      }
#ifdef AIRWASM_VERIFY_IR
      std::string problem;
      llvm::raw_string_ostream out(problem);
      if (llvm::verifyModule(module, &out)) {
        module.print(llvm::errs(), nullptr);
        llvm::report_fatal_error(llvm::Twine("wasm was lowered to invalid IR: ") + problem);
      }
#endif
    }

    const Budget& budget() const { return budget_; }
    bool IsCancelled() const { return budget_.IsCancelled(); }

    BackEnds::Lease back_end;
    ModuleLowering lowering;
    std::vector<LinkFunction> functions;

   private:
    BackEnds& back_ends_;
    const CompileRequest& request_;
    Budget budget_;  // of time
    Size optimized_;
  };

  // Null, or what it lacks memory for.
  const char* DoWork(llvm::function_ref<void()> work) {
    if (has_run_out_) return "compiling ran out of memory before, and is left alone since";
    switch (OnCompileThread(work)) {
      case Ending::kDone:
        return nullptr;
      case Ending::kNoThread:
        return "there is no memory for a stack to compile on";
      case Ending::kOutOfMemory:
        has_run_out_ = true;
        return "compiling it ran out of memory";
    }
    return nullptr;
  }

  void CompileHere(const CompileRequest& request, CompileResult& result) {
    const uint64_t begin_ns = ThreadTimeNs();
    Unit unit(request, result, back_ends_);
    if (unit.Finish()) {
      const llvm::SmallVector<char, 0> object =
          unit.back_end->EmitObject(unit.lowering.llvm(), unit.budget());
      if (!unit.IsCancelled()) Link(request, unit, object, result);
    }
    result.cpu_ns = ThreadTimeNs() - begin_ns;
  }

  std::string PrintHere(const CompileRequest& request, tier::TextForm form) {
    CompileResult result;
    Unit unit(request, result, back_ends_);
    if (!unit.Finish(form != tier::TextForm::kIr)) return "";
    if (form == tier::TextForm::kAssembly)
      return unit.back_end->EmitAssembly(unit.lowering.llvm(), unit.budget());
    std::string text;
    llvm::raw_string_ostream out(text);
    unit.lowering.llvm().print(out, nullptr);
    return text;
  }

  static void Link(const CompileRequest& request, Unit& unit, llvm::ArrayRef<char> object,
                   CompileResult& result) {
    std::string error;
    if (LinkImage({llvm::StringRef(object.data(), object.size()), "wasm"}, unit.functions,
                  std::move(unit.lowering.locations()), result.image, error))
      return;
    result.image = {};
    for (const uint32_t func_index : request.functions)
      result.refused.push_back({func_index, "it cannot be linked: " + error});
  }

  BackEnds back_ends_;
  std::atomic<bool> has_run_out_;  // in LLVM, which is in no state to be used any more
};

}  // namespace
}  // namespace airwasm::jit

extern "C" __attribute__((visibility("default"))) airwasm::tier::Compiler* airwasm_new_compiler(
    const char* engine_build) {
  if (std::string_view(engine_build) != airwasm::tier::kBuildId) return nullptr;
  static std::once_flag initialized;
  static auto ending = airwasm::jit::Ending::kNoThread;
  static bool available = false;
  std::call_once(initialized, [] {
    airwasm::jit::HandleOutOfMemory();
    ending = airwasm::jit::OnCompileThread([] { available = airwasm::jit::InitializeBackEnds(); });
  });
  if (ending == airwasm::jit::Ending::kDone && !available) return nullptr;
  return new airwasm::jit::LlvmCompiler(ending);
}
