// Makes modules that are valid by construction, and calls of their exports, from a byte string.
//
// Whatever such a module does, it does the same in every tier: it ends (loops and calls use up the
// global "fuel"), its recursion is shallow, and what a computed NaN's bits are never shows: where
// something could see them, the module first makes the NaN canonical. Traps, exceptions and calls
// of the host, which traps, throws and calls back, are part of it.
//
// Left out: waiting (memory.atomic.wait with more than a moment's timeout), several threads,
// memories and tables that are imported, growth beyond a few pages.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airwasm/value.h"

namespace airwasm::differential {

// Before each call the global of this name is set to the call's fuel.
inline constexpr char kFuelGlobal[] = "fuel";
// (i32) -> (i32): what the host calls when it calls back.
inline constexpr char kCallback[] = "callback";
// (i32): what the host throws.
inline constexpr char kThrownTag[] = "tag";
// The one import, (i32 i64) -> (i32).
inline constexpr char kHostModule[] = "env";
inline constexpr char kHostFunction[] = "host";

struct PlannedCall {
  std::string function;
  std::vector<Value> args;
  int32_t fuel = 0;
};

struct GeneratedModule {
  std::vector<uint8_t> bytes;
  std::vector<PlannedCall> calls;
  bool gc_stress = false;  // collect at every allocation
};

GeneratedModule Generate(std::span<const uint8_t> seed);

// The byte string that a number stands for.
std::vector<uint8_t> SeedBytes(uint64_t number);

}  // namespace airwasm::differential
