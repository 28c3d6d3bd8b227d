// What the opaque handles of airwasm_component.h are. See engine/api/c/handles.h: every handle of a
// store's object shares the store's state.
#pragma once

#include <vector>

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
