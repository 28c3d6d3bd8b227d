// Addresses as policies see them: which of the spellings of one address is meant, blocks, and what
// no wildcard reaches.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "security/base/object.h"

namespace airwasm::security {

// "10.0.0.7", "::1"; no brackets, no zones, and four decimal numbers for IPv4.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

// IPv4 inside of IPv6 is the IPv4 address that packets go to: IPv4-mapped (::ffff:0:0/96), and the
// well-known prefix of translators (64:ff9b::/96, RFC 6052).
IpAddress Canonical(const IpAddress& ip);

// Canonical, and where a connection to it goes: one to 0.0.0.0 or :: goes to loopback.
IpAddress ConnectedAddress(const IpAddress& ip);

bool IsUnspecified(const IpAddress& ip);  // 0.0.0.0, ::
bool IsLoopback(const IpAddress& ip);     // 127.0.0.0/8, ::1
// Link-local addresses and those at which clouds tell machines their secrets: 169.254.0.0/16,
// fe80::/10, fd00:ec2::254, 100.100.100.200. Neither '*' nor a name stands for them. Takes any
// spelling.
bool IsLinkLocalOrMetadata(const IpAddress& ip);

struct CidrBlock {
  IpAddress base;  // canonical, zero beyond `bits`
  uint8_t bits = 0;

  bool Contains(const IpAddress& canonical) const;
  bool Contains(const CidrBlock& other) const { return other.bits >= bits && Contains(other.base); }
};

// True if bits of `ip` beyond `bits` are set.
bool HasHostBits(const IpAddress& ip, uint8_t bits);

}  // namespace airwasm::security
