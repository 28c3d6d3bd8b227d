// What `airwasm run` is made of: its options, and what it does with modules and with components.
#pragma once

#include <string>
#include <vector>

#include "airwasm/trap.h"
#include "tools/airwasm/flags.h"
#include "tools/airwasm/guard_flags.h"
#include "tools/airwasm/wasi_flags.h"

namespace airwasm::tools {

struct RunFlags {
  EngineFlags engine;
  WasiFlags wasi;
  GuardFlags guard;
  std::vector<std::string> preloads;  // NAME=FILE, modules
  std::vector<std::string> plugs;     // [NAME=]FILE, components and modules
  std::string invoke;
  bool unknown_imports_trap = false;
  bool json = false;  // link errors as JSON
  bool allow_precompiled = false;
  std::string stats;  // of StatsReport
  std::string learn;  // a file for the policy that is learnt; empty: none
};

// The file that is to be run, read, and what follows it on the command line.
struct RunInput {
  std::string path;
  std::string bytes;
  std::vector<std::string> args;

  std::string program() const;  // as the guest sees it without --argv0
};

// The engine of this run. It is not destroyed when the run ends: that would wait for functions that
// are being compiled, which nobody will call any more.
const Engine& MakeEngine(const EngineOptions& options);

// Each returns the exit code.
int RunModule(const RunFlags& flags, const RunInput& input);
int RunComponent(const RunFlags& flags, const RunInput& input);

// Reports a trap on stderr; an exit of the guest is none. Returns the exit code.
// `meter` knows which quota has ended the guest, if one has; may be null.
int ReportTrap(const Trap& trap, security::Meter* meter);

}  // namespace airwasm::tools
