// `airwasm serve --metrics`: what guests have used, as Prometheus text, on a listener of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "airwasm/wasi_network.h"
#include "tools/airwasm/guard_flags.h"

namespace airwasm::wasi::http {
class Server;
}

namespace airwasm::tools {

// The text of all metrics as they are now. Threads: any.
// Spec: Prometheus, exposition formats, text-based format 0.0.4.
std::string MetricsText(const Security& security);

// Answers GET /metrics, and nothing else, until it is destroyed. `security` outlives it.
// Errors: those of Server::Start
absl::StatusOr<std::unique_ptr<wasi::http::Server>> ServeMetrics(const wasi::SocketAddress& address,
                                                                 const Security& security);

}  // namespace airwasm::tools
