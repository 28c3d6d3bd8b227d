// wasi:sockets/network, instance-network and ip-name-lookup.
#include "wasi/p2/sockets.h"

#include <string>

#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {
namespace {

using net::NetworkError;

template <size_t... i>
Ipv6Address Groups(const std::array<uint8_t, 16>& ip, std::index_sequence<i...>) {
  return {static_cast<uint16_t>(ip[2 * i] << 8 | ip[2 * i + 1])...};
}

struct LookupReadiness : host::Pollable {
  explicit LookupReadiness(std::shared_ptr<net::NameLookup> l) : lookup(std::move(l)) {}
  bool Ready() override { return lookup->result() != nullptr; }
  Interest interest() override { return {}; }
  std::shared_ptr<net::NameLookup> lookup;
};

absl::StatusOr<SocketResult<Own<ResolvedAddresses>>> Resolve(HostCall& call, Borrow<Network>,
                                                             const std::string& name) {
  using Result = SocketResult<Own<ResolvedAddresses>>;
  Context& context = Context::Of(call);
  const NetworkGrant& grant = context.config().network;
  if (!net::IsHostName(name)) return Result::Err(NetworkError::kInvalidArgument);
  if (!grant.name_lookup || (grant.check_name && !grant.check_name(name)))
    return Result::Err(NetworkError::kAccessDenied);
  if (context.guard() != nullptr &&
      !context.guard()->Allow(asks::kLookup, security::Object::Host(name)))
    return Result::Err(NetworkError::kAccessDenied);
  auto lookup = net::NameLookup::Start(name, [wakeup = context.wakeup()] { wakeup->Notify(); });
  auto handle = context.Add(std::make_unique<ResolvedAddresses>(std::move(lookup), name));
  if (!handle.ok()) return handle.status();
  return Result::Ok(*handle);
}

SocketResult<std::optional<IpAddress>> NextAddress(HostCall& call,
                                                   Borrow<ResolvedAddresses> handle) {
  using Result = SocketResult<std::optional<IpAddress>>;
  ResolvedAddresses& self = Context::Get(handle);
  const net::NameLookup::Addresses* const result = self.lookup->result();
  if (result == nullptr) return Result::Err(NetworkError::kWouldBlock);
  if (!result->ok()) return Result::Err(result->error());
  if (self.next == (*result)->size()) return Result::Ok(std::nullopt);
  const SocketAddress& address = (**result)[self.next++];
  if (security::Guard* const guard = Context::Of(call).guard())
    guard->Pin(self.name, ToIp(address));
  return Result::Ok(ToWitIp(address));
}

}  // namespace

SocketAddress FromWit(const IpSocketAddress& address) {
  SocketAddress result;
  if (const auto* const v4 = std::get_if<0>(&address)) {
    const auto [a, b, c, d] = v4->address;
    result.port = v4->port;
    result.ip = {a, b, c, d};
  } else {
    const Ipv6SocketAddress& v6 = std::get<1>(address);
    result.is_ipv6 = true;
    result.port = v6.port;
    result.flow_info = v6.flow_info;
    result.scope_id = v6.scope_id;
    size_t at = 0;
    std::apply(
        [&](auto... group) {
          ((result.ip[at] = static_cast<uint8_t>(group >> 8),
            result.ip[at + 1] = static_cast<uint8_t>(group), at += 2),
           ...);
        },
        v6.address);
  }
  return result;
}

IpAddress ToWitIp(const SocketAddress& address) {
  if (address.is_ipv6) return Groups(address.ip, std::make_index_sequence<8>());
  return Ipv4Address(address.ip[0], address.ip[1], address.ip[2], address.ip[3]);
}

IpSocketAddress ToWit(const SocketAddress& address) {
  const IpAddress ip = ToWitIp(address);
  if (!address.is_ipv6) return Ipv4SocketAddress{address.port, std::get<0>(ip)};
  return Ipv6SocketAddress{address.port, address.flow_info, std::get<1>(ip), address.scope_id};
}

SocketResult<IpSocketAddress> ToResult(const net::Outcome<SocketAddress>& address) {
  if (!address.ok()) return SocketResult<IpSocketAddress>::Err(address.error());
  return SocketResult<IpSocketAddress>::Ok(ToWit(*address));
}

bool Allows(const Context& context, SocketUse use, const SocketAddress& address) {
  const NetworkGrant& grant = context.config().network;
  const bool tcp = use == SocketUse::kTcpBind || use == SocketUse::kTcpConnect;
  if (!(tcp ? grant.tcp : grant.udp)) return false;
  if (grant.check && !grant.check(use, address)) return false;
  if (context.guard() == nullptr) return true;
  const bool binds = use == SocketUse::kTcpBind || use == SocketUse::kUdpBind;
  return context.guard()->AllowAddress(
      binds ? security::Capability::kNetListen : security::Capability::kNetConnect,
      tcp ? security::Protocol::kTcp : security::Protocol::kUdp, ToIp(address), address.port);
}

security::IpAddress ToIp(const SocketAddress& address) {
  return {.is_v6 = address.is_ipv6, .bytes = address.ip};
}

void DefineNetwork(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:sockets/network", asks::kNet, status)
      .Use("error", "wasi:io/error")
      .Resource<Network>("network")
      .Func("network-error-code", [](Borrow<IoError> error) -> std::optional<NetworkError> {
        const auto* const posix =
            dynamic_cast<const host::PosixStreamError*>(Context::Get(error).error.get());
        if (posix == nullptr) return std::nullopt;
        return net::FromErrno(posix->error);
      });
  Interface(linker, "wasi:sockets/instance-network", asks::kNet | asks::kLookup, status)
      .Use("network", "wasi:sockets/network")
      .Func("instance-network",
            [](HostCall& call) { return Context::Of(call).Add(std::make_unique<Network>()); });
  Interface(linker, "wasi:sockets/ip-name-lookup", asks::kLookup, status)
      .Use("pollable", "wasi:io/poll")
      .Use("network", "wasi:sockets/network")
      .Resource<ResolvedAddresses>("resolve-address-stream")
      .Func("resolve-addresses",
            [](HostCall& call, Borrow<Network> network, const std::string& name) {
              return Resolve(call, network, name);
            })
      .Func("[method]resolve-address-stream.resolve-next-address",
            [](HostCall& call, Borrow<ResolvedAddresses> self) { return NextAddress(call, self); })
      .Func("[method]resolve-address-stream.subscribe",
            [](HostCall& call, Borrow<ResolvedAddresses> self) {
              return Subscribe(Context::Of(call),
                               std::make_shared<LookupReadiness>(Context::Get(self).lookup));
            });
}

absl::Status DefineSockets(ComponentLinker& linker) {
  absl::Status status;
  DefineNetwork(linker, &status);
  DefineTcp(linker, &status);
  DefineUdp(linker, &status);
  return status;
}

}  // namespace airwasm::wasi::p2
