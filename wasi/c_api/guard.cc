// Guards of airwasm_security.h, and the embedder's functions that they decide about.
//
// A guarded function is one of airwasm.h within one of airwasm/guarded_func.h; guarded_component.cc
// has those for components.
#include "airwasm/guard.h"

#include <memory>
#include <utility>

#include "airwasm/guarded_func.h"
#include "engine/api/c/host_function.h"
#include "wasi/c_api/config.h"
#include "wasi/c_api/security.h"
#include "wasi/host/guard_store.h"

using airwasm::capi::HostFunction;
using airwasm::capi::ToError;
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
  auto func = std::make_shared<HostFunction>();
  func->with_caller = callback;
  func->env = env;
  func->finalizer = finalizer;
  absl::Status status = airwasm::capi::SetType(*func, *linker, *type);
  if (status.ok()) {
    status = airwasm::DefineGuardedRaw(linker->linker, module, name, func->type,
                                       &airwasm::capi::CallHostFunction, func, capabilities);
  }
  return ToError(status);
}

bool airwasm_caller_allows(airwasm_caller_t* caller, airwasm_capabilities_t classes,
                           const char* object) {
  return airwasm::GuardAllows(caller->caller, classes, object);
}

wasm_trap_t* airwasm_caller_denial(airwasm_caller_t* caller) {
  absl::Status denial = airwasm::GuardDenial(caller->caller);
  if (denial.ok()) return nullptr;
  return new wasm_trap_t(caller->store.state, airwasm::Trap(std::move(denial)));
}

}  // extern "C"
