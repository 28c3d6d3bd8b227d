// The compiler as the engine sees it (engine/tier/compiler.h): one LLVM context, module and object
// a request.
#include <memory>
#include <mutex>
#include <set>

#include "engine/tier/build_id.h"
#include "engine/tier/compiler.h"
#include "engine/valid/context.h"
#include "jit/function_lowering.h"
#include "jit/link.h"
#include "jit/pipeline.h"
#include "jit/volatile_loads.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

namespace airwasm::jit {
namespace {

using tier::CompileOptions;
using tier::CompileRequest;
using tier::CompileResult;

// Bodies beyond these stay with the interpreter: LLVM's passes are not linear, and nothing may
// compile for minutes.
constexpr size_t kMaxBodyBytes = 256 << 10;
constexpr uint32_t kMaxLocals = 20'000;
constexpr size_t kMaxBlocks = 20'000;
// And beyond these the quick passes have to do.
constexpr size_t kQuickBlocks = 4'000;

std::string RefusalOf(const runtime::Module& module, uint32_t func_index) {
  const syntax::Function& func = module.syntax().funcs[func_index];
  if (func.body.bytes.size() > kMaxBodyBytes) return "its body is too large";
  uint64_t locals = 0;
  for (const auto& [count, type] : func.locals) locals += count;
  if (locals > kMaxLocals) return "it has too many locals";
  return "";
}

class LlvmCompiler final : public tier::Compiler {
 public:
  CompileResult Compile(const CompileRequest& request) override {
    CompileResult result;
    Unit unit(request, result);
    if (unit.functions.empty()) return result;
    const auto target = NewTargetMachine(unit.level);
    unit.Prepare(*target);
    Optimize(unit.lowering->llvm(), *target, unit.level);
    const llvm::SmallVector<char, 0> object = EmitObject(unit.lowering->llvm(), *target);
    std::string error;
    if (!LinkImage({llvm::StringRef(object.data(), object.size()), "wasm"}, unit.functions,
                   std::move(unit.lowering->locations()), result.image, error)) {
      result.image = {};
      for (const uint32_t func_index : request.functions)
        result.refused.push_back({func_index, "it cannot be linked: " + error});
    }
    return result;
  }

  std::string Print(const CompileRequest& request, tier::TextForm form) override {
    CompileResult result;
    Unit unit(request, result);
    if (unit.functions.empty()) return "";
    const auto target = NewTargetMachine(unit.level);
    unit.Prepare(*target);
    if (form != tier::TextForm::kIr) Optimize(unit.lowering->llvm(), *target, unit.level);
    if (form == tier::TextForm::kAssembly) return EmitAssembly(unit.lowering->llvm(), *target);
    std::string text;
    llvm::raw_string_ostream out(text);
    unit.lowering->llvm().print(out, nullptr);
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
    Unit(const CompileRequest& request, CompileResult& result) {
      std::vector<uint32_t> accepted;
      for (const uint32_t func_index : request.functions) {
        std::string reason = RefusalOf(*request.module, func_index);
        if (reason.empty()) {
          accepted.push_back(func_index);
        } else {
          result.refused.push_back({func_index, std::move(reason)});
        }
      }
      // Others name a function that turns out to be too large, so they are lowered again without
      // it.
      while (!Lower(request, accepted)) {
        std::erase(accepted, too_large);
        result.refused.push_back(
            too_nested ? CompileResult::Refused{too_large, "a loop stands in too many others", true}
                       : CompileResult::Refused{too_large, "it has too many blocks"});
      }
    }

    // False: `too_large` has more blocks than LLVM is given, or, when it is `too_nested`, its entry
    // would have.
    bool Lower(const CompileRequest& request, const std::vector<uint32_t>& accepted) {
      lowering = std::make_unique<ModuleLowering>(request);
      level = request.options.level;
      functions.clear();
      if (request.osr == nullptr) {
        for (const uint32_t func_index : accepted) lowering->DeclareFunction(func_index);
      }
      for (const uint32_t func_index : accepted) {
        llvm::Function* const function =
            request.osr == nullptr ? lowering->FindFunction(func_index)
                                   : lowering->DeclareOsr(func_index, request.osr->loop_offset);
        FunctionLowering body(*lowering, func_index, function, request.osr);
        body.Run();
        too_nested = body.too_nested();
        if (function->size() > kMaxBlocks || too_nested) {
          too_large = func_index;
          return false;
        }
        if (function->size() > kQuickBlocks) level = tier::Level::kQuick;
        const uint32_t loop = request.osr == nullptr ? tier::kNoLocation : request.osr->loop_offset;
        std::string entry;
        if (request.osr == nullptr)
          entry = lowering->EntryFor(lowering->valid().funcs[func_index]->type.func)->getName();
        functions.push_back(
            {function->getName().str(), std::move(entry), {func_index, loop, 0, 0, 0}});
      }
      return true;
    }

    void Prepare(llvm::TargetMachine& target) {
      llvm::Module& module = lowering->llvm();
      module.setTargetTriple(target.getTargetTriple());
      module.setDataLayout(target.createDataLayout());
      for (llvm::Function& function : module) {
        if (function.isDeclaration()) continue;
        function.addFnAttr("target-cpu", target.getTargetCPU());
        function.addFnAttr("target-features", target.getTargetFeatureString());
        function.addFnAttr("prefer-vector-width", "256");
        KeepUnusedLoads(function, lowering->options().strict_traps);
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

    tier::Level level = tier::Level::kQuick;
    uint32_t too_large = 0;
    bool too_nested = false;
    std::unique_ptr<ModuleLowering> lowering;
    std::vector<LinkFunction> functions;
  };
};

}  // namespace
}  // namespace airwasm::jit

extern "C" __attribute__((visibility("default"))) airwasm::tier::Compiler* airwasm_new_compiler(
    const char* engine_build) {
  if (std::string_view(engine_build) != airwasm::tier::kBuildId) return nullptr;
  static std::once_flag initialized;
  static bool available = false;
  std::call_once(initialized, [] {
    // The lowerings name instructions of SSSE3 and SSE4.1, which LLVM does not make up for.
    available = llvm::sys::getHostCPUFeatures().lookup("sse4.1") &&
                !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  });
  if (!available) return nullptr;
  return new airwasm::jit::LlvmCompiler;
}
