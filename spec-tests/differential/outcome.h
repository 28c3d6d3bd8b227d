// What a generated module does in one way of running it, as lines of text that can be compared.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "airwasm/engine.h"
#include "spec-tests/differential/generate.h"

namespace airwasm::differential {

// For each call its results or the kind of its trap, what the host was called with and what trapped
// when it called back, and then the state that can be seen: globals, tables by which elements are
// null, a hash of each memory. NaNs among the results have canonical bits here (nan.h).
//
// A module that is not accepted is one line that begins with "rejected". What is not done within
// `timeout` of processor time is interrupted, which is a trap.
std::vector<std::string> OutcomeOf(const Engine& engine, const GeneratedModule& module,
                                   std::chrono::milliseconds timeout = std::chrono::seconds(20));

// How a line begins after which the state is open where bounds are the fault handler's business:
// LLVM knows nothing of accesses that trap, and so moves stores, and drops those that it believes
// overwritten, across them.
bool IsInexactTrap(const std::string& line);

// Whether the first line that differs is such a trap in `expected`, and something else in `actual`.
bool LacksInexactTrap(const std::vector<std::string>& expected,
                      const std::vector<std::string>& actual);

// The first line that differs and both of its forms; empty if there is none. Lines behind an
// inexact trap count only if `exact`.
std::string Difference(const std::vector<std::string>& expected,
                       const std::vector<std::string>& actual, bool exact);

}  // namespace airwasm::differential
