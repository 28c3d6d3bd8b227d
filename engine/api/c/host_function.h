// A host function of C, as its stores and linkers hold it.
#pragma once

#include <memory>

#include "engine/api/c/handles.h"

namespace airwasm::capi {

// One of the three callbacks is set.
struct HostFunction {
  ~HostFunction() {
    if (finalizer != nullptr) finalizer(env);
  }
  FuncType type;
  wasm_func_callback_t plain = nullptr;
  wasm_func_callback_with_env_t with_env = nullptr;
  airwasm_host_func_t with_caller = nullptr;
  void* env = nullptr;
  void (*finalizer)(void*) = nullptr;
};

// airwasm_linker_define_func, of one that has all but its type. The gate's `denied` finds it in the
// environment of the call.
absl::Status DefineFunc(airwasm_linker_t& linker, const char* module, const char* name,
                        const wasm_functype_t& type, std::shared_ptr<HostFunction> func,
                        const runtime::HostCallGate& gate);

}  // namespace airwasm::capi
