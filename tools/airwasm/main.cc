// The `airwasm` command.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "tools/airwasm/command.h"

namespace {

bool IsSubcommand(const CLI::App& app, const std::string& name) {
  const auto commands =
      app.get_subcommands([&](const CLI::App* command) { return command->get_name() == name; });
  return !commands.empty();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace airwasm::tools;
  // A reader that goes away is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App app("airwasm: runs WebAssembly, and lets nothing else through", "airwasm");
  app.set_version_flag("-V,--version", "airwasm " AIRWASM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  airwasm app.wasm arg1 arg2             run a WASI program\n"
      "  airwasm run --dir . app.wasm           ... that may use the current directory\n"
      "  airwasm run --invoke fac math.wat 5    call one exported function\n"
      "  airwasm run --plug b.wasm a.wasm       run a component with another one plugged in\n"
      "  airwasm wast spec/                     run test scripts\n\n"
      "`airwasm COMMAND --help` says more.");
  int exit_code = kExitOk;
  AddRunCommand(app, &exit_code);
  AddServeCommand(app, &exit_code);
  AddWastCommand(app, &exit_code);
  AddCompileCommand(app, &exit_code);
  AddValidateCommand(app, &exit_code);
  AddParseCommand(app, &exit_code);
  AddPrintCommand(app, &exit_code);
  AddInspectCommand(app, &exit_code);
  AddWitCommand(app, &exit_code);
  AddBindgenCommand(app, &exit_code);
  AddComponentCommand(app, &exit_code);
  AddComposeCommand(app, &exit_code);
  AddPolicyCommand(app, &exit_code);
  AddAuditCommand(app, &exit_code);
  AddSignCommand(app, &exit_code);
  AddVerifyCommand(app, &exit_code);
  AddCompletionCommand(app, &exit_code);

  // `airwasm FILE` and `airwasm --dir . FILE` mean `airwasm run ...`.
  std::vector<std::string> args(argv + 1, argv + argc);
  static const std::vector<std::string> kOwn = {"-h", "--help", "-V", "--version"};
  const bool own = args.empty() || std::find(kOwn.begin(), kOwn.end(), args[0]) != kOwn.end() ||
                   IsSubcommand(app, args[0]);
  if (!own) args.insert(args.begin(), "run");

  std::reverse(args.begin(), args.end());  // CLI11 takes them from the back
  try {
    app.parse(args);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help, --version
  } catch (const CLI::ParseError& e) {
    Fail(e.what());
    return kExitUsage;
  }
  return exit_code;
}
