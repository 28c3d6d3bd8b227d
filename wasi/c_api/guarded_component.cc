// Guarded functions for components, of airwasm_security.h.
#include "airwasm/guarded_component.h"

#include <utility>

#include "airwasm_security.h"
#include "component/c_api/handles.h"

// Lies on the stack around the call of the embedder's function.
struct airwasm_component_caller_t {
  airwasm::ComponentCall& call;
};

extern "C" {

airwasm_error_t* airwasm_component_linker_define_guarded_func(airwasm_component_linker_t* linker,
                                                              const char* instance,
                                                              const char* name,
                                                              airwasm_capabilities_t capabilities,
                                                              airwasm_component_guarded_func_t call,
                                                              void* env, void (*finalizer)(void*)) {
  using airwasm::Val;
  auto func = [call, env = airwasm::capi::Environment(env, finalizer)](
                  airwasm::ComponentCall& context, std::span<const Val> args) {
    airwasm_component_caller_t caller{context};
    return airwasm::capi::CallHost(args, [&](const airwasm_component_val_t* const* vals,
                                             size_t num_vals, airwasm_component_val_t** result) {
      return call(env.get(), &caller, vals, num_vals, result);
    });
  };
  return airwasm::capi::ToError(airwasm::DefineGuardedDynamic(airwasm::capi::At(linker, instance),
                                                              instance == nullptr ? "" : instance,
                                                              name, capabilities, std::move(func)));
}

bool airwasm_component_caller_allows(airwasm_component_caller_t* caller,
                                     airwasm_capabilities_t classes, const char* object) {
  return airwasm::GuardAllows(caller->call, classes, object);
}

airwasm_error_t* airwasm_component_caller_denial(airwasm_component_caller_t* caller) {
  return airwasm::capi::ToError(airwasm::GuardDenial(caller->call));
}

}  // extern "C"
