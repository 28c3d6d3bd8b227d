// The interpreter as an Executor: translates functions when they are first called and runs their
// register code.
#pragma once

#include <memory>

#include "engine/runtime/executor.h"

namespace airwasm::interp {

// Stateless: one serves any number of engines. Must outlive the modules it has prepared.
// `native_helpers`: what code that a compiler makes for its modules calls; null: none does.
std::unique_ptr<runtime::Executor> NewInterpreter(const void* const* native_helpers = nullptr);

}  // namespace airwasm::interp
