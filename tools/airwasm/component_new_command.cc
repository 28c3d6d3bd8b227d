// `airwasm component new`, `embed` and `wit`: a component around a core module, a world into one, a
// WIT package as a component.
#include <CLI/CLI.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "component/wit/parse.h"
#include "component/wit/to_component.h"
#include "component/wrap/metadata.h"
#include "component/wrap/wrap.h"
#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"
#include "engine/text/wat.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"
#include "wasi/adapter/adapter.h"

namespace airwasm::tools {
namespace {

namespace wit = component::wit;
namespace wrap = component::wrap;

struct NewOptions {
  std::string module;
  std::string output;
  std::vector<std::string> adapters;  // NAME=FILE
  bool keep_versions = false;
  bool exit_codes = false;
};
struct EmbedOptions {
  std::string wit;
  std::string module;
  std::string output;
  std::string world;
  std::string encoding = "utf8";
  wit::ParseOptions parse;
};

// The binary of a module, given as binary or text.
absl::StatusOr<std::vector<uint8_t>> ReadModule(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string input, ReadFile(path));
  if (HoldsComponent(input)) {
    return absl::InvalidArgumentError("it is a component already; a core module is expected");
  }
  if (input.starts_with(std::string_view("\0asm", 4))) {
    return std::vector<uint8_t>(input.begin(), input.end());
  }
  auto bytes = text::WatToWasm(input, Features());
  if (!bytes.ok()) return ToStatus(bytes.error());
  return *std::move(bytes);
}

int Write(const std::string& path, const std::vector<uint8_t>& bytes) {
  const absl::Status written =
      WriteFile(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return written.ok() ? kExitOk : Fail("", written);
}

int New(const NewOptions& options) {
  const auto module = ReadModule(options.module);
  if (!module.ok()) return Fail(options.module, module.status());
  wrap::Options wrapping;
  wrapping.merge_versions = !options.keep_versions;
  for (const std::string& text : options.adapters) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      Fail("--adapt: '" + text + "' is not NAME=FILE");
      return kExitUsage;
    }
    wrap::Adapter adapter{.name = text.substr(0, equals)};
    const std::string path = text.substr(equals + 1);
    auto bytes = ReadModule(path);
    if (!bytes.ok()) return Fail(path, bytes.status());
    adapter.module = *std::move(bytes);
    wrapping.adapters.push_back(std::move(adapter));
  }
  const absl::Status adapted = wasi::AddPreview1Adapter(*module, options.exit_codes, wrapping);
  if (!adapted.ok()) return Fail(options.module, adapted);
  const auto component = wrap::MakeComponent(*module, wrapping);
  if (!component.ok()) return Fail(options.module, component.status());
  return Write(options.output, *component);
}

int Embed(const EmbedOptions& options) {
  const auto module = ReadModule(options.module);
  if (!module.ok()) return Fail(options.module, module.status());
  auto sources = wit::LoadSources(options.wit);
  if (!sources.ok()) return Fail(options.wit, sources.status());
  const auto document = wit::Parse(*std::move(sources), options.parse);
  if (!document.ok()) return Fail("", document.status());  // says its place itself
  const auto world = document->FindWorld(options.world);
  if (!world) {
    std::string names;
    for (const wit::WorldId id : document->packages[document->root.value_or(0)].worlds) {
      names += (names.empty() ? "" : ", ") + document->worlds[id].name;
    }
    return Fail(options.wit +
                (options.world.empty() ? ": not one world; choose with --world"
                                       : ": there is no world '" + options.world + "'") +
                (names.empty() ? "" : " (it has " + names + ")"));
  }
  using Encoding = component::syntax::StringEncoding;
  const Encoding encoding = options.encoding == "utf8"    ? Encoding::kUtf8
                            : options.encoding == "utf16" ? Encoding::kUtf16
                                                          : Encoding::kLatin1Utf16;
  const auto bytes = wrap::EmbedWorld(*module, *document, *world, encoding);
  if (!bytes.ok()) return Fail(options.wit, bytes.status());
  return Write(options.output, *bytes);
}

