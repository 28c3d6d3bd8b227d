// `airwasm wast`: runs test scripts and reports what fails.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "spec-tests/wast/runner.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/flags.h"

namespace airwasm::tools {
namespace {

// Folders of the official suite whose proposals the engine does not implement. Each file in them is
// printed as skipped.
struct OutOfScope {
  std::string_view folder;
  std::string_view reason;
};
constexpr OutOfScope kOutOfScope[] = {
    {"proposals/custom-descriptors", "the custom-descriptors proposal is not implemented"},
};

// Folders whose scripts were written against an older WebAssembly and assert that what came later
// is rejected.
struct OlderFeatures {
  std::string_view folder;
  std::vector<Feature> off;
};
const OlderFeatures kOlderFeatures[] = {
    {"proposals/threads", {Feature::kMultiMemory, Feature::kReferenceTypes, Feature::kMemory64}},
};

Features FeaturesFor(std::string_view script, Features features) {
  for (const OlderFeatures& older : kOlderFeatures) {
    if (script.find(older.folder) == std::string_view::npos) continue;
    for (const Feature feature : older.off) features.Set(feature, false);
  }
  return features;
}

struct WastFlags {
  EngineFlags engine;
  std::vector<std::string> paths;
  bool json = false;
  bool quiet = false;
  size_t max_failures = 20;
};

// All scripts below `path`, or `path` itself, sorted.
absl::StatusOr<std::vector<std::string>> FindScripts(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> scripts;
  for (std::filesystem::recursive_directory_iterator it(path, error), end; it != end && !error;
       it.increment(error)) {
    if (it->path().extension() == ".wast") scripts.push_back(it->path().string());
  }
  if (error)
    return absl::UnavailableError(absl::StrFormat("cannot list '%s': %s", path, error.message()));
  if (scripts.empty())
    return absl::NotFoundError(absl::StrFormat("no .wast file below '%s'", path));
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

int RunScripts(WastFlags& flags) {
  if (PrintKeyHelp(flags.engine)) return kExitOk;
  if (absl::Status status = Apply(flags.engine); !status.ok()) return Fail("", status), kExitUsage;
  if (flags.paths.empty()) return Fail("wast: which PATH?"), kExitUsage;
  wast::Options options{.engine = flags.engine.engine, .store = flags.engine.store};
  if (flags.engine.fuel) options.fuel = *flags.engine.fuel;

  size_t files_passed = 0;
  size_t files_failed = 0;
  size_t files_skipped = 0;
  size_t directives_passed = 0;
  size_t directives_failed = 0;
  nlohmann::ordered_json report = nlohmann::ordered_json::array();
  for (const std::string& path : flags.paths) {
    const absl::StatusOr<std::vector<std::string>> scripts = FindScripts(path);
    if (!scripts.ok()) return Fail("", scripts.status());
    for (const std::string& script : *scripts) {
      const auto* const out =
          std::find_if(std::begin(kOutOfScope), std::end(kOutOfScope), [&](const OutOfScope& o) {
            return script.find(o.folder) != std::string::npos && script != path;
          });
      if (out != std::end(kOutOfScope)) {
        ++files_skipped;
        if (!flags.json)
          std::printf("SKIP %s: %s\n", script.c_str(), std::string(out->reason).c_str());
        report.push_back({{"file", script}, {"skipped", out->reason}});
        continue;
      }
      const absl::StatusOr<std::string> text = ReadFile(script);
      if (!text.ok()) return Fail("", text.status());
      options.engine.features = FeaturesFor(script, flags.engine.engine.features);
      const wast::ScriptResult result = wast::RunScript(*text, options);
      directives_passed += result.passed;
      directives_failed += result.failures.size();
      (result.failures.empty() ? files_passed : files_failed) += 1;
      nlohmann::ordered_json entry = {
          {"file", script}, {"passed", result.passed}, {"failed", result.failures.size()}};
      entry["failures"] = nlohmann::ordered_json::array();
      for (size_t i = 0; i < result.failures.size(); ++i) {
        const wast::Failure& failure = result.failures[i];
        entry["failures"].push_back({{"line", failure.line},
                                     {"directive", failure.directive},
                                     {"message", failure.message}});
        if (flags.json) continue;
        if (i < flags.max_failures) {
          std::printf("%s:%d: %s: %s\n", script.c_str(), static_cast<int>(failure.line),
                      failure.directive.c_str(), failure.message.c_str());
        } else if (i == flags.max_failures) {
          std::printf("%s: ... and %d more\n", script.c_str(),
                      static_cast<int>(result.failures.size() - i));
        }
      }
      report.push_back(std::move(entry));
      if (!flags.json && (!flags.quiet || !result.failures.empty())) {
        std::printf("%s %s: %d passed, %d failed\n", result.failures.empty() ? "PASS" : "FAIL",
                    script.c_str(), static_cast<int>(result.passed),
                    static_cast<int>(result.failures.size()));
      }
      std::fflush(stdout);
    }
  }
  if (flags.json) {
    std::printf("%s\n",
                report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    std::printf("files: %d passed, %d failed, %d skipped; directives: %d passed, %d failed\n",
                static_cast<int>(files_passed), static_cast<int>(files_failed),
                static_cast<int>(files_skipped), static_cast<int>(directives_passed),
                static_cast<int>(directives_failed));
  }
  return files_failed == 0 ? kExitOk : kExitFailure;
}

}  // namespace

void AddWastCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<WastFlags>();
  CLI::App* const command =
      app.add_subcommand("wast", "Run test scripts (.wast files, or folders of them)");
  command->add_option("PATH", flags->paths, "scripts and folders");
  command->add_flag("--json", flags->json, "Report every file and failure as JSON on stdout");
  command->add_flag("-q,--quiet", flags->quiet, "Leave out the lines of scripts that pass");
  command->add_option("--max-failures", flags->max_failures, "Failures to print for one script");
  AddEngineFlags(*command, flags->engine);
  command->footer("Example:\n  airwasm wast -O signals-based-traps=n spec/core/memory.wast");
  command->callback([=] { *exit_code = RunScripts(*flags); });
}

}  // namespace airwasm::tools
