// `airwasm wast`: runs test scripts and reports what fails.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "spec-tests/wast/expected_failures.h"
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
  std::string expected_failures;
  bool strict_indices = false;
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

// What the scripts came to, file by file and all together.
class Report {
 public:
  explicit Report(const WastFlags& flags) : flags_(flags) {}

  bool failed() const { return files_failed_ != 0; }

  void Skip(const std::string& script, std::string_view reason) {
    ++files_skipped_;
    json_.push_back({{"file", script}, {"skipped", reason}});
    if (!flags_.json) std::printf("SKIP %s: %s\n", script.c_str(), std::string(reason).c_str());
  }

  // `expected`: failures that were listed, and are not in `result`.
  void Add(const std::string& script, const wast::ScriptResult& result, uint32_t expected) {
    directives_passed_ += result.passed;
    directives_failed_ += result.failures.size();
    directives_expected_ += expected;
    (result.failures.empty() ? files_passed_ : files_failed_) += 1;
    nlohmann::ordered_json entry = {
        {"file", script}, {"passed", result.passed}, {"failed", result.failures.size()}};
    if (expected != 0) entry["expected_failures"] = expected;
    entry["failures"] = nlohmann::ordered_json::array();
    for (const wast::Failure& failure : result.failures) {
      entry["failures"].push_back(
          {{"line", failure.line}, {"directive", failure.directive}, {"message", failure.message}});
    }
    json_.push_back(std::move(entry));
    if (!flags_.json) Print(script, result, expected);
  }

  void PrintSummary() const {
    if (flags_.json) {
      std::printf("%s\n",
                  json_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
      return;
    }
    std::printf("files: %d passed, %d failed, %d skipped; directives: %d passed, %d failed%s\n",
                static_cast<int>(files_passed_), static_cast<int>(files_failed_),
                static_cast<int>(files_skipped_), static_cast<int>(directives_passed_),
                static_cast<int>(directives_failed_), ExpectedText(directives_expected_).c_str());
  }

 private:
  static std::string ExpectedText(size_t count) {
    return count == 0 ? "" : absl::StrFormat(", %d failed as expected", count);
  }

  void Print(const std::string& script, const wast::ScriptResult& result, uint32_t expected) const {
    for (size_t i = 0; i < result.failures.size(); ++i) {
      const wast::Failure& failure = result.failures[i];
      if (i == flags_.max_failures) {
        std::printf("%s: ... and %d more\n", script.c_str(),
                    static_cast<int>(result.failures.size() - i));
        break;
      }
      std::printf("%s:%d: %s: %s\n", script.c_str(), static_cast<int>(failure.line),
                  failure.directive.c_str(), failure.message.c_str());
    }
    if (!flags_.quiet || !result.failures.empty()) {
      std::printf("%s %s: %d passed, %d failed%s\n", result.failures.empty() ? "PASS" : "FAIL",
                  script.c_str(), static_cast<int>(result.passed),
                  static_cast<int>(result.failures.size()), ExpectedText(expected).c_str());
    }
    std::fflush(stdout);
  }

  const WastFlags& flags_;
  size_t files_passed_ = 0;
  size_t files_failed_ = 0;
  size_t files_skipped_ = 0;
  size_t directives_passed_ = 0;
  size_t directives_failed_ = 0;
  size_t directives_expected_ = 0;
  nlohmann::ordered_json json_ = nlohmann::ordered_json::array();
};

absl::StatusOr<wast::ExpectedFailures> ReadExpectedFailures(const std::string& path) {
  if (path.empty()) return wast::ExpectedFailures();
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<wast::ExpectedFailures> list = wast::ExpectedFailures::Parse(*text);
  if (list.ok()) return list;
  return absl::InvalidArgumentError(absl::StrFormat("%s: %s", path, list.status().message()));
}

int RunScripts(WastFlags& flags) {
  if (PrintKeyHelp(flags.engine)) return kExitOk;
  if (absl::Status status = Apply(flags.engine); !status.ok()) return Fail("", status), kExitUsage;
  if (flags.paths.empty()) return Fail("wast: which PATH?"), kExitUsage;
  const absl::StatusOr<wast::ExpectedFailures> expected =
      ReadExpectedFailures(flags.expected_failures);
  if (!expected.ok()) return Fail("", expected.status()), kExitUsage;
  wast::Options options{.engine = flags.engine.engine,
                        .store = flags.engine.store,
                        .components = flags.engine.components};
  if (flags.engine.fuel) options.fuel = *flags.engine.fuel;
  if (flags.strict_indices) options.index_forms = component::text::IndexForms::kStrict;

  Report report(flags);
  for (const std::string& path : flags.paths) {
    const absl::StatusOr<std::vector<std::string>> scripts = FindScripts(path);
    if (!scripts.ok()) return Fail("", scripts.status());
    for (const std::string& script : *scripts) {
      const auto* const out =
          std::find_if(std::begin(kOutOfScope), std::end(kOutOfScope), [&](const OutOfScope& o) {
            return script.find(o.folder) != std::string::npos && script != path;
          });
      if (out != std::end(kOutOfScope)) {
        report.Skip(script, out->reason);
        continue;
      }
      const absl::StatusOr<std::string> text = ReadFile(script);
      if (!text.ok()) return Fail("", text.status());
      options.engine.features = FeaturesFor(script, flags.engine.engine.features);
      wast::ScriptResult result = wast::RunScript(*text, options);
      const uint32_t known = expected->Apply(script, result);
      report.Add(script, result, known);
    }
  }
  report.PrintSummary();
  return report.failed() ? kExitFailure : kExitOk;
}

}  // namespace

void AddWastCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<WastFlags>();
  flags->engine.components = wast::SuiteComponentFeatures();
  CLI::App* const command =
      app.add_subcommand("wast", "Run test scripts (.wast files, or folders of them)");
  command->add_option("PATH", flags->paths, "scripts and folders");
  command->add_flag("--json", flags->json, "Report every file and failure as JSON on stdout");
  command->add_flag("-q,--quiet", flags->quiet, "Leave out the lines of scripts that pass");
  command->add_option("--max-failures", flags->max_failures, "Failures to print for one script");
  command->add_option("--expected-failures", flags->expected_failures,
                      "File that lists known failures, one PATH:LINE a line; one that holds is a "
                      "failure");
  command->add_flag("--strict-indices", flags->strict_indices,
                    "Components: refuse index forms that the specification no longer has");
  AddEngineFlags(*command, flags->engine);
  command->add_option("--cache", flags->engine.cache,
                      "DIR: keep compiled code there (--tier jit); off unless given");
  command->footer("Example:\n  airwasm wast -O signals-based-traps=n spec/core/memory.wast");
  command->callback([=] { *exit_code = RunScripts(*flags); });
}

}  // namespace airwasm::tools