struct PackageOptions {
  std::string wit;
  std::string output;
  wit::ParseOptions parse;
};

int Package(const PackageOptions& options) {
  auto sources = wit::LoadSources(options.wit);
  if (!sources.ok()) return Fail(options.wit, sources.status());
  const auto document = wit::Parse(*std::move(sources), options.parse);
  if (!document.ok()) return Fail("", document.status());  // says its place itself
  const auto bytes = wit::EncodePackage(*document);
  if (!bytes.ok()) return Fail(options.wit, bytes.status());
  return Write(options.output, *bytes);
}

void AddFeatureOptions(CLI::App& command, wit::ParseOptions& parse) {
  command.add_option("--features", parse.features, "@unstable features to keep")->delimiter(',');
  command.add_flag("--all-features", parse.all_features, "keep every @unstable item");
}

}  // namespace

void AddComponentCommand(CLI::App& app, int* exit_code) {
  CLI::App& component =
      *app.add_subcommand("component", "Make components of core modules")->require_subcommand(1);
  auto made = std::make_shared<NewOptions>();
  CLI::App* command = component.add_subcommand("new", "Make a component of a core module");
  command->add_option("MODULE", made->module, "core module, binary or text")->required();
  command->add_option("-o,--output", made->output, "the component; - is standard output")
      ->required();
  command->add_option("--adapt", made->adapters,
                      "NAME=FILE: an adapter module for the imports from NAME; without one, "
                      "wasi_snapshot_preview1 is adapted to WASI 0.2");
  command->add_flag("--keep-versions", made->keep_versions,
                    "leave imports of several versions of an interface as they are");
  command->add_flag("--exit-codes", made->exit_codes,
                    "keep exit codes other than 0 and 1; needs a host of WASI 0.2.12");
  command->footer(
      "The module carries its world (`airwasm component embed`, or a generator of bindings), or is "
      "a\n"
      "plain WASI 0.1 program.\n\n"
      "Examples:\n"
      "  airwasm component new app.wasm -o app.component.wasm\n"
      "  airwasm component new lib.wasm --adapt wasi_snapshot_preview1=reactor.wasm -o "
      "lib.component.wasm");
  command->callback([made, exit_code] { *exit_code = New(*made); });

  auto embedded = std::make_shared<EmbedOptions>();
  command = component.add_subcommand("embed", "Put a world of WIT into a core module");
  command->add_option("WIT", embedded->wit, ".wit file, or directory of .wit files")->required();
  command->add_option("MODULE", embedded->module, "core module, binary or text")->required();
  command->add_option("-o,--output", embedded->output, "the module; - is standard output")
      ->required();
  command->add_option("-w,--world", embedded->world, "needed if the package has several worlds");
  command->add_option("--encoding", embedded->encoding, "of the module's strings")
      ->check(CLI::IsMember({"utf8", "utf16", "latin1+utf16"}))
      ->capture_default_str();
  AddFeatureOptions(*command, embedded->parse);
  command->footer(
      "Example:\n"
      "  airwasm component embed wit/ --world plugin plugin.wat -o plugin.wasm\n"
      "  airwasm component new plugin.wasm -o plugin.component.wasm");
  command->callback([embedded, exit_code] { *exit_code = Embed(*embedded); });

  auto packaged = std::make_shared<PackageOptions>();
  command = component.add_subcommand("wit", "Encode a WIT package as a component");
  command->add_option("WIT", packaged->wit, ".wit file, or directory of .wit files")->required();
  command->add_option("-o,--output", packaged->output, "the component; - is standard output")
      ->required();
  AddFeatureOptions(*command, packaged->parse);
  command->callback([packaged, exit_code] { *exit_code = Package(*packaged); });
}

}  // namespace airwasm::tools
