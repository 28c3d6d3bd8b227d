// Modules with compiled code as bytes (engine/tier/artifact.h).
#include <map>
#include <mutex>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "airwasm/module.h"
#include "engine/api/engine_impl.h"
#include "engine/base/out_of_memory.h"
#include "engine/base/status_macros.h"
#include "engine/tier/ahead.h"
#include "engine/tier/artifact.h"
#include "engine/tier/code_cache.h"
#include "engine/tier/compiler_loader.h"

namespace airwasm {
namespace {

std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string SettingsOf(const EngineOptions& options) {
  return tier::SettingsOf(internal::ModuleOptionsOf(options, true),
                          internal::CompileOptionsOf(options));
}

absl::StatusOr<std::string> MakePrecompiled(const Engine& engine, std::string_view input,
                                            std::vector<std::string>* left_out) {
  if (Module::IsPrecompiled(input)) return absl::InvalidArgumentError("it is precompiled already");
  absl::StatusOr<Module> module = internal::CreateModule(engine, input, /*has_code=*/true);
  if (!module.ok()) return module.status();
  std::string why;
  tier::Compiler* const compiler = tier::LoadCompiler(&why);
  if (compiler == nullptr)
    return absl::FailedPreconditionError(absl::StrCat("there is no compiler: ", why));
  runtime::Module& impl = *module->impl();
  std::mutex mutex;
  std::map<uint32_t, tier::CompiledCode> by_first;  // function of the batch
  const tier::CompileOptions options = internal::CompileOptionsOf(engine.options());
  tier::CompileAll(
      impl, options, [](uint32_t) { return true; },
      [&](const tier::CompileRequest& request) {
        tier::CompileResult result = compiler->Compile(request);
        if (result.out_of_memory) throw std::bad_alloc();
        const std::lock_guard lock(mutex);
        by_first.insert(
            {request.functions.front(), {0, std::move(result.image), std::move(result.refused)}});
        return true;
      });
  std::vector<tier::CompiledCode> codes;
  for (auto& [first, code] : by_first) {
    for (const tier::CompileResult::Refused& refused : code.refused) {
      if (left_out != nullptr)
        left_out->push_back(absl::StrCat(impl.FuncName(refused.func_index), ": ", refused.reason));
    }
    codes.push_back(std::move(code));
  }
  return tier::MakeArtifact(impl.bytes(), SettingsOf(engine.options()), codes);
}

absl::StatusOr<Module> TakePrecompiled(const Engine& engine, std::string_view precompiled) {
  tier::Tiering* const tiering = engine.impl()->tiering.get();
  if (tiering == nullptr)
    return absl::FailedPreconditionError("an engine with Tier::kInterp runs no compiled code");
  std::string why;
  bool is_damaged = false;
  const std::optional<tier::Artifact> artifact =
      tier::OpenArtifact(BytesOf(precompiled), SettingsOf(engine.options()), &why, &is_damaged);
  if (!artifact)
    return is_damaged ? absl::InvalidArgumentError(why) : absl::FailedPreconditionError(why);
  const std::string_view wasm(reinterpret_cast<const char*>(artifact->wasm.data()),
                              artifact->wasm.size());
  absl::StatusOr<Module> module = internal::CreateModule(engine, wasm, /*has_code=*/true);
  if (!module.ok()) return module.status();
  std::optional<std::vector<tier::CompiledCode>> codes =
      tier::CodeOf(*artifact, tier::ShapeOf(*module->impl()));
  if (!codes) return absl::InvalidArgumentError("it is damaged: its code does not fit its module");
  tiering->Adopt(*module->impl(), *std::move(codes));
  return module;
}

}  // namespace

bool Module::IsPrecompiled(std::string_view bytes) {
  return tier::IsArtifact(BytesOf(bytes));
}

absl::StatusOr<std::string> Module::Precompile(const Engine& engine, std::string_view input,
                                               std::vector<std::string>* left_out) {
  return OrOutOfMemory([&] { return MakePrecompiled(engine, input, left_out); });
}

absl::StatusOr<Module> Module::FromPrecompiled(const Engine& engine, std::string_view precompiled) {
  return OrOutOfMemory([&] { return TakePrecompiled(engine, precompiled); });
}

}  // namespace airwasm
