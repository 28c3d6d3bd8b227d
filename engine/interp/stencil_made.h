// A stencil while stencil_maker makes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/interp/stencil_format.h"

namespace airwasm::interp {

struct Made {
  std::string handler;  // its symbol
  std::vector<uint8_t> code;
  std::vector<HoleUse> uses;  // as they lie
  Stencil properties{};       // busy, and what follows it
};

inline bool LiesBefore(const HoleUse& a, const HoleUse& b) {
  return a.at < b.at;
}

// Makes shorter code that does the same, of what a compiler makes because it does not know that
// holes are constants and exits are near. (stencil_simplify.cc)
void Simplify(Made& made);
// Leaves out the jump to the next cell at the end, whose stencil is copied right behind.
// (stencil_simplify.cc)
void EndWithNext(Made& made);
// Says of its uses and of all of it what slots they access. Last. (stencil_analyze.cc)
void Analyze(Made& made);

}  // namespace airwasm::interp
