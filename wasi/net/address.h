// Addresses between their three forms: ours, the kernel's, text.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string_view>

#include "airwasm/wasi_network.h"

namespace airwasm::wasi::net {

struct RawAddress {
  sockaddr_storage storage;
  socklen_t size;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

RawAddress ToRaw(const SocketAddress& address);
// None for a family that is neither IPv4 nor IPv6.
std::optional<SocketAddress> FromRaw(const sockaddr* raw, socklen_t size);

// "127.0.0.1", "::1" or "fe80::1%2", without a port. Nothing is looked up.
std::optional<SocketAddress> ParseIp(std::string_view text);

bool IsUnspecified(const SocketAddress& address);  // 0.0.0.0, ::
bool IsIpv4Mapped(const SocketAddress& address);   // ::ffff:a.b.c.d
bool IsMulticast(const SocketAddress& address);
bool IsBroadcast(const SocketAddress& address);
inline bool IsUnicast(const SocketAddress& address) {
  return !IsMulticast(address) && !IsBroadcast(address);
}

}  // namespace airwasm::wasi::net
