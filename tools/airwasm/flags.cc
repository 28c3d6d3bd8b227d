#include "tools/airwasm/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace airwasm::tools {
namespace {

bool ParseBool(const std::string& text, bool* value) {
  if (text.empty() || text == "y" || text == "yes" || text == "true" || text == "on")
    return *value = true, true;
  if (text == "n" || text == "no" || text == "false" || text == "off") return *value = false, true;
  return false;
}

// A number with an optional unit: k, m, g (powers of 1024, "KiB" style endings accepted).
bool ParseSize(std::string text, uint64_t* value) {
  text = absl::AsciiStrToLower(text);
  for (const char* ending : {"ib", "b"}) {
    const std::string_view e(ending);
    if (text.size() > e.size() && text.ends_with(e) && !text.starts_with("0x"))
      text.resize(text.size() - e.size());
  }
  int shift = 0;
  if (!text.empty()) {
    const size_t unit = std::string_view("kmg").find(text.back());
    if (unit != std::string_view::npos) {
      shift = 10 * (static_cast<int>(unit) + 1);
      text.pop_back();
    }
  }
  if (!absl::SimpleAtoi(text, value)) return false;
  if (*value > (UINT64_MAX >> shift)) return false;
  *value <<= shift;
  return true;
}

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

// One key of a family: what it takes, what it does, and how it is read. False: the value is not of
// that form.
struct Key {
  std::string name;
  std::string takes;
  std::string help;
  std::function<bool(EngineFlags&, const std::string&)> read;
};

Key SizeKey(std::string name, std::string help, std::function<uint64_t&(EngineFlags&)> field) {
  return {std::move(name), "SIZE", std::move(help),
          [field](EngineFlags& flags, const std::string& text) {
            return ParseSize(text, &field(flags));
          }};
}
Key CountKey(std::string name, std::string help, std::function<uint32_t&(EngineFlags&)> field) {
  return {std::move(name), "N", std::move(help),
          [field](EngineFlags& flags, const std::string& text) {
            return absl::SimpleAtoi(text, &field(flags));
          }};
}
Key BoolKey(std::string name, std::string help, std::function<void(EngineFlags&, bool)> set) {
  return {std::move(name), "y|n", std::move(help),
          [set](EngineFlags& flags, const std::string& text) {
            bool on = false;
            if (!ParseBool(text, &on)) return false;
            set(flags, on);
            return true;
          }};
}

const std::vector<Key>& WasmKeys() {
  static const auto* const kKeys = [] {
    auto* keys = new std::vector<Key>{
        {"fuel", "N", "trap after N instructions",
         [](EngineFlags& flags, const std::string& text) {
           uint64_t n = 0;
           if (!absl::SimpleAtoi(text, &n)) return false;
           flags.fuel = n;
           flags.engine.fuel = true;
           return true;
         }},
        {"timeout", "TIME", "interrupt the guest after TIME: 500ms, 2s, 1m",
         [](EngineFlags& flags, const std::string& text) {
           std::chrono::nanoseconds time{};
           if (!ParseDuration(text, &time)) return false;
           flags.timeout = time;
           return true;
         }},
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
        BoolKey("trap-on-grow-failure", "memory.grow and table.grow trap instead of yielding -1",
                [](EngineFlags& f, bool on) { f.store.trap_on_grow_failure = on; }),
        BoolKey(
            "all-proposals", "every feature below",
            [](EngineFlags& f, bool on) { f.engine.features = on ? Features() : Features::Mvp(); }),
    };
#define AIRWASM_FEATURE(name, text, on)                                                      \
  if (Feature::k##name != Feature::kCore) {                                                  \
    keys->push_back(BoolKey(text, "feature; on by default", [](EngineFlags& f, bool value) { \
      f.engine.features.Set(Feature::k##name, value);                                        \
    }));                                                                                     \
  }
#include "airwasm/features.def"
#undef AIRWASM_FEATURE
#define AIRWASM_COMPONENT_FEATURE(name, text, on)                                                  \
  keys->push_back(BoolKey(                                                                         \
      text, on ? "feature of components; on by default" : "feature of components; off by default", \
      [](EngineFlags& f, bool value) { f.components.Set(ComponentFeature::k##name, value); }));
#include "airwasm/component_features.def"
#undef AIRWASM_COMPONENT_FEATURE
    return keys;
  }();
  return *kKeys;
}

const std::vector<Key>& OptimizeKeys() {
  static const auto* const kKeys = new std::vector<Key>{
      BoolKey("signals-based-traps",
              "find out-of-bounds accesses by guard pages; otherwise by explicit checks",
              [](EngineFlags& f, bool on) { f.engine.guard_pages = on; }),
      BoolKey("lazy-validation", "validate each function when it is first called",
              [](EngineFlags& f, bool on) { f.engine.eager_validation = !on; }),
      BoolKey("gc-stress", "collect garbage at every allocation (for tests)",
              [](EngineFlags& f, bool on) { f.store.gc_stress = on; }),
  };
  return *kKeys;
}

std::string KeyHelp(const std::vector<Key>& keys) {
  std::string help;
  for (const Key& key : keys)
    help += absl::StrFormat("\n  %-34s %s", key.name + "=" + key.takes, key.help);
  return help;
}

absl::Status ReadFamily(const std::vector<Key>& keys, const std::vector<std::string>& given,
                        char letter, EngineFlags& flags) {
  for (const std::string& list : given) {
    for (const std::string& item :
         std::vector<std::string>(absl::StrSplit(list, ',', absl::SkipEmpty()))) {
      const size_t equals = item.find('=');
      const std::string name = item.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : item.substr(equals + 1);
      const auto key =
          std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
      if (key == keys.end()) {
        return absl::InvalidArgumentError(absl::StrFormat(
            "-%c %s: there is no such option (`-%c help` lists them)", letter, name, letter));
      }
      if (!key->read(flags, value)) {
        return absl::InvalidArgumentError(
            absl::StrFormat("-%c %s takes %s, not '%s'", letter, name, key->takes, value));
      }
    }
  }
  return absl::OkStatus();
}

bool AsksForHelp(const std::vector<std::string>& given) {
  return std::find(given.begin(), given.end(), "help") != given.end();
}

}  // namespace

void AddEngineFlags(CLI::App& command, EngineFlags& flags) {
  command
      .add_option("-W,--wasm", flags.wasm,
                  "What WebAssembly may do and take: KEY[=VALUE],... (-W help lists the keys)")
      ->allow_extra_args(false);
  command
      .add_option("-O,--optimize", flags.optimize,
                  "How the engine works: KEY[=VALUE],... (-O help lists the keys)")
      ->allow_extra_args(false);
  command.add_option("--tier", flags.tier, "interp: the interpreter")
      ->check(CLI::IsMember({"interp"}));
}

bool PrintKeyHelp(const EngineFlags& flags) {
  if (AsksForHelp(flags.wasm)) std::printf("-W KEY[=VALUE],...%s\n", KeyHelp(WasmKeys()).c_str());
  if (AsksForHelp(flags.optimize))
    std::printf("-O KEY[=VALUE],...%s\n", KeyHelp(OptimizeKeys()).c_str());
  return AsksForHelp(flags.wasm) || AsksForHelp(flags.optimize);
}

absl::Status Apply(EngineFlags& flags) {
  if (absl::Status status = ReadFamily(WasmKeys(), flags.wasm, 'W', flags); !status.ok())
    return status;
  return ReadFamily(OptimizeKeys(), flags.optimize, 'O', flags);
}

}  // namespace airwasm::tools
