// `airwasm validate`, `parse` (text to binary) and `print` (binary to text). Files that hold a
// component are handed to component_commands.h.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/error_status.h"
#include "engine/binary/decoder.h"
#include "engine/text/printer.h"
#include "engine/text/wat.h"
#include "engine/types/type_registry.h"
#include "engine/valid/validator.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"
#include "tools/airwasm/flags.h"

namespace airwasm::tools {
namespace {

std::span<const uint8_t> AsBytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

bool IsBinary(const std::string& input) {
  return input.starts_with(std::string_view("\0asm", 4));
}

// The binary form of a file's contents: itself, or what its text means.
Expected<std::vector<uint8_t>> ToBinary(const std::string& input, const Features& features) {
  if (HoldsComponent(input)) return ComponentToBinary(input, features);
  if (!IsBinary(input)) return text::WatToWasm(input, features);
  const std::span<const uint8_t> bytes = AsBytes(input);
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

// The text form of a file's contents.
Expected<std::string> ToText(const std::string& input, const Features& features) {
  if (HoldsComponent(input)) return ComponentToText(input, features);
  const Expected<std::vector<uint8_t>> binary = ToBinary(input, features);
  if (!binary.ok()) return binary.error();
  // Bodies are checked here, so that the printer can trust them.
  const Expected<syntax::Module> module = binary::Decode(*binary, features, {.check_bodies = true});
  if (!module.ok()) return module.error();
  return text::Print(*module, {});
}

std::optional<Error> ValidateFile(const std::string& input, const Features& features,
                                  const ComponentFeatures& components) {
  if (HoldsComponent(input)) return ValidateComponent(input, features, components);
  Expected<std::vector<uint8_t>> binary = ToBinary(input, features);
  if (!binary.ok()) return binary.error();
  Expected<syntax::Module> module = binary::Decode(*binary, features);
  if (!module.ok()) return module.error();
  TypeRegistry types;
  const Checked valid = valid::Validate(*module, features, types);
  if (!valid.ok()) return valid.error();
  return std::nullopt;
}

struct ValidateFlags {
  EngineFlags engine;
  std::vector<std::string> files;
  bool json = false;
};

int ValidateAll(ValidateFlags& flags) {
  if (PrintKeyHelp(flags.engine)) return kExitOk;
  if (absl::Status status = Apply(flags.engine); !status.ok()) return Fail("", status), kExitUsage;
  if (flags.files.empty()) return Fail("validate: which FILE?"), kExitUsage;
  int exit_code = kExitOk;
  nlohmann::json report = nlohmann::json::array();
  for (const std::string& path : flags.files) {
    const absl::StatusOr<std::string> input = ReadFile(path);
    if (!input.ok()) return Fail("", input.status());
    const std::optional<Error> error =
        ValidateFile(*input, flags.engine.engine.features, flags.engine.components);
    if (error) exit_code = kExitFailure;
    if (flags.json) {
      nlohmann::json entry = {{"file", path}, {"valid", !error.has_value()}};
      if (error) {
        entry["message"] = error->message;
        if (error->line != 0) {
          entry["line"] = error->line;
          entry["column"] = error->column;
        } else {
          entry["offset"] = error->offset;
        }
      }
      report.push_back(std::move(entry));
    } else if (error) {
      Fail(path, ToStatus(*error));
    }
  }
  if (flags.json) std::printf("%s\n", report.dump(2).c_str());
  return exit_code;
}

struct ConvertFlags {
  std::string file;
  std::string output = "-";
  bool folded = false;
};

int Parse(const ConvertFlags& flags) {
  const absl::StatusOr<std::string> input = ReadFile(flags.file);
  if (!input.ok()) return Fail("", input.status());
  const Expected<std::vector<uint8_t>> binary = ToBinary(*input, Features());
  if (!binary.ok()) return Fail(flags.file, ToStatus(binary.error()));
  const absl::Status written =
      WriteFile(flags.output, {reinterpret_cast<const char*>(binary->data()), binary->size()});
  return written.ok() ? kExitOk : Fail("", written);
}

int Print(const ConvertFlags& flags) {
  const absl::StatusOr<std::string> input = ReadFile(flags.file);
  if (!input.ok()) return Fail("", input.status());
  const Expected<std::string> text = ToText(*input, Features());
  if (!text.ok()) return Fail(flags.file, ToStatus(text.error()));
  const absl::Status written = WriteFile(flags.output, *text);
  return written.ok() ? kExitOk : Fail("", written);
}

}  // namespace

void AddValidateCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<ValidateFlags>();
  CLI::App* const command = app.add_subcommand(
      "validate", "Check modules and components; silent and 0 when all are valid");
  command->add_option("FILE", flags->files, ".wasm or .wat files; - is standard input");
  command->add_flag("--json", flags->json, "Report every file as JSON on stdout");
  AddEngineFlags(*command, flags->engine);
  command->footer("Example:\n  airwasm validate -W gc=n,simd=n plugin.wasm");
  command->callback([=] { *exit_code = ValidateAll(*flags); });
}

void AddParseCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<ConvertFlags>();
  CLI::App* const command = app.add_subcommand("parse", "Text format to binary format");
  command->add_option("FILE", flags->file, "a .wat file; - is standard input")->required();
  command->add_option("-o,--output", flags->output, "Where to write; stdout by default");
  command->footer("Example:\n  airwasm parse hello.wat -o hello.wasm");
  command->callback([=] { *exit_code = Parse(*flags); });
}

void AddPrintCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<ConvertFlags>();
  CLI::App* const command = app.add_subcommand("print", "Binary format to text format");
  command->add_option("FILE", flags->file, "a .wasm (or .wat) file; - is standard input")
      ->required();
  command->add_option("-o,--output", flags->output, "Where to write; stdout by default");
  command->footer("Example:\n  airwasm print hello.wasm | less");
  command->callback([=] { *exit_code = Print(*flags); });
}

}  // namespace airwasm::tools
