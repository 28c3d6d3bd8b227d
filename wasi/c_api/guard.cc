// Guards of airwasm_security.h, and the embedder's functions that they decide about.
//
// A guarded function is one of airwasm.h whose callback asks the guard of the caller's store before
// the embedder's own one. What the trampoline refuses ends in Denied, which records that.
#include "airwasm/guard.h"

#include <bit>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "airwasm/guard_store.h"
#include "engine/api/c/host_function.h"
#include "security/base/function_name.h"
#include "security/policy/object_text.h"
#include "wasi/c_api/config.h"
#include "wasi/c_api/security.h"
#include "wasi/host/guard_store.h"

using airwasm::capi::HostFunction;
using airwasm::capi::ToError;
using airwasm::security::Capability;
using airwasm::security::CapabilitySet;
using airwasm::security::ComponentUsage;
using airwasm::security::Guard;

namespace {

std::atomic<uint64_t>* CounterOf(ComponentUsage& usage, airwasm_usage_stat_t which) {
  switch (static_cast<airwasm_usage_stat_enum>(which)) {
    case AIRWASM_USAGE_REQUESTS:
      return &usage.requests;
    case AIRWASM_USAGE_TRAPS:
      return &usage.traps;
    case AIRWASM_USAGE_DENIALS:
      return &usage.denials;
    case AIRWASM_USAGE_BREACHES:
      return &usage.breaches;
    case AIRWASM_USAGE_CPU_NS:
      return &usage.cpu_ns;
    case AIRWASM_USAGE_OUTPUT_BYTES:
      return &usage.output_bytes;
    case AIRWASM_USAGE_LOG_BYTES:
      return &usage.log_bytes;
    case AIRWASM_USAGE_INSTANCES:
    case AIRWASM_USAGE_HOST_BYTES:
      break;
  }
  return nullptr;
}

// The `env` of a guarded function's callback.
struct Guarded {
  ~Guarded() {
    if (finalizer != nullptr) finalizer(env);
  }
  airwasm::security::FunctionId function = 0;
  CapabilitySet asked = 0;
  airwasm_host_func_t callback = nullptr;
  void* env = nullptr;
  void (*finalizer)(void*) = nullptr;
};

absl::Status DenialOf(const Guard& guard) {
  return absl::PermissionDeniedError(guard.denial());
}

wasm_trap_t* CallGuarded(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                         size_t num_args, airwasm_val_t* results, size_t num_results) {
  const Guarded& self = *static_cast<const Guarded*>(env);
  const airwasm::capi::StorePtr store = caller->store.state;
  Guard* const guard = airwasm::GuardOf(store->rt());
  const Guard::Call decisions(guard, self.function, self.asked);
  if (!decisions.allowed()) return new wasm_trap_t(store, airwasm::Trap(DenialOf(*guard)));
  std::unique_ptr<wasm_trap_t> trap(
      self.callback(self.env, caller, args, num_args, results, num_results));
  if (!decisions.ends_guest()) return trap.release();
  // What it returns is not for the guest any more.
  for (size_t i = 0; trap == nullptr && i < num_results; ++i) airwasm_val_delete(&results[i]);
  return new wasm_trap_t(store, airwasm::Trap(DenialOf(*guard)));
}

airwasm::TrapKind Denied(airwasm::runtime::HostCall& call) {
  Guard* const guard = airwasm::GuardOf(*airwasm::internal::StoreOf(call));
  if (guard == nullptr) return airwasm::runtime::Store::DenyHostCall(call);
  const Guarded& self =
      *static_cast<const Guarded*>(static_cast<const HostFunction*>(call.env)->env);
  guard->DenyCall(self.function, self.asked);
  return airwasm::internal::FailHostCall(call, airwasm::Trap(DenialOf(*guard)));
}

}  // namespace

