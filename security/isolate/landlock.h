// Which files can be opened, and how; whether there is TCP.
#pragma once

#include "absl/status/status.h"
#include "airwasm/isolate.h"

namespace airwasm::security::isolate {

// The kernel's version of Landlock; 0 if it has none.
int LandlockAbi();

// For the calling thread and those that it starts. Needs no_new_privs. Fills in the report.
absl::Status ApplyLandlock(const IsolationPlan& plan, IsolationReport& report);

}  // namespace airwasm::security::isolate
