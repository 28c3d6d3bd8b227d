// `airwasm wit`: the world of a component, or WIT files checked and put together.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "component/wit/parse.h"
#include "component/wit/print.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"
#include "tools/airwasm/wit_document.h"

namespace airwasm::tools {
namespace {

namespace wit = component::wit;

struct WitOptions {
  std::string path;
  wit::ParseOptions parse;
};

int Wit(const WitOptions& options) {
  const bool is_text = HoldsWit(options.path);
  const auto document = ReadWit(options.path, options.parse);
  // Errors of WIT files say their place themselves.
  if (!document.ok()) return Fail(is_text ? "" : options.path, document.status());
  const absl::StatusOr<std::string> text = wit::Print(*document);
  if (!text.ok()) return Fail(options.path, text.status());
  std::fwrite(text->data(), 1, text->size(), stdout);
  return kExitOk;
}

}  // namespace

void AddWitCommand(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<WitOptions>();
  CLI::App* command = app.add_subcommand("wit", "Print a component's world, or WIT files, as WIT");
  command->add_option("FILE", options->path, "component, .wit file, or directory of .wit files")
      ->required();
  command->add_option("--features", options->parse.features, "@unstable features to show")
      ->delimiter(',');
  command->add_flag("--all-features", options->parse.all_features, "show every @unstable item");
  command->callback([options, exit_code] { *exit_code = Wit(*options); });
}

}  // namespace airwasm::tools
