#include "tools/airwasm/stats.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/interp/dispatch_counts.h"

namespace airwasm::tools {
namespace {

// What a report is made from.
struct Numbers {
  EngineStats engine;
  uint64_t memory_bytes = 0;
  uint64_t gc_heap_bytes = 0;
  uint64_t process_peak_bytes = 0;
};

enum class Unit : uint8_t { kCount, kBytes, kNs };

struct Row {
  const char* key;  // scripts rely on it
  Unit unit;
  const char* meaning;
  uint64_t (*read)(const Numbers&);
};

constexpr Row kRows[] = {
    {"functions", Unit::kCount, "functions that the modules define",
     [](const Numbers& n) { return n.engine.functions; }},
    {"functions_translated", Unit::kCount, "translated for the interpreter at their first call",
     [](const Numbers& n) { return n.engine.functions_translated; }},
    {"functions_quick", Unit::kCount, "compiled with few passes",
     [](const Numbers& n) { return n.engine.functions_quick; }},
    {"functions_optimized", Unit::kCount, "compiled with all passes",
     [](const Numbers& n) { return n.engine.functions_optimized; }},
    {"functions_refused", Unit::kCount, "left to the interpreter by the compiler",
     [](const Numbers& n) { return n.engine.functions_refused; }},
    {"loops_compiled", Unit::kCount, "compiled for being entered while they run",
     [](const Numbers& n) { return n.engine.loops_compiled; }},
    {"osr_entries", Unit::kCount, "times that compiled code was entered at a loop",
     [](const Numbers& n) { return n.engine.osr_entries; }},
    {"images_loaded", Unit::kCount,
     "pieces of code that were compiled before, and came from the cache or a .cwasm file",
     [](const Numbers& n) { return n.engine.images_loaded; }},
    {"compile_ns", Unit::kNs, "time of all compiling threads together",
     [](const Numbers& n) { return n.engine.compile_ns; }},
    {"compile_wall_ns", Unit::kNs, "time during which at least one thread compiled",
     [](const Numbers& n) { return n.engine.compile_wall_ns; }},
    {"longest_compile_ns", Unit::kNs, "processor time of the longest compilation",
     [](const Numbers& n) { return n.engine.longest_compile_ns; }},
    {"code_bytes", Unit::kBytes, "compiled code and its constants",
     [](const Numbers& n) { return n.engine.code_bytes; }},
    {"code_memory_bytes", Unit::kBytes, "executable memory in use at the end",
     [](const Numbers& n) { return n.engine.code_memory_bytes; }},
    {"memory_bytes", Unit::kBytes, "linear memories of the guest at the end, which is their peak",
     [](const Numbers& n) { return n.memory_bytes; }},
    {"gc_heap_bytes", Unit::kBytes, "garbage-collected heap of the guest at the end",
     [](const Numbers& n) { return n.gc_heap_bytes; }},
    {"process_peak_bytes", Unit::kBytes, "most memory that the process had resident",
     [](const Numbers& n) { return n.process_peak_bytes; }},
};

// Of each table, in the text form; JSON has them all.
constexpr size_t kShownDispatches = 40;

std::string WithUnit(Unit unit, uint64_t value) {
  switch (unit) {
    case Unit::kCount:
      return absl::StrCat(value);
    case Unit::kNs:
      return absl::StrFormat("%.3f ms", static_cast<double>(value) / 1e6);
    case Unit::kBytes:
      return absl::StrFormat("%.1f KiB", static_cast<double>(value) / 1024);
  }
  return "";
}

std::string DispatchText(const interp::DispatchReport& report) {
  std::string text = absl::StrFormat("%-22s %16d\n", "dispatches", report.total);
  const auto line = [&](uint64_t count, const std::string& what) {
    const double share = 100 * static_cast<double>(count) / static_cast<double>(report.total);
    absl::StrAppendFormat(&text, "%39d  %5.2f %%  %s\n", count, share, what);
  };
  for (const auto& [op, count] :
       std::span(report.ops).first(std::min(report.ops.size(), kShownDispatches)))
    line(count, op);
  absl::StrAppend(&text, "pairs\n");
  for (const auto& [first, second, count] :
       std::span(report.pairs).first(std::min(report.pairs.size(), kShownDispatches)))
    line(count, absl::StrCat(first, " ; ", second));
  if (report.lost_pairs != 0)
    absl::StrAppend(&text, report.lost_pairs, " more were in pairs that there was no room for\n");
  return text;
}

nlohmann::ordered_json DispatchJson(const interp::DispatchReport& report) {
  nlohmann::ordered_json json;
  json["total"] = report.total;
  json["lost"] = report.lost_pairs;
  json["ops"] = nlohmann::ordered_json::array();
  for (const auto& [op, count] : report.ops) json["ops"].push_back({{"op", op}, {"count", count}});
  json["pairs"] = nlohmann::ordered_json::array();
  for (const auto& [first, second, count] : report.pairs)
    json["pairs"].push_back({{"first", first}, {"second", second}, {"count", count}});
  return json;
}

std::string Text(const Numbers& numbers, const std::string& tier, const std::string& isolation) {
  std::string text = absl::StrFormat("%-22s %16s\n", "tier", tier);
  absl::StrAppendFormat(&text, "%-22s %16s\n", "isolation", isolation);
  for (const Row& row : kRows) {
    absl::StrAppendFormat(&text, "%-22s %16s  %s\n", row.key, WithUnit(row.unit, row.read(numbers)),
                          row.meaning);
  }
  for (const std::string& refusal : numbers.engine.refusals)
    absl::StrAppend(&text, "refused: ", refusal, "\n");
  if (interp::kCountsDispatches) absl::StrAppend(&text, DispatchText(interp::Dispatches()));
  return text;
}

std::string Json(const Numbers& numbers, const std::string& tier, const std::string& isolation) {
  nlohmann::ordered_json json;
  json["tier"] = tier;
  json["isolation"] = isolation;
  for (const Row& row : kRows) json[row.key] = row.read(numbers);
  json["refusals"] = numbers.engine.refusals;
  if (interp::kCountsDispatches) json["dispatches"] = DispatchJson(interp::Dispatches());
  // Names of functions are the guest's and may be anything but UTF-8.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string StatsHelp() {
  std::string help = absl::StrFormat("  %-22s %s\n", "tier", "as --tier gave it");
  absl::StrAppendFormat(&help, "  %-22s %s\n", "isolation",
                        "what --isolate has put in force, or none");
  for (const Row& row : kRows) absl::StrAppendFormat(&help, "  %-22s %s\n", row.key, row.meaning);
  absl::StrAppendFormat(&help, "  %-22s %s\n", "refusals",
                        "\"NAME: REASON\" of the first hundred functions_refused");
  if (interp::kCountsDispatches)
    absl::StrAppendFormat(&help, "  %-22s %s\n", "dispatches",
                          "operations and pairs of operations that the interpreter ran");
  return help;
}

StatsReport::~StatsReport() {
  if (format_.empty()) return;
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const Numbers numbers{.engine = engine_.stats(),
                        .memory_bytes = store_.MemoryBytes(),
                        .gc_heap_bytes = store_.GcHeapBytes(),
                        .process_peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024};
  std::fflush(stdout);
  std::fputs(
      (format_ == "json" ? Json(numbers, tier_, isolation_) : Text(numbers, tier_, isolation_))
          .c_str(),
      stderr);
}

}  // namespace airwasm::tools
