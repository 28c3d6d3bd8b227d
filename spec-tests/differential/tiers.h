// The ways of running a module whose outcomes must agree.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/engine.h"

namespace airwasm::differential {

enum class Way : uint8_t {
  kInterp,     // what the others are held against
  kBaseline,   // as baseline code
  kOptimized,  // compiled ahead
  kChecked,    // as kOptimized, without signals: bounds, traps and polls are checks
  kEntered,    // interpreted, each loop entered in compiled code when it is first met
  kStrict,     // as kOptimized, and no load is left out, whatever becomes of its value
};
// kStrict is there to explain what others do.
inline constexpr std::array kWays = {Way::kInterp, Way::kBaseline, Way::kOptimized, Way::kChecked,
                                     Way::kEntered};

std::string_view WayText(Way way);
// Of a name in one word, as options of programs have it.
std::optional<Way> WayOfName(std::string_view name);

// Whether all that can be seen is as interpreted, also behind an access out of bounds that the
// fault handler makes a trap of (IsInexactTrap).
constexpr bool IsExact(Way way) {
  return way == Way::kInterp || way == Way::kBaseline || way == Way::kChecked;
}

Engine NewEngine(Way way);

// Functions that the compiler left to the interpreter, with the reason: a run of them compares
// nothing.
std::vector<std::string> Refused(const Engine& engine);

}  // namespace airwasm::differential
