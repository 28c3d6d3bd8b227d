// Imports and exports of a flat component as reflection shows them.
#pragma once

#include <vector>

#include "airwasm/component.h"
#include "component/link/flat.h"

namespace airwasm::internal {

std::vector<ComponentItem> ReflectImports(const component::link::FlatComponent& flat);
std::vector<ComponentItem> ReflectExports(const component::link::FlatComponent& flat,
                                          const component::link::ExportedInstance& exports);

}  // namespace airwasm::internal
