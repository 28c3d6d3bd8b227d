// Compilation of whole modules.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/runtime/module.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

// Hands the functions of `module` with valid bodies that `is_wanted` says to `compile`, in batches,
// on as many threads at a time as there are processors. False, and soon, when that returns false;
// what it throws is thrown here.
bool CompileAll(const runtime::Module& module, const CompileOptions& options,
                const std::function<bool(uint32_t)>& is_wanted,
                const std::function<bool(const CompileRequest&)>& compile);

}  // namespace airwasm::tier
