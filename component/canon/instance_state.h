// The state of a component instance at run time: its handle table, the bits that say whether it may
// be entered and left, and its place among its parents.
//
// Owned by whoever instantiates (component/link), at a stable address for as long as the store
// lives. One thread at a time, like the store. A trap leaves the bits as they stood, so that every
// instance that was on the stack can never be entered again.
// Spec: canonical ABI, "Component Instances", "Resource State".
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "component/canon/handle_table.h"
#include "engine/runtime/store.h"

namespace airwasm::component::canon {

class Task;  // task.h

struct ComponentInstanceState {
  explicit ComponentInstanceState(runtime::Store& store, ComponentInstanceState* parent = nullptr)
      : store(&store), parent(parent) {}
  ComponentInstanceState(const ComponentInstanceState&) = delete;
  ComponentInstanceState& operator=(const ComponentInstanceState&) = delete;

  static constexpr uint64_t kMayLeave = 1;
  static constexpr uint64_t kMayEnter = 2;

  // The two bits, in the form of a core global's value, which is what they are for adapters that
  // are wasm (wasm_link.h): i32, zero-extended.
  alignas(16) uint64_t flags = kMayLeave | kMayEnter;
  uint64_t flags_upper = 0;
  // Storage of the thread that runs in this instance: context.get and .set. A call into the
  // instance zeroes it and puts it back. Likewise a global, of v128.
  alignas(16) uint64_t context[2] = {0, 0};
  // False: no core function of this instance has context.get or context.set.
  bool has_context = true;
  uint32_t backpressure = 0;  // of backpressure.inc and .dec, below 2^16
  // The task with the async ABI that runs in this instance; null while what runs is synchronous.
  Task* task = nullptr;
  // `flags` and `context` as globals that modules can import.
  runtime::GlobalInst flags_global{
      reinterpret_cast<runtime::GlobalCell*>(&flags), {.type = kI32, .mut = true}, {}};
  runtime::GlobalInst context_global{
      reinterpret_cast<runtime::GlobalCell*>(context), {.type = kV128, .mut = true}, {}};
  runtime::Store* store;
  ComponentInstanceState* parent;  // of the component that instantiated this one; null for a root
  HandleTable handles;

  bool may_leave() const { return (flags & kMayLeave) != 0; }
  bool may_enter() const { return (flags & kMayEnter) != 0; }
  // For ever: its instantiation failed, or a trap passed through it.
  void Poison() { flags &= ~kMayEnter; }
};

// A resource type at run time; its identity is its address, and each instantiation makes its own.
// It outlives the instances that use it. When a store goes, the handles that are left are not
// dropped one by one: a host keeps what its resources stand for in a table of its own.
// Spec: canonical ABI, "Resource State".
struct ResourceType {
  ComponentInstanceState* owner = nullptr;               // null: the host implements it
  runtime::FuncInst* dtor = nullptr;                     // of a guest's resource; may be null
  void (*host_dtor)(uint64_t rep, void* env) = nullptr;  // of a host's resource; may be null
  void* host_env = nullptr;
  const void* tag = nullptr;  // of a host's resource: abi::kResourceTag of its C++ type

  ResourceType() = default;
  ResourceType(const ResourceType&) = delete;
  ResourceType& operator=(const ResourceType&) = delete;
};

// The instances that a call from `caller` (null: the host) into `callee` enters: the callee and its
// ancestors, less the caller and its ancestors. Known once both are, so it is computed when a
// function is lowered, not when it is called.
// Spec: canonical ABI, "Component Instances", entering_set.
std::vector<ComponentInstanceState*> EnteringSet(ComponentInstanceState* callee,
                                                 const ComponentInstanceState* caller);

// Is `a` the instance `b` or an ancestor of it?
bool IsSelfOrAncestor(const ComponentInstanceState* a, const ComponentInstanceState* b);

// Marks a set as entered; false when one of it may not be. Leave undoes it.
inline bool Enter(std::span<ComponentInstanceState* const> set) {
  for (const ComponentInstanceState* instance : set) {
    if (!instance->may_enter()) return false;
  }
  for (ComponentInstanceState* instance : set)
    instance->flags &= ~ComponentInstanceState::kMayEnter;
  return true;
}
inline void Leave(std::span<ComponentInstanceState* const> set) {
  for (ComponentInstanceState* instance : set) instance->flags |= ComponentInstanceState::kMayEnter;
}

}  // namespace airwasm::component::canon
