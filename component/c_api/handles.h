// What the opaque handles of airwasm_component.h are. See engine/api/c/handles.h: every handle of a
// store's object shares the store's state.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "airwasm/component_linker.h"
#include "airwasm_component.h"
#include "engine/api/c/handles.h"

// Never made on its own: a pointer to one is a pointer to the Val itself, also to one inside
// another.
struct airwasm_component_val_t : airwasm::Val {};

struct airwasm_component_t {
  airwasm::Component component;
};
struct airwasm_component_instance_t {
  airwasm::capi::StorePtr store;
  airwasm::ComponentInstance instance;
};
struct airwasm_component_func_t {
  airwasm::capi::StorePtr store;
  airwasm::ComponentFunc func;
};
struct airwasm_component_linker_t {
  explicit airwasm_component_linker_t(const airwasm::Engine& engine) : linker(engine) {}
  airwasm::ComponentLinker linker;
  std::vector<airwasm::capi::StorePtr> stores;  // of the instances that are defined
};

namespace airwasm::capi {

// The embedder's pointer and what ends it.
std::shared_ptr<void> Environment(void* env, void (*finalizer)(void*));
// Null: the component's own imports.
LinkerInstance At(airwasm_component_linker_t* linker, const char* instance);

// A function of the embedder's with its environment, called as C calls it.
using HostBody = absl::FunctionRef<airwasm_error_t*(
    const airwasm_component_val_t* const* args, size_t num_args, airwasm_component_val_t** result)>;
absl::StatusOr<std::optional<Val>> CallHost(std::span<const Val> args, HostBody body);

}  // namespace airwasm::capi
