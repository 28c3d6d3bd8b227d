// The engine: what all modules and stores of a process share. Make one, keep it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "airwasm/features.h"

namespace airwasm {

// How functions are run.
enum class Tier : uint8_t {
  kAuto,    // interpreted first; compiled in the background when they turn out to be hot
  kInterp,  // interpreted
  kJit,     // all compiled before the first call, as far as there is a compiler
};

struct EngineOptions {
  Features features;
  Tier tier = Tier::kInterp;
  // For tests, with kAuto: every loop that runs is compiled when it is first met.
  bool eager_tiering = false;
  // Validate whole modules when they are made. Otherwise each function is validated when it is
  // first called, and a call of an invalid one traps: quicker start for large modules that are
  // known to be good.
  bool eager_validation = true;
  // Count executed instructions; stores start with no fuel and trap (kOutOfFuel) when it runs out.
  // Costs a few per cent.
  bool fuel = false;
  // Use guard pages and the process's SIGSEGV handler for bounds checks. Without it every access is
  // checked explicitly, and no signal handler is installed.
  bool guard_pages = true;
  // Where compiled code is kept from one process to the next, with kAuto and kJit; empty: nowhere.
  // The directory is made if need be. It must be this user's, and nobody else may be able to write
  // to it, since what is in there is run: otherwise nothing is kept (CodeCacheIsUsable says why).
  // Entries are found by a hash of the module, the engine's build, the processor and all options
  // that matter; damaged ones are dropped. Any number of processes may share it.
  std::string code_cache;
  // Beyond this size, entries that were not used for longest are removed.
  uint64_t code_cache_bytes = uint64_t{512} << 20;
};

// $XDG_CACHE_HOME/airwasm or ~/.cache/airwasm; empty when the environment names neither.
std::string DefaultCodeCache();
// Whether code can be kept in `directory`, which is made if need be. `*why`, if not null, then says
// what is in the way.
bool CodeCacheIsUsable(const std::string& directory, std::string* why = nullptr);

// Whether code can be compiled; loads the compiler (libairwasm-jit.so), which takes some ten
// milliseconds. `*why`, if not null, then says what was tried. Without one every tier is the
// interpreter. Threads: any.
bool CompilerIsAvailable(std::string* why = nullptr);

// Cheap to copy; copies share. Immutable. Threads: any.
class Engine {
 public:
  explicit Engine(const EngineOptions& options = {});
  const EngineOptions& options() const;

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }  // for the engine's own layers

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace airwasm
