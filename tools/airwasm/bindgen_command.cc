// `airwasm bindgen`: a C++ header for the host of a world.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "component/bindgen/generate.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/wit_document.h"

namespace airwasm::tools {
namespace {

namespace wit = component::wit;

struct BindgenOptions {
  std::string path;
  std::string world;
  std::string out;
  wit::ParseOptions parse;
  component::bindgen::GenerateOptions generate;
};

// The worlds that there are, for those who named another one.
std::string Worlds(const wit::Document& document) {
  std::string list;
  for (wit::WorldId id = 0; id < document.worlds.size(); ++id) {
    if (!list.empty()) list += ", ";
    list += document.QualifiedWorldName(id);
  }
  return list.empty() ? "there is none" : "there are " + list;
}

int Bindgen(const BindgenOptions& options) {
  const auto document = ReadWit(options.path, options.parse);
  // Errors of WIT files say their place themselves.
  if (!document.ok()) return Fail(HoldsWit(options.path) ? "" : options.path, document.status());
  const std::optional<wit::WorldId> world = document->FindWorld(options.world);
  if (!world) {
    return Fail(options.path + ": " +
                (options.world.empty() ? "choose a world with --world: "
                                       : "no world `" + options.world + "`: ") +
                Worlds(*document));
  }
  const auto header = component::bindgen::Generate(*document, *world, options.generate);
  if (!header.ok()) return Fail(options.path, header.status());
  std::string path = "-";
  if (!options.out.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.out, error);
    if (error) return Fail(options.out + ": " + error.message());
    path = options.out + "/" + header->file_name;
  }
  const absl::Status written = WriteFile(path, header->text);
  return written.ok() ? kExitOk : Fail("", written);
}

}  // namespace

void AddBindgenCommand(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<BindgenOptions>();
  CLI::App* command =
      app.add_subcommand("bindgen", "Write a C++ header for hosts of a world's components");
  command->add_option("FILE", options->path, "component, .wit file, or directory of .wit files")
      ->required();
  command->add_option("--world", options->world, "the world; needed if there is more than one");
  command->add_option(
      "--out", options->out,
      "directory for the header, which is named after the world; else it is printed");
  command->add_option("--namespace", options->generate.name_space,
                      "C++ namespace instead of the world's name");
  command->add_option("--features", options->parse.features, "@unstable features to take in")
      ->delimiter(',');
  command->add_flag("--all-features", options->parse.all_features, "take in every @unstable item");
  command->callback([options, exit_code] { *exit_code = Bindgen(*options); });
}

}  // namespace airwasm::tools
