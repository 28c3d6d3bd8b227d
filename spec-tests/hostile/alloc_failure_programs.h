// The core programs whose lives the tests of allocation failures live, and how one is run.
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include "airwasm/airwasm.h"
#include "alloc_failure.h"

namespace airwasm::alloc_failure {

struct Program {
  const char* name;
  std::string_view text;
  int32_t result;  // of its export "run"
};

inline void PrintTo(const Program& program, std::ostream* out) {
  *out << program.name;
}

extern const Program kPrograms[4];
const Program& ProgramNamed(std::string_view name);

// Makes a store, links, instantiates, calls "run" with a type and without one, and drops it all.
// `repeats`: a step that was refused for lack of memory is done again with it, in the same store.
End RunProgram(const Engine& engine, const Module& module, const Program& program, bool repeats,
               const StoreOptions& options = {});

}  // namespace airwasm::alloc_failure
