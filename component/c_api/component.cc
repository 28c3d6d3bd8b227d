// Components, linkers, instances and calls of airwasm_component.h.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "component/c_api/handles.h"

using airwasm::Val;
using airwasm::capi::At;
using airwasm::capi::Environment;

namespace airwasm::capi {

std::shared_ptr<void> Environment(void* env, void (*finalizer)(void*)) {
  if (finalizer == nullptr) return std::shared_ptr<void>(std::shared_ptr<void>(), env);
  return std::shared_ptr<void>(env, finalizer);
}

LinkerInstance At(airwasm_component_linker_t* linker, const char* instance) {
  return instance == nullptr ? static_cast<LinkerInstance>(linker->linker)
                             : linker->linker.Instance(instance);
}

absl::StatusOr<std::optional<Val>> CallHost(std::span<const Val> args, HostBody body) {
  std::vector<const airwasm_component_val_t*> handles;
  handles.reserve(args.size());
  for (const Val& arg : args) handles.push_back(static_cast<const airwasm_component_val_t*>(&arg));
  airwasm_component_val_t* result = nullptr;
  const std::unique_ptr<airwasm_error_t> error(body(handles.data(), handles.size(), &result));
  const std::unique_ptr<airwasm_component_val_t> owned(result);
  if (error != nullptr) return error->status;
  if (owned == nullptr) return std::optional<Val>();
  return std::optional<Val>(Val(std::move(*owned)));
}

}  // namespace airwasm::capi

namespace {

struct CResource;  // tells these resources apart from those of C++ types

airwasm_error_t* Trapped(const airwasm::capi::StorePtr& store, const airwasm::Trap& trap,
                         wasm_trap_t** out) {
  if (out != nullptr) *out = new wasm_trap_t(store, trap);
  return airwasm::capi::ToError(absl::AbortedError("trap: " + trap.message()));
}

airwasm_error_t* Call(const airwasm::capi::StorePtr& store, const airwasm::ComponentFunc& func,
                      const airwasm_component_val_t* const args[], size_t num_args,
                      airwasm_component_val_t** result, wasm_trap_t** trap) {
  if (result != nullptr) *result = nullptr;
  if (trap != nullptr) *trap = nullptr;
  std::vector<Val> values;
  values.reserve(num_args);
  for (size_t i = 0; i < num_args; ++i) values.push_back(*args[i]);
  absl::StatusOr<airwasm::ComponentCallResult> called = func.Call(values);
  if (!called.ok()) return airwasm::capi::ToError(called.status());
  if (!called->ok()) return Trapped(store, called->trap(), trap);
  std::optional<Val> value = (*std::move(called)).value();
  if (value && result != nullptr) *result = new airwasm_component_val_t{*std::move(value)};
  return nullptr;
}

}  // namespace

