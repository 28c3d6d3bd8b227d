// Instances and the linker.
#include "engine/api/c/handles.h"
#include "engine/api/c/vec.h"

using airwasm::capi::StorePtr;
using airwasm::capi::ToError;

namespace {

// The two ends of a failed instantiation: what to say, and the trap if there was one.
wasm_trap_t* TrapOfFailure(const StorePtr& store, const absl::Status& status,
                           airwasm::Trap&& trap) {
  if (status.code() == absl::StatusCode::kAborted && trap.kind() != airwasm::TrapKind::kNone) {
    return new wasm_trap_t(store, std::move(trap));
  }
  return new wasm_trap_t(store, airwasm::Trap(status));
}

}  // namespace

extern "C" {

wasm_instance_t* wasm_instance_new(wasm_store_t* handle, const wasm_module_t* module,
                                   const wasm_extern_vec_t* imports, wasm_trap_t** trap) {
  const StorePtr store =
      handle->state;  // the start function may call host functions that delete the handle
  if (trap != nullptr) *trap = nullptr;
  std::vector<airwasm::Extern> externs;
  absl::Status status;
  for (size_t i = 0; imports != nullptr && i < imports->size; ++i) {
    if (imports->data[i] == nullptr || imports->data[i]->store != store) {
      status = absl::FailedPreconditionError("an import is missing or of another store");
      break;
    }
    externs.push_back(imports->data[i]->value());
  }
  airwasm::Trap ended;
  if (status.ok()) {
    const auto instance = airwasm::Instance::New(store->store, module->module(), externs, &ended);
    if (instance.ok()) return new wasm_instance_t(store, *instance);
    status = instance.status();
  }
  if (trap != nullptr) *trap = TrapOfFailure(store, status, std::move(ended));
  return nullptr;
}

void wasm_instance_exports(const wasm_instance_t* instance, wasm_extern_vec_t* out) {
  const auto& exports = instance->instance.impl()->module().syntax().exports;
  airwasm::capi::VecNewUninitialized(out, exports.size());
  for (size_t i = 0; i < out->size; ++i) {
    out->data[i] = airwasm::capi::NewExternHandle(instance->store,
                                                  *instance->instance.FindExport(exports[i].name));
  }
}

wasm_extern_t* airwasm_instance_export(const wasm_instance_t* instance, const char* name) {
  const std::optional<airwasm::Extern> found = instance->instance.FindExport(name);
  return found ? airwasm::capi::NewExternHandle(instance->store, *found) : nullptr;
}

// ---- Linker

airwasm_linker_t* airwasm_linker_new(wasm_engine_t* engine) {
  return new airwasm_linker_t(engine->engine);
}
void airwasm_linker_delete(airwasm_linker_t* linker) {
  delete linker;
}
void airwasm_linker_allow_shadowing(airwasm_linker_t* linker, bool allow) {
  linker->linker.AllowShadowing(allow);
}
void airwasm_linker_define_unknown_imports_as_traps(airwasm_linker_t* linker, bool on) {
  linker->linker.DefineUnknownImportsAsTraps(on);
}

airwasm_error_t* airwasm_linker_define(airwasm_linker_t* linker, const char* module,
                                       const char* name, const wasm_extern_t* value) {
  linker->stores.push_back(value->store);
  return ToError(linker->linker.Define(module, name, value->value()));
}

airwasm_error_t* airwasm_linker_define_instance(airwasm_linker_t* linker, const char* module,
                                                const wasm_instance_t* instance) {
  linker->stores.push_back(instance->store);
  return ToError(linker->linker.DefineInstance(module, instance->instance));
}

airwasm_error_t* airwasm_linker_instantiate(const airwasm_linker_t* linker, wasm_store_t* handle,
                                            const wasm_module_t* module, wasm_instance_t** out,
                                            wasm_trap_t** trap) {
  const StorePtr store = handle->state;
  *out = nullptr;
  if (trap != nullptr) *trap = nullptr;
  airwasm::Trap ended;
  const auto instance = linker->linker.Instantiate(store->store, module->module(), &ended);
  if (instance.ok()) {
    *out = new wasm_instance_t(store, *instance);
    return nullptr;
  }
  if (trap != nullptr && instance.status().code() == absl::StatusCode::kAborted) {
    *trap = TrapOfFailure(store, instance.status(), std::move(ended));
  }
  return ToError(instance.status());
}

}  // extern "C"
