// Finds and loads the shared object with the compiler.
#pragma once

#include <string>

#include "engine/tier/compiler.h"

namespace airwasm::tier {

// The process's compiler, loaded at the first call (some ten milliseconds); null when there is
// none: no libairwasm-jit.so beside the program or in its ../lib, nor where the AIRWASM_JIT
// variable points, or one of another build. `*why` then says what was tried. Threads: any.
Compiler* LoadCompiler(std::string* why = nullptr);

}  // namespace airwasm::tier
