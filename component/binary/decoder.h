// From the bytes of a binary component to a syntax::Component.
//
// The decoder checks the binary grammar and allocates no more than what the input's size justifies;
// nested components are decoded with it, up to limits::kComponentNesting of them inside one
// another. It leaves to the validator: what is inside of core modules, which stay bytes, the bytes
// of values, and every rule of validation except that an attribute of a name stands once. Features
// of productions are checked here. Spec: component model, Binary.
#pragma once

#include <cstdint>
#include <span>

#include "airwasm/component_features.h"
#include "airwasm/features.h"
#include "component/syntax/component.h"
#include "engine/base/error.h"

namespace airwasm::component::binary {

// Whether `bytes` begin as a component does rather than as a core module or anything else.
bool IsComponent(std::span<const uint8_t> bytes);

// Decodes one component. `bytes` outlive the Component, which points into them. `core_features`:
// for the core types that a component may define.
//
// Custom sections are definitions as they stand, except "component-name", which becomes
// Component::names (whatever can be read of it: a broken one is never an error).
//
// Errors: kMalformed  the bytes do not follow the grammar, or use a feature that is switched off
//                     (the message names it)
//         kInvalid    an attribute of a name stands twice
//         kLimit      a count, size or nesting is above component/types/limits.h
Expected<syntax::Component> Decode(std::span<const uint8_t> bytes,
                                   const ComponentFeatures& features,
                                   const Features& core_features = Features());

}  // namespace airwasm::component::binary
