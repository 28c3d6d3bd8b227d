#include "security/policy/scope_url.h"

#include <algorithm>
#include <utility>

#include "engine/base/format.h"
#include "security/policy/glob.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxMethods = 32;
// Spec: RFC 9110, tokens.
constexpr std::string_view kTokenBytes =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

Expected<std::vector<std::string>> ParseMethods(std::string_view text, size_t offset) {
  std::vector<std::string> methods;
  for (size_t start = 0;;) {
    const size_t end = std::min(text.find(',', start), text.size());
    const std::string_view method = text.substr(start, end - start);
    if (method.empty() || method.find_first_not_of(kTokenBytes) != method.npos)
      return PatternError(
          offset + start,
          FormatText("'%s' is no method; expected 'GET', 'POST,PUT' or '*'", method.substr(0, 32)));
    if (method == "*") return std::vector<std::string>();
    if (method.find_first_of("abcdefghijklmnopqrstuvwxyz") != method.npos)
      return PatternError(offset + start, FormatText("'%s': methods are written in capitals",
                                                     method.substr(0, 32)));
    if (methods.size() == kMaxMethods)
      return PatternError(offset + start, FormatText("more than %d methods", kMaxMethods));
    methods.emplace_back(method);
    if (end == text.size()) return methods;
    start = end + 1;
  }
}

bool Contains(const std::vector<std::string>& methods, std::string_view method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace

uint16_t DefaultPort(std::string_view scheme) {
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

Expected<UrlScope> UrlScope::Parse(std::string_view text, size_t offset, bool allow) {
  UrlScope scope;
  scope.allow_ = allow;
  if (const size_t space = text.find(' '); space != text.npos && text.find('/') > space) {
    Expected<std::vector<std::string>> methods = ParseMethods(text.substr(0, space), offset);
    if (!methods.ok()) return std::move(methods).error();
    scope.methods_ = *std::move(methods);
    text.remove_prefix(space + 1);
    offset += space + 1;
  }
  const size_t colons = text.find("://");
  if (colons != text.npos) {
    const std::string_view scheme = text.substr(0, colons);
    if (scheme != "*" && DefaultPort(scheme) == 0)
      return PatternError(
          offset, FormatText("the scheme '%s'; expected http, https or '*'", scheme.substr(0, 32)));
    scope.scheme_ = scheme == "http"    ? Scheme::kHttp
                    : scheme == "https" ? Scheme::kHttps
                                        : Scheme::kAny;
    text.remove_prefix(colons + 3);
    offset += colons + 3;
  }
  if (text.empty())
    return PatternError(offset,
                        "no host; expected [METHODS ][SCHEME://]HOST[:PORTS][/PATH], or '*'");
  const size_t slash = std::min(text.find('/'), text.size());
  if (slash < text.size()) {
    Expected<PathPattern> path =
        PathPattern::Parse(text.substr(slash), offset + slash, PathPattern::Of::kUrl);
    if (!path.ok()) return std::move(path).error();
    scope.path_ = *std::move(path);
  }
  if (text == "*" && colons == text.npos) {
    scope.ports_ = PortSet::All();
    return scope;
  }
  if (auto parsed = scope.ParseAuthority(text.substr(0, slash), offset); !parsed.ok())
    return std::move(parsed).error();
  return scope;
}

Expected<std::monostate> UrlScope::ParseAuthority(std::string_view text, size_t offset) {
  if (const size_t at = text.find('@'); at != text.npos)
    return PatternError(offset + at, "'@': users and passwords are no part of a scope");
  size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == text.npos) return PatternError(offset, "'[' without ']'");
    colon = close + 1 < text.size() ? close + 1 : text.npos;
    if (colon != text.npos && text[colon] != ':')
      return PatternError(offset + colon, "expected ':' or '/' behind ']'");
    host = text.substr(1, close - 1);
    const std::optional<IpAddress> ip = ParseIpAddress(host);
    if (!ip || !ip->is_v6)
      return PatternError(offset + 1, FormatText("'%s' is no IPv6 address", host.substr(0, 64)));
    host_ = Canonical(*ip);
  } else if (const std::optional<IpAddress> ip = ParseIpAddress(host); ip && !ip->is_v6) {
    host_ = *ip;
  } else {
    if (host.find(':') != host.npos)
      return PatternError(offset, "an IPv6 address is written in brackets: 'http://[::1]:80'");
    Expected<HostPattern> pattern = HostPattern::Parse(host, offset);
    if (!pattern.ok()) return std::move(pattern).error();
    host_ = *std::move(pattern);
  }
  if (colon == text.npos) return std::monostate();
  Expected<PortSet> ports = PortSet::Parse(text.substr(colon + 1), offset + colon + 1);
  if (!ports.ok()) return std::move(ports).error();
  ports_ = *std::move(ports);
  return std::monostate();
}

