// Configs, engines, stores, interruption, errors and modules.
#include <cstring>

#include "engine/api/c/handles.h"
#include "engine/api/c/vec.h"
#include "engine/base/error_status.h"
#include "engine/text/wat.h"

using airwasm::Module;
using airwasm::capi::ToC;
using airwasm::capi::ToError;

namespace {

absl::StatusOr<Module> ModuleFromBinary(const airwasm::Engine& engine,
                                        const wasm_byte_vec_t* binary) {
  // Text would be taken for a module too, which wasm.h does not promise.
  if (binary->size < 4 || std::memcmp(binary->data, "\0asm", 4) != 0) {
    return absl::InvalidArgumentError("offset 0x0: magic header not detected");
  }
  return Module::Create(engine, std::string_view(binary->data, binary->size));
}

// `engine` itself, or one like it that leaves no function unvalidated.
airwasm::Engine Validating(const airwasm::Engine& engine) {
  airwasm::EngineOptions options = engine.options();
  if (options.eager_validation) return engine;
  options.eager_validation = true;
  return airwasm::Engine(options);
}

}  // namespace

extern "C" {

// ---- Errors

void airwasm_error_delete(airwasm_error_t* error) {
  delete error;
}
airwasm_error_code_t airwasm_error_code(const airwasm_error_t* error) {
  return static_cast<airwasm_error_code_t>(error->status.code());
}
const char* airwasm_error_message(const airwasm_error_t* error) {
  return error->message.c_str();
}

// ---- Configs and engines

wasm_config_t* wasm_config_new(void) {
  return new wasm_config_t;
}
void wasm_config_delete(wasm_config_t* config) {
  delete config;
}

bool airwasm_config_set_feature(wasm_config_t* config, const char* name, bool on) {
  const std::optional<airwasm::Feature> feature = airwasm::FeatureFromText(name);
  if (!feature || *feature == airwasm::Feature::kCore) return false;
  config->options.features.Set(*feature, on);
  return true;
}
void airwasm_config_set_fuel(wasm_config_t* config, bool on) {
  config->options.fuel = on;
}
void airwasm_config_set_deterministic(wasm_config_t* config, bool on) {
  config->options.deterministic = on;
}
void airwasm_config_set_guard_pages(wasm_config_t* config, bool on) {
  config->options.guard_pages = on;
}
void airwasm_config_set_eager_validation(wasm_config_t* config, bool on) {
  config->options.eager_validation = on;
}

bool airwasm_config_set_tier(wasm_config_t* config, airwasm_tier_t tier) {
  constexpr airwasm::Tier kTiers[] = {airwasm::Tier::kAuto, airwasm::Tier::kInterp,
                                      airwasm::Tier::kJit, airwasm::Tier::kBaseline};
  static_assert(std::size(kTiers) == AIRWASM_TIER_BASELINE + 1);
  if (tier >= std::size(kTiers)) return false;
  config->options.tier = kTiers[tier];
  return true;
}
bool airwasm_compiler_is_available(wasm_name_t* why) {
  std::string reason;
  const bool is_available = airwasm::CompilerIsAvailable(&reason);
  if (why != nullptr) airwasm::capi::SetText(why, is_available ? "" : reason);
  return is_available;
}
void airwasm_config_set_code_cache(wasm_config_t* config, const char* directory,
                                   uint64_t max_bytes) {
  config->options.code_cache = directory == nullptr ? "" : directory;
  config->options.code_cache_bytes =
      max_bytes == 0 ? airwasm::EngineOptions().code_cache_bytes : max_bytes;
}
bool airwasm_code_cache_is_usable(const char* directory, wasm_name_t* why) {
  std::string reason;
  const bool is_usable = airwasm::CodeCacheIsUsable(directory, &reason);
  if (why != nullptr) airwasm::capi::SetText(why, is_usable ? "" : reason);
  return is_usable;
}
void airwasm_default_code_cache(wasm_name_t* out) {
  airwasm::capi::SetText(out, airwasm::DefaultCodeCache());
}
bool airwasm_config_set_profile(wasm_config_t* config, airwasm_profile_t profile) {
  constexpr airwasm::Profile kProfiles[] = {airwasm::Profile::kNone, airwasm::Profile::kPerfMap,
                                            airwasm::Profile::kJitDump};
  static_assert(std::size(kProfiles) == AIRWASM_PROFILE_JITDUMP + 1);
  if (profile >= std::size(kProfiles) || !airwasm::ProfileIsAvailable(kProfiles[profile]))
    return false;
  config->options.profile = kProfiles[profile];
  return true;
}
void airwasm_config_set_gdb(wasm_config_t* config, bool on) {
  config->options.gdb = on;
}

uint64_t airwasm_engine_stat(const wasm_engine_t* engine, airwasm_engine_stat_t which) {
  const airwasm::EngineStats stats = engine->engine.stats();
  const uint64_t values[] = {
      stats.functions,          stats.functions_translated, stats.functions_optimized,
      stats.functions_refused,  stats.loops_compiled,       stats.osr_entries,
      stats.images_loaded,      stats.compile_ns,           stats.code_bytes,
      stats.functions_baseline, stats.baseline_bytes};
  static_assert(std::size(values) == AIRWASM_ENGINE_BASELINE_BYTES + 1);
  return which < std::size(values) ? values[which] : 0;
}

wasm_engine_t* wasm_engine_new(void) {
  return new wasm_engine_t{airwasm::Engine()};
}
wasm_engine_t* wasm_engine_new_with_config(wasm_config_t* config) {
  const std::unique_ptr<wasm_config_t> owned(config);
  return new wasm_engine_t{config == nullptr ? airwasm::Engine()
                                             : airwasm::Engine(config->options)};
}
void wasm_engine_delete(wasm_engine_t* engine) {
  delete engine;
}

// ---- Stores

airwasm_store_options_t* airwasm_store_options_new(void) {
  return new airwasm_store_options_t;
}
void airwasm_store_options_delete(airwasm_store_options_t* options) {
  delete options;
}

#define AIRWASM_DEFINE_STORE_OPTION(name, type)                                         \
  void airwasm_store_options_set_##name(airwasm_store_options_t* options, type value) { \
    options->options.name = value;                                                      \
  }
