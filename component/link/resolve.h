// Import resolution: which definition stands for each import of a component.
//
// An import is looked up by its exact name; failing that, by the highest version on the track of
// the one it asks for (versions.h). What an instance exports is looked up by exact names.
// Everything is checked: functions by type, modules by type, resources by identity.
#pragma once

#include <vector>

#include "component/link/component.h"
#include "component/link/definitions.h"
#include "component/link/link_error.h"

namespace airwasm::component::link {

struct Resolution {
  Bindings bindings;              // complete if there are no errors
  std::vector<LinkError> errors;  // in the order of the imports
};

// `offered` has to outlive what is made with the bindings, or be what their keep_alive owns.
Resolution Resolve(const Compiled& component, const InstanceDefinition& offered);

// The definition that stands for `name`, and the name that it has; null for none.
struct Found {
  const Definition* definition = nullptr;
  std::string_view name;
};
Found FindVersioned(const InstanceDefinition& offered, std::string_view name);

}  // namespace airwasm::component::link