extern "C" {

void airwasm_component_delete(airwasm_component_t* component) {
  delete component;
}
airwasm_error_t* airwasm_component_new(wasm_engine_t* engine, const char* input, size_t length,
                                       airwasm_component_t** out) {
  *out = nullptr;
  absl::StatusOr<airwasm::Component> component =
      airwasm::Component::Create(engine->engine, std::string_view(input, length));
  if (!component.ok()) return airwasm::capi::ToError(component.status());
  *out = new airwasm_component_t{*std::move(component)};
  return nullptr;
}

void airwasm_component_linker_delete(airwasm_component_linker_t* linker) {
  delete linker;
}
airwasm_component_linker_t* airwasm_component_linker_new(wasm_engine_t* engine) {
  return new airwasm_component_linker_t(engine->engine);
}

airwasm_error_t* airwasm_component_linker_define_func(airwasm_component_linker_t* linker,
                                                      const char* instance, const char* name,
                                                      airwasm_component_host_func_t call, void* env,
                                                      void (*finalizer)(void*)) {
  return airwasm::capi::ToError(
      At(linker, instance)
          .DefineDynamic(name,
                         [call, env = Environment(env, finalizer)](std::span<const Val> args) {
                           return airwasm::capi::CallHost(
                               args, [&](const airwasm_component_val_t* const* vals,
                                         size_t num_vals, airwasm_component_val_t** result) {
                                 return call(env.get(), vals, num_vals, result);
                               });
                         }));
}

airwasm_error_t* airwasm_component_error_new(airwasm_error_code_t code, const char* message) {
  const auto status_code = static_cast<absl::StatusCode>(code == 0 ? AIRWASM_UNKNOWN : code);
  return airwasm::capi::ToError(absl::Status(status_code, message));
}
airwasm_error_t* airwasm_component_error_new_exit(int32_t code) {
  return airwasm::capi::ToError(airwasm::Trap::Exit(code).host_error());
}

airwasm_error_t* airwasm_component_linker_define_resource(
    airwasm_component_linker_t* linker, const char* instance, const char* name,
    void (*drop)(void* env, uint64_t rep), void* env, void (*finalizer)(void*),
    const airwasm_component_resource_t** out) {
  const auto type =
      At(linker, instance)
          .DefineResource<CResource>(name, [drop, env = Environment(env, finalizer)](uint64_t rep) {
            if (drop != nullptr) drop(env.get(), rep);
          });
  if (!type.ok()) return airwasm::capi::ToError(type.status());
  if (out != nullptr) *out = reinterpret_cast<const airwasm_component_resource_t*>(*type);
  return nullptr;
}

airwasm_error_t* airwasm_component_linker_define_module(airwasm_component_linker_t* linker,
                                                        const char* instance, const char* name,
                                                        const wasm_module_t* module) {
  return airwasm::capi::ToError(At(linker, instance).DefineModule(name, module->module()));
}

airwasm_error_t* airwasm_component_linker_define_instance(
    airwasm_component_linker_t* linker, const char* name,
    const airwasm_component_instance_t* instance) {
  const absl::Status status = linker->linker.DefineInstance(name, instance->instance);
  if (status.ok()) linker->stores.push_back(instance->store);
  return airwasm::capi::ToError(status);
}

airwasm_error_t* airwasm_component_instantiate(const airwasm_component_linker_t* linker,
                                               wasm_store_t* store,
                                               const airwasm_component_t* component,
                                               airwasm_component_instance_t** out,
                                               wasm_trap_t** trap) {
  *out = nullptr;
  if (trap != nullptr) *trap = nullptr;
  airwasm::Trap raised;
  absl::StatusOr<airwasm::ComponentInstance> instance =
      linker->linker.Instantiate(store->state->store, component->component, &raised);
  if (!instance.ok()) {
    if (trap != nullptr && raised.kind() != airwasm::TrapKind::kNone)
      *trap = new wasm_trap_t(store->state, std::move(raised));
    return airwasm::capi::ToError(instance.status());
  }
  *out = new airwasm_component_instance_t{store->state, *std::move(instance)};
  return nullptr;
}

void airwasm_component_instance_delete(airwasm_component_instance_t* instance) {
  delete instance;
}
void airwasm_component_func_delete(airwasm_component_func_t* func) {
  delete func;
}

airwasm_error_t* airwasm_component_instance_func(const airwasm_component_instance_t* instance,
                                                 const char* name, airwasm_component_func_t** out) {
  *out = nullptr;
  absl::StatusOr<airwasm::ComponentFunc> func = instance->instance.GetFunc(name);
  if (!func.ok()) return airwasm::capi::ToError(func.status());
  *out = new airwasm_component_func_t{instance->store, *std::move(func)};
  return nullptr;
}

void airwasm_component_func_type(const airwasm_component_func_t* func, wasm_name_t* out) {
  const std::string text = func->func.type();
  wasm_byte_vec_new(out, text.size() + 1, text.c_str());
}

airwasm_error_t* airwasm_component_func_call(const airwasm_component_func_t* func,
                                             const airwasm_component_val_t* const args[],
                                             size_t num_args, airwasm_component_val_t** result,
                                             wasm_trap_t** trap) {
  return Call(func->store, func->func, args, num_args, result, trap);
}

airwasm_error_t* airwasm_component_call(const airwasm_component_instance_t* instance,
                                        const char* name,
                                        const airwasm_component_val_t* const args[],
                                        size_t num_args, airwasm_component_val_t** result,
                                        wasm_trap_t** trap) {
  if (result != nullptr) *result = nullptr;
  if (trap != nullptr) *trap = nullptr;
  absl::StatusOr<airwasm::ComponentFunc> func = instance->instance.GetFunc(name);
  if (!func.ok()) return airwasm::capi::ToError(func.status());
  return Call(instance->store, *func, args, num_args, result, trap);
}

airwasm_error_t* airwasm_component_resource_drop(wasm_store_t* store,
                                                 const airwasm_component_val_t* val,
                                                 wasm_trap_t** trap) {
  if (trap != nullptr) *trap = nullptr;
  if (val->kind() != Val::Kind::kOwn)
    return airwasm::capi::ToError(
        absl::InvalidArgumentError("only an owned resource can be dropped"));
  const airwasm::Result<void> dropped = airwasm::DropResource(store->state->store, *val);
  return dropped.ok() ? nullptr : Trapped(store->state, dropped.trap(), trap);
}

}  // extern "C"
