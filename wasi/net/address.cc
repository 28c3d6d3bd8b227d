#include "wasi/net/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace airwasm::wasi {

std::string SocketAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, ip.data(), text, sizeof text);
  const std::string host = is_ipv6 ? "[" + std::string(text) + "]" : std::string(text);
  return host + ":" + std::to_string(port);
}

}  // namespace airwasm::wasi

namespace airwasm::wasi::net {

RawAddress ToRaw(const SocketAddress& address) {
  RawAddress raw;
  std::memset(&raw, 0, sizeof raw);
  if (address.is_ipv6) {
    auto* const in = reinterpret_cast<sockaddr_in6*>(&raw.storage);
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(address.port);
    in->sin6_flowinfo = htonl(address.flow_info);
    in->sin6_scope_id = address.scope_id;
    std::memcpy(&in->sin6_addr, address.ip.data(), 16);
    raw.size = sizeof *in;
  } else {
    auto* const in = reinterpret_cast<sockaddr_in*>(&raw.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(address.port);
    std::memcpy(&in->sin_addr, address.ip.data(), 4);
    raw.size = sizeof *in;
  }
  return raw;
}

std::optional<SocketAddress> FromRaw(const sockaddr* raw, socklen_t size) {
  SocketAddress address;
  if (raw->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in in;
    std::memcpy(&in, raw, sizeof in);
    address.port = ntohs(in.sin_port);
    std::memcpy(address.ip.data(), &in.sin_addr, 4);
    return address;
  }
  if (raw->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in;
    std::memcpy(&in, raw, sizeof in);
    address.is_ipv6 = true;
    address.port = ntohs(in.sin6_port);
    address.flow_info = ntohl(in.sin6_flowinfo);
    address.scope_id = in.sin6_scope_id;
    std::memcpy(address.ip.data(), &in.sin6_addr, 16);
    return address;
  }
  return std::nullopt;
}

std::optional<SocketAddress> ParseIp(std::string_view text) {
  SocketAddress address;
  const size_t percent = text.find('%');
  const std::string ip(text.substr(0, percent));
  if (percent == std::string_view::npos && inet_pton(AF_INET, ip.c_str(), address.ip.data()) == 1)
    return address;
  if (inet_pton(AF_INET6, ip.c_str(), address.ip.data()) != 1) return std::nullopt;
  address.is_ipv6 = true;
  if (percent == std::string_view::npos) return address;
  const std::string zone(text.substr(percent + 1));
  const bool number =
      !zone.empty() && zone.size() < 10 &&
      std::all_of(zone.begin(), zone.end(), [](char c) { return c >= '0' && c <= '9'; });
  address.scope_id =
      number ? static_cast<uint32_t>(std::stoul(zone)) : if_nametoindex(zone.c_str());
  if (address.scope_id == 0) return std::nullopt;
  return address;
}

bool IsUnspecified(const SocketAddress& address) {
  return std::all_of(address.ip.begin(), address.ip.begin() + (address.is_ipv6 ? 16 : 4),
                     [](uint8_t byte) { return byte == 0; });
}

bool IsIpv4Mapped(const SocketAddress& address) {
  static constexpr uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return address.is_ipv6 && std::memcmp(address.ip.data(), kPrefix, sizeof kPrefix) == 0;
}

bool IsMulticast(const SocketAddress& address) {
  return address.is_ipv6 ? address.ip[0] == 0xff : (address.ip[0] & 0xf0) == 0xe0;
}

bool IsBroadcast(const SocketAddress& address) {
  return !address.is_ipv6 && std::all_of(address.ip.begin(), address.ip.begin() + 4,
                                         [](uint8_t byte) { return byte == 0xff; });
}

}  // namespace airwasm::wasi::net
