// The engine: what all modules and stores of a process share. Make one, keep it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "airwasm/features.h"

namespace airwasm {

// How functions are run.
enum class Tier : uint8_t {
  kAuto,      // interpreted for a millisecond, then as kBaseline; compiled in the background when
              // they turn out to be hot, as far as there is a compiler (CompilerIsAvailable)
  kInterp,    // interpreted
  kBaseline,  // as machine code made of the interpreter's handlers, where there is that for the
              // machine: quickly made, without a compiler
  kJit,       // all compiled before the first call, as far as there is a compiler
};

// Files for Linux perf, which then knows compiled functions by their names.
enum class Profile : uint8_t {
  kNone,
  kPerfMap,  // /tmp/perf-PID.map
  kJitDump,  // ./jit-PID.dump, with the code
};

struct EngineOptions {
  Features features;
  Tier tier = Tier::kAuto;
  // For tests, with kAuto: every loop that runs is compiled when it is first met.
  bool eager_tiering = false;
  // Validate whole modules when they are made. Otherwise each function is validated when it is
  // first called, and a call of an invalid one traps: quicker start for large modules that are
  // known to be good.
  bool eager_validation = true;
  // Count executed instructions; stores start with no fuel and trap (kOutOfFuel) when it runs out.
  // Costs a few per cent.
  bool fuel = false;
  // What WebAssembly leaves open has one result, the same in every tier and on every processor:
  // arithmetic gives no NaN but the canonical one (0x7fc00000, 0x7ff8000000000000), and relaxed
  // SIMD gives what it always gives here. Costs a few instructions for each that computes a float.
  bool deterministic = false;
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
  // All engines of a process that ask for one write to the same file. Where it cannot be made
  // (ProfileIsAvailable) there is none; kPerfMap has to be asked for before anything is compiled.
  Profile profile = Profile::kNone;
  // Tell gdb the names of compiled functions and how to unwind them.
  bool gdb = false;
};

// $XDG_CACHE_HOME/airwasm or ~/.cache/airwasm; empty when the environment names neither.
std::string DefaultCodeCache();
// Whether code can be kept in `directory`, which is made if need be. `*why`, if not null, then says
// what is in the way.
bool CodeCacheIsUsable(const std::string& directory, std::string* why = nullptr);

// Whether code can be compiled; loads the compiler (libairwasm-jit.so), which takes some ten
// milliseconds. `*why`, if not null, then says what was tried. Without one there is baseline code
// at most. Threads: any.
bool CompilerIsAvailable(std::string* why = nullptr);

// Whether the file of `profile` can be written; makes it. `*why`, if not null, names the file and
// the problem. Threads: any.
bool ProfileIsAvailable(Profile profile, std::string* why = nullptr);

// What an engine has done since it was made.
struct EngineStats {
  uint64_t functions = 0;             // defined by the modules
  uint64_t functions_translated = 0;  // to what the interpreter runs, when they were first called
  uint64_t functions_baseline = 0;    // of these, those that became baseline code
  uint64_t functions_optimized = 0;   // compiled
  uint64_t loops_compiled = 0;        // for being entered while they run
  uint64_t osr_entries = 0;           // times that compiled code was entered at a loop
  uint64_t images_loaded = 0;         // compiled before, and loaded from the cache or a .cwasm file
  uint64_t functions_refused = 0;     // left to the interpreter by the compiler
  std::vector<std::string> refusals;  // the first of them: "NAME: REASON"
  uint64_t compile_ns = 0;            // of all threads together
  uint64_t compile_wall_ns = 0;       // while at least one thread compiled
  uint64_t longest_compile_ns = 0;    // of one compilation: processor time
  uint64_t code_bytes = 0;            // compiled by this engine
  uint64_t baseline_bytes = 0;        // baseline code that this engine has made
  uint64_t code_memory_bytes = 0;     // in use for compiled code in the whole process, now
};

// Cheap to copy; copies share. Immutable. Threads: any.
//
// Where the host has no memory, functions that return a status say RESOURCE_EXHAUSTED, and a guest
// that is running traps (kHostError with that status). Constructors, which have no status, and what
// an embedder's own code is inlined from throw std::bad_alloc. Everything is as it was before.
class Engine {
 public:
  explicit Engine(const EngineOptions& options = {});
  const EngineOptions& options() const;
  EngineStats stats() const;

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }  // for the engine's own layers

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace airwasm
