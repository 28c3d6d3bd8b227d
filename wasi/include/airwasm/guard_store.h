// A guard for the guests of a store.
#pragma once

#include <memory>

#include "airwasm/guard.h"
#include "airwasm/store.h"

namespace airwasm {

// From now on `guard` decides what the guests of `store` may call: its word is the store's
// capability word. A guard is for one store. DefineWasi and GiveWasi do this with the guard of
// their Config; who has guarded functions of its own (Linker::DefineGuarded) calls it before the
// guest runs.
void GuardStore(Store& store, std::shared_ptr<security::Guard> guard);

}  // namespace airwasm
