// The audit log of airwasm_security.h.
#include <memory>
#include <string>
#include <utility>

#include "wasi/c_api/security.h"

using airwasm::capi::ToError;
using airwasm::security::AuditLog;
using airwasm::security::AuditOptions;

namespace {

// A function of C that is told of failed writes.
struct WriteErrorHandler {
  ~WriteErrorHandler() {
    if (finalizer != nullptr) finalizer(env);
  }
  void (*on_error)(void* env, const char* message);
  void* env;
  void (*finalizer)(void*);
};

}  // namespace

extern "C" {

airwasm_audit_options_t* airwasm_audit_options_new(const char* path) {
  return new airwasm_audit_options_t{{.path = path}};
}
void airwasm_audit_options_delete(airwasm_audit_options_t* options) {
  delete options;
}
void airwasm_audit_options_set_fail_when_full(airwasm_audit_options_t* options, bool fail) {
  options->options.on_full = fail ? AuditOptions::OnFull::kFail : AuditOptions::OnFull::kBlock;
}
void airwasm_audit_options_set_rotation(airwasm_audit_options_t* options, uint64_t bytes,
                                        uint32_t keep) {
  options->options.rotate_bytes = bytes;
  options->options.keep_files = keep;
}
void airwasm_audit_options_set_ring_bytes(airwasm_audit_options_t* options, size_t bytes) {
  options->options.ring_bytes = bytes;
}
void airwasm_audit_options_set_key_file(airwasm_audit_options_t* options, const char* path) {
  options->options.key_file = path;
}
void airwasm_audit_options_set_sync(airwasm_audit_options_t* options, bool sync) {
  options->options.sync = sync;
}
void airwasm_audit_options_set_close_timeout_ns(airwasm_audit_options_t* options,
                                                uint64_t timeout_ns) {
  options->options.close_timeout_ns = timeout_ns;
}
void airwasm_audit_options_set_on_write_error(airwasm_audit_options_t* options,
                                              void (*on_error)(void* env, const char* message),
                                              void* env, void (*finalizer)(void*)) {
  const std::shared_ptr<const WriteErrorHandler> handler(
      new WriteErrorHandler{.on_error = on_error, .env = env, .finalizer = finalizer});
  options->options.on_write_error = [handler](const absl::Status& status) {
    handler->on_error(handler->env, std::string(status.message()).c_str());
  };
}

airwasm_error_t* airwasm_audit_log_open(const airwasm_audit_options_t* options,
                                        airwasm_audit_log_t** out) {
  *out = nullptr;
  absl::StatusOr<std::shared_ptr<AuditLog>> log = AuditLog::Open(options->options);
  if (!log.ok()) return ToError(log.status());
  *out = new airwasm_audit_log_t{*std::move(log)};
  return nullptr;
}
void airwasm_audit_log_delete(airwasm_audit_log_t* log) {
  delete log;
}
airwasm_error_t* airwasm_audit_log_flush(airwasm_audit_log_t* log) {
  return ToError(log->log->Flush());
}
airwasm_error_t* airwasm_audit_log_close(airwasm_audit_log_t* log) {
  return ToError(log->log->Close());
}

uint64_t airwasm_audit_log_stat(const airwasm_audit_log_t* log, airwasm_audit_stat_t which) {
  const AuditLog::Stats stats = log->log->stats();
  const uint64_t values[] = {stats.appended,      stats.written,  stats.refused,
                             stats.lost,          stats.blocked,  stats.blocked_ns,
                             stats.failed_writes, stats.rotations};
  static_assert(std::size(values) == AIRWASM_AUDIT_ROTATIONS + 1);
  return which < std::size(values) ? values[which] : 0;
}

bool airwasm_audit_log_protects(const airwasm_audit_log_t* log, const char* path) {
  return log->log->Protects(path);
}
bool airwasm_audit_log_protects_name(const airwasm_audit_log_t* log, const char* path) {
  return log->log->ProtectsName(path);
}

}  // extern "C"
