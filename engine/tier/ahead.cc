#include "engine/tier/ahead.h"

#include "engine/valid/function_validator.h"

namespace airwasm::tier {
namespace {

// Functions go to the compiler in batches of this much wasm at most, if they are not larger
// themselves.
constexpr size_t kBatchBytes = 16 << 10;

}  // namespace

bool CompileAll(const runtime::Module& module, const CompileOptions& options,
                const std::function<bool(uint32_t)>& is_wanted,
                const std::function<bool(const CompileRequest&)>& compile) {
  const syntax::Module& syntax = module.syntax();
  CompileRequest request{.module = &module, .options = options};
  size_t bytes = 0;
  valid::FunctionValidator validator;
  const auto compile_batch = [&] {
    const bool compiled = request.functions.empty() || compile(request);
    request.functions.clear();
    bytes = 0;
    return compiled;
  };
  for (uint32_t i = syntax.num_imported_funcs; i < syntax.funcs.size(); ++i) {
    if (!is_wanted(i) ||
        (!module.options().validate_bodies &&
         !(validator.Start(module.valid_context(), i) && validator.Run(syntax.funcs[i].body))))
      continue;
    // A large function does not keep the others from all the passes, nor they it.
    const size_t size = syntax.funcs[i].body.bytes.size();
    if (bytes + size > kBatchBytes && !compile_batch()) return false;
    request.functions.push_back(i);
    bytes += size;
  }
  return compile_batch();
}

}  // namespace airwasm::tier
