#include "tools/airwasm/metrics.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "wasi/http/server.h"

namespace airwasm::tools {
namespace {

using security::ComponentUsage;

// Requests for metrics are few: these serve a scraper that has lost its way as well.
constexpr size_t kMaxConnections = 32;
constexpr double kNsPerSecond = 1e9;

// What a metric is made from.
struct Sample {
  const ComponentUsage& usage;
  security::AuditLog::Stats audit;
};

struct Row {
  std::string_view name;  // scrapers rely on it; a counter's ends in _total
  bool is_counter;
  bool of_component;  // else of the process
  std::string_view help;
  double (*read)(const Sample&);
};

template <typename T>
double Load(const std::atomic<T>& value) {
  return static_cast<double>(value.load(std::memory_order_relaxed));
}

double ResidentBytes(const Sample&) {
  long pages = 0;
  long resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenDescriptors(const Sample&) {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  int count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count - 3;  // ".", "..", and the directory itself
}

double ProcessCpuSeconds(const Sample&) {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / kNsPerSecond;
}

constexpr Row kRows[] = {
    {"airwasm_requests_total", true, true, "Requests that guests were to handle.",
     [](const Sample& s) { return Load(s.usage.requests); }},
    {"airwasm_traps_total", true, true, "Requests that ended in a trap.",
     [](const Sample& s) { return Load(s.usage.traps); }},
    {"airwasm_denials_total", true, true, "Decisions that denied a guest what it asked for.",
     [](const Sample& s) { return Load(s.usage.denials); }},
    {"airwasm_quota_breaches_total", true, true, "Quotas that guests have used up.",
     [](const Sample& s) { return Load(s.usage.breaches); }},
    {"airwasm_guest_cpu_seconds_total", true, true,
     "Processor time of guests, of requests that have ended.",
     [](const Sample& s) { return Load(s.usage.cpu_ns) / kNsPerSecond; }},
    {"airwasm_guest_output_bytes_total", true, true,
     "Bytes that guests wrote to standard output and error.",
     [](const Sample& s) { return Load(s.usage.output_bytes); }},
    {"airwasm_guest_log_bytes_total", true, true, "Bytes of guests' log messages.",
     [](const Sample& s) { return Load(s.usage.log_bytes); }},
    {"airwasm_guest_instances", false, true, "Instances that there are, the idle ones included.",
     [](const Sample& s) { return Load(s.usage.instances); }},
    {"airwasm_guest_memory_bytes", false, true,
     "Linear memories of those instances, as of the end of their last requests.",
     [](const Sample& s) { return Load(s.usage.memory_bytes); }},
    {"airwasm_guest_host_bytes", false, true, "Bytes that the host holds on guests' behalf.",
     [](const Sample& s) { return Load(s.usage.host_bytes); }},
    {"airwasm_audit_records_written_total", true, false, "Records in the audit log.",
     [](const Sample& s) { return static_cast<double>(s.audit.written); }},
    {"airwasm_audit_records_lost_total", true, false, "Records that the audit log refused or lost.",
     [](const Sample& s) { return static_cast<double>(s.audit.refused + s.audit.lost); }},
    {"airwasm_process_cpu_seconds_total", true, false, "Processor time of the whole process.",
     ProcessCpuSeconds},
    {"airwasm_process_resident_memory_bytes", false, false, "Memory that the process has resident.",
     ResidentBytes},
    {"airwasm_process_open_fds", false, false, "Descriptors that the process has open.",
     OpenDescriptors},
};

std::string LabelValue(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

void Answer(const std::shared_ptr<wasi::http::ServerExchange>& exchange, const Security& security) {
  const wasi::http::RequestHead& request = exchange->request();
  const std::string target = request.path_with_query.value_or("");
  if (target.substr(0, target.find('?')) != "/metrics") {
    exchange->RespondWith(404);
    return;
  }
  if (request.method != "GET") {
    exchange->RespondWith(405);
    return;
  }
  const std::string text = MetricsText(security);
  wasi::http::ResponseHead head;
  head.headers.Append("content-type", "text/plain; version=0.0.4; charset=utf-8");
  head.headers.Append("content-length", absl::StrFormat("%d", text.size()));
  auto body = std::make_shared<wasi::http::BodyPipe>();
  body->Write(text);
  body->Finish();
  exchange->Respond(std::move(head), std::move(body));
}

}  // namespace

std::string MetricsText(const Security& security) {
  Sample sample{.usage = *security.usage(), .audit = {}};
  if (security.audit() != nullptr) sample.audit = security.audit()->stats();
  const std::string label = absl::StrFormat("{component=\"%s\"}", LabelValue(security.component()));
  std::string text;
  for (const Row& row : kRows) {
    absl::StrAppendFormat(&text, "# HELP %s %s\n# TYPE %s %s\n%s%s %.15g\n", row.name, row.help,
                          row.name, row.is_counter ? "counter" : "gauge", row.name,
                          row.of_component ? label : "", row.read(sample));
  }
  return text;
}

absl::StatusOr<std::unique_ptr<wasi::http::Server>> ServeMetrics(const wasi::SocketAddress& address,
                                                                 const Security& security) {
  wasi::http::ServerOptions options;
  options.address = address;
  options.max_connections = kMaxConnections;
  options.max_workers = 1;
  return wasi::http::Server::Start(
      options, [&security](const auto& exchange) { Answer(exchange, security); });
}

}  // namespace airwasm::tools
