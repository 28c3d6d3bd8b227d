// Validation of a component: every definition in order, nested components and core modules
// included.
//
// Spec: component model, Explainer and Binary ("Validation requires ..."); canonical ABI,
// "Canonical Definitions".
#pragma once

#include <memory>

#include "airwasm/component_features.h"
#include "airwasm/features.h"
#include "component/syntax/component.h"
#include "component/types/entity_types.h"
#include "engine/base/error.h"
#include "engine/types/type_registry.h"

namespace airwasm::component::valid {

// A component that has passed. Borrows nothing of the syntax::Component.
struct ValidComponent {
  std::unique_ptr<ComponentTypes> types;
  std::unique_ptr<ComponentInfo> root;
};

struct Options {
  Features core_features;
  ComponentFeatures features;
  // Also the bodies of core modules; a runtime that validates each body before its first call can
  // go without.
  bool check_bodies = true;
};

// Core types are interned in `registry`; bodies of core modules are checked too. Errors carry the
// official suite's wording first. Threads: any.
Expected<ValidComponent> Validate(const syntax::Component& component, const Options& options,
                                  TypeRegistry& registry);

}  // namespace airwasm::component::valid
