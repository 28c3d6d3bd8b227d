// WASI 0.1 of airwasm.h: what a guest sees of the world, and its functions in a linker.
#include <memory>
#include <string>
#include <utility>

#include "airwasm.h"
#include "airwasm/wasi.h"
#include "engine/api/c/handles.h"
#include "wasi/c_api/config.h"

extern char** environ;

using airwasm::wasi::Stdio;

extern "C" {

airwasm_wasi_config_t* airwasm_wasi_config_new(void) {
  return new airwasm_wasi_config_t;
}
void airwasm_wasi_config_delete(airwasm_wasi_config_t* config) {
  delete config;
}

void airwasm_wasi_config_add_arg(airwasm_wasi_config_t* config, const char* arg) {
  config->config.args.emplace_back(arg);
}
void airwasm_wasi_config_add_env(airwasm_wasi_config_t* config, const char* name,
                                 const char* value) {
  config->config.env.emplace_back(name, value);
}
void airwasm_wasi_config_inherit_env(airwasm_wasi_config_t* config) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    config->config.env.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
}
void airwasm_wasi_config_inherit_stdio(airwasm_wasi_config_t* config) {
  config->config.InheritStdio();
}

bool airwasm_wasi_config_set_stdio_fd(airwasm_wasi_config_t* config, int stream, int fd) {
  Stdio* const streams[] = {&config->config.stdin_stream, &config->config.stdout_stream,
                            &config->config.stderr_stream};
  if (stream < 0 || stream > 2) return false;
  *streams[stream] = Stdio::Fd(fd);
  return true;
}

void airwasm_wasi_config_preopen_dir(airwasm_wasi_config_t* config, const char* host_path,
                                     const char* guest_path, bool read_only) {
  config->config.preopens.push_back({.host_path = host_path,
                                     .guest_path = guest_path == nullptr ? "" : guest_path,
                                     .read_only = read_only});
}

airwasm_error_t* airwasm_linker_define_wasi(airwasm_linker_t* linker,
                                            airwasm_wasi_config_t* config) {
  const std::unique_ptr<airwasm_wasi_config_t> owned(config);
  return airwasm::capi::ToError(airwasm::DefineWasi(linker->linker, owned->config));
}

}  // extern "C"
