#include "engine/tier/ahead.h"

#include "engine/valid/function_validator.h"

namespace airwasm::tier {
namespace {

// Functions go to the compiler in batches of about this much wasm.
constexpr size_t kBatchBytes = 128 << 10;

}  // namespace

bool CompileAll(const runtime::Module& module, const CompileOptions& options,
                const std::function<bool(uint32_t)>& is_wanted,
                const std::function<bool(const CompileRequest&)>& compile) {
  const syntax::Module& syntax = module.syntax();
  CompileRequest request{.module = &module, .options = options};
  size_t bytes = 0;
  valid::FunctionValidator validator;
  for (uint32_t i = syntax.num_imported_funcs; i < syntax.funcs.size(); ++i) {
    if (is_wanted(i) &&
        (module.options().validate_bodies ||
         (validator.Start(module.valid_context(), i) && validator.Run(syntax.funcs[i].body)))) {
      request.functions.push_back(i);
      bytes += syntax.funcs[i].body.bytes.size();
    }
    if ((bytes < kBatchBytes && i + 1 < syntax.funcs.size()) || request.functions.empty()) continue;
    if (!compile(request)) return false;
    request.functions.clear();
    bytes = 0;
  }
  return true;
}

}  // namespace airwasm::tier
