// `airwasm run`: the command line, and whether it is a module or a component that is to be run.
#include "tools/airwasm/run.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "airwasm/guard_store.h"
#include "airwasm/module.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"
#include "tools/airwasm/learn.h"
#include "tools/airwasm/stats.h"

namespace airwasm::tools {
namespace {

Engine* process_engine = nullptr;

// Ends the process as it is, with threads that compile: nothing that they use is destroyed before.
[[noreturn]] void Leave(int exit_code) {
#ifdef AIRWASM_SANITIZED
  // Leaks are looked for at a regular exit.
  delete process_engine;
  std::exit(exit_code);
#else
  std::fflush(nullptr);
  std::quick_exit(exit_code);
#endif
}

int RunInputFile(const RunFlags& flags, const RunInput& input) {
  return !Module::IsPrecompiled(input.bytes) && HoldsComponent(input.bytes)
             ? RunComponent(flags, input)
             : RunModule(flags, input);
}

// With --learn, a policy comes out of it, however the guest ends.
int RunAndLearn(RunFlags& flags, const RunInput& input) {
  if (flags.learn.empty()) return RunInputFile(flags, input);
  const absl::StatusOr<LearningRun> learning = LearningRun::Begin(flags.learn, flags.guard);
  if (!learning.ok()) return Fail("", learning.status());
  const int exit_code = RunInputFile(flags, input);
  const absl::Status written = learning->Finish();
  return written.ok() ? exit_code : Fail("--learn", written);
}

int Run(RunFlags& flags, const std::vector<std::string>& file_and_args) {
  const bool wasi_help = PrintWasiKeyHelp(flags.wasi);
  if (PrintKeyHelp(flags.engine) || wasi_help) return kExitOk;
  if (flags.stats == "help") {
    std::printf("--stats: on standard error when the run ends; --stats=json: one object, of\n%s",
                StatsHelp().c_str());
    return kExitOk;
  }
  if (file_and_args.empty()) {
    Fail("run: which FILE? (see `airwasm run --help`)");
    return kExitUsage;
  }
  if (absl::Status status = Apply(flags.engine); !status.ok()) {
    Fail("", status);
    return kExitUsage;
  }
  RunInput input{.path = file_and_args[0],
                 .bytes = {},
                 .args = {file_and_args.begin() + 1, file_and_args.end()}};
  absl::StatusOr<std::string> bytes = ReadFile(input.path);
  if (!bytes.ok()) return Fail("", bytes.status());
  input.bytes = *std::move(bytes);
  if (Module::IsPrecompiled(input.bytes) && !flags.engine.CanCompile()) {
    Fail(input.path + ": --tier " + flags.engine.tier +
         " runs no compiled code, and this file is for that");
    return kExitUsage;
  }
  return RunAndLearn(flags, input);
}

}  // namespace

std::string RunInput::program() const {
  return std::filesystem::path(path).filename().string();
}

const Engine& MakeEngine(const EngineOptions& options) {
  return *(process_engine = new Engine(options));
}

// An exit ends the process quietly with its code.
int ReportTrap(const Trap& trap, security::Meter* meter) {
  if (const auto code = trap.exit_code()) return *code;
  std::fflush(stdout);
  std::fprintf(stderr, "airwasm: trap: %s\n", TrapReport(trap, meter).c_str());
  return kExitTrap;
}

void AddRunCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* const run = app.add_subcommand(
      "run",
      "Run a module or component: airwasm run [OPTIONS] FILE [ARGS...]; `airwasm FILE` is short "
      "for this");
  run->prefix_command();
  AddWasiFlags(*run, flags->wasi);
  AddGuardFlags(*run, flags->guard);
  run->add_option("--invoke", flags->invoke,
                  "Call this export with ARGS and print its results, one a line; of a component "
                  "also with values: 'pkg:iface/name.f(\"x\", {a: 1})'");
  run->add_option("--preload", flags->preloads,
                  "NAME=FILE: instantiate FILE first and offer its exports as module NAME")
      ->allow_extra_args(false);
  run->add_option("--plug", flags->plugs,
                  "[NAME=]FILE: a component whose exports, or which as a whole, satisfy imports of "
                  "the component; or a module that it imports")
      ->allow_extra_args(false);
  run->add_flag("--unknown-imports-trap", flags->unknown_imports_trap,
                "Functions that nobody defines trap when called");
  run->add_flag("--json", flags->json, "What cannot be linked, as JSON on standard output");
  run->add_flag("--allow-precompiled", flags->allow_precompiled,
                "Run the machine code of FILE.cwasm (airwasm compile), which nothing can check: "
                "only for files that you made, or got from somebody whom you would let run any "
                "program");
  run->add_flag("--stats{text}", flags->stats,
                "Print at the end, on standard error, what was compiled, how long it took and how "
                "much memory there was; --stats=json as one JSON object, --stats=help lists its "
                "keys")
      ->check(CLI::IsMember({"text", "json", "help"}));
  run->add_option("--learn", flags->learn,
                  "FILE: record all that the guest does, and write there, when it has ended, the "
                  "smallest policy that would have sufficed; what was denied it is a comment in it "
                  "(--allow '*' denies nothing). - is standard output")
      ->excludes("--audit")
      ->excludes("--isolate")
      ->group("Capabilities");
  AddEngineFlags(*run, flags->engine);
  AddCacheFlag(*run, flags->engine);
  run->footer(
      "Examples:\n"
      "  airwasm run hello.wat\n"
      "  airwasm run --dir data::/ --env TZ=UTC app.wasm --verbose input.txt\n"
      "  airwasm run --invoke add math.wasm 2 3\n"
      "  airwasm run --invoke 'add(2, 3)' math-component.wasm\n"
      "  airwasm run --plug logger.wasm component.wasm\n"
      "  airwasm run --learn policy.toml --dir data app.wasm\n"
      "  airwasm run --tier auto --profile=perfmap --stats app.wasm\n"
      "  airwasm run -W fuel=1000000,timeout=2s,max-memory-size=64MiB untrusted.wasm\n\n"
      "Exit code: the guest's own; 134 if it trapped, 1 if it could not be started, 2 for a wrong "
      "command line.");
  run->callback([=] {
    *exit_code = Run(*flags, run->remaining());
    if (process_engine != nullptr) Leave(*exit_code);
  });
}

}  // namespace airwasm::tools
