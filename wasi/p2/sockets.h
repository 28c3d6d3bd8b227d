// The types of wasi:sockets/network in C++, and its resources. Inside wasi/p2 only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "wasi/net/address.h"
#include "wasi/net/name_lookup.h"
#include "wasi/net/network_error.h"
#include "wasi/net/tcp_socket.h"
#include "wasi/net/udp_socket.h"
#include "wasi/p2/interface.h"

namespace airwasm::wasi::net {
AIRWASM_ENUM(NetworkError, kNetworkErrorCount);
AIRWASM_ENUM(Shutdown, 3);
}  // namespace airwasm::wasi::net

namespace airwasm::wasi::p2 {

struct Network : Resource {};
struct TcpSocket : Resource {
  explicit TcpSocket(std::shared_ptr<net::TcpSocket> s) : socket(std::move(s)) {}
  std::shared_ptr<net::TcpSocket> socket;
};
struct UdpSocket : Resource {
  explicit UdpSocket(std::shared_ptr<net::UdpSocket> s) : socket(std::move(s)) {}
  std::shared_ptr<net::UdpSocket> socket;
};
struct IncomingDatagrams : Resource {
  explicit IncomingDatagrams(std::shared_ptr<net::UdpSocket> s)
      : socket(std::move(s)), generation(socket->generation()) {}
  std::shared_ptr<net::UdpSocket> socket;
  uint64_t generation;
};
struct OutgoingDatagrams : Resource {
  explicit OutgoingDatagrams(std::shared_ptr<net::UdpSocket> s)
      : socket(std::move(s)), generation(socket->generation()) {}
  std::shared_ptr<net::UdpSocket> socket;
  uint64_t generation;
  uint64_t permit = 0;
};
struct ResolvedAddresses : Resource {
  ResolvedAddresses(std::shared_ptr<net::NameLookup> l, std::string n)
      : lookup(std::move(l)), name(std::move(n)) {}
  std::shared_ptr<net::NameLookup> lookup;
  const std::string name;
  size_t next = 0;
};

template <>
struct DenialError<net::NetworkError> {
  static net::NetworkError Make(Context&) { return net::NetworkError::kAccessDenied; }
};

enum class AddressFamily : uint8_t { kIpv4, kIpv6 };
AIRWASM_ENUM(AddressFamily, 2);

using Ipv4Address = std::tuple<uint8_t, uint8_t, uint8_t, uint8_t>;
using Ipv6Address =
    std::tuple<uint16_t, uint16_t, uint16_t, uint16_t, uint16_t, uint16_t, uint16_t, uint16_t>;
using IpAddress = std::variant<Ipv4Address, Ipv6Address>;
struct Ipv4SocketAddress {
  uint16_t port;
  Ipv4Address address;
};
AIRWASM_RECORD(Ipv4SocketAddress, port, address);
struct Ipv6SocketAddress {
  uint16_t port;
  uint32_t flow_info;
  Ipv6Address address;
  uint32_t scope_id;
};
AIRWASM_RECORD(Ipv6SocketAddress, port, flow_info, address, scope_id);
using IpSocketAddress = std::variant<Ipv4SocketAddress, Ipv6SocketAddress>;

SocketAddress FromWit(const IpSocketAddress& address);
IpSocketAddress ToWit(const SocketAddress& address);
IpAddress ToWitIp(const SocketAddress& address);

// What a function of a socket returns.
template <typename T>
using SocketResult = WitResult<T, net::NetworkError>;
using SocketStatus = SocketResult<std::monostate>;

inline SocketStatus ToResult(const net::Failure& failure) {
  return failure ? SocketStatus::Err(*failure) : SocketStatus::Ok();
}
template <typename T>
SocketResult<T> ToResult(net::Outcome<T> outcome) {
  if (!outcome.ok()) return SocketResult<T>::Err(outcome.error());
  return SocketResult<T>::Ok(std::move(*outcome));
}
SocketResult<IpSocketAddress> ToResult(const net::Outcome<SocketAddress>& address);

// As a guard knows it.
security::IpAddress ToIp(const SocketAddress& address);

// Do the guest's grant and its guard allow it?
bool Allows(const Context& context, SocketUse use, const SocketAddress& address);

// The parts of DefineSockets.
void DefineNetwork(ComponentLinker& linker, absl::Status* status);
void DefineTcp(ComponentLinker& linker, absl::Status* status);
void DefineUdp(ComponentLinker& linker, absl::Status* status);

}  // namespace airwasm::wasi::p2
