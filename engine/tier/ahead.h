// Compilation of whole modules.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/runtime/module.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

// Compiles the functions of `module` with valid bodies that `is_wanted` says, in batches, in order;
// `done` gets each batch with the time that it took. `compiler` is asked for when there is
// something to compile; without one nothing happens, and the result is false.
bool CompileAll(const std::function<Compiler*()>& compiler, const runtime::Module& module,
                const CompileOptions& options, const std::function<bool(uint32_t)>& is_wanted,
                const std::function<void(CompileResult&&, uint64_t compile_ns)>& done);

}  // namespace airwasm::tier
