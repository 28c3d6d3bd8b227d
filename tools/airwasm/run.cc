// `airwasm run`: a WASI command, or one exported function.
#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "airwasm/wasi.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/flags.h"

namespace airwasm::tools {
namespace {

struct RunFlags {
  EngineFlags engine;
  std::vector<std::string> dirs;
  std::vector<std::string> read_only_dirs;
  std::vector<std::string> env;
  std::vector<std::string> preloads;
  std::string invoke;
  std::string argv0;
  bool unknown_imports_trap = false;
};

// Interrupts the guest once, after `timeout`, unless destroyed before.
class Watchdog {
 public:
  Watchdog(std::chrono::nanoseconds timeout, std::function<void()> interrupt)
      : thread_([this, timeout, interrupt = std::move(interrupt)] {
          std::unique_lock lock(mutex_);
          if (!done_cv_.wait_for(lock, timeout, [this] { return done_; })) interrupt();
        }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    done_cv_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_cv_;
  bool done_ = false;
  std::thread thread_;
};

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

absl::StatusOr<Value> ParseValue(const std::string& text, ValType type) {
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrFormat("argument '%s' is not of type %s", text, type.ToString()));
  };
  // Signed and unsigned decimal, and hexadecimal, as in the text format.
  const auto integer = [&](int bits, uint64_t* value) {
    const bool negative = text.starts_with("-");
    const std::string digits = text.substr(negative || text.starts_with("+") ? 1 : 0);
    if (digits.empty() || digits[0] == '-' || digits[0] == '+') return false;
    uint64_t magnitude = 0;
    if (digits.starts_with("0x") ? !absl::SimpleHexAtoi(digits, &magnitude)
                                 : !absl::SimpleAtoi(digits, &magnitude)) {
      return false;
    }
    const uint64_t limit = negative ? uint64_t{1} << (bits - 1) : ~uint64_t{0} >> (64 - bits);
    *value = negative ? uint64_t{0} - magnitude : magnitude;
    return magnitude <= limit;
  };
  switch (type.kind()) {
    case ValKind::kI32:
    case ValKind::kI64: {
      uint64_t value = 0;
      if (!integer(type == kI32 ? 32 : 64, &value)) return bad();
      if (type == kI32) return Value(static_cast<uint32_t>(value));
      return Value(value);
    }
    case ValKind::kF32: {
      float value = 0;
      if (!absl::SimpleAtof(text, &value)) return bad();
      return Value(value);
    }
    case ValKind::kF64: {
      double value = 0;
      if (!absl::SimpleAtod(text, &value)) return bad();
      return Value(value);
    }
    case ValKind::kRef:
      if (text == "null" && type.nullable()) return Value(Ref(), type);
      break;
    case ValKind::kV128:
    case ValKind::kBottom:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("a value of type %s cannot be given on the command line", type.ToString()));
}

std::string ResultText(const Value& value) {
  switch (value.type().kind()) {
    case ValKind::kI32:
      return absl::StrFormat("%d", value.i32());
    case ValKind::kI64:
      return absl::StrFormat("%d", value.i64());
    case ValKind::kF32:
      return absl::StrFormat("%.9g", value.f32());
    case ValKind::kF64:
      return absl::StrFormat("%.17g", value.f64());
    case ValKind::kV128:
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return value.ToString();
}

// What to do with a trap: an exit ends the process quietly with its code.
int ReportTrap(const Trap& trap) {
  if (const auto code = trap.exit_code()) return *code;
  std::fflush(stdout);
  std::fprintf(stderr, "airwasm: trap: %s\n", trap.ToString().c_str());
  return kExitTrap;
}

absl::StatusOr<Module> LoadModule(const Engine& engine, const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<Module> module = Module::Create(engine, *bytes);
  if (!module.ok()) {
    return absl::Status(module.status().code(),
                        absl::StrFormat("%s: %s", path, std::string(module.status().message())));
  }
  return module;
}

// "NAME=FILE": instantiates FILE and offers its exports under NAME.
absl::Status Preload(const Engine& engine, Store& store, Linker& linker, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrFormat("--preload takes NAME=FILE, not '%s'", text));
  }
  absl::StatusOr<Module> module = LoadModule(engine, text.substr(equals + 1));
  if (!module.ok()) return module.status();
  absl::StatusOr<Instance> instance = linker.Instantiate(store, *module);
  if (!instance.ok()) return instance.status();
  return linker.DefineInstance(text.substr(0, equals), *instance);
}

int Invoke(const Func& func, const std::string& name, const std::vector<std::string>& texts) {
  const FuncType type = func.type();
  if (texts.size() != type.params.size()) {
    return Fail(
        absl::StrFormat("%s takes %d arguments, got %d", name, type.params.size(), texts.size()));
  }
  std::vector<Value> args;
  for (size_t i = 0; i < texts.size(); ++i) {
    absl::StatusOr<Value> value = ParseValue(texts[i], type.params[i]);
    if (!value.ok()) return Fail(name, value.status());
    args.push_back(*std::move(value));
  }
  absl::StatusOr<CallResult> result = func.Call(args);
  if (!result.ok()) return Fail(name, result.status());
  if (!result->ok()) return ReportTrap(result->trap());
  for (const Value& value : result->value()) std::printf("%s\n", ResultText(value).c_str());
  return kExitOk;
}

