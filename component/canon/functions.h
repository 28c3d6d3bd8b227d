// Component functions at run time: what `canon lift` makes of a core function, what a host gives,
// and the core functions that `canon lower` and the built-ins make.
//
// A Function is immutable, owned by whoever made it, and lives as long as the store: lowered
// functions point at it. Its types are those of its own component's TypeTable; a caller of another
// component has checked before that they are equal to its own.
// Spec: canonical ABI, "Canonical Definitions".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "airwasm/component_host_call.h"
#include "airwasm/component_shape.h"
#include "airwasm/component_val.h"
#include "component/canon/options.h"
#include "component/types/value_types.h"
#include "engine/runtime/store.h"

namespace airwasm::component::canon {

class AdapterCache;  // adapter.h

// What a call through the dynamic interface came to.
struct CallOutcome {
  absl::Status status;  // not OK: the arguments do not fit the type; nothing was run
  runtime::Trap trap;   // kind kNone: it returned
  std::optional<Val> result;
  bool ok() const { return status.ok() && trap.kind == TrapKind::kNone; }
};

using ResolveResource = absl::FunctionRef<const ResourceType*(ResourceId)>;

struct Function {
  const TypeTable* types = nullptr;
  FuncTypeId type = 0;
  // The run-time resource of each ResourceId in the function's type, in the order in which a walk
  // over parameters and result first meets them (ResourcesOf).
  std::vector<const ResourceType*> resources;
  std::vector<ResourceId> resource_ids;  // of `resources`, one for one

  // Lifted: `core` with its options.
  runtime::FuncInst* core = nullptr;
  CanonOptions lift;
  std::vector<ComponentInstanceState*> entered_by_host;  // EnteringSet(lift.instance, null)

  // Host: a thunk with its environment, kept alive here.
  HostThunk thunk = nullptr;
  std::shared_ptr<void> env;
  HostGate gate;
  DynamicHostCall dynamic;  // empty for typed host functions
  // Typed host functions: the resources of the handles that the C++ types speak of, in their order.
  std::vector<const ResourceType*> handles;

  bool is_host() const { return core == nullptr; }
  const ResourceType* ResourceOf(ResourceId id) const {
    size_t i = 0;
    while (resource_ids[i] != id) ++i;
    return resources[i];
  }
  const FuncType& func_type() const { return types->GetFunc(type); }
};

// The distinct resources that a function's type mentions, in order of first occurrence.
std::vector<ResourceId> ResourcesOf(const TypeTable& types, FuncTypeId type);

// `types` must outlive the result.
std::unique_ptr<Function> MakeLifted(const TypeTable& types, FuncTypeId type,
                                     ResolveResource resolve, runtime::FuncInst* core,
                                     const CanonOptions& options);
// Errors: INVALID_ARGUMENT the C++ types are not those of `type`.
absl::StatusOr<std::unique_ptr<Function>> MakeTypedHost(const TypeTable& types, FuncTypeId type,
                                                        ResolveResource resolve,
                                                        const abi::TypedHost& host);
std::unique_ptr<Function> MakeDynamicHost(const TypeTable& types, FuncTypeId type,
                                          ResolveResource resolve, DynamicHostCall call);

// Whether C++ types are those of a function; if so, the resources of the handles that they speak
// of, in the order in which they speak of them. Errors: INVALID_ARGUMENT  they are not; the place
// is named
absl::StatusOr<std::vector<const ResourceType*>> MatchShape(const Function& function,
                                                            const abi::FuncShape& shape);

// The core function of `canon lower`: flattens `callee`'s type, and adapts each call. `cache` is
// shared by all instances of one component and outlives them.
// Errors: RESOURCE_EXHAUSTED no room for another function type, or the callee's type is too large
absl::StatusOr<runtime::FuncInst*> MakeLowered(runtime::Store& store, const Function& callee,
                                               const CanonOptions& options, AdapterCache& cache);

// The core function of a built-in. What belongs to waiting is made as a function that traps with a
// text that says so when it is called.
struct BuiltIn {
  syntax::CanonKind kind = syntax::CanonKind::kResourceNew;
  airwasm::TypeId core_type = 0;  // canonical: ComponentInfo::core_funcs has it
  ComponentInstanceState* instance = nullptr;
  const ResourceType* resource = nullptr;  // resource.new, .drop, .rep
  uint32_t slot = 0;                       // context.get, .set
  std::optional<ValType> result;           // task.return: of the types of the instance's functions
  CanonOptions options;                    // task.return
};
absl::StatusOr<runtime::FuncInst*> MakeBuiltIn(runtime::Store& store, const BuiltIn& built_in);

// Calls from the host, with dynamic values: arguments are checked against the type, lowered, and
// the result is lifted.
CallOutcome Call(runtime::Store& store, const Function& function, std::span<const Val> args);

// Runs the destructor of an owned resource that the host holds.
// Spec: canonical ABI, `canon resource.drop`.
CallOutcome DropResource(runtime::Store& store, const ResourceType& type, uint64_t rep);

}  // namespace airwasm::component::canon
