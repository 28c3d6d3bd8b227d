// GuardStore for who has the runtime's store.
#pragma once

#include <memory>

#include "airwasm/guard_store.h"
#include "engine/runtime/store.h"

namespace airwasm {

void GuardStore(runtime::Store& store, std::shared_ptr<security::Guard> guard);
void MeterStore(runtime::Store& store, std::shared_ptr<security::Meter> meter);
// The guard of the store; null if it has none.
security::Guard* GuardOf(const runtime::Store& store);

}  // namespace airwasm
