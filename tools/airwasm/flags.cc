#include "tools/airwasm/flags.h"

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/strings/numbers.h"
#include "engine/api/engine_impl.h"
#include "tools/airwasm/key_family.h"

namespace airwasm::tools {
namespace {

bool ParseDuration(const std::string& text, std::chrono::nanoseconds* value) {
  static constexpr struct {
    std::string_view unit;
    double ns;
  } kUnits[] = {{"ns", 1},   {"us", 1e3},   {"ms", 1e6}, {"s", 1e9},
                {"m", 60e9}, {"h", 3600e9}, {"", 1e9}};
  for (const auto& [unit, ns] : kUnits) {
    if (!text.ends_with(unit)) continue;
    double number = 0;
    if (!absl::SimpleAtod(text.substr(0, text.size() - unit.size()), &number)) continue;
    if (!(number >= 0) || number * ns > 9e18) return false;
    *value = std::chrono::nanoseconds(static_cast<int64_t>(number * ns));
    return true;
  }
  return false;
}

using EngineKey = Key<EngineFlags>;

EngineKey SizeKey(std::string name, std::string help,
                  std::function<uint64_t&(EngineFlags&)> field) {
  return MakeKey<EngineFlags>(std::move(name), "SIZE", std::move(help),
                              [field](EngineFlags& flags, const std::string& text) {
                                return ParseSize(text, &field(flags));
                              });
}
EngineKey CountKey(std::string name, std::string help,
                   std::function<uint32_t&(EngineFlags&)> field) {
  return MakeKey<EngineFlags>(std::move(name), "N", std::move(help),
                              [field](EngineFlags& flags, const std::string& text) {
                                return absl::SimpleAtoi(text, &field(flags));
                              });
}

const std::vector<EngineKey>& WasmKeys() {
  static const auto* const kKeys = [] {
    auto* keys = new std::vector<EngineKey>{
        MakeKey<EngineFlags>("fuel", "N", "trap after N instructions",
                             [](EngineFlags& flags, const std::string& text) {
                               uint64_t n = 0;
                               if (!absl::SimpleAtoi(text, &n)) return false;
                               flags.fuel = n;
                               flags.engine.fuel = true;
                               return true;
                             }),
        BoolKey<EngineFlags>(
            "deterministic",
            "one result, in every tier, where WebAssembly leaves several: canonical NaNs, fixed "
            "relaxed SIMD",
            [](EngineFlags& f, bool on) { f.engine.deterministic = on; }),
        MakeKey<EngineFlags>("timeout", "TIME", "interrupt the guest after TIME: 500ms, 2s, 1m",
                             [](EngineFlags& flags, const std::string& text) {
                               std::chrono::nanoseconds time{};
                               if (!ParseDuration(text, &time)) return false;
                               flags.timeout = time;
                               return true;
                             }),
        SizeKey("max-memory-size", "bytes that a linear memory may grow to",
                [](EngineFlags& f) -> uint64_t& { return f.store.max_memory_bytes; }),
        SizeKey("max-table-elements", "elements that a table may grow to",
                [](EngineFlags& f) -> uint64_t& { return f.store.max_table_elements; }),
        CountKey("max-instances", "instances",
                 [](EngineFlags& f) -> uint32_t& { return f.store.max_instances; }),
        CountKey("max-memories", "memories",
                 [](EngineFlags& f) -> uint32_t& { return f.store.max_memories; }),
        CountKey("max-tables", "tables",
                 [](EngineFlags& f) -> uint32_t& { return f.store.max_tables; }),
        SizeKey("max-wasm-stack", "bytes of wasm frames",
                [](EngineFlags& f) -> uint64_t& { return f.store.max_stack_bytes; }),
        SizeKey("max-gc-heap-size", "bytes of the garbage-collected heap",
                [](EngineFlags& f) -> uint64_t& { return f.store.max_gc_heap_bytes; }),
        BoolKey<EngineFlags>("trap-on-grow-failure",
                             "memory.grow and table.grow trap instead of yielding -1",
                             [](EngineFlags& f, bool on) { f.store.trap_on_grow_failure = on; }),
        BoolKey<EngineFlags>(
            "all-proposals", "every feature below",
            [](EngineFlags& f, bool on) { f.engine.features = on ? Features() : Features::Mvp(); }),
    };
#define AIRWASM_FEATURE(name, text, on)                                                       \
  if (Feature::k##name != Feature::kCore) {                                                   \
    keys->push_back(BoolKey<EngineFlags>(                                                     \
        text, "feature; on by default",                                                       \
        [](EngineFlags& f, bool value) { f.engine.features.Set(Feature::k##name, value); })); \
  }
#include "airwasm/features.def"
#undef AIRWASM_FEATURE
#define AIRWASM_COMPONENT_FEATURE(name, text, on)                                                  \
  keys->push_back(BoolKey<EngineFlags>(                                                            \
      text, on ? "feature of components; on by default" : "feature of components; off by default", \
      [](EngineFlags& f, bool value) { f.components.Set(ComponentFeature::k##name, value); }));
#include "airwasm/component_features.def"
#undef AIRWASM_COMPONENT_FEATURE
    return keys;
  }();
  return *kKeys;
}

const std::vector<EngineKey>& OptimizeKeys() {
  static const auto* const kKeys = new std::vector<EngineKey>{
      BoolKey<EngineFlags>(
          "signals-based-traps",
          "find out-of-bounds accesses by guard pages; otherwise by explicit checks",
          [](EngineFlags& f, bool on) { f.engine.guard_pages = on; }),
      BoolKey<EngineFlags>("lazy-validation", "validate each function when it is first called",
                           [](EngineFlags& f, bool on) { f.engine.eager_validation = !on; }),
      BoolKey<EngineFlags>("eager-tiering",
                           "compile every loop when it is first met (for tests, with --tier auto)",
                           [](EngineFlags& f, bool on) { f.engine.eager_tiering = on; }),
      BoolKey<EngineFlags>("gdb", "tell gdb the names of compiled functions and how to unwind them",
                           [](EngineFlags& f, bool on) { f.engine.gdb = on; }),
      BoolKey<EngineFlags>("gc-stress", "collect garbage at every allocation (for tests)",
                           [](EngineFlags& f, bool on) { f.store.gc_stress = on; }),
  };
  return *kKeys;
}

}  // namespace

void AddFamilies(CLI::App& command, EngineFlags& flags) {
  command
      .add_option("-W,--wasm", flags.wasm,
                  "What WebAssembly may do and take: KEY[=VALUE],... (-W help lists the keys)")
      ->allow_extra_args(false);
  command
      .add_option("-O,--optimize", flags.optimize,
                  "How the engine works: KEY[=VALUE],... (-O help lists the keys)")
      ->allow_extra_args(false);
}

void AddEngineFlags(CLI::App& command, EngineFlags& flags) {
  AddFamilies(command, flags);
  command
      .add_option(
          "--tier", flags.tier,
          "auto (default): interpreted first, soon as baseline code, hot code compiled in the "
          "background; interp: all interpreted; baseline: all as baseline code, which needs no "
          "compiler; jit: everything compiled before the first call")
      ->check(CLI::IsMember({"auto", "interp", "baseline", "jit"}));
  command
      .add_option("--profile", flags.profile,
                  "Tell Linux perf the names of compiled functions: perfmap: /tmp/perf-PID.map; "
                  "jitdump: ./jit-PID.dump with their code, for `perf record -k mono` and `perf "
                  "inject --jit`")
      ->check(CLI::IsMember({"perfmap", "jitdump"}));
}

void AddCacheFlag(CLI::App& command, EngineFlags& flags) {
  flags.cache.clear();
  command.add_option(
      "--cache", flags.cache,
      "DIR: where compiled code is kept from run to run, with --tier auto and jit; "
      "$XDG_CACHE_HOME/airwasm or ~/.cache/airwasm unless given, 512 MiB at most. It must be yours "
      "alone to write to, for what is in there is run. off: nowhere");
}

namespace {

// The environment's directory is used if it can be; one that was asked for has to be usable.
absl::Status ApplyCache(EngineFlags& flags) {
  if (flags.cache == "off" || !flags.CanCompile()) return absl::OkStatus();
  flags.engine.code_cache = flags.cache.empty() ? DefaultCodeCache() : flags.cache;
  std::string why;
  if (!flags.cache.empty() && !CodeCacheIsUsable(flags.cache, &why))
    return absl::FailedPreconditionError("--cache: " + why);
  return absl::OkStatus();
}

absl::Status CheckCompiler() {
  std::string why;
  return CompilerIsAvailable(&why) ? absl::OkStatus()
                                   : absl::FailedPreconditionError("there is no compiler: " + why);
}

}  // namespace

bool PrintKeyHelp(const EngineFlags& flags) {
  const bool wasm = PrintFamilyHelp(WasmKeys(), flags.wasm, 'W');
  return PrintFamilyHelp(OptimizeKeys(), flags.optimize, 'O') || wasm;
}

absl::Status Apply(EngineFlags& flags) {
  if (absl::Status status = ReadFamily(WasmKeys(), flags.wasm, 'W', flags); !status.ok())
    return status;
  if (absl::Status status = ReadFamily(OptimizeKeys(), flags.optimize, 'O', flags); !status.ok())
    return status;
  flags.engine.tier = flags.tier == "jit"        ? Tier::kJit
                      : flags.tier == "auto"     ? Tier::kAuto
                      : flags.tier == "baseline" ? Tier::kBaseline
                                                 : Tier::kInterp;
  if (!flags.profile.empty()) {
    if (flags.engine.tier == Tier::kInterp)
      return absl::InvalidArgumentError(
          "--profile names functions that are machine code, and --tier interp makes none of them "
          "so: it takes another tier");
    flags.engine.profile = flags.profile == "perfmap" ? Profile::kPerfMap : Profile::kJitDump;
    if (std::string why; !ProfileIsAvailable(flags.engine.profile, &why))
      return absl::FailedPreconditionError("--profile " + flags.profile + ": " + why);
  }
  if (absl::Status status = ApplyCache(flags); !status.ok()) return status;
  const bool may_be_cached = flags.tier == "jit" && !flags.engine.code_cache.empty();
  if ((flags.tier == "jit" || flags.engine.eager_tiering) && !may_be_cached) return CheckCompiler();
  return absl::OkStatus();
}

absl::Status CheckCompiled(const Engine& engine) {
  const tier::Tiering* const tiering = engine.impl()->tiering.get();
  return tiering != nullptr && tiering->lacks_compiler() ? CheckCompiler() : absl::OkStatus();
}

}  // namespace airwasm::tools
