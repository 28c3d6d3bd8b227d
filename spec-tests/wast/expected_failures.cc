#include "spec-tests/wast/expected_failures.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace airwasm::wast {
namespace {

// Whether `path` is `suffix` or ends with it as whole components.
bool EndsWithPath(std::string_view path, std::string_view suffix) {
  if (!path.ends_with(suffix)) return false;
  return path.size() == suffix.size() || path[path.size() - suffix.size() - 1] == '/';
}

}  // namespace

absl::StatusOr<ExpectedFailures> ExpectedFailures::Parse(std::string_view text) {
  ExpectedFailures list;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const size_t colon = line.rfind(':');
    uint32_t directive = 0;
    if (colon == line.npos || !absl::SimpleAtoi(line.substr(colon + 1), &directive)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("line %d: expected PATH:LINE, found '%s'", number, line));
    }
    list.lines_[std::string(line.substr(0, colon))].insert(directive);
  }
  return list;
}

uint32_t ExpectedFailures::Apply(std::string_view path, ScriptResult& result) const {
  const auto listed = std::find_if(lines_.begin(), lines_.end(), [&](const auto& entry) {
    return EndsWithPath(path, entry.first);
  });
  if (listed == lines_.end()) return 0;
  std::set<uint32_t> failed;
  const auto known =
      std::remove_if(result.failures.begin(), result.failures.end(), [&](const Failure& failure) {
        const bool is_listed = listed->second.contains(failure.line);
        if (is_listed) failed.insert(failure.line);
        return is_listed;
      });
  const auto taken = static_cast<uint32_t>(result.failures.end() - known);
  result.failures.erase(known, result.failures.end());
  for (uint32_t line : listed->second) {
    if (failed.contains(line)) continue;
    result.failures.push_back({line, "expected failure", "it holds: take it off the list"});
  }
  return taken;
}

}  // namespace airwasm::wast
