#include "tools/airwasm/learn.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "security/audit/line.h"
#include "security/policy/learn.h"
#include "tools/airwasm/command.h"

namespace airwasm::tools {
namespace {

using security::ObservedAction;

// What one line of an audit log observed, and whether it was allowed; null if the line is about
// something else.
struct Event {
  ObservedAction action;
  bool allowed = false;
};

absl::StatusOr<std::optional<Event>> ReadEvent(const std::string& line) {
  const auto event = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return absl::InvalidArgumentError("expected a JSON object on each line");
  const auto text = [&](const char* key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string name = text("class");
  // Lines about quotas and about the log itself say nothing of what may be done.
  if (name.empty() || name == TextOf(security::kQuotaClass) || name == security::audit::kLogClass)
    return std::nullopt;
  const std::optional<security::Capability> c = security::FindCapability(name);
  if (!c)
    return absl::InvalidArgumentError(
        absl::StrFormat("there is no class '%s'", name.substr(0, 64)));
  return Event{{*c, text("object"), text("component")}, text("decision") == "allow"};
}

struct Seen {
  std::vector<ObservedAction> allowed;
  std::vector<ObservedAction> denied;
};

absl::StatusOr<Seen> ReadLog(const std::string& path) {
  const absl::StatusOr<std::string> log = ReadFile(path);
  if (!log.ok()) return log.status();
  Seen seen;
  size_t number = 0;
  for (size_t start = 0; start < log->size();) {
    const size_t end = std::min(log->find('\n', start), log->size());
    const std::string line = log->substr(start, end - start);
    start = end + 1;
    ++number;
    if (line.empty()) continue;
    absl::StatusOr<std::optional<Event>> event = ReadEvent(line);
    if (!event.ok())
      return absl::Status(
          event.status().code(),
          absl::StrFormat("%s:%d: %s", path, number, std::string(event.status().message())));
    if (!*event) continue;
    ((*event)->allowed ? seen.allowed : seen.denied).push_back(std::move((*event)->action));
  }
  return seen;
}

std::string AsComment(const std::string& text) {
  std::string comment;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = text.substr(start, end - start);
    absl::StrAppend(&comment, line.empty() ? "#" : "# ", line, "\n");
    start = end + 1;
  }
  return comment;
}

}  // namespace

absl::StatusOr<std::string> LearnFromLog(const std::string& path, const std::string& only) {
  absl::StatusOr<Seen> seen = ReadLog(path);
  if (!seen.ok()) return seen.status();
  std::vector<ObservedAction> actions;
  if (only != "deny") actions = std::move(seen->allowed);
  if (only != "allow") actions.insert(actions.end(), seen->denied.begin(), seen->denied.end());
  return security::SmallestPolicy(actions, kMayAsk);
}

LearningRun::LearningRun(std::string output, std::string folder)
    : output_(std::move(output)), folder_(std::move(folder)) {}
LearningRun::LearningRun(LearningRun&& other) noexcept
    : output_(std::move(other.output_)), folder_(std::exchange(other.folder_, "")) {}

LearningRun::~LearningRun() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string LearningRun::LogPath() const {
  return folder_ + "/audit.jsonl";
}

absl::StatusOr<LearningRun> LearningRun::Begin(std::string output, GuardFlags& flags) {
  if (output != "-") {
    std::FILE* const file = std::fopen(output.c_str(), "ab");
    if (file == nullptr)
      return absl::ErrnoToStatus(errno, absl::StrCat("--learn: cannot write '", output, "'"));
    std::fclose(file);
  }
  std::error_code error;
  std::string folder = std::filesystem::temp_directory_path(error) / "airwasm-learn-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr)
    return absl::ErrnoToStatus(errno, absl::StrCat("--learn: cannot make '", folder, "'"));
  LearningRun run(std::move(output), std::move(folder));
  flags.audit = run.LogPath();
  return run;
}

absl::Status LearningRun::Finish() const {
  std::error_code error;
  if (!std::filesystem::exists(LogPath(), error)) return absl::OkStatus();
  const absl::StatusOr<Seen> seen = ReadLog(LogPath());
  if (!seen.ok()) return seen.status();
  std::string policy = security::SmallestPolicy(seen->allowed, kMayAsk);
  if (!seen->denied.empty()) {
    absl::StrAppend(&policy, "\n# Denied, and so not in here:\n#\n",
                    AsComment(security::SmallestPolicy(seen->denied, kMayAsk)));
  }
  return WriteFile(output_, policy);
}

}  // namespace airwasm::tools
