#include "tools/airwasm/stats.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "airwasm/guard_store.h"
#include "engine/interp/dispatch_counts.h"

namespace airwasm::tools {
namespace {

// What a report is made from.
struct Numbers {
  EngineStats engine;
  uint64_t memory_bytes = 0;
  uint64_t gc_heap_bytes = 0;
  uint64_t process_peak_bytes = 0;
  security::Meter::Usage usage;
  security::Quota quota;
  std::vector<std::optional<uint64_t>> used;  // of each row of quotas.def, at the peak
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
    {"functions_baseline", Unit::kCount, "of these, those that became baseline code",
     [](const Numbers& n) { return n.engine.functions_baseline; }},
    {"functions_optimized", Unit::kCount, "compiled",
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
    {"baseline_bytes", Unit::kBytes, "baseline code and its constants",
     [](const Numbers& n) { return n.engine.baseline_bytes; }},
    {"code_memory_bytes", Unit::kBytes, "memory in use for compiled code at the end",
     [](const Numbers& n) { return n.engine.code_memory_bytes; }},
    {"memory_bytes", Unit::kBytes, "linear memories of the guest at the end, which is their peak",
     [](const Numbers& n) { return n.memory_bytes; }},
    {"gc_heap_bytes", Unit::kBytes, "garbage-collected heap of the guest at the end",
     [](const Numbers& n) { return n.gc_heap_bytes; }},
    {"cpu_time_ns", Unit::kNs, "processor time of the guest's thread while it ran",
     [](const Numbers& n) { return n.usage.cpu_time_ns; }},
    {"wall_time_ns", Unit::kNs, "time on the clock while the guest ran",
     [](const Numbers& n) { return n.usage.wall_time_ns; }},
    {"handles_peak", Unit::kCount, "most handles of WASI 0.2 that the guest held at a time",
     [](const Numbers& n) { return n.usage.handles.peak; }},
    {"files_peak", Unit::kCount, "most files that it opened and had open at a time",
     [](const Numbers& n) { return n.usage.files.peak; }},
    {"sockets_peak", Unit::kCount, "most sockets that it had open at a time",
     [](const Numbers& n) { return n.usage.sockets.peak; }},
    {"host_bytes_peak", Unit::kBytes, "most that the host held on its behalf at a time",
     [](const Numbers& n) { return n.usage.host_bytes.peak; }},
    {"output_bytes", Unit::kBytes, "written to standard output and error",
     [](const Numbers& n) { return n.usage.output_bytes; }},
    {"output_waits", Unit::kCount, "times that output waited for the quota output-rate",
     [](const Numbers& n) { return n.usage.output_waits; }},
    {"log_bytes", Unit::kBytes, "log messages", [](const Numbers& n) { return n.usage.log_bytes; }},
    {"quota_breaches", Unit::kCount, "quotas that were used up",
     [](const Numbers& n) { return n.usage.breaches; }},
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

nlohmann::ordered_json QuotaJson(const Numbers& numbers) {
  auto json = nlohmann::ordered_json::object();
  const std::vector<security::QuotaInfo>& rows = security::Quotas();
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::optional<uint64_t>& limit = numbers.quota.*rows[i].field;
    if (!limit) continue;
    nlohmann::ordered_json one = {{"limit", *limit}};
    if (numbers.used[i]) one["used"] = *numbers.used[i];
    json[std::string(rows[i].text)] = std::move(one);
  }
  return json;
}

std::string Text(const Numbers& numbers, const std::string& tier, const std::string& isolation) {
  std::string text = absl::StrFormat("%-22s %16s\n", "tier", tier);
  absl::StrAppendFormat(&text, "%-22s %16s\n", "isolation", isolation);
  for (const Row& row : kRows) {
    absl::StrAppendFormat(&text, "%-22s %16s  %s\n", row.key, WithUnit(row.unit, row.read(numbers)),
                          row.meaning);
  }
  if (const std::string quotas = ToString(numbers.quota); !quotas.empty())
    absl::StrAppend(&text, "quotas: ", quotas, "\n");
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
  json["quotas"] = QuotaJson(numbers);
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
  absl::StrAppendFormat(&help, "  %-22s %s\n", "quotas",
                        "the quotas by name: their \"limit\", and what of it was \"used\"");
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
  std::vector<std::optional<uint64_t>> used;
  for (size_t i = 0; i < security::Quotas().size(); ++i) {
    const auto gauge = QuotaUsed(static_cast<security::QuotaRow>(i), meter_, &store_);
    used.push_back(gauge ? std::optional(gauge->peak) : std::nullopt);
  }
  const Numbers numbers{.engine = engine_.stats(),
                        .memory_bytes = store_.MemoryBytes(),
                        .gc_heap_bytes = store_.GcHeapBytes(),
                        .process_peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024,
                        .usage = meter_.usage(),
                        .quota = meter_.quota(),
                        .used = std::move(used)};
  std::fflush(stdout);
  std::fputs(
      (format_ == "json" ? Json(numbers, tier_, isolation_) : Text(numbers, tier_, isolation_))
          .c_str(),
      stderr);
}

}  // namespace airwasm::tools