int Run(RunFlags& flags, const std::vector<std::string>& file_and_args) {
  if (PrintKeyHelp(flags.engine)) return kExitOk;
  if (file_and_args.empty()) {
    Fail("run: which FILE? (see `airwasm run --help`)");
    return kExitUsage;
  }
  if (absl::Status status = Apply(flags.engine); !status.ok()) {
    Fail("", status);
    return kExitUsage;
  }
  const std::string& path = file_and_args[0];
  const std::vector<std::string> args(file_and_args.begin() + 1, file_and_args.end());

  const Engine engine(flags.engine.engine);
  absl::StatusOr<Module> module = LoadModule(engine, path);
  if (!module.ok()) return Fail("", module.status());

  wasi::Config config;
  config.InheritStdio();
  config.args.push_back(flags.argv0.empty() ? std::filesystem::path(path).filename().string()
                                            : flags.argv0);
  if (flags.invoke.empty()) config.args.insert(config.args.end(), args.begin(), args.end());
  for (const std::string& dir : flags.dirs) config.preopens.push_back(ParseDir(dir, false));
  for (const std::string& dir : flags.read_only_dirs)
    config.preopens.push_back(ParseDir(dir, true));
  for (const std::string& text : flags.env) {
    absl::StatusOr<std::pair<std::string, std::string>> variable = ParseEnv(text);
    if (!variable.ok()) return Fail("", variable.status());
    config.env.push_back(*std::move(variable));
  }

  Store store(engine, flags.engine.store);
  if (flags.engine.fuel) store.SetFuel(*flags.engine.fuel);
  Linker linker(engine);
  if (absl::Status status = DefineWasi(linker, config); !status.ok()) return Fail("", status);
  linker.DefineUnknownImportsAsTraps(flags.unknown_imports_trap);
  for (const std::string& preload : flags.preloads) {
    if (absl::Status status = Preload(engine, store, linker, preload); !status.ok())
      return Fail(preload, status);
  }

  std::optional<Watchdog> watchdog;
  if (flags.engine.timeout) {
    watchdog.emplace(*flags.engine.timeout,
                     [interrupter = store.interrupter()] { interrupter.Interrupt(); });
  }

  Trap trap;
  absl::StatusOr<Instance> instance = linker.Instantiate(store, *module, &trap);
  if (!instance.ok())
    return trap.kind() != TrapKind::kNone ? ReportTrap(trap) : Fail(path, instance.status());
  // A reactor says by this export that it wants to be initialised before anything else is called.
  const std::string name = flags.invoke.empty() ? "_start" : flags.invoke;
  if (name != "_start" && instance->FindExport("_initialize")) {
    const absl::StatusOr<TypedFunc<void()>> initialize = instance->Get<void()>("_initialize");
    if (!initialize.ok()) return Fail("_initialize", initialize.status());
    if (const Result<void> result = (*initialize)(); !result.ok()) return ReportTrap(result.trap());
  }
  if (flags.invoke.empty() && !instance->FindExport("_start")) {
    if (instance->FindExport("_initialize")) {
      const absl::StatusOr<Func> initialize = instance->GetFunc("_initialize");
      return initialize.ok() ? Invoke(*initialize, "_initialize", {})
                             : Fail("", initialize.status());
    }
    return kExitOk;  // its start function, if any, has run: nothing else to do
  }
  const absl::StatusOr<Func> func = instance->GetFunc(name);
  if (!func.ok()) return Fail(path, func.status());
  return Invoke(*func, name, flags.invoke.empty() ? std::vector<std::string>() : args);
}

}  // namespace

void AddRunCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* const run = app.add_subcommand(
      "run",
      "Run a module: airwasm run [OPTIONS] FILE [ARGS...]; `airwasm FILE` is short for this");
  run->prefix_command();
  run->add_option("--dir", flags->dirs,
                  "HOST[::GUEST]: let the guest use the directory HOST, which it sees as GUEST")
      ->allow_extra_args(false);
  run->add_option("--dir-ro", flags->read_only_dirs, "HOST[::GUEST]: the same, for reading only")
      ->allow_extra_args(false);
  run->add_option("--env", flags->env, "NAME=VALUE, or NAME to pass on the value it has here")
      ->allow_extra_args(false);
  run->add_option("--invoke", flags->invoke,
                  "Call this export with ARGS and print its results, one a line");
  run->add_option("--preload", flags->preloads,
                  "NAME=FILE: instantiate FILE first and offer its exports as module NAME")
      ->allow_extra_args(false);
  run->add_option("--argv0", flags->argv0, "What the guest sees as its own name");
  run->add_flag("--unknown-imports-trap", flags->unknown_imports_trap,
                "Functions that nobody defines trap when called");
  AddEngineFlags(*run, flags->engine);
  run->footer(
      "Examples:\n"
      "  airwasm run hello.wat\n"
      "  airwasm run --dir data::/ --env TZ=UTC app.wasm --verbose input.txt\n"
      "  airwasm run --invoke add math.wasm 2 3\n"
      "  airwasm run -W fuel=1000000,timeout=2s,max-memory-size=64MiB untrusted.wasm\n\n"
      "Exit code: the guest's own; 134 if it trapped, 1 if it could not be started, 2 for a wrong "
      "command line.");
  run->callback([=] { *exit_code = Run(*flags, run->remaining()); });
}

}  // namespace airwasm::tools
