// Runs scripts (.wast) against the engine and says which directives hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/component_features.h"
#include "airwasm/engine.h"
#include "airwasm/store.h"
#include "component/text/parser.h"

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

// What the official suite of components is written for: more than is on by default.
constexpr ComponentFeatures SuiteComponentFeatures() {
  return ComponentFeatures()
      .Set(ComponentFeature::kMoreAsyncBuiltins, true)
      .Set(ComponentFeature::kAsyncStackful, true)
      .Set(ComponentFeature::kThreading, true)
      .Set(ComponentFeature::kFixedLengthLists, true);
}

struct Options {
  EngineOptions engine;
  StoreOptions store;
  uint64_t fuel = UINT64_MAX;  // with engine.fuel
  ComponentFeatures components = SuiteComponentFeatures();
  component::text::IndexForms index_forms = component::text::IndexForms::kAll;
};

// Runs one script in a store of its own: one of core modules with the module "spectest" that the
// suites import, or one of components (component_runner.h). A failure does not end the run, except
// that a script that cannot be parsed yields that one failure.
ScriptResult RunScript(std::string_view script, const Options& options);

}  // namespace airwasm::wast
