// Runs scripts (.wast) against the engine and says which directives hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/engine.h"
#include "airwasm/store.h"

namespace airwasm::wast {

struct Failure {
  uint32_t line = 0;      // 1-based, within the script
  std::string directive;  // "assert_return"
  std::string message;    // expected and found
};

struct ScriptResult {
  uint32_t passed = 0;
  std::vector<Failure> failures;
};

struct Options {
  EngineOptions engine;
  StoreOptions store;
  uint64_t fuel = UINT64_MAX;  // with engine.fuel
};

// Runs one script in a store of its own, with the module "spectest" that the suites import. A
// failure does not end the run, except that a script that cannot be parsed yields that one failure.
ScriptResult RunScript(std::string_view script, const Options& options);

}  // namespace airwasm::wast
