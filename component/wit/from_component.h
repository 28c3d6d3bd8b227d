// The WIT of a component: what it imports and exports as a world.
#pragma once

#include "absl/status/statusor.h"
#include "component/types/entity_types.h"
#include "component/wit/model.h"

namespace airwasm::component::wit {

// The world is `root` of the root package `root:component`; interfaces stand in packages of their
// own. Types are structural in a component, so which interface a type is used from follows from
// names: a type that an earlier interface has under the same name is used from there.
// Errors: FAILED_PRECONDITION: the component has an import or export that WIT has no word for.
absl::StatusOr<Document> FromComponent(const ComponentTypes& types, ComponentTypeId component);

}  // namespace airwasm::component::wit
