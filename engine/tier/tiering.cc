#include "engine/tier/tiering.h"

#include "engine/runtime/native_entry.h"
#include "engine/tier/compiler_loader.h"
#include "engine/tier/loaded_image.h"
#include "engine/valid/function_validator.h"

namespace airwasm::tier {
namespace {

// Functions go to the compiler in batches of about this much wasm: large enough for direct calls
// and one set-up for many, small enough for LLVM's working memory.
constexpr size_t kBatchBytes = 128 << 10;

}  // namespace

Tiering::Tiering(runtime::Executor& executor, const CompileOptions& options)
    : executor_(executor), options_(options) {}
Tiering::~Tiering() = default;

namespace {

void Publish(runtime::Executor& executor, runtime::Module& module, CodeImage&& image) {
#ifdef AIRWASM_HAS_NATIVE
  if (image.functions.empty()) return;
  const std::shared_ptr<const LoadedImage> loaded = LoadedImage::Load(std::move(image), module);
  if (loaded == nullptr) return;  // no memory for code: the interpreter goes on
  module.Keep(loaded);
  for (const CompiledFunction& function : loaded->image().functions) {
    if (function.osr_loop_offset != kNoLocation) continue;
    runtime::FuncCode& code = module.func_code(function.func_index);
    code.native.store(loaded->Address(function), std::memory_order_release);
    code.native_entry.store(reinterpret_cast<const void*>(&runtime::airwasm_native_entry),
                            std::memory_order_release);
    executor.EnterNatively(code);
  }
#else
  (void)executor, (void)module, (void)image;
#endif
}

}  // namespace

void Tiering::Created(runtime::Module& module) {
  Compiler* const compiler = LoadCompiler();
  if (compiler == nullptr) return;
  const syntax::Module& syntax = module.syntax();
  CompileRequest request{.module = &module, .options = options_};
  size_t bytes = 0;
  valid::FunctionValidator validator;
  for (uint32_t i = syntax.num_imported_funcs; i < syntax.funcs.size(); ++i) {
    if (module.options().validate_bodies ||
        (validator.Start(module.valid_context(), i) && validator.Run(syntax.funcs[i].body))) {
      request.functions.push_back(i);
      bytes += syntax.funcs[i].body.bytes.size();
    }
    if (bytes < kBatchBytes && i + 1 < syntax.funcs.size()) continue;
    Publish(executor_, module, std::move(compiler->Compile(request).image));
    request.functions.clear();
    bytes = 0;
  }
}

}  // namespace airwasm::tier
