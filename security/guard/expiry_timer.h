// Calls back when a moment has come: one thread for the process, started when something is first
// waited for.
#pragma once

#include <functional>

#include "absl/time/time.h"

namespace airwasm::security {

// `action` runs on the timer's thread, once, soon after `when`; it is quick. Threads: any.
void CallAt(absl::Time when, std::function<void()> action);

}  // namespace airwasm::security
