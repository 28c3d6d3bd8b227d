#include "security/policy/scope_address.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "engine/base/format.h"
#include "security/policy/glob.h"

namespace airwasm::security {
namespace {

constexpr std::string_view kExpected =
    "expected HOST:PORTS, as in 'db.internal:5432', '10.0.0.0/8:443', '[::1]:*'";

struct HostAndPorts {
  std::string_view host;  // without brackets; with the length of a block
  bool bracketed = false;
  std::string_view ports;
  size_t ports_offset = 0;
};

// `text` is "HOST:PORTS"; the host of an IPv6 address is in brackets, "[::]/0" and "[::/0]" are the
// same.
Expected<HostAndPorts> Split(std::string_view text, size_t offset, std::string* joined) {
  HostAndPorts parts;
  size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == text.npos) return PatternError(offset, "'[' without ']'");
    colon = text.find(':', close);
    const std::string_view length =
        text.substr(close + 1, colon == text.npos ? colon : colon - close - 1);
    if (!length.empty() && length[0] != '/')
      return PatternError(offset + close + 1,
                          FormatText("'%s' behind ']'; expected ':' and a port", length));
    *joined = std::string(text.substr(1, close - 1)) + std::string(length);
    parts.host = *joined;
    parts.bracketed = true;
  } else {
    parts.host = text.substr(0, colon);
    if (parts.host.find(':') != parts.host.npos)
      return PatternError(offset, "an IPv6 address is written in brackets: '[::1]:80'");
  }
  if (colon == text.npos)
    return PatternError(offset + text.size(),
                        FormatText("which port? ':*' is all of them; %s", kExpected));
  parts.ports = text.substr(colon + 1);
  parts.ports_offset = offset + colon + 1;
  if (parts.host.empty())
    return PatternError(offset, FormatText("no host; '*' is all of them; %s", kExpected));
  return parts;
}

}  // namespace

std::optional<Expected<CidrBlock>> ParseCidrBlock(std::string_view text, size_t offset) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> ip = ParseIpAddress(text.substr(0, slash));
  if (!ip) {
    if (slash == text.npos) return std::nullopt;
    return PatternError(
        offset, FormatText("'%s' is no address", text.substr(0, std::min<size_t>(slash, 64))));
  }
  const uint32_t size = ip->is_v6 ? 128 : 32;
  uint32_t bits = size;
  if (slash != text.npos) {
    const std::string_view length = text.substr(slash + 1);
    if (length.empty() || length.size() > 3 ||
        length.find_first_not_of("0123456789") != length.npos ||
        !absl::SimpleAtoi(std::string(length), &bits) || bits > size)
      return PatternError(offset + slash + 1,
                          FormatText("the length of a block is a number up to %d", size));
  }
  if (HasHostBits(*ip, static_cast<uint8_t>(bits)))
    return PatternError(offset, FormatText("'%s' has bits set behind the first %d", text, bits));
  const IpAddress canonical = Canonical(*ip);
  if (canonical.is_v6 == ip->is_v6) return CidrBlock{canonical, static_cast<uint8_t>(bits)};
  // An IPv4 address inside of IPv6; what is shorter than its prefix is no block of IPv4.
  if (bits < 96) return CidrBlock{*ip, static_cast<uint8_t>(bits)};
  return CidrBlock{canonical, static_cast<uint8_t>(bits - 96)};
}

Expected<AddressScope> AddressScope::Parse(std::string_view text, size_t offset, bool allow) {
  AddressScope scope;
  scope.allow_ = allow;
  if (text.starts_with("tcp:") || text.starts_with("udp:")) {
    scope.protocol_ = text[0] == 't' ? Protocol::kTcp : Protocol::kUdp;
    text.remove_prefix(4);
    offset += 4;
  }
  if (text == "*") return scope;
  std::string joined;
  Expected<HostAndPorts> parts = Split(text, offset, &joined);
  if (!parts.ok()) return std::move(parts).error();
  Expected<PortSet> ports = PortSet::Parse(parts->ports, parts->ports_offset);
  if (!ports.ok()) return std::move(ports).error();
  scope.ports_ = *std::move(ports);
  if (auto block = ParseCidrBlock(parts->host, offset)) {
    if (!block->ok()) return std::move(*block).error();
    scope.host_ = **std::move(block);
    return scope;
  }
  if (parts->bracketed)
    return PatternError(offset, FormatText("'%s' is no IPv6 address", parts->host));
  Expected<HostPattern> host = HostPattern::Parse(parts->host, offset);
  if (!host.ok()) return std::move(host).error();
  scope.host_ = *std::move(host);
  return scope;
}

bool AddressScope::HostMatches(const Subject& subject) const {
  if (const auto* const block = std::get_if<CidrBlock>(&host_))
    return block->Contains(subject.ip) || (subject.listens_everywhere && !allow_);
  const HostPattern& name = std::get<HostPattern>(host_);
  if (name.IsLocalhost() && IsLoopback(subject.ip)) return true;
  const bool named = name.kind() == HostPattern::Kind::kAny ||
                     (!subject.object.host.empty() && name.Matches(subject.object.host));
  if (!allow_) return named || subject.listens_everywhere;
  return named && name.ReachesAddress(subject.ip);
}

bool AddressScope::Matches(const Subject& subject) const {
  if (protocol_ && *protocol_ != subject.object.protocol) return false;
  return ports_.Contains(subject.object.port) && HostMatches(subject);
}

bool AddressScope::MatchesName(std::string_view host) const {
  const auto* const name = std::get_if<HostPattern>(&host_);
  return name != nullptr && name->Matches(host);
}

bool AddressScope::MatchesAll() const {
  const auto* const name = std::get_if<HostPattern>(&host_);
  return name != nullptr && name->kind() == HostPattern::Kind::kAny && !protocol_ &&
         ports_.IsAll() && !allow_;
}

bool AddressScope::Covers(const AddressScope& other) const {
  if (protocol_ && protocol_ != other.protocol_) return false;
  if (!ports_.Covers(other.ports_)) return false;
  const auto* const block = std::get_if<CidrBlock>(&host_);
  const auto* const other_block = std::get_if<CidrBlock>(&other.host_);
  if (block != nullptr && other_block != nullptr) return block->Contains(*other_block);
  if (block != nullptr) return false;
  const HostPattern& name = std::get<HostPattern>(host_);
  if (other_block != nullptr) {
    if (name.IsLocalhost())
      return IsLoopback(other_block->base) &&
             other_block->bits >= (other_block->base.is_v6 ? 128 : 8);
    // An allow of '*' leaves out what only addresses reach, and a block may hold such.
    return name.kind() == HostPattern::Kind::kAny &&
           (!allow_ || (other_block->bits == (other_block->base.is_v6 ? 128 : 32) &&
                        !IsLinkLocalOrMetadata(other_block->base)));
  }
  return name.Covers(std::get<HostPattern>(other.host_));
}

bool AddressScope::MayOverlap(const AddressScope& other) const {
  if (protocol_ && other.protocol_ && *protocol_ != *other.protocol_) return false;
  if (!ports_.Overlaps(other.ports_)) return false;
  const auto* const block = std::get_if<CidrBlock>(&host_);
  const auto* const other_block = std::get_if<CidrBlock>(&other.host_);
  if (block != nullptr && other_block != nullptr)
    return block->Contains(*other_block) || other_block->Contains(*block);
  if (block != nullptr || other_block != nullptr)
    return true;  // a name may be found to be any address
  return std::get<HostPattern>(host_).MayOverlap(std::get<HostPattern>(other.host_));
}

}  // namespace airwasm::security
