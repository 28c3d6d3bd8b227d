// From a valid component to the static list of steps that instantiates it.
//
// Interprets all definitions of all nested components once, with components and modules as
// first-class symbolic values; imports of the root stay symbolic. What a component can make of its
// definitions by instantiating them over and over is bounded.
// Spec: component model, Explainer, "Instance Definitions", "Alias Definitions", "Type Checking".
#pragma once

#include <functional>

#include "component/link/flat.h"
#include "component/syntax/component.h"
#include "component/valid/validator.h"
#include "engine/base/error.h"

namespace airwasm::component::link {

// Makes a module that the validator has seen. Called once for each module that is used.
using CompileModule =
    std::function<Expected<std::shared_ptr<runtime::Module>>(std::span<const uint8_t> bytes)>;

// `component` is what `valid` was made from. Errors: kLimit with the offset of the definition.
Expected<FlatComponent> Flatten(const syntax::Component& component, valid::ValidComponent valid,
                                const CompileModule& compile_module);

}  // namespace airwasm::component::link
