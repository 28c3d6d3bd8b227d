#include "security/policy/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace airwasm::security {
namespace {

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr uint8_t kTranslatedPrefix[12] = {0, 0x64, 0xff, 0x9b};

bool BitsAgree(const IpAddress& a, const IpAddress& b, unsigned bits) {
  const size_t whole = bits / 8;
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  const unsigned left = bits % 8;
  return left == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - left) == 0;
}

// What no wildcard reaches.
constexpr CidrBlock kReserved[] = {
    {{.is_v6 = false, .bytes = {169, 254}}, 16},
    {{.is_v6 = false, .bytes = {100, 100, 100, 200}}, 32},
    {{.is_v6 = true, .bytes = {0xfe, 0x80}}, 10},
    {{.is_v6 = true, .bytes = {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}},
     128},
};

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
  IpAddress ip;
  if (inet_pton(AF_INET, terminated.c_str(), ip.bytes.data()) == 1) return ip;
  ip = {.is_v6 = true};
  if (inet_pton(AF_INET6, terminated.c_str(), ip.bytes.data()) == 1) return ip;
  return std::nullopt;
}

IpAddress Canonical(const IpAddress& ip) {
  if (!ip.is_v6) {
    IpAddress v4;
    std::copy_n(ip.bytes.begin(), 4, v4.bytes.begin());
    return v4;
  }
  if (std::memcmp(ip.bytes.data(), kMappedPrefix, 12) != 0 &&
      std::memcmp(ip.bytes.data(), kTranslatedPrefix, 12) != 0)
    return ip;
  IpAddress v4;
  std::copy_n(ip.bytes.begin() + 12, 4, v4.bytes.begin());
  return v4;
}

IpAddress ConnectedAddress(const IpAddress& ip) {
  IpAddress connected = Canonical(ip);
  if (!IsUnspecified(connected)) return connected;
  if (connected.is_v6) {
    connected.bytes[15] = 1;
  } else {
    connected.bytes = {127, 0, 0, 1};
  }
  return connected;
}

bool IsUnspecified(const IpAddress& ip) {
  return ip.bytes == IpAddress{}.bytes;
}

bool IsLoopback(const IpAddress& ip) {
  if (!ip.is_v6) return ip.bytes[0] == 127;
  IpAddress one{.is_v6 = true};
  one.bytes[15] = 1;
  return ip == one;
}

bool IsLinkLocalOrMetadata(const IpAddress& ip) {
  const IpAddress canonical = Canonical(ip);
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [&](const CidrBlock& block) { return block.Contains(canonical); });
}

bool CidrBlock::Contains(const IpAddress& canonical) const {
  return canonical.is_v6 == base.is_v6 && BitsAgree(canonical, base, bits);
}

bool HasHostBits(const IpAddress& ip, uint8_t bits) {
  const unsigned size = ip.is_v6 ? 128 : 32;
  for (unsigned bit = bits; bit < size; ++bit) {
    if ((ip.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return true;
  }
  return false;
}

}  // namespace airwasm::security
