// wasi:cli: arguments and environment, the end of the program, its standard streams and terminals.
#include <optional>
#include <tuple>
#include <vector>

#include "airwasm/trap.h"
#include "wasi/p2/interface.h"
#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {
namespace {

// Terminals can do nothing yet but be there.
struct TerminalInput : Resource {};
struct TerminalOutput : Resource {};

template <typename T>
absl::StatusOr<std::optional<Own<T>>> TerminalOf(Context& context,
                                                 const Context::Standard& standard) {
  if (!standard.is_terminal) return std::optional<Own<T>>();
  absl::StatusOr<Own<T>> terminal = context.Add(std::make_unique<T>());
  if (!terminal.ok()) return terminal.status();
  return std::optional<Own<T>>(*terminal);
}

void DefineEnvironment(ComponentLinker& linker, absl::Status* status) {
  using Variables = std::vector<std::tuple<std::string, std::string>>;
  Interface(linker, "wasi:cli/environment", asks::kEnv, status)
      .Func("get-environment",
            [](HostCall& call) {
              Variables variables;
              for (const auto& [name, value] : Context::Of(call).Environment())
                variables.emplace_back(name, value);
              return variables;
            })
      .Func("get-arguments", asks::kArgs,
            [](HostCall& call) -> std::vector<std::string> {
              return Context::Of(call).config().args;
            })
      .Func("initial-cwd", asks::kArgs, [](HostCall& call) -> std::optional<std::string> {
        return Context::Of(call).config().initial_cwd;
      });
  Interface(linker, "wasi:cli/exit", asks::kExit, status)
      .Func("exit",
            [](WitResult<std::monostate, std::monostate> result) -> absl::Status {
              return Trap::Exit(result.ok() ? 0 : 1).host_error();
            })
      .Func("exit-with-code",
            [](uint8_t code) -> absl::Status { return Trap::Exit(code).host_error(); });
}

void DefineStandardStreams(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:cli/stdin", asks::kStdio, status)
      .Use("input-stream", "wasi:io/streams")
      .Func("get-stdin", [](HostCall& call) {
        Context& context = Context::Of(call);
        return context.Add(std::make_unique<InputStream>(context.standard_input().input,
                                                         context.standard_input().access));
      });
  Interface(linker, "wasi:cli/stdout", asks::kStdio, status)
      .Use("output-stream", "wasi:io/streams")
      .Func("get-stdout", [](HostCall& call) {
        Context& context = Context::Of(call);
        return context.Add(std::make_unique<OutputStream>(context.standard_output().output,
                                                          context.standard_output().access));
      });
  Interface(linker, "wasi:cli/stderr", asks::kStdio, status)
      .Use("output-stream", "wasi:io/streams")
      .Func("get-stderr", [](HostCall& call) {
        Context& context = Context::Of(call);
        return context.Add(std::make_unique<OutputStream>(context.standard_error().output,
                                                          context.standard_error().access));
      });
}

void DefineTerminals(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:cli/terminal-input", asks::kStdio, status)
      .Resource<TerminalInput>("terminal-input");
  Interface(linker, "wasi:cli/terminal-output", asks::kStdio, status)
      .Resource<TerminalOutput>("terminal-output");
  Interface(linker, "wasi:cli/terminal-stdin", asks::kStdio, status)
      .Use("terminal-input", "wasi:cli/terminal-input")
      .Func("get-terminal-stdin", [](HostCall& call) {
        Context& context = Context::Of(call);
        return TerminalOf<TerminalInput>(context, context.standard_input());
      });
  Interface(linker, "wasi:cli/terminal-stdout", asks::kStdio, status)
      .Use("terminal-output", "wasi:cli/terminal-output")
      .Func("get-terminal-stdout", [](HostCall& call) {
        Context& context = Context::Of(call);
        return TerminalOf<TerminalOutput>(context, context.standard_output());
      });
  Interface(linker, "wasi:cli/terminal-stderr", asks::kStdio, status)
      .Use("terminal-output", "wasi:cli/terminal-output")
      .Func("get-terminal-stderr", [](HostCall& call) {
        Context& context = Context::Of(call);
        return TerminalOf<TerminalOutput>(context, context.standard_error());
      });
}

}  // namespace

absl::Status DefineCli(ComponentLinker& linker) {
  absl::Status status;
  DefineEnvironment(linker, &status);
  DefineStandardStreams(linker, &status);
  DefineTerminals(linker, &status);
  return status;
}

}  // namespace airwasm::wasi::p2
