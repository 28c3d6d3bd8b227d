#include "security/audit/filter.h"

#include <charconv>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "security/audit/clock.h"
#include "security/audit/json_escape.h"

namespace airwasm::security::audit {
namespace {

bool Matches(std::string_view pattern, std::string_view escaped) {
  if (pattern.empty()) return true;
  const std::optional<std::string> text = UnescapeJson(escaped);
  return MatchesGlob(pattern, text ? std::string_view(*text) : escaped);
}

int64_t SecondsOf(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 60 * 60;
    case 'd':
      return 24 * 60 * 60;
    default:
      return 0;
  }
}

}  // namespace

bool MatchesGlob(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  // Where the last star stands, and what it was last taken to end at: the only place to go back to.
  size_t star = std::string_view::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Filter::Matches(const ParsedLine& line) const {
  return (decision.empty() || line.allow == (decision == "allow")) &&
         (since.empty() || line.time >= since) && audit::Matches(capability, line.capability) &&
         audit::Matches(component, line.component) && audit::Matches(function, line.function) &&
         audit::Matches(object, line.object);
}

absl::StatusOr<std::string> ParseSince(std::string_view text, int64_t now_ns) {
  constexpr int64_t kNsPerSecond = 1'000'000'000;
  const absl::Status bad = absl::InvalidArgumentError(
      absl::StrCat("'", std::string(text),
                   "': expected a time (2026-08-18, 2026-08-18T09:30:00Z; UTC) or how "
                   "long ago (30s, 10m, 2h, 1d)"));
  int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc() && count >= 0 && end - rest == 1 && SecondsOf(*rest) != 0) {
    const int64_t unit = SecondsOf(*rest);
    if (count > now_ns / kNsPerSecond / unit) return bad;
    char time[kTimeTextBytes];
    TimeFormatter().Write(now_ns - count * unit * kNsPerSecond, time);
    return std::string(time, kTimeTextBytes);
  }
  // What is left out counts as zero, and so do digits of the second.
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000";
  constexpr size_t kDay = 10, kMinute = 16, kSecond = 19;
  if (text.ends_with('Z')) text.remove_suffix(1);
  const bool has_end = text.size() == kDay || text.size() == kMinute || text.size() == kSecond ||
                       (text.size() > kSecond + 1 && text.size() <= kForm.size());
  if (!has_end) return bad;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !is_digit : text[i] != kForm[i]) return bad;
  }
  return std::string(text) + std::string(kForm.substr(text.size())) + "Z";
}

}  // namespace airwasm::security::audit
