// `airwasm compose`: components put together into one file.
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "component/compose/compose.h"
#include "engine/base/error_status.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"

namespace airwasm::tools {
namespace {

using component::compose::Composition;
using component::compose::Part;

struct ComposeFlags {
  std::string file;
  std::vector<std::string> plugs;
  std::vector<std::string> virtualizations;
  std::vector<std::string> denied;
  std::string output;
  bool text = false;
};

absl::StatusOr<Part> ReadPart(const std::string& path) {
  const absl::StatusOr<std::string> input = ReadFile(path);
  if (!input.ok()) return input.status();
  if (!HoldsComponent(*input))
    return absl::InvalidArgumentError(absl::StrFormat("%s: expected a component", path));
  auto bytes = ComponentToBinary(*input, Features());
  if (!bytes.ok()) {
    const absl::Status status = ToStatus(bytes.error());
    return absl::Status(status.code(),
                        absl::StrFormat("%s: %s", path, std::string(status.message())));
  }
  return Part{path, *std::move(bytes)};
}

absl::StatusOr<Composition> ReadAll(const ComposeFlags& flags) {
  Composition all;
  absl::StatusOr<Part> main = ReadPart(flags.file);
  if (!main.ok()) return main.status();
  all.main = *std::move(main);
  for (const std::string& text : flags.plugs) {
    const size_t equals = text.find('=');
    absl::StatusOr<Part> part = ReadPart(equals == text.npos ? text : text.substr(equals + 1));
    if (!part.ok()) return part.status();
    all.plugs.push_back({equals == text.npos ? "" : text.substr(0, equals), *std::move(part)});
  }
  for (const std::string& text : flags.virtualizations) {
    const size_t equals = text.find('=');
    if (equals == text.npos) {
      return absl::InvalidArgumentError(
          absl::StrFormat("--virtualize takes NAME=FILE, not '%s'", text));
    }
    absl::StatusOr<Part> part = ReadPart(text.substr(equals + 1));
    if (!part.ok()) return part.status();
    all.virtualizations.push_back({text.substr(0, equals), *std::move(part)});
  }
  all.denied = flags.denied;
  return all;
}

int RunCompose(const ComposeFlags& flags) {
  const absl::StatusOr<Composition> all = ReadAll(flags);
  if (!all.ok()) return Fail("", all.status());
  const absl::StatusOr<std::vector<uint8_t>> bytes = component::compose::Compose(*all);
  if (!bytes.ok()) return Fail("", bytes.status());
  std::string out(bytes->begin(), bytes->end());
  if (flags.text) {
    Expected<std::string> text = ComponentToText(out, Features());
    if (!text.ok()) return Fail("", ToStatus(text.error()));
    out = *std::move(text);
  }
  if (absl::Status status = WriteFile(flags.output, out); !status.ok()) return Fail("", status);
  return kExitOk;
}

}  // namespace

void AddComposeCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<ComposeFlags>();
  CLI::App* const command = app.add_subcommand(
      "compose", "Put components together into one: exports of some satisfy imports of others");
  command
      ->add_option("FILE", flags->file,
                   "the component whose imports are satisfied, and whose "
                   "exports are exported")
      ->required();
  command
      ->add_option(
          "--plug", flags->plugs,
          "[NAME=]FILE: its exports satisfy imports; with NAME, it is the instance that is "
          "imported under that name")
      ->allow_extra_args(false);
  command
      ->add_option("--virtualize", flags->virtualizations,
                   "NAME=FILE: replace the import NAME of all components by FILE's export NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--deny", flags->denied,
                   "NAME: the functions of this import trap, and it is imported no more")
      ->allow_extra_args(false);
  command->add_option("-o,--output", flags->output, "where the result goes; - is standard output")
      ->required();
  command->add_flag("--wat", flags->text, "As text");
  command->footer(
      "Names match by their semver track, or in every version if they are given without one.\n"
      "Imports that are left are those of the result; versions of one track become one import.\n\n"
      "Examples:\n"
      "  airwasm compose app.wasm --plug logger.wasm -o whole.wasm\n"
      "  airwasm compose app.wasm --virtualize wasi:filesystem/types=stub.wasm -o boxed.wasm\n"
      "  airwasm compose app.wasm --deny wasi:sockets/tcp -o offline.wasm");
  command->callback([=] { *exit_code = RunCompose(*flags); });
}

}  // namespace airwasm::tools
