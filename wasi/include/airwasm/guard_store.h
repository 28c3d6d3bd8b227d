// A guard and a meter for the guests of a store.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "airwasm/guard.h"
#include "airwasm/meter.h"
#include "airwasm/store.h"
#include "airwasm/trap.h"

namespace airwasm {

// From now on `guard` decides what the guests of `store` may call: its word is the store's
// capability word. A guard is for one store. DefineWasi and GiveWasi do this with the guard of
// their Config; who has guarded functions of its own (airwasm/guarded_func.h) calls it before the
// guest runs.
void GuardStore(Store& store, std::shared_ptr<security::Guard> guard);

// From now on what the store's limits refuse (memory, tables, instances) is a breach that `meter`
// records. A meter is
// for one store. GiveWasi does this with the meter of its Config; for modules, call it before the
// guest runs.
void MeterStore(Store& store, std::shared_ptr<security::Meter> meter);

// The limits of the engine that `quota` has, the smaller ones of both.
StoreOptions WithQuota(StoreOptions options, const security::Quota& quota);

// How much of the quota in a row was used, whether it is bounded or not: of what is held, now and
// at the peak; of what adds up, and of what never shrinks, the same in both. Null without `store`,
// which is the meter's, where that is what counts (memory, tables, instances, gc-heap, stack,
// fuel); stack and fuel also without a bound. Threads: any without a store, else the guest's.
std::optional<security::Meter::Gauge> QuotaUsed(security::QuotaRow row,
                                                const security::Meter& meter, const Store* store);

// What Trap::ToString says, with the quota in it whose breach ended the guest: "quota cpu-time of
// 10s is used up" for "interrupt", "call stack exhausted: quota stack of 64KiB is used up". Records
// the breach where the engine alone has seen it: call it once for each trap, on the guest's thread.
std::string TrapReport(const Trap& trap, security::Meter* meter);  // may be null

}  // namespace airwasm
