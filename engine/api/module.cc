#include "airwasm/module.h"

#include "absl/status/status.h"
#include "airwasm/engine.h"
#include "engine/api/engine_impl.h"
#include "engine/base/error_status.h"
#include "engine/base/out_of_memory.h"
#include "engine/interp/interpreter.h"
#include "engine/runtime/code_memory.h"
#include "engine/text/wat.h"
#include "engine/tier/compiler_loader.h"
#include "engine/tier/gdb_image.h"
#include "engine/tier/helpers.h"
#include "engine/tier/object_cache.h"
#include "engine/tier/profile.h"

namespace airwasm {
namespace {

constexpr std::string_view kMagic("\0asm", 4);

ExternTypeInfo TypeOf(const runtime::Module& module, syntax::ExternKind kind, uint32_t index) {
  const syntax::Module& syntax = module.syntax();
  const std::span<const TypeId> ids = module.type_ids();
  switch (kind) {
    case syntax::ExternKind::kFunc:
      return module.types().Get(module.func_type(index)).type.func;
    case syntax::ExternKind::kTable: {
      TableType type = syntax.tables[index].type;
      type.element = Canonical(type.element, ids);
      return type;
    }
    case syntax::ExternKind::kMemory:
      return syntax.memories[index];
    case syntax::ExternKind::kGlobal: {
      GlobalType type = syntax.globals[index].type;
      type.type = Canonical(type.type, ids);
      return type;
    }
    case syntax::ExternKind::kTag:
      break;
  }
  return TagPayload{module.types().Get(ids[syntax.tags[index].type]).type.func};
}

tier::ImageListener* OpenProfile(Profile profile, std::string* why) {
  switch (profile) {
    case Profile::kNone:
      return nullptr;
    case Profile::kPerfMap:
      return tier::ProcessProfile(tier::ProfileFormat::kPerfMap, why);
    case Profile::kJitDump:
      return tier::ProcessProfile(tier::ProfileFormat::kJitDump, why);
  }
  return nullptr;
}

absl::StatusOr<Module> MakeModule(const Engine& engine, std::string_view input, bool has_code) {
  const EngineOptions& options = engine.options();
  std::vector<uint8_t> binary;
  std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  if (!input.starts_with(kMagic) && !kMagic.starts_with(input.substr(0, 4))) {
    Expected<std::vector<uint8_t>> encoded = text::WatToWasm(input, options.features);
    if (!encoded.ok()) return ToStatus(encoded.error());
    binary = *std::move(encoded);
    bytes = binary;
  }
  Expected<std::shared_ptr<runtime::Module>> module =
      runtime::Module::Create(bytes, internal::ModuleOptionsOf(options, has_code),
                              engine.impl()->types, *engine.impl()->executor);
  if (!module.ok()) return ToStatus(module.error());
  return Module(engine, *std::move(module));
}

// Making a module takes as long as some hundreds of calls.
constexpr uint32_t kHostCallsBeforeWasm = 1000;

}  // namespace

Engine::Engine(const EngineOptions& options)
    : impl_(
          std::make_shared<Impl>(Impl{.options = options,
                                      .types = std::make_shared<TypeRegistry>(),
                                      .executor = interp::NewInterpreter(tier::kNativeHelpers)})) {
  if (options.tier == Tier::kInterp) return;
  tier::ImageListener* const profile = OpenProfile(options.profile, nullptr);
  if (profile != nullptr) {
    impl_->executor->baseline_made = [profile](const runtime::FuncCode& code,
                                               std::span<const uint8_t> native) {
      profile->PublishedBaseline(code, native);
    };
  }
  // With kJit, of what the compiler refuses; where loops are entered eagerly, so that they are from
  // there.
  impl_->executor->baseline_from_start = options.tier != Tier::kAuto || options.eager_tiering;
  if (options.tier == Tier::kBaseline) return;
#ifdef AIRWASM_SANITIZED
  // Compiled code has yet to be proved beside the sanitizers: there it runs when it is asked for.
  if (options.tier == Tier::kAuto && !options.eager_tiering) return;
#endif
  const tier::Policy policy = options.tier == Tier::kJit ? tier::Policy::kAhead
                              : options.eager_tiering    ? tier::Policy::kEager
                                                         : tier::Policy::kAuto;
  impl_->tiering = std::make_unique<tier::Tiering>(
      *impl_->executor, policy, internal::CompileOptionsOf(options),
      tier::CacheOptions{options.code_cache, options.code_cache_bytes});
  impl_->executor->observer = impl_->tiering.get();
  impl_->executor->host_calls_before_wasm =
      policy == tier::Policy::kAuto ? kHostCallsBeforeWasm : 0;
  if (profile != nullptr) impl_->tiering->AddListener(profile);
  if (options.gdb) impl_->tiering->AddListener(tier::GdbListener());
}

bool CompilerIsAvailable(std::string* why) {
  return tier::LoadCompiler(why) != nullptr;
}

std::string DefaultCodeCache() {
  return tier::DefaultCacheDirectory();
}

bool CodeCacheIsUsable(const std::string& directory, std::string* why) {
  return tier::ObjectCache::Open(directory, EngineOptions().code_cache_bytes, why) != nullptr;
}

bool ProfileIsAvailable(Profile profile, std::string* why) {
  return profile == Profile::kNone || OpenProfile(profile, why) != nullptr;
}

EngineStats Engine::stats() const {
  const runtime::Executor::Counts& counts = impl_->executor->counts;
  EngineStats stats{
      .functions = counts.functions.load(std::memory_order_relaxed),
      .functions_translated = counts.functions_translated.load(std::memory_order_relaxed),
      .functions_baseline = counts.functions_baseline.load(std::memory_order_relaxed),
      .baseline_bytes = counts.baseline_bytes.load(std::memory_order_relaxed)};
  if (impl_->tiering == nullptr) return stats;
  const tier::Stats tiers = impl_->tiering->stats();
  stats.functions_optimized = tiers.functions_optimized;
  stats.loops_compiled = tiers.loops;
  stats.osr_entries = tiers.osr_entries;
  stats.images_loaded = tiers.images_loaded;
  stats.functions_refused = tiers.refused;
  stats.refusals = impl_->tiering->refused();
  stats.compile_ns = tiers.compile_ns;
  stats.compile_wall_ns = tiers.compile_wall_ns;
  stats.longest_compile_ns = tiers.longest_compile_ns;
  stats.code_bytes = tiers.code_bytes;
  stats.code_memory_bytes = runtime::CodeMemory::Compiled().bytes_in_use();
  return stats;
}

const EngineOptions& Engine::options() const {
  return impl_->options;
}

runtime::ModuleOptions internal::ModuleOptionsOf(const EngineOptions& options, bool has_code) {
  return {.features = options.features,
          .validate_bodies = options.eager_validation,
          .fuel = options.fuel,
          .deterministic = options.deterministic,
          .guard_pages = options.guard_pages,
          .has_code = has_code};
}

tier::CompileOptions internal::CompileOptionsOf(const EngineOptions& options) {
  return {.signals = options.guard_pages, .deterministic = options.deterministic};
}

absl::StatusOr<Module> internal::CreateModule(const Engine& engine, std::string_view input,
                                              bool has_code) {
  return OrOutOfMemory([&] { return MakeModule(engine, input, has_code); });
}

absl::StatusOr<Module> Module::Create(const Engine& engine, std::string_view input) {
  if (IsPrecompiled(input))
    return absl::InvalidArgumentError(
        "it is a precompiled module, whose code would be run unchecked; Module::FromPrecompiled "
        "takes those that are to be trusted");
  return internal::CreateModule(engine, input, /*has_code=*/false);
}

absl::StatusOr<Module> Module::Create(const Engine& engine, std::span<const uint8_t> input) {
  return Create(engine,
                std::string_view(reinterpret_cast<const char*>(input.data()), input.size()));
}

std::vector<ImportInfo> Module::imports() const {
  std::vector<ImportInfo> infos;
  uint32_t next[5] = {};
  for (const syntax::Import& import : impl_->syntax().imports) {
    const uint32_t index = next[static_cast<size_t>(import.kind())]++;
    infos.push_back({std::string(import.module), std::string(import.name),
                     TypeOf(*impl_, import.kind(), index)});
  }
  return infos;
}

std::vector<ExportInfo> Module::exports() const {
  std::vector<ExportInfo> infos;
  for (const syntax::Export& e : impl_->syntax().exports) {
    infos.push_back({std::string(e.name), TypeOf(*impl_, e.kind, e.index)});
  }
  return infos;
}

std::vector<std::span<const uint8_t>> Module::CustomSections(std::string_view name) const {
  std::vector<std::span<const uint8_t>> sections;
  for (const syntax::CustomSection& section : impl_->syntax().customs) {
    if (section.name == name) sections.push_back(section.bytes);
  }
  return sections;
}

std::string Module::name() const {
  return impl_->syntax().names.module.value_or("");
}

std::span<const uint8_t> Module::bytes() const {
  return impl_->bytes();
}

}  // namespace airwasm
