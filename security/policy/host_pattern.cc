#include "security/policy/host_pattern.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "engine/base/format.h"
#include "security/policy/glob.h"
#include "security/policy/ip_address.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxHostBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

bool IsLabelByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

// What getaddrinfo(3) reads as a number: decimal, octal or hexadecimal.
bool IsNumber(std::string_view label) {
  const bool hex = label.starts_with("0x") || label.starts_with("0X");
  if (hex) label.remove_prefix(2);
  for (const char c : label) {
    if (hex ? !absl::ascii_isxdigit(static_cast<unsigned char>(c))
            : !absl::ascii_isdigit(static_cast<unsigned char>(c)))
      return false;
  }
  return true;
}

std::string_view WithoutDot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool EqualsLower(std::string_view host, std::string_view lower) {
  if (host.size() != lower.size()) return false;
  for (size_t i = 0; i < host.size(); ++i) {
    if (absl::ascii_tolower(static_cast<unsigned char>(host[i])) != lower[i]) return false;
  }
  return true;
}

}  // namespace

bool IsHostName(std::string_view host) {
  host = WithoutDot(host);
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  size_t start = 0;
  while (true) {
    const size_t end = std::min(host.find('.', start), host.size());
    const std::string_view label = host.substr(start, end - start);
    if (label.empty() || label.size() > kMaxLabelBytes) return false;
    for (const char c : label)
      if (!IsLabelByte(c)) return false;
    if (end == host.size()) return !IsNumber(label);
    start = end + 1;
  }
}

Expected<HostPattern> HostPattern::Parse(std::string_view text, size_t offset) {
  HostPattern pattern;
  if (text == "*") return pattern;
  pattern.kind_ = text.starts_with("*.") ? Kind::kSubdomains : Kind::kName;
  std::string_view name = text;
  if (pattern.kind_ == Kind::kSubdomains) name.remove_prefix(2);
  if (name.find('*') != name.npos)
    return PatternError(offset + text.rfind('*'),
                        "'*' stands for a whole name, or in front: '*.example.org'");
  if (!IsHostName(name)) {
    return PatternError(
        offset,
        FormatText("'%s' is no host name; one is labels of letters, digits, '-' and '_' with dots "
                   "between, 'db.example.org' or '*.example.org'",
                   text.substr(0, kMaxHostBytes)));
  }
  pattern.name_ = absl::AsciiStrToLower(std::string(WithoutDot(name)));
  return pattern;
}

bool HostPattern::IsBeneath(std::string_view host) const {
  if (host.size() < name_.size() + 2) return false;
  const size_t dot = host.size() - name_.size() - 1;
  return host[dot] == '.' && EqualsLower(host.substr(dot + 1), name_);
}

bool HostPattern::Matches(std::string_view host) const {
  host = WithoutDot(host);
  switch (kind_) {
    case Kind::kAny:
      return true;
    case Kind::kName:
      return EqualsLower(host, name_);
    case Kind::kSubdomains:
      return IsBeneath(host);
  }
  return false;
}

bool HostPattern::ReachesAddress(const IpAddress& canonical) const {
  if (IsLocalhost()) return IsLoopback(canonical);
  if (IsLinkLocalOrMetadata(canonical)) return false;
  return kind_ != Kind::kSubdomains || !IsLoopback(canonical);
}

bool HostPattern::Covers(const HostPattern& other) const {
  if (kind_ == Kind::kAny) return true;
  if (other.kind_ == Kind::kAny) return false;
  if (other.kind_ == Kind::kName) return Matches(other.name_);
  return kind_ == Kind::kSubdomains && (name_ == other.name_ || IsBeneath(other.name_));
}

bool HostPattern::MayOverlap(const HostPattern& other) const {
  return Covers(other) || other.Covers(*this);
}

}  // namespace airwasm::security
