// `airwasm serve`: a component's wasi:http/incoming-handler behind a port.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "airwasm/component_linker.h"
#include "airwasm/wasi_component.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/flags.h"
#include "tools/airwasm/guard_flags.h"
#include "tools/airwasm/wasi_flags.h"
#ifdef AIRWASM_WASI_HTTP
#include "tools/airwasm/metrics.h"
#include "wasi/http/server.h"
#include "wasi/net/name_lookup.h"
#include "wasi/p2/http_service.h"
#endif

namespace airwasm::tools {
namespace {

struct ServeFlags {
  EngineFlags engine;
  WasiFlags wasi;
  GuardFlags guard;
  std::string address = "127.0.0.1:8080";
  std::string metrics;  // HOST:PORT; empty: none
  uint64_t reuse = 1;
  size_t concurrency = 64;
  size_t max_connections = 4096;
  size_t max_header_bytes = 64 * 1024;
  std::optional<uint64_t> max_body_bytes;
  double shutdown_timeout_s = 10;
  bool no_access_log = false;
};

#ifdef AIRWASM_WASI_HTTP

void Line(const std::string& text) {
  const std::string line = text + "\n";
  // One call: lines of several threads do not mix.
  [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
}

// What a client sent, on one line of a terminal.
std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 2048)) {
    if (c > 0x20 && c < 0x7f && c != '\\') {
      out += c;
    } else {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<uint8_t>(c));
    }
  }
  return out;
}

void LogAccess(const wasi::http::AccessRecord& r) {
  Line(absl::StrFormat("%s %s %s %d %d %.1fms%s", r.peer.ToString(), Printable(r.method),
                       Printable(r.target), r.status, r.body_bytes,
                       static_cast<double>(r.duration.count()) / 1e6,
                       r.complete ? "" : " (broken off)"));
}

// "HOST:PORT", "[::1]:PORT", ":PORT" for every address.
absl::StatusOr<wasi::SocketAddress> ParseAddress(const std::string& option,
                                                 const std::string& text) {
  const std::string full = text.starts_with(':') ? "0.0.0.0" + text : text;
  const std::optional<wasi::http::HostAndPort> parts = wasi::http::ParseAuthority(full);
  if (!parts || !parts->port)
    return absl::InvalidArgumentError(
        absl::StrFormat("%s takes HOST:PORT, not '%s'", option, text));
  const auto lookup = wasi::net::NameLookup::Start(parts->host, [] {});
  while (lookup->result() == nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (!lookup->result()->ok())
    return absl::NotFoundError(absl::StrFormat("%s %s: no such host", option, text));
  wasi::SocketAddress address = (**lookup->result())[0];
  address.port = *parts->port;
  return address;
}

absl::StatusOr<LinkedComponent> Load(const Engine& engine, const ServeFlags& flags,
                                     const std::string& bytes) {
  absl::StatusOr<Component> component = Component::Create(engine, bytes, flags.engine.components);
  if (!component.ok()) return component.status();
  ComponentLinker linker(engine);
  if (absl::Status status = DefineWasi(linker); !status.ok()) return status;
  return linker.Link(*component);
}

// Until SIGINT or SIGTERM, which the caller has blocked in every thread.
void WaitForSignal(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
}

int Serve(ServeFlags& flags, const std::string& path) {
  if (PrintKeyHelp(flags.engine) || PrintWasiKeyHelp(flags.wasi)) return kExitOk;
  if (path.empty()) {
    Fail("serve: which FILE? (see `airwasm serve --help`)");
    return kExitUsage;
  }
  if (absl::Status status = Apply(flags.engine); !status.ok()) {
    Fail("", status);
    return kExitUsage;
  }
  const absl::StatusOr<wasi::SocketAddress> address = ParseAddress("--addr", flags.address);
  absl::StatusOr<wasi::SocketAddress> metrics_address = wasi::SocketAddress();
  if (!flags.metrics.empty()) metrics_address = ParseAddress("--metrics", flags.metrics);
  for (const auto& parsed : {address.status(), metrics_address.status()}) {
    if (parsed.ok()) continue;
    Fail("", parsed);
    return kExitUsage;
  }
  absl::StatusOr<wasi::Config> config =
      MakeWasiConfig(flags.wasi, std::filesystem::path(path).filename().string(), {});
  if (!config.ok()) return Fail("", config.status());
  config->stdin_stream = wasi::Stdio::Null();
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return Fail("", bytes.status());
  flags.guard.serves = true;
  const absl::StatusOr<Security> security =
      Security::Make(flags.guard, path, *bytes, *config, flags.engine);
  if (!security.ok()) return Fail("", security.status());

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const Engine engine(flags.engine.engine);
  absl::StatusOr<LinkedComponent> component = Load(engine, flags, *bytes);
  if (!component.ok()) return Fail(path, component.status());
  if (absl::Status status = CheckCompiled(engine); !status.ok()) return Fail("", status);
  auto service = wasi::p2::HttpService::Create(
      engine, *std::move(component),
      {.config = *std::move(config),
       .make_guard = [&security = *security] { return security.MakeGuard(); },
       .make_meter = [&security =
                          *security](auto guard) { return security.MakeMeter(std::move(guard)); },
       .usage = security->usage(),
       .store = flags.engine.store,
       .fuel = flags.engine.fuel,
       .requests_per_instance = std::max<uint64_t>(flags.reuse, 1),
       .max_idle_instances = flags.concurrency,
       .log = [](const std::string& text) { Line("airwasm: " + text); }});
  if (!service.ok()) return Fail(path, service.status());

  wasi::http::ServerOptions options;
  options.address = *address;
  options.max_workers = std::max<size_t>(flags.concurrency, 1);
  options.max_connections = flags.max_connections;
  options.limits = {.header_bytes = flags.max_header_bytes, .body_bytes = flags.max_body_bytes};
  if (flags.engine.timeout) options.request_timeout = *flags.engine.timeout;
  if (!flags.no_access_log) options.log = LogAccess;
  auto server = wasi::http::Server::Start(
      options, [&service = **service](const auto& exchange) { service.Handle(exchange); });
  if (!server.ok()) return Fail("", server.status());
  Line("Serving HTTP on http://" + (*server)->address().ToString() + "/");
  std::unique_ptr<wasi::http::Server> metrics;
  if (!flags.metrics.empty()) {
    auto started = ServeMetrics(*metrics_address, *security);
    if (!started.ok()) return Fail("", started.status());
    metrics = *std::move(started);
    Line("Serving metrics on http://" + metrics->address().ToString() + "/metrics");
  }

  WaitForSignal(signals);
  std::thread([signals] {
    WaitForSignal(signals);
    _exit(kExitFailure);  // who asks twice does not want to wait for what is under way
  }).detach();
  (*server)->Stop(std::chrono::nanoseconds(static_cast<int64_t>(flags.shutdown_timeout_s * 1e9)));
  return kExitOk;
}

#else

int Serve(ServeFlags&, const std::string&) {
  return Fail(
      "serve: this airwasm was built without HTTP, which needs libboost-dev and libssl-dev");
}

#endif

}  // namespace

void AddServeCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<ServeFlags>();
  auto file = std::make_shared<std::string>();
  CLI::App* const serve = app.add_subcommand(
      "serve", "Serve HTTP with a component that exports wasi:http/incoming-handler");
  serve->add_option("FILE", *file, "The component, binary or text");
  serve->add_option("--addr", flags->address, "HOST:PORT to listen on; port 0 picks a free one")
      ->capture_default_str();
  serve->add_option("--metrics", flags->metrics,
                    "HOST:PORT where GET /metrics answers with Prometheus text: what the guests "
                    "have used. For nobody but those who may know");
  serve->add_option("--reuse", flags->reuse, "Requests that one instance serves, one after another")
      ->capture_default_str();
  serve->add_option("--concurrency", flags->concurrency, "Requests that are handled at a time")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, size_t{4096}));
  serve->add_option("--max-connections", flags->max_connections, "Connections at a time")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, size_t{1'000'000}));
  serve->add_option("--max-header-size", flags->max_header_bytes, "Bytes of a request's header")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1024}, size_t{16 * 1024 * 1024}));
  serve->add_option("--max-body-size", flags->max_body_bytes,
                    "Bytes of a request's body; no limit otherwise, since it is streamed");
  serve
      ->add_option("--shutdown-timeout", flags->shutdown_timeout_s,
                   "Seconds that requests have to end in when the server is stopped")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  serve->add_flag("--no-access-log", flags->no_access_log, "No line per request on stderr");
  AddWasiFlags(*serve, flags->wasi);
  AddGuardFlags(*serve, flags->guard);
  AddEngineFlags(*serve, flags->engine);
  AddCacheFlag(*serve, flags->engine);
  serve->footer(
      "The first line on stderr has the address. SIGINT and SIGTERM stop accepting, let requests "
      "end, and exit with 0.\n"
      "The quotas cpu-time and wall-time are those of one request.\n"
      "-W timeout is the time that a request may take until its response begins (default 300s).\n\n"
      "Examples:\n"
      "  airwasm serve handler.wasm\n"
      "  airwasm serve --addr 127.0.0.1:0 --reuse 128 -S http -W timeout=5s proxy.wasm\n");
  serve->callback([=] { *exit_code = Serve(*flags, *file); });
}

}  // namespace airwasm::tools
