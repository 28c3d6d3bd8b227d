// Whether what an import is bound to fits its type, across components and hosts; and types in words
// for errors.
#pragma once

#include <optional>
#include <string>

#include "component/canon/functions.h"
#include "component/link/flat.h"

namespace airwasm::component::link {

// A function type with the resources that it mentions.
struct BoundFuncType {
  const TypeTable& types;
  FuncTypeId type;
  canon::ResolveResource resolve;
};
// The same parameter names, types and effect; resources are the same if their run-time types are.
bool SameFuncType(const BoundFuncType& a, const BoundFuncType& b);

// What keeps `module` from being of type `wanted`, in words; nothing if it is.
// Spec: component model, Explainer, "Type Checking"; imports are contravariant.
std::optional<std::string> ModuleMismatch(const runtime::Module& module,
                                          const CoreModuleType& wanted);

// "func(name: string) -> own<descriptor>", resources by the names of `flat`.
std::string FuncText(const FlatComponent& flat, FuncTypeId type);

}  // namespace airwasm::component::link
