// `airwasm wit`: the world of a component, or WIT files checked and put together.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "component/binary/decoder.h"
#include "component/valid/validator.h"
#include "component/wit/from_component.h"
#include "component/wit/parse.h"
#include "component/wit/print.h"
#include "engine/base/error_status.h"
#include "engine/types/type_registry.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"

namespace airwasm::tools {
namespace {

namespace wit = component::wit;

struct WitOptions {
  std::string path;
  wit::ParseOptions parse;
};

absl::StatusOr<wit::Document> DocumentOfComponent(const std::string& path) {
  const absl::StatusOr<std::string> input = ReadFile(path);
  if (!input.ok()) return input.status();
  if (!HoldsComponent(*input)) {
    return absl::InvalidArgumentError("expected a component, a .wit file or a directory of them");
  }
  const auto bytes = ComponentToBinary(*input, Features());
  if (!bytes.ok()) return ToStatus(bytes.error());
  const auto decoded = component::binary::Decode(*bytes, ComponentFeatures::All());
  if (!decoded.ok()) return ToStatus(decoded.error());
  TypeRegistry registry;
  const auto valid = component::valid::Validate(
      *decoded,
      {.core_features = Features(), .features = ComponentFeatures::All(), .check_bodies = false},
      registry);
  if (!valid.ok()) return ToStatus(valid.error());
  return wit::FromComponent(*valid->types, valid->root->type);
}

absl::StatusOr<wit::Document> DocumentOfSources(const WitOptions& options) {
  auto sources = wit::LoadSources(options.path);
  if (!sources.ok()) return sources.status();
  return wit::Parse(*std::move(sources), options.parse);
}

int Wit(const WitOptions& options) {
  std::error_code error;
  const bool is_text = std::filesystem::is_directory(options.path, error) ||
                       std::filesystem::path(options.path).extension() == ".wit";
  const auto document = is_text ? DocumentOfSources(options) : DocumentOfComponent(options.path);
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
