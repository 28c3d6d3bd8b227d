// What the subcommands of `airwasm` share: exit codes, error lines and reading files.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace airwasm::tools {

// Exit codes, as wasmtime has them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure =
    1;  // an invalid module, a missing file or import, a failed test
inline constexpr int kExitUsage = 2;
inline constexpr int kExitTrap = 134;  // 128 + SIGABRT: the guest trapped

// The whole file; "-" is standard input. Errors: NOT_FOUND, PERMISSION_DENIED, ... with the path in
// the message.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// Writes the whole of `bytes`; "-" is standard output.
absl::Status WriteFile(const std::string& path, std::string_view bytes);

// One line on stderr: "airwasm: error: MESSAGE". Returns kExitFailure.
int Fail(std::string_view message);
int Fail(std::string_view context, const absl::Status& status);

// Each adds its subcommand to `app`; its exit code goes to `*exit_code` when it was chosen.
void AddRunCommand(CLI::App& app, int* exit_code);
void AddServeCommand(CLI::App& app, int* exit_code);
void AddWastCommand(CLI::App& app, int* exit_code);
void AddCompileCommand(CLI::App& app, int* exit_code);
void AddValidateCommand(CLI::App& app, int* exit_code);
void AddParseCommand(CLI::App& app, int* exit_code);
void AddPrintCommand(CLI::App& app, int* exit_code);
void AddInspectCommand(CLI::App& app, int* exit_code);
void AddWitCommand(CLI::App& app, int* exit_code);
void AddBindgenCommand(CLI::App& app, int* exit_code);
void AddComponentCommand(CLI::App& app, int* exit_code);
void AddComposeCommand(CLI::App& app, int* exit_code);
void AddPolicyCommand(CLI::App& app, int* exit_code);
void AddAuditCommand(CLI::App& app, int* exit_code);
void AddSignCommand(CLI::App& app, int* exit_code);
void AddVerifyCommand(CLI::App& app, int* exit_code);
void AddCompletionCommand(CLI::App& app, int* exit_code);

}  // namespace airwasm::tools
