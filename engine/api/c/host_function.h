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

// Gives a function its type, for a linker. Errors: FAILED_PRECONDITION another engine's;
// INVALID_ARGUMENT too many parameters or results.
absl::Status SetType(HostFunction& func, const airwasm_linker_t& linker,
                     const wasm_functype_t& type);
// For Linker::DefineRaw and what is like it; the environment is a HostFunction.
TrapKind CallHostFunction(runtime::HostCall& call);

}  // namespace airwasm::capi
