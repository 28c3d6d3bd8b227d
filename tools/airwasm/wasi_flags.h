// What the command line gives to WASI guests: directories, variables, streams, network. For every
// subcommand that runs a guest; nothing is given that was not asked for, but the standard streams.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "airwasm/wasi_config.h"

namespace CLI {
class App;
}

namespace airwasm::tools {

// As given on the command line; MakeWasiConfig reads them.
struct WasiFlags {
  std::vector<std::string> dirs;
  std::vector<std::string> read_only_dirs;
  std::vector<std::string> env;
  std::vector<std::string> wasi;  // -S
  std::string argv0;
};

// Adds --dir, --dir-ro, --env, --argv0 and -S to a subcommand.
void AddWasiFlags(CLI::App& command, WasiFlags& flags);

// `-S help`: prints the keys. False if it was not asked for.
bool PrintWasiKeyHelp(const WasiFlags& flags);

// The guest sees itself as `--argv0`, else as `program`, and gets `args` behind that.
// Errors: INVALID_ARGUMENT names the option and what it got.
absl::StatusOr<wasi::Config> MakeWasiConfig(const WasiFlags& flags, const std::string& program,
                                            std::span<const std::string> args);

}  // namespace airwasm::tools
