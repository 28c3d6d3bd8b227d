// LLVM's text form compiled, linked and loaded, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/runtime_test_util.h"
#include "engine/tier/loaded_image.h"
#include "jit/back_end.h"
#include "jit/effort.h"
#include "jit/link.h"
#include "jit/pipeline.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace airwasm::jit {

using tier::CodeImage;
using tier::LibraryFunction;

inline constexpr Effort kLevels[] = {Effort::kLean, Effort::kPlain, Effort::kOptimized};

inline std::unique_ptr<llvm::Module> Parse(llvm::LLVMContext& context, const std::string& ir) {
  llvm::SMDiagnostic error;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(ir, error, context);
  std::string message;
  llvm::raw_string_ostream out(message);
  if (module == nullptr) {
    error.print("", out, false);
  } else if (llvm::verifyModule(*module, &out)) {
    module = nullptr;
  }
  if (module == nullptr) ADD_FAILURE() << message;
  return module;
}

// The same with `target`'s layout: null after a failure that was told.
inline std::unique_ptr<llvm::Module> ParseFor(llvm::LLVMContext& context, const std::string& ir,
                                              const llvm::TargetMachine& target) {
  std::unique_ptr<llvm::Module> module = Parse(context, ir);
  if (module == nullptr) return nullptr;
  module->setTargetTriple(target.getTargetTriple());
  module->setDataLayout(target.createDataLayout());
  return module;
}

struct Built {
  CodeImage image;
  std::string error;  // empty: it was linked
};

// `names` become functions 0, 1, ... of the image.
inline Built Build(const std::string& ir, Effort level, const std::vector<std::string>& names,
                   std::vector<tier::CodeLocationEntry> locations = {}) {
  EXPECT_TRUE(InitializeBackEnds());
  Built built;
  llvm::LLVMContext context;
  BackEnd back_end;
  llvm::TargetMachine& target = back_end.target();
  const std::unique_ptr<llvm::Module> module = ParseFor(context, ir, target);
  if (module == nullptr) return {.image = {}, .error = "no module"};
  for (llvm::Function& function : *module) {
    if (function.isDeclaration()) continue;
    SetEffort(function, level);
    function.addFnAttr("frame-pointer", "all");
    if (function.hasFnAttribute("target-features")) continue;
    function.addFnAttr("target-cpu", target.getTargetCPU());
    function.addFnAttr("target-features", target.getTargetFeatureString());
  }
  const Budget budget(nullptr);
  Optimize(*module, target, budget);
  const llvm::SmallVector<char, 0> object = back_end.EmitObject(*module, budget);
  std::vector<LinkFunction> functions;
  for (const std::string& name : names) {
    const auto index = static_cast<uint32_t>(functions.size());
    functions.push_back({name, "", {index, tier::kNoLocation, 0, 0, 0}});
  }
  if (!LinkImage({llvm::StringRef(object.data(), object.size()), "test"}, functions,
                 std::move(locations), built.image, built.error))
    EXPECT_NE("", built.error);
  return built;
}

// An image in memory.
struct Code {
  explicit Code(Built built) {
    EXPECT_EQ("", built.error);
    copy = built.image;
    loaded = tier::LoadedImage::Load(std::move(built.image), *module);
  }
  template <typename F>
  F* Get(uint32_t index) const {
    for (const tier::CompiledFunction& function : loaded->image().functions) {
      if (function.func_index == index)
        return reinterpret_cast<F*>(reinterpret_cast<uintptr_t>(loaded->Address(function)));
    }
    ADD_FAILURE() << "no function " << index;
    return nullptr;
  }
  runtime::World world;
  std::shared_ptr<runtime::Module> module = world.Compile("(module (func) (func) (func) (func))");
  CodeImage copy;  // as it was before it was loaded
  std::shared_ptr<const tier::LoadedImage> loaded;
};

// Compiled code has no types for the sanitizer to compare.
template <typename R, typename... Args, typename... Given>
[[gnu::no_sanitize("function")]] R Call(R (*function)(Args...), Given... args) {
  return function(args...);
}

inline std::set<LibraryFunction> Relocs(const CodeImage& image) {
  std::set<LibraryFunction> all;
  for (const tier::CodeReloc& reloc : image.relocs) {
    EXPECT_TRUE(all.insert(reloc.function).second) << "one word for each function";
    EXPECT_LE(reloc.offset + 8, image.bytes.size());
    EXPECT_EQ(0u, reloc.offset % 8);
  }
  return all;
}

}  // namespace airwasm::jit
