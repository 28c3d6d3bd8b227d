// wasi:sockets/udp and udp-create-socket.
#include <poll.h>

#include <algorithm>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "wasi/net/socket_options.h"
#include "wasi/p2/io.h"
#include "wasi/p2/network_state.h"
#include "wasi/p2/sockets.h"

namespace airwasm::wasi::p2 {

struct IncomingDatagram {
  std::vector<uint8_t> data;
  IpSocketAddress remote_address;
};
AIRWASM_RECORD(IncomingDatagram, data, remote_address);
struct OutgoingDatagram {
  std::span<const uint8_t> data;
  std::optional<IpSocketAddress> remote_address;
};
AIRWASM_RECORD(OutgoingDatagram, data, remote_address);

namespace {

using net::NetworkError;
using Self = Borrow<UdpSocket>;

constexpr uint64_t kPermitDatagrams = 16;

net::UdpSocket& Get(Self self) {
  return *Context::Get(self).socket;
}

absl::StatusOr<SocketResult<Own<UdpSocket>>> Create(HostCall& call, AddressFamily family) {
  using Result = SocketResult<Own<UdpSocket>>;
  Context& context = Context::Of(call);
  const NetworkGrant& grant = context.config().network;
  if (!grant.udp) return Result::Err(NetworkError::kAccessDenied);
  std::shared_ptr<void> place = NetworkState::Of(call).TakeSocket(context);
  if (place == nullptr) return Result::Err(NetworkError::kNewSocketLimit);
  auto socket = net::UdpSocket::Create(family == AddressFamily::kIpv6);
  if (!socket.ok()) return Result::Err(socket.error());
  (*socket)->SetPlace(std::move(place));
  auto handle = context.Add(std::make_unique<UdpSocket>(*socket));
  if (!handle.ok()) return handle.status();
  return Result::Ok(*handle);
}

SocketStatus StartBind(HostCall& call, Self self, const IpSocketAddress& to) {
  const SocketAddress address = FromWit(to);
  if (const net::Failure failure = Get(self).CheckBind(address)) return ToResult(failure);
  if (!Allows(Context::Of(call), SocketUse::kUdpBind, address))
    return SocketStatus::Err(NetworkError::kAccessDenied);
  return ToResult(Get(self).StartBind(address));
}

using StreamPair = std::tuple<Own<IncomingDatagrams>, Own<OutgoingDatagrams>>;
absl::StatusOr<SocketResult<StreamPair>> Stream(HostCall& call, Self self,
                                                const std::optional<IpSocketAddress>& to) {
  using Result = SocketResult<StreamPair>;
  Context& context = Context::Of(call);
  const std::shared_ptr<net::UdpSocket>& socket = Context::Get(self).socket;
  std::optional<SocketAddress> remote;
  if (to) {
    remote = FromWit(*to);
    if (const net::Failure failure = socket->CheckRemote(*remote)) return Result::Err(*failure);
    if (!Allows(context, SocketUse::kUdpConnect, *remote))
      return Result::Err(NetworkError::kAccessDenied);
  }
  if (const net::Failure failure = socket->Stream(remote)) return Result::Err(*failure);
  auto incoming = context.Add(std::make_unique<IncomingDatagrams>(socket));
  if (!incoming.ok()) return incoming.status();
  auto outgoing = context.Add(std::make_unique<OutgoingDatagrams>(socket));
  if (!outgoing.ok()) return outgoing.status();
  return Result::Ok(StreamPair(*incoming, *outgoing));
}

absl::StatusOr<SocketResult<std::vector<IncomingDatagram>>> Receive(
    HostCall& call, Borrow<IncomingDatagrams> handle, uint64_t most) {
  using Result = SocketResult<std::vector<IncomingDatagram>>;
  IncomingDatagrams& self = Context::Get(handle);
  if (self.generation != self.socket->generation()) return Result::Err(NetworkError::kInvalidState);
  Context& context = Context::Of(call);
  const std::optional<SocketAddress>& remote = self.socket->remote();
  if (remote && !Allows(context, SocketUse::kUdpConnect, *remote))
    return Result::Err(NetworkError::kAccessDenied);
  // Charged as if each were as large as one can be, with the buffer that it is received into; so
  // there may be room for fewer than the guest asks for.
  most = std::min(most, net::kMaxDatagramsPerCall);
  if (const security::Meter* const meter = context.meter()) {
    const uint64_t room = meter->HostBytesLeft() / net::kMaxDatagramBytes;
    most = std::min(most, std::max<uint64_t>(room, 2) - 1);
  }
  const security::HostBytes charge(context.meter(),
                                   most == 0 ? 0 : (most + 1) * net::kMaxDatagramBytes);
  if (!charge.ok()) return context.EndsGuestForQuota();
  net::Outcome<std::vector<net::Datagram>> datagrams = self.socket->Receive(most);
  if (!datagrams.ok()) return Result::Err(datagrams.error());
  std::vector<IncomingDatagram> list;
  for (net::Datagram& datagram : *datagrams)
    list.push_back({std::move(datagram.data), ToWit(datagram.remote)});
  return Result::Ok(std::move(list));
}

SocketResult<uint64_t> CheckSend(OutgoingDatagrams& self) {
  if (self.generation != self.socket->generation())
    return SocketResult<uint64_t>::Err(NetworkError::kInvalidState);
  self.permit = self.socket->Writable() ? kPermitDatagrams : 0;
  return SocketResult<uint64_t>::Ok(self.permit);
}

// One datagram: true if it is gone, false if there is no room for it now.
net::Outcome<bool> SendOne(const Context& context, OutgoingDatagrams& self,
                           const OutgoingDatagram& datagram) {
  net::UdpSocket& socket = *self.socket;
  std::optional<SocketAddress> remote;
  if (datagram.remote_address) remote = FromWit(*datagram.remote_address);
  if (socket.remote()) {
    if (remote && *remote != *socket.remote()) return NetworkError::kInvalidArgument;
    // It was allowed when the stream was made; it has to be now.
    if (!Allows(context, SocketUse::kUdpSend, *socket.remote())) return NetworkError::kAccessDenied;
    return socket.Send(datagram.data, nullptr);
  }
  if (!remote) return NetworkError::kInvalidArgument;
  if (const net::Failure failure = socket.CheckRemote(*remote)) return *failure;
  if (!Allows(context, SocketUse::kUdpSend, *remote)) return NetworkError::kAccessDenied;
  return socket.Send(datagram.data, &*remote);
}

absl::StatusOr<SocketResult<uint64_t>> Send(HostCall& call, Borrow<OutgoingDatagrams> handle,
                                            const std::vector<OutgoingDatagram>& datagrams) {
  using Result = SocketResult<uint64_t>;
  OutgoingDatagrams& self = Context::Get(handle);
  if (datagrams.size() > self.permit) {
    return absl::FailedPreconditionError(
        absl::StrCat("outgoing-datagram-stream.send: ", datagrams.size(), " datagrams where ",
                     self.permit, " are permitted"));
  }
  if (self.generation != self.socket->generation()) return Result::Err(NetworkError::kInvalidState);
  self.permit -= datagrams.size();
  uint64_t sent = 0;
  for (const OutgoingDatagram& datagram : datagrams) {
    const net::Outcome<bool> outcome = SendOne(Context::Of(call), self, datagram);
    if (!outcome.ok() && sent == 0) return Result::Err(outcome.error());
    if (!outcome.ok() || !*outcome) break;
    ++sent;
  }
  return Result::Ok(sent);
}

void DefineBuffer(Interface& udp, const std::string& name, net::Buffer buffer) {
  udp.Func("[method]udp-socket." + name,
           [buffer](Self self) { return ToResult(net::GetBufferSize(Get(self).fd(), buffer)); })
      .Func("[method]udp-socket.set-" + name, [buffer](Self self, uint64_t bytes) {
        return ToResult(net::SetBufferSize(Get(self).fd(), buffer, bytes));
      });
}

void DefineSocket(Interface& udp) {
  udp.Resource<UdpSocket>("udp-socket")
      .Func("[method]udp-socket.start-bind",
            [](HostCall& call, Self self, Borrow<Network>, const IpSocketAddress& address) {
              return StartBind(call, self, address);
            })
      .Func("[method]udp-socket.finish-bind",
            [](Self self) { return ToResult(Get(self).FinishBind()); })
      .Func("[method]udp-socket.stream",
            [](HostCall& call, Self self, const std::optional<IpSocketAddress>& remote) {
              return Stream(call, self, remote);
            })
      .Func("[method]udp-socket.local-address",
            [](Self self) { return ToResult(Get(self).LocalAddress()); })
      .Func("[method]udp-socket.remote-address",
            [](Self self) { return ToResult(Get(self).RemoteAddress()); })
      .Func("[method]udp-socket.address-family",
            [](Self self) {
              return Get(self).is_ipv6() ? AddressFamily::kIpv6 : AddressFamily::kIpv4;
            })
      .Func("[method]udp-socket.unicast-hop-limit",
            [](Self self) -> SocketResult<uint8_t> {
              net::Outcome<uint64_t> value =
                  net::GetOption(Get(self).fd(), net::HopLimit(Get(self).is_ipv6()));
              if (!value.ok()) return SocketResult<uint8_t>::Err(value.error());
              return SocketResult<uint8_t>::Ok(static_cast<uint8_t>(*value));
            })
      .Func("[method]udp-socket.set-unicast-hop-limit",
            [](Self self, uint8_t value) {
              return ToResult(
                  net::SetOption(Get(self).fd(), net::HopLimit(Get(self).is_ipv6()), value));
            })
      .Func("[method]udp-socket.subscribe", [](HostCall& call, Self self) {
        return Subscribe(Context::Of(call), Context::Get(self).socket);
      });
  DefineBuffer(udp, "receive-buffer-size", net::Buffer::kReceive);
  DefineBuffer(udp, "send-buffer-size", net::Buffer::kSend);
}

void DefineDatagrams(Interface& udp) {
  udp.Resource<IncomingDatagrams>("incoming-datagram-stream")
      .Func("[method]incoming-datagram-stream.receive",
            [](HostCall& call, Borrow<IncomingDatagrams> self, uint64_t most) {
              return Receive(call, self, most);
            })
      .Func("[method]incoming-datagram-stream.subscribe",
            [](HostCall& call, Borrow<IncomingDatagrams> self) {
              return Subscribe(Context::Of(call), std::make_shared<net::UdpReadiness>(
                                                      Context::Get(self).socket, POLLIN));
            })
      .Resource<OutgoingDatagrams>("outgoing-datagram-stream")
      .Func("[method]outgoing-datagram-stream.check-send",
            [](Borrow<OutgoingDatagrams> self) { return CheckSend(Context::Get(self)); })
      .Func("[method]outgoing-datagram-stream.send",
            [](HostCall& call, Borrow<OutgoingDatagrams> self,
               const std::vector<OutgoingDatagram>& datagrams) {
              return Send(call, self, datagrams);
            })
      .Func("[method]outgoing-datagram-stream.subscribe",
            [](HostCall& call, Borrow<OutgoingDatagrams> self) {
              return Subscribe(Context::Of(call), std::make_shared<net::UdpReadiness>(
                                                      Context::Get(self).socket, POLLOUT));
            });
}

}  // namespace

void DefineUdp(ComponentLinker& linker, absl::Status* status) {
  Interface udp(linker, "wasi:sockets/udp", asks::kNet, status);
  udp.Use("pollable", "wasi:io/poll").Use("network", "wasi:sockets/network");
  DefineSocket(udp);
  DefineDatagrams(udp);
  Interface(linker, "wasi:sockets/udp-create-socket", asks::kNet, status)
      .Use("network", "wasi:sockets/network")
      .Use("udp-socket", "wasi:sockets/udp")
      .Func("create-udp-socket",
            [](HostCall& call, AddressFamily family) { return Create(call, family); });
}

}  // namespace airwasm::wasi::p2