AIRWASM_DEFINE_STORE_OPTION(max_memory_bytes, uint64_t)
AIRWASM_DEFINE_STORE_OPTION(max_total_memory_bytes, uint64_t)
AIRWASM_DEFINE_STORE_OPTION(max_table_elements, uint64_t)
AIRWASM_DEFINE_STORE_OPTION(max_total_table_elements, uint64_t)
AIRWASM_DEFINE_STORE_OPTION(max_instances, uint32_t)
AIRWASM_DEFINE_STORE_OPTION(max_memories, uint32_t)
AIRWASM_DEFINE_STORE_OPTION(max_tables, uint32_t)
AIRWASM_DEFINE_STORE_OPTION(max_stack_bytes, uint64_t)
AIRWASM_DEFINE_STORE_OPTION(max_gc_heap_bytes, uint64_t)
AIRWASM_DEFINE_STORE_OPTION(trap_on_grow_failure, bool)

wasm_store_t* wasm_store_new(wasm_engine_t* engine) {
  return airwasm_store_new(engine, nullptr);
}
wasm_store_t* airwasm_store_new(wasm_engine_t* engine, const airwasm_store_options_t* options) {
  return new wasm_store_t{std::make_shared<airwasm::capi::StoreState>(
      engine->engine, options == nullptr ? airwasm::StoreOptions() : options->options)};
}
void wasm_store_delete(wasm_store_t* store) {
  delete store;
}

void airwasm_store_set_fuel(wasm_store_t* store, uint64_t fuel) {
  store->state->store.SetFuel(fuel);
}
uint64_t airwasm_store_fuel(const wasm_store_t* store) {
  return store->state->store.Fuel();
}
void airwasm_store_collect_garbage(wasm_store_t* store) {
  store->state->store.CollectGarbage();
}
uint64_t airwasm_store_gc_heap_bytes(const wasm_store_t* store) {
  return store->state->store.GcHeapBytes();
}
uint64_t airwasm_store_memory_bytes(const wasm_store_t* store) {
  return store->state->store.MemoryBytes();
}
void airwasm_store_set_data(wasm_store_t* store, void* data, void (*finalizer)(void*)) {
  store->state->data.Set(data, finalizer);
}
void* airwasm_store_data(const wasm_store_t* store) {
  return store->state->data.get();
}

