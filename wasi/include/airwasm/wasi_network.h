// What an embedder lets a guest do on the network. The default is nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace airwasm::wasi {

// An address of IPv4 or IPv6 with a port.
struct SocketAddress {
  bool is_ipv6 = false;
  std::array<uint8_t, 16> ip{};  // network order; of IPv4 the first four
  uint16_t port = 0;
  uint32_t flow_info = 0;
  uint32_t scope_id = 0;

  bool operator==(const SocketAddress&) const = default;
  std::string ToString() const;  // "127.0.0.1:80", "[::1]:80"
};

// What a guest is about to do with an address.
enum class SocketUse : uint8_t {
  kTcpBind,
  kTcpConnect,
  kUdpBind,
  kUdpConnect,
  kUdpSend,  // each datagram to a peer that is not connected
  kHttpConnect,
};

struct NetworkGrant {
  bool tcp = false;
  bool udp = false;
  bool name_lookup = false;

  // Asked, if set, before each use of an address; false denies it. What was not bound before it
  // connects is asked for with the address of the peer alone. Threads: the guest's; for
  // kHttpConnect, which is asked with every address that a connection is made to, the network's.
  std::function<bool(SocketUse, const SocketAddress&)> check;
  // Asked, if set, before a name is looked up.
  std::function<bool(std::string_view name)> check_name;

  // How many sockets the guest may have at a time.
  size_t max_sockets = 256;

  static NetworkGrant All() { return {.tcp = true, .udp = true, .name_lookup = true}; }
};

// Where an HTTP request is to go, as its guest says.
struct HttpTarget {
  std::string_view method;
  std::string_view scheme;     // "http" or "https"
  std::string_view authority;  // "example.org:8080"
  std::string_view path_with_query;
};

struct HttpGrant {
  bool outgoing = false;
  // Asked, if set, before each request; false denies it.
  std::function<bool(const HttpTarget&)> check;

  // Of one guest, at a time.
  size_t max_requests = 128;
  // Used where the guest gives none, and an upper bound to what it gives.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(60);
  std::chrono::nanoseconds first_byte_timeout = std::chrono::seconds(600);
  std::chrono::nanoseconds between_bytes_timeout = std::chrono::seconds(600);
};

}  // namespace airwasm::wasi