extern "C" {

// ---- Counts of a component

airwasm_usage_t* airwasm_usage_new(void) {
  return new airwasm_usage_t;
}
void airwasm_usage_delete(airwasm_usage_t* usage) {
  delete usage;
}
uint64_t airwasm_usage_get(const airwasm_usage_t* usage, airwasm_usage_stat_t which) {
  if (which == AIRWASM_USAGE_INSTANCES) return static_cast<uint64_t>(usage->usage->instances);
  if (which == AIRWASM_USAGE_HOST_BYTES) return static_cast<uint64_t>(usage->usage->host_bytes);
  const std::atomic<uint64_t>* const counter = CounterOf(*usage->usage, which);
  return counter == nullptr ? 0 : counter->load(std::memory_order_relaxed);
}
bool airwasm_usage_add(airwasm_usage_t* usage, airwasm_usage_stat_t which, uint64_t count) {
  if (which != AIRWASM_USAGE_REQUESTS && which != AIRWASM_USAGE_TRAPS) return false;
  CounterOf(*usage->usage, which)->fetch_add(count, std::memory_order_relaxed);
  return true;
}

// ---- Guards

airwasm_guard_options_t* airwasm_guard_options_new(void) {
  return new airwasm_guard_options_t;
}
void airwasm_guard_options_delete(airwasm_guard_options_t* options) {
  delete options;
}
void airwasm_guard_options_set_grants(airwasm_guard_options_t* options,
                                      const airwasm_grants_t* grants) {
  options->options.grants = grants->Compiled();
}
void airwasm_guard_options_set_audit(airwasm_guard_options_t* options,
                                     const airwasm_audit_log_t* log) {
  options->options.audit = log->log;
}
void airwasm_guard_options_set_component(airwasm_guard_options_t* options, const char* name,
                                         uint64_t instance) {
  options->options.component = name == nullptr ? "" : name;
  options->options.instance = instance;
}
void airwasm_guard_options_set_may_ask(airwasm_guard_options_t* options,
                                       airwasm_capabilities_t classes) {
  options->options.may_ask = classes;
}
void airwasm_guard_options_set_trap_on_deny(airwasm_guard_options_t* options, bool trap) {
  options->options.trap_on_deny = trap;
}
void airwasm_guard_options_set_usage(airwasm_guard_options_t* options,
                                     const airwasm_usage_t* usage) {
  options->options.usage = usage->usage;
}

airwasm_guard_t* airwasm_guard_new(const airwasm_guard_options_t* options) {
  return new airwasm_guard_t(Guard::Create(options->options));
}
void airwasm_guard_delete(airwasm_guard_t* guard) {
  delete guard;
}
void airwasm_guard_set_grants(airwasm_guard_t* guard, const airwasm_grants_t* grants) {
  guard->object->SetGrants(grants->Compiled());
}
void airwasm_guard_revoke(airwasm_guard_t* guard, airwasm_capabilities_t classes) {
  guard->object->Revoke(classes);
}
airwasm_capabilities_t airwasm_guard_granted(const airwasm_guard_t* guard) {
  return guard->object->word().load(std::memory_order_relaxed) &
         ~airwasm::runtime::kNoCapabilityNeeded;
}

airwasm_error_t* airwasm_store_set_guard(wasm_store_t* store, airwasm_guard_t* guard) {
  const Guard* const present = airwasm::GuardOf(store->state->rt());
  if (present == guard->object.get()) return nullptr;
  if (present != nullptr)
    return ToError(absl::FailedPreconditionError("the store has another guard already"));
  if (!guard->BelongTo(store->state))
    return ToError(absl::FailedPreconditionError("the guard is another store's"));
  airwasm::GuardStore(store->state->store, guard->object);
  return nullptr;
}

void airwasm_wasi_config_set_guard(airwasm_wasi_config_t* config, const airwasm_guard_t* guard) {
  config->config.guard = guard->object;
}

// ---- Functions of the embedder

airwasm_error_t* airwasm_linker_define_guarded_func(airwasm_linker_t* linker, const char* module,
                                                    const char* name, const wasm_functype_t* type,
                                                    airwasm_capabilities_t capabilities,
                                                    airwasm_host_func_t callback, void* env,
                                                    void (*finalizer)(void*)) {
  auto guarded = std::make_unique<Guarded>();
  guarded->function =
      airwasm::security::RegisterFunction(absl::StrCat(std::string(module), ".", name));
  guarded->asked = capabilities;
  guarded->callback = callback;
  guarded->env = env;
  guarded->finalizer = finalizer;
  const CapabilitySet known = (CapabilitySet{1} << airwasm::security::NumCapabilities()) - 1;
  if (capabilities == 0 || (capabilities & ~known) != 0) {
    return ToError(absl::InvalidArgumentError(absl::StrCat(
        module, ".", name, ": a guarded function has capabilities, and no other bits")));
  }
  auto func = std::make_shared<HostFunction>();
  func->with_caller = &CallGuarded;
  func->env = guarded.release();
  func->finalizer = [](void* owned) { delete static_cast<Guarded*>(owned); };
  return ToError(airwasm::capi::DefineFunc(*linker, module, name, *type, std::move(func),
                                           {.capabilities = capabilities, .denied = &Denied}));
}

bool airwasm_caller_allows(airwasm_caller_t* caller, airwasm_capabilities_t classes,
                           const char* object) {
  Guard* const guard = airwasm::GuardOf(caller->store.state->rt());
  if (guard == nullptr) return true;
  if (classes == 0) return false;
  const auto first = static_cast<Capability>(std::countr_zero(classes));
  const absl::StatusOr<airwasm::security::OwnedObject> parsed =
      airwasm::security::OwnedObject::Parse(first, object);
  // What is none of the class's objects is denied like one that nothing allows, and on record.
  return guard->Allow(classes,
                      parsed.ok() ? parsed->object() : airwasm::security::Object::Name(object));
}

wasm_trap_t* airwasm_caller_denial(airwasm_caller_t* caller) {
  const Guard* const guard = airwasm::GuardOf(caller->store.state->rt());
  if (guard == nullptr) return nullptr;
  return new wasm_trap_t(caller->store.state, airwasm::Trap(DenialOf(*guard)));
}

}  // extern "C"
