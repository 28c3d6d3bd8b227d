// Drops the steps that nobody would notice: canonical definitions that are never called. Components
// made by tools define many more than they use.
#pragma once

#include "component/link/flat.h"

namespace airwasm::component::link {

void PruneSteps(FlatComponent& flat);

}  // namespace airwasm::component::link
