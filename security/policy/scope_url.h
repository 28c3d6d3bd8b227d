// Scopes of http.out: [METHODS ][SCHEME://]HOST[:PORTS][/PATH]
//
//   GET https://api.example.org/v1/*     one method, and what lies directly beneath /v1
//   POST,PUT http://h:8080/x             two methods, one object
//   https://*.example.org                any path; as /**
//   api.example.org                      http and https, each at its own port
//   *                                    every request
//
// Methods are case sensitive, as HTTP has them; none, or '*', is every method. Without ports it is
// the scheme's own: 80, 443. The path is a pattern of paths (security/policy/scope_path.h), matched
// against the decoded path without its query. A path that servers may read in several ways (dot
// segments, encoded or not, encoded slashes and percent signs, empty segments, backslashes) matches
// no allow that is narrowed to paths, and every deny that is. Hosts are as in addresses: neither
// '*' nor a name reaches link-local and metadata addresses; what a name was found to be is asked
// before the connection is made (Grants::DecideConnection).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/error.h"
#include "security/policy/host_pattern.h"
#include "security/policy/ip_address.h"
#include "security/policy/ports.h"
#include "security/policy/scope_path.h"
#include "security/policy/subject.h"

namespace airwasm::security {

class UrlScope {
 public:
  static Expected<UrlScope> Parse(std::string_view text, size_t offset, bool allow);

  bool Matches(const Subject& subject) const;
  bool MatchesAll() const;
  // Without regard to what only matching knows; see PathPattern.
  bool Covers(const UrlScope& other) const;
  bool MayOverlap(const UrlScope& other) const;

 private:
  enum class Scheme : uint8_t { kAny, kHttp, kHttps };

  bool IsWholeHost() const { return !path_ || path_->MatchesAll(); }
  bool HostMatches(const Subject& subject) const;
  bool PortMatches(const Subject& subject) const;
  Expected<std::monostate> ParseAuthority(std::string_view text, size_t offset);

  bool allow_ = true;
  std::vector<std::string> methods_;  // empty: every one
  Scheme scheme_ = Scheme::kAny;
  std::variant<HostPattern, IpAddress> host_;
  std::optional<PortSet> ports_;     // null: the scheme's own
  std::optional<PathPattern> path_;  // null: every one
};

// The scheme's own: 80, 443; 0 for others.
uint16_t DefaultPort(std::string_view scheme);

}  // namespace airwasm::security
