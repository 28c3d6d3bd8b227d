// Validation of a core module: its types, everything around the bodies, and the bodies.
//
// The order of use: ValidateTypes, ValidateModule, then either ValidateBodies or, body by body, a
// FunctionValidator. Validate does it all. A module that has passed can be instantiated and run
// without further checks on its structure. Errors carry the official suite's wording first, then
// what was expected and found. Spec: core, valid.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "airwasm/features.h"
#include "engine/base/error.h"
#include "engine/syntax/module.h"
#include "engine/types/type_registry.h"
#include "engine/valid/context.h"
#include "engine/valid/function_validator.h"

namespace airwasm::valid {

// Checks each recursion group and interns it. Returns the TypeId of each TypeIdx.
Expected<std::vector<TypeId>> ValidateTypes(const syntax::Module& module, const Features& features,
                                            TypeRegistry& registry);

// One recursion group outside of a module, as the core types of a component are. `ids` are the
// types before it, none of them kNoType where the group refers to it; they are returned with the
// group's behind.
Expected<std::vector<TypeId>> ValidateRecGroup(std::span<const SubType> group,
                                               const Features& features, TypeRegistry& registry,
                                               std::vector<TypeId> ids);

// Checks everything but function bodies. `ids` are what ValidateTypes returned. The context borrows
// `module` and `registry`.
Expected<std::unique_ptr<ModuleContext>> ValidateModule(const syntax::Module& module,
                                                        const Features& features,
                                                        const TypeRegistry& registry,
                                                        std::span<const TypeId> ids);

// Checks the bodies of all defined functions, in order; the first error ends it. Threads: any.
Checked ValidateBodies(const ModuleContext& context);

// All of the above.
Checked Validate(const syntax::Module& module, const Features& features, TypeRegistry& registry);

}  // namespace airwasm::valid
