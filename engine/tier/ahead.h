// Compilation of whole modules.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/runtime/module.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

// Hands the functions of `module` with valid bodies that `is_wanted` says to `compile`, in batches,
// in order. False as soon as that returns false.
bool CompileAll(const runtime::Module& module, const CompileOptions& options,
                const std::function<bool(uint32_t)>& is_wanted,
                const std::function<bool(const CompileRequest&)>& compile);

}  // namespace airwasm::tier
