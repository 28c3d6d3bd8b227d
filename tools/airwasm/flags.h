// The option families that several subcommands take: -W (what WebAssembly may do and take), -O (how
// the engine works), features.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "airwasm/component_features.h"
#include "airwasm/engine.h"
#include "airwasm/store.h"

namespace CLI {
class App;
}

namespace airwasm::tools {

struct EngineFlags {
  EngineOptions engine;
  StoreOptions store;
  ComponentFeatures components;
  std::optional<uint64_t> fuel;
  std::optional<std::chrono::nanoseconds> timeout;

  // As given on the command line; Apply reads them.
  std::vector<std::string> wasm;
  std::vector<std::string> optimize;
  std::string tier = "auto";
  bool CanCompile() const { return tier == "auto" || tier == "jit"; }
  std::string profile;
  std::string cache = "off";
};

// Adds -W and -O to a subcommand; AddEngineFlags --tier and --profile as well.
void AddFamilies(CLI::App& command, EngineFlags& flags);
void AddEngineFlags(CLI::App& command, EngineFlags& flags);
// Adds --cache; it is on unless said otherwise, while without the flag nothing is cached.
void AddCacheFlag(CLI::App& command, EngineFlags& flags);

// `-W help` and `-O help`: prints the keys. False if neither was asked for.
bool PrintKeyHelp(const EngineFlags& flags);

// Reads what the command line gave into `engine`, `store`, `fuel` and `timeout`.
// Errors: INVALID_ARGUMENT names the key, what it got and what it takes; FAILED_PRECONDITION when
// there is no compiler, or the cache cannot be used.
absl::Status Apply(EngineFlags& flags);
// With a cache and --tier jit, whether a compiler is needed shows when modules are made: after
// that, FAILED_PRECONDITION when one was needed and there is none.
absl::Status CheckCompiled(const Engine& engine);

}  // namespace airwasm::tools