airwasm_interrupt_handle_t* airwasm_interrupt_handle_new(wasm_store_t* store) {
  return new airwasm_interrupt_handle_t{store->state->store.interrupter()};
}
void airwasm_interrupt_handle_delete(airwasm_interrupt_handle_t* handle) {
  delete handle;
}
void airwasm_interrupt_handle_interrupt(const airwasm_interrupt_handle_t* handle) {
  handle->interrupter.Interrupt();
}
void airwasm_interrupt_handle_clear(const airwasm_interrupt_handle_t* handle) {
  handle->interrupter.Clear();
}

// ---- Modules

airwasm_error_t* airwasm_wat2wasm(const char* wat, size_t length, wasm_byte_vec_t* out) {
  wasm_byte_vec_new_empty(out);
  airwasm::Expected<std::vector<uint8_t>> binary =
      airwasm::text::WatToWasm({wat, length}, airwasm::Features());
  if (!binary.ok()) return ToError(airwasm::ToStatus(binary.error()));
  wasm_byte_vec_new(out, binary->size(), reinterpret_cast<const byte_t*>(binary->data()));
  return nullptr;
}

airwasm_error_t* airwasm_module_new(wasm_engine_t* engine, const char* input, size_t length,
                                    wasm_module_t** out) {
  *out = nullptr;
  absl::StatusOr<Module> module = Module::Create(engine->engine, std::string_view(input, length));
  if (!module.ok()) return ToError(module.status());
  *out = new wasm_module_t(*std::move(module));
  return nullptr;
}

wasm_module_t* wasm_module_new(wasm_store_t* store, const wasm_byte_vec_t* binary) {
  absl::StatusOr<Module> module = ModuleFromBinary(store->state->store.engine(), binary);
  return module.ok() ? new wasm_module_t(*std::move(module)) : nullptr;
}

bool wasm_module_validate(wasm_store_t* store, const wasm_byte_vec_t* binary) {
  return ModuleFromBinary(Validating(store->state->store.engine()), binary).ok();
}

void wasm_module_imports(const wasm_module_t* module, wasm_importtype_vec_t* out) {
  const std::vector<airwasm::ImportInfo> imports = module->module().imports();
  const airwasm::capi::TypesPtr types = module->module().engine().impl()->types;
  airwasm::capi::VecNewUninitialized(out, imports.size());
  for (size_t i = 0; i < out->size; ++i) {
    out->data[i] = new wasm_importtype_t;
    airwasm::capi::SetName(&out->data[i]->module, imports[i].module);
    airwasm::capi::SetName(&out->data[i]->name, imports[i].name);
    out->data[i]->type = ToC(imports[i].type, types);
  }
}

void wasm_module_exports(const wasm_module_t* module, wasm_exporttype_vec_t* out) {
  const std::vector<airwasm::ExportInfo> exports = module->module().exports();
  const airwasm::capi::TypesPtr types = module->module().engine().impl()->types;
  airwasm::capi::VecNewUninitialized(out, exports.size());
  for (size_t i = 0; i < out->size; ++i) {
    out->data[i] = new wasm_exporttype_t;
    airwasm::capi::SetName(&out->data[i]->name, exports[i].name);
    out->data[i]->type = ToC(exports[i].type, types);
  }
}

void wasm_module_serialize(const wasm_module_t* module, wasm_byte_vec_t* out) {
  const std::span<const uint8_t> bytes = module->module().bytes();
  wasm_byte_vec_new(out, bytes.size(), reinterpret_cast<const byte_t*>(bytes.data()));
}

wasm_module_t* wasm_module_deserialize(wasm_store_t* store, const wasm_byte_vec_t* bytes) {
  return wasm_module_new(store, bytes);
}

wasm_shared_module_t* wasm_module_share(const wasm_module_t* module) {
  return new wasm_shared_module_t{module->module()};
}
void wasm_shared_module_delete(wasm_shared_module_t* shared) {
  delete shared;
}

wasm_module_t* wasm_module_obtain(wasm_store_t* store, const wasm_shared_module_t* shared) {
  if (shared->module.engine().impl() != store->state->store.engine().impl()) return nullptr;
  return new wasm_module_t(shared->module);
}

}  // extern "C"
