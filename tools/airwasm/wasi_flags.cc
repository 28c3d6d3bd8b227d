#include "tools/airwasm/wasi_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "tools/airwasm/key_family.h"

namespace airwasm::tools {
namespace {

using WasiKey = Key<wasi::Config>;

WasiKey StreamKey(std::string name, std::string help, wasi::Stdio wasi::Config::* stream) {
  return BoolKey<wasi::Config>(std::move(name), std::move(help),
                               [stream](wasi::Config& config, bool on) {
                                 config.*stream = on ? wasi::Stdio::Inherit() : wasi::Stdio::Null();
                               });
}

void InheritEnv(wasi::Config& config) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const size_t equals = text.find('=');
    if (equals == 0 || equals == text.npos) continue;
    config.env.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
}

bool ReadConfigValue(wasi::Config& config, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == text.npos) return false;
  config.config_values.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  return true;
}

// "NAME=FILE", where the name may be empty, or yes: the store without a name, in memory.
bool ReadKeyValueStore(wasi::Config& config, const std::string& text, bool read_only) {
  wasi::KeyValueStore store;
  store.read_only = read_only;
  const size_t equals = text.find('=');
  bool on = true;
  if (equals != text.npos) {
    store.identifier = text.substr(0, equals);
    store.path = text.substr(equals + 1);
    if (store.path.empty()) return false;
  } else if (read_only || !ParseBool(text, &on)) {
    return false;
  }
  if (on) config.key_value_stores.push_back(std::move(store));
  return true;
}

const std::vector<WasiKey>& WasiKeys() {
  static const auto* const kKeys = new std::vector<WasiKey>{
      StreamKey("inherit-stdin", "the guest reads the command's own standard input (default)",
                &wasi::Config::stdin_stream),
      StreamKey("inherit-stdout", "it writes to the command's own standard output (default)",
                &wasi::Config::stdout_stream),
      StreamKey("inherit-stderr", "it writes to the command's own standard error (default)",
                &wasi::Config::stderr_stream),
      BoolKey<wasi::Config>("inherit-env", "every variable of the environment",
                            [](wasi::Config& config, bool on) {
                              if (on) InheritEnv(config);
                            }),
      BoolKey<wasi::Config>(
          "inherit-network", "TCP and UDP with any address",
          [](wasi::Config& config, bool on) { config.network.tcp = config.network.udp = on; }),
      BoolKey<wasi::Config>("tcp", "TCP with any address",
                            [](wasi::Config& config, bool on) { config.network.tcp = on; }),
      BoolKey<wasi::Config>("udp", "UDP with any address",
                            [](wasi::Config& config, bool on) { config.network.udp = on; }),
      BoolKey<wasi::Config>("allow-ip-name-lookup", "names are looked up",
                            [](wasi::Config& config, bool on) { config.network.name_lookup = on; }),
      BoolKey<wasi::Config>("http", "outgoing HTTP requests to any server",
                            [](wasi::Config& config, bool on) { config.http.outgoing = on; }),
      MakeKey<wasi::Config>("config", "NAME=VALUE", "a value of wasi:config/store",
                            ReadConfigValue),
      MakeKey<wasi::Config>("config-var", "NAME=VALUE", "the same", ReadConfigValue),
      MakeKey<wasi::Config>("keyvalue", "y|n|NAME=FILE",
                            "a store of wasi:keyvalue: in memory, or one that FILE keeps",
                            [](wasi::Config& config, const std::string& text) {
                              return ReadKeyValueStore(config, text, false);
                            }),
      MakeKey<wasi::Config>("keyvalue-ro", "NAME=FILE", "a store that is only read",
                            [](wasi::Config& config, const std::string& text) {
                              return ReadKeyValueStore(config, text, true);
                            }),
      MakeKey<wasi::Config>("max-descriptors", "N", "files, streams and other handles held at once",
                            [](wasi::Config& config, const std::string& text) {
                              return absl::SimpleAtoi(text, &config.max_descriptors);
                            }),
      MakeKey<wasi::Config>("resolver", "auto|walk",
                            "who resolves paths: the kernel where it can (auto), or this program",
                            [](wasi::Config& config, const std::string& text) {
                              config.force_fallback_resolver = text == "walk";
                              return text == "walk" || text == "auto";
                            }),
  };
  return *kKeys;
}

// "HOST" or "HOST::GUEST".
wasi::Preopen ParseDir(const std::string& text, bool read_only) {
  const size_t colons = text.find("::");
  if (colons == std::string::npos)
    return {.host_path = text, .guest_path = text, .read_only = read_only};
  return {.host_path = text.substr(0, colons),
          .guest_path = text.substr(colons + 2),
          .read_only = read_only};
}

// "K=V", or "K" for the value that the process itself has.
absl::StatusOr<std::pair<std::string, std::string>> ParseEnv(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos)
    return std::pair(text.substr(0, equals), text.substr(equals + 1));
  const char* const value = std::getenv(text.c_str());
  if (value == nullptr)
    return absl::InvalidArgumentError(absl::StrFormat("--env %s: not set here", text));
  return std::pair(text, std::string(value));
}

}  // namespace

void AddWasiFlags(CLI::App& command, WasiFlags& flags) {
  command
      .add_option("--dir", flags.dirs,
                  "HOST[::GUEST]: let the guest use the directory HOST, which it sees as GUEST")
      ->allow_extra_args(false);
  command.add_option("--dir-ro", flags.read_only_dirs, "HOST[::GUEST]: the same, for reading only")
      ->allow_extra_args(false);
  command.add_option("--env", flags.env, "NAME=VALUE, or NAME to pass on the value it has here")
      ->allow_extra_args(false);
  command.add_option("--argv0", flags.argv0, "What the guest sees as its own name");
  command
      .add_option("-S,--wasi", flags.wasi,
                  "What WASI gives to the guest: KEY[=VALUE],... (-S help lists the keys)")
      ->allow_extra_args(false);
}

bool PrintWasiKeyHelp(const WasiFlags& flags) {
  return PrintFamilyHelp(WasiKeys(), flags.wasi, 'S');
}

absl::StatusOr<wasi::Config> MakeWasiConfig(const WasiFlags& flags, const std::string& program,
                                            std::span<const std::string> args) {
  wasi::Config config;
  config.InheritStdio();
  if (absl::Status status = ReadFamily(WasiKeys(), flags.wasi, 'S', config); !status.ok())
    return status;
  config.args.push_back(flags.argv0.empty() ? program : flags.argv0);
  config.args.insert(config.args.end(), args.begin(), args.end());
  for (const std::string& dir : flags.dirs) config.preopens.push_back(ParseDir(dir, false));
  for (const std::string& dir : flags.read_only_dirs)
    config.preopens.push_back(ParseDir(dir, true));
  for (const std::string& text : flags.env) {
    absl::StatusOr<std::pair<std::string, std::string>> variable = ParseEnv(text);
    if (!variable.ok()) return variable.status();
    config.env.push_back(*std::move(variable));
  }
  return config;
}

}  // namespace airwasm::tools