bool UrlScope::HostMatches(const Subject& subject) const {
  if (const auto* const ip = std::get_if<IpAddress>(&host_))
    return subject.host_ip == *ip || (!allow_ && subject.connected == *ip);
  const HostPattern& name = std::get<HostPattern>(host_);
  if (allow_ && subject.connected && !name.ReachesAddress(*subject.connected)) return false;
  if (!subject.host_ip) return name.Matches(subject.object.host);
  if (name.IsLocalhost()) return IsLoopback(*subject.host_ip);
  return name.kind() == HostPattern::Kind::kAny &&
         (!allow_ || name.ReachesAddress(*subject.host_ip));
}

bool UrlScope::PortMatches(const Subject& subject) const {
  if (ports_) return ports_->Contains(subject.object.port);
  return subject.object.port == DefaultPort(subject.object.scheme);
}

bool UrlScope::Matches(const Subject& subject) const {
  if (!methods_.empty() && !Contains(methods_, subject.object.method)) return false;
  if (scheme_ != Scheme::kAny &&
      subject.object.scheme != (scheme_ == Scheme::kHttp ? "http" : "https"))
    return false;
  if (!PortMatches(subject) || !HostMatches(subject)) return false;
  if (IsWholeHost()) return true;
  if (subject.url_path_is_ambiguous) return !allow_;
  return path_->Matches(subject.url_path);
}

bool UrlScope::MatchesAll() const {
  const auto* const name = std::get_if<HostPattern>(&host_);
  return methods_.empty() && scheme_ == Scheme::kAny && ports_ && ports_->IsAll() &&
         IsWholeHost() && name != nullptr && name->kind() == HostPattern::Kind::kAny && !allow_;
}

bool UrlScope::Covers(const UrlScope& other) const {
  if (!methods_.empty() &&
      (other.methods_.empty() ||
       !std::all_of(other.methods_.begin(), other.methods_.end(),
                    [&](const std::string& m) { return Contains(methods_, m); })))
    return false;
  if (scheme_ != Scheme::kAny && scheme_ != other.scheme_) return false;
  // The scheme's own port is one that other's ports, which may be more, are not compared with.
  if (ports_ ? !ports_->IsAll() && (!other.ports_ || !ports_->Covers(*other.ports_))
             : other.ports_.has_value())
    return false;
  const auto* const name = std::get_if<HostPattern>(&host_);
  const auto* const other_name = std::get_if<HostPattern>(&other.host_);
  if (name != nullptr && other_name != nullptr) {
    if (!name->Covers(*other_name)) return false;
  } else if (name == nullptr) {
    if (other_name != nullptr || std::get<IpAddress>(host_) != std::get<IpAddress>(other.host_))
      return false;
  } else {
    const IpAddress& ip = std::get<IpAddress>(other.host_);
    const bool reached = name->IsLocalhost() ? IsLoopback(ip)
                                             : name->kind() == HostPattern::Kind::kAny &&
                                                   !(allow_ && IsLinkLocalOrMetadata(ip));
    if (!reached) return false;
  }
  return IsWholeHost() || (other.path_ && path_->Covers(*other.path_));
}

bool UrlScope::MayOverlap(const UrlScope& other) const {
  if (!methods_.empty() && !other.methods_.empty() &&
      std::none_of(methods_.begin(), methods_.end(),
                   [&](const std::string& m) { return Contains(other.methods_, m); }))
    return false;
  if (scheme_ != Scheme::kAny && other.scheme_ != Scheme::kAny && scheme_ != other.scheme_)
    return false;
  if (ports_ && other.ports_ && !ports_->Overlaps(*other.ports_)) return false;
  const auto* const name = std::get_if<HostPattern>(&host_);
  const auto* const other_name = std::get_if<HostPattern>(&other.host_);
  if (name != nullptr && other_name != nullptr && !name->MayOverlap(*other_name)) return false;
  if (name == nullptr && other_name == nullptr &&
      std::get<IpAddress>(host_) != std::get<IpAddress>(other.host_))
    return false;
  return IsWholeHost() || other.IsWholeHost() || path_->MayOverlap(*other.path_);
}

}  // namespace airwasm::security
