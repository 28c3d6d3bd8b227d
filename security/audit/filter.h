// Which lines of a log somebody wants to see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "security/audit/line.h"

namespace airwasm::security::audit {

// `*` stands for any bytes, `/` too, and `?` for one.
bool MatchesGlob(std::string_view pattern, std::string_view text);

// What is empty matches all. Names and objects are patterns, compared with what they were before
// they were escaped.
struct Filter {
  std::string component;
  std::string function;
  std::string capability;
  std::string object;
  std::string decision;  // "allow" or "deny"
  std::string since;     // as lines have times (ParseSince)

  bool Matches(const ParsedLine& line) const;
};

// A time as lines have it, of an RFC 3339 time ("2026-08-18", "2026-08-18T09:30",
// "2026-08-18T09:30:00.5Z"; UTC) or of how long before `now_ns` it was ("30s", "10m", "2h", "1d").
//
// Errors: INVALID_ARGUMENT it is neither
absl::StatusOr<std::string> ParseSince(std::string_view text, int64_t now_ns);

}  // namespace airwasm::security::audit
