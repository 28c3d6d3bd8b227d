#include "security/policy/object_text.h"

#include <optional>
#include <utility>
#include <vector>

#include "engine/base/format.h"
#include "engine/base/status_macros.h"
#include "security/policy/ip_address.h"
#include "security/policy/nearest.h"
#include "security/policy/scope_url.h"
#include "security/policy/units.h"

namespace airwasm::security {
namespace {

// An address of documentation (RFC 5737): what a name is taken for that nobody has looked up.
constexpr IpAddress kUnknownAddress{.is_v6 = false, .bytes = {192, 0, 2, 1}};

std::optional<uint16_t> ParsePort(std::string_view text) {
  const std::optional<uint64_t> port = ParseCount(text);
  return port && *port <= 0xffff ? std::optional(static_cast<uint16_t>(*port)) : std::nullopt;
}

struct HostPort {
  std::string_view host;  // without brackets
  std::optional<std::string_view> port;
};

HostPort SplitHostPort(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == text.npos) return {text, std::nullopt};
    const std::string_view behind = text.substr(close + 1);
    return {text.substr(1, close - 1),
            behind.starts_with(':') ? std::optional(behind.substr(1)) : std::nullopt};
  }
  const size_t colon = text.rfind(':');
  return {text.substr(0, colon),
          colon == text.npos ? std::nullopt : std::optional(text.substr(colon + 1))};
}

absl::StatusOr<Object> ParseAddress(std::string_view text) {
  const auto invalid = [&] {
    return absl::InvalidArgumentError(FormatText(
        "'%s': expected [tcp:|udp:]HOST:PORT, as in 'db.internal:5432', '[::1]:80'", text));
  };
  std::string_view rest = text;
  Protocol protocol = Protocol::kTcp;
  if (rest.starts_with("tcp:") || rest.starts_with("udp:")) {
    protocol = rest[0] == 't' ? Protocol::kTcp : Protocol::kUdp;
    rest.remove_prefix(4);
  }
  std::optional<IpAddress> found;
  if (const size_t open = rest.find(" ("); open != rest.npos && rest.ends_with(')')) {
    std::string_view inner = rest.substr(open + 2, rest.size() - open - 3);
    if (inner.starts_with('[') && inner.ends_with(']')) inner = inner.substr(1, inner.size() - 2);
    found = ParseIpAddress(inner);
    if (!found) return invalid();
    rest = rest.substr(0, open);
  }
  const HostPort parts = SplitHostPort(rest);
  const std::optional<uint16_t> port = parts.port ? ParsePort(*parts.port) : std::nullopt;
  if (!port || parts.host.empty()) return invalid();
  if (const std::optional<IpAddress> ip = ParseIpAddress(parts.host))
    return Object::Address(protocol, *ip, *port);
  return Object::Address(protocol, found.value_or(kUnknownAddress), *port, parts.host);
}

absl::StatusOr<Object> ParseUrl(std::string_view text) {
  std::string_view method = "GET";
  std::string_view url = text;
  if (const size_t space = url.find(' '); space != url.npos && url.find('/') > space) {
    method = url.substr(0, space);
    url.remove_prefix(space + 1);
  }
  const size_t colons = url.find("://");
  if (colons == url.npos)
    return absl::InvalidArgumentError(
        FormatText("'%s': expected [METHOD ]SCHEME://HOST[:PORT][/PATH]", text));
  const std::string_view scheme = url.substr(0, colons);
  url.remove_prefix(colons + 3);
  const size_t slash = url.find('/');
  const HostPort parts = SplitHostPort(url.substr(0, slash));
  const std::optional<uint16_t> port = parts.port ? ParsePort(*parts.port) : DefaultPort(scheme);
  if (parts.host.empty() || !port)
    return absl::InvalidArgumentError(
        FormatText("'%s': expected a host, and a port behind ':'", text));
  std::string_view path = slash == url.npos ? std::string_view("/") : url.substr(slash);
  path = path.substr(0, path.find_first_of("?#"));
  return Object::Url(method, scheme, parts.host, *port, path);
}

}  // namespace

absl::StatusOr<OwnedObject> OwnedObject::Parse(Capability c, std::string_view text) {
  OwnedObject owned;
  *owned.text_ = text;
  const std::string_view copy = *owned.text_;
  const ScopeKind kind = ScopeKindOf(c);
  if (copy.empty()) return owned;
  switch (kind) {
    case ScopeKind::kNone:
      return absl::InvalidArgumentError(
          FormatText("'%s' has no objects, and here is '%s'", TextOf(c), copy));
    case ScopeKind::kPath:
      owned.object_ = Object::Path(copy);
      return owned;
    case ScopeKind::kName:
      owned.object_ = Object::Name(copy);
      return owned;
    case ScopeKind::kHost:
      owned.object_ = Object::Host(copy);
      return owned;
    case ScopeKind::kAddress: {
      ASSIGN_OR_RETURN(owned.object_, ParseAddress(copy));
      return owned;
    }
    case ScopeKind::kUrl: {
      ASSIGN_OR_RETURN(owned.object_, ParseUrl(copy));
      return owned;
    }
  }
  return owned;
}

absl::StatusOr<Action> ParseAction(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  const std::optional<Capability> c = FindCapability(name);
  if (!c) {
    std::vector<std::string_view> words;
    const size_t count = NumCapabilities();
    for (size_t i = 0; i < count; ++i) words.push_back(TextOf(static_cast<Capability>(i)));
    return absl::InvalidArgumentError(
        FormatText("'%s': there is no class '%s'%s", text, name, DidYouMean(name, words)));
  }
  ASSIGN_OR_RETURN(OwnedObject object,
                   OwnedObject::Parse(*c, colon == text.size() ? "" : text.substr(colon + 1)));
  return Action{*c, std::move(object)};
}

}  // namespace airwasm::security
