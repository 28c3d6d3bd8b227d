#include "security/policy/subject.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "security/policy/host_pattern.h"
#include "security/policy/ip_address.h"
#include "security/policy/scope_path.h"

namespace airwasm::security {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int EscapedByte(std::string_view text, size_t percent) {
  if (percent + 2 >= text.size()) return -1;
  const int high = HexDigit(text[percent + 1]);
  const int low = HexDigit(text[percent + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Of a decoded path.
bool HasAmbiguousSegment(std::string_view path) {
  for (size_t start = 1; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    std::string_view segment = path.substr(start, end - start);
    if (segment.empty() && end != path.size()) return true;
    segment = segment.substr(0, segment.find(';'));  // some servers take "..;x" for ".."
    if (segment == "." || segment == "..") return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

Subject::Subject(Capability capability, const Object& o) : object(o) {
  const ScopeKind expected = ScopeKindOf(capability);
  if (o.kind != expected && o.kind != ScopeKind::kNone) {
    well_formed = false;
    return;
  }
  switch (o.kind) {
    case ScopeKind::kPath:
      well_formed = IsWellFormedPath(o.text);
      return;
    case ScopeKind::kAddress:
      SetAddress(capability);
      return;
    case ScopeKind::kUrl:
      SetUrl();
      return;
    case ScopeKind::kHost:
      // What is looked up may also be an address; other spellings of numbers are refused.
      well_formed = IsHostName(o.text) || ParseIpAddress(o.text).has_value();
      return;
    case ScopeKind::kNone:
    case ScopeKind::kName:
      return;
  }
}

void Subject::SetAddress(Capability capability) {
  if (capability != Capability::kNetListen) {
    ip = ConnectedAddress(object.ip);
    return;
  }
  ip = Canonical(object.ip);
  listens_everywhere = IsUnspecified(ip);
}

void Subject::SetUrl() {
  std::string_view host = object.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  host_ip = ParseIpAddress(host);
  if (host_ip) host_ip = ConnectedAddress(*host_ip);
  well_formed = host_ip || IsHostName(host);
  const std::string_view path = object.text.empty() ? std::string_view("/") : object.text;
  if (path.find('%') == path.npos && path.size() <= kInlineBytes) {
    url_path = path;
  } else if (path.size() <= kInlineBytes) {
    DecodePath(path, inline_path_);
  } else {
    long_path_.resize(path.size());
    DecodePath(path, long_path_.data());
  }
  for (const char c : url_path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\' || c == '?' || c == '#')
      url_path_is_ambiguous = true;
  }
  if (url_path[0] != '/' || HasAmbiguousSegment(url_path)) url_path_is_ambiguous = true;
}

// `out` has room for `encoded`.
void Subject::DecodePath(std::string_view encoded, char* out) {
  size_t size = 0;
  for (size_t i = 0; i < encoded.size(); ++i) {
    char c = encoded[i];
    if (c == '%') {
      const int byte = EscapedByte(encoded, i);
      // Not an escape at all; or a slash or another percent sign, which would have a meaning of its
      // own if it was decoded once more.
      if (byte < 0 || byte == '/' || byte == '%') url_path_is_ambiguous = true;
      if (byte >= 0) {
        c = static_cast<char>(byte);
        i += 2;
      }
    }
    out[size++] = c;
  }
  url_path = {out, size};
}

}  // namespace airwasm::security
