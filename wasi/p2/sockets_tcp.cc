// wasi:sockets/tcp and tcp-create-socket.
#include "wasi/net/socket_options.h"
#include "wasi/p2/io.h"
#include "wasi/p2/network_state.h"
#include "wasi/p2/sockets.h"

namespace airwasm::wasi::p2 {
namespace {

using net::NetworkError;
using Self = Borrow<TcpSocket>;

net::TcpSocket& Get(Self self) {
  return *Context::Get(self).socket;
}

absl::StatusOr<SocketResult<Own<TcpSocket>>> Create(HostCall& call, AddressFamily family) {
  using Result = SocketResult<Own<TcpSocket>>;
  Context& context = Context::Of(call);
  const NetworkGrant& grant = context.config().network;
  if (!grant.tcp) return Result::Err(NetworkError::kAccessDenied);
  std::shared_ptr<void> place = NetworkState::Of(call).TakeSocket(context);
  if (place == nullptr) return Result::Err(NetworkError::kNewSocketLimit);
  auto socket = net::TcpSocket::Create(family == AddressFamily::kIpv6);
  if (!socket.ok()) return Result::Err(socket.error());
  (*socket)->SetPlace(std::move(place));
  auto handle = context.Add(std::make_unique<TcpSocket>(*socket));
  if (!handle.ok()) return handle.status();
  return Result::Ok(*handle);
}

SocketStatus StartBind(HostCall& call, Self self, const IpSocketAddress& to) {
  const SocketAddress address = FromWit(to);
  if (const net::Failure failure = Get(self).CheckBind(address)) return ToResult(failure);
  if (!Allows(Context::Of(call), SocketUse::kTcpBind, address))
    return SocketStatus::Err(NetworkError::kAccessDenied);
  return ToResult(Get(self).StartBind(address));
}

SocketStatus StartConnect(HostCall& call, Self self, const IpSocketAddress& to) {
  const SocketAddress address = FromWit(to);
  if (const net::Failure failure = Get(self).CheckConnect(address)) return ToResult(failure);
  if (!Allows(Context::Of(call), SocketUse::kTcpConnect, address))
    return SocketStatus::Err(NetworkError::kAccessDenied);
  return ToResult(Get(self).StartConnect(address));
}

using StreamPair = std::tuple<Own<InputStream>, Own<OutputStream>>;
// `by`: what the connection was made by, and is good for as long as that is granted.
absl::StatusOr<StreamPair> AddStreams(Context& context, security::Capability by,
                                      const net::TcpSocket& socket, net::TcpStreams streams) {
  std::shared_ptr<const host::Access> access;
  if (context.guard() != nullptr) {
    const net::Outcome<SocketAddress> peer = socket.RemoteAddress();
    access = std::make_shared<const host::Access>(
        host::Access::Granted(context.guard(), security::SetOf(by),
                              "tcp:" + (peer.ok() ? peer->ToString() : std::string("?"))));
  }
  auto input = context.Add(std::make_unique<InputStream>(std::move(streams.input), access));
  if (!input.ok()) return input.status();
  auto output = context.Add(std::make_unique<OutputStream>(std::move(streams.output), access));
  if (!output.ok()) return output.status();
  return StreamPair(*input, *output);
}

absl::StatusOr<SocketResult<StreamPair>> FinishConnect(HostCall& call, Self self) {
  using Result = SocketResult<StreamPair>;
  net::Outcome<net::TcpStreams> streams = Get(self).FinishConnect();
  if (!streams.ok()) return Result::Err(streams.error());
  absl::StatusOr<StreamPair> handles = AddStreams(
      Context::Of(call), security::Capability::kNetConnect, Get(self), std::move(*streams));
  if (!handles.ok()) return handles.status();
  return Result::Ok(*handles);
}

using Accepted = std::tuple<Own<TcpSocket>, Own<InputStream>, Own<OutputStream>>;
absl::StatusOr<SocketResult<Accepted>> Accept(HostCall& call, Self self) {
  using Result = SocketResult<Accepted>;
  Context& context = Context::Of(call);
  std::shared_ptr<void> place = NetworkState::Of(call).TakeSocket(context);
  if (place == nullptr && Get(self).listening() && Get(self).Ready())
    return Result::Err(NetworkError::kNewSocketLimit);
  net::Outcome<net::TcpSocket::Accepted> accepted = Get(self).Accept();
  if (!accepted.ok()) return Result::Err(accepted.error());
  accepted->socket->SetPlace(std::move(place));
  const std::shared_ptr<net::TcpSocket> peer = accepted->socket;
  auto socket = context.Add(std::make_unique<TcpSocket>(peer));
  if (!socket.ok()) return socket.status();
  absl::StatusOr<StreamPair> streams =
      AddStreams(context, security::Capability::kNetListen, *peer, std::move(accepted->streams));
  if (!streams.ok()) return streams.status();
  return Result::Ok(Accepted(*socket, std::get<0>(*streams), std::get<1>(*streams)));
}

// A pair of functions that ask for an option of the socket and set it.
using Option = net::SocketOption (*)(const net::TcpSocket&);
template <typename Number>
void DefineOption(Interface& tcp, const std::string& name, Option option) {
  tcp.Func("[method]tcp-socket." + name,
           [option](Self self) -> SocketResult<Number> {
             net::Outcome<uint64_t> value = net::GetOption(Get(self).fd(), option(Get(self)));
             if (!value.ok()) return SocketResult<Number>::Err(value.error());
             return SocketResult<Number>::Ok(static_cast<Number>(*value));
           })
      .Func("[method]tcp-socket.set-" + name, [option](Self self, Number value) -> SocketStatus {
        return ToResult(net::SetOption(Get(self).fd(), option(Get(self)), value));
      });
}

void DefineBuffer(Interface& tcp, const std::string& name, net::Buffer buffer) {
  tcp.Func("[method]tcp-socket." + name,
           [buffer](Self self) { return ToResult(net::GetBufferSize(Get(self).fd(), buffer)); })
      .Func("[method]tcp-socket.set-" + name, [buffer](Self self, uint64_t bytes) {
        return ToResult(net::SetBufferSize(Get(self).fd(), buffer, bytes));
      });
}

void DefineStates(Interface& tcp) {
  tcp.Func("[method]tcp-socket.start-bind",
           [](HostCall& call, Self self, Borrow<Network>, const IpSocketAddress& address) {
             return StartBind(call, self, address);
           })
      .Func("[method]tcp-socket.finish-bind",
            [](Self self) { return ToResult(Get(self).FinishBind()); })
      .Func("[method]tcp-socket.start-connect",
            [](HostCall& call, Self self, Borrow<Network>, const IpSocketAddress& address) {
              return StartConnect(call, self, address);
            })
      .Func("[method]tcp-socket.finish-connect",
            [](HostCall& call, Self self) { return FinishConnect(call, self); })
      .Func("[method]tcp-socket.start-listen",
            [](Self self) { return ToResult(Get(self).StartListen()); })
      .Func("[method]tcp-socket.finish-listen",
            [](Self self) { return ToResult(Get(self).FinishListen()); })
      .Func("[method]tcp-socket.accept",
            [](HostCall& call, Self self) { return Accept(call, self); })
      .Func("[method]tcp-socket.local-address",
            [](Self self) { return ToResult(Get(self).LocalAddress()); })
      .Func("[method]tcp-socket.remote-address",
            [](Self self) { return ToResult(Get(self).RemoteAddress()); })
      .Func("[method]tcp-socket.is-listening", [](Self self) { return Get(self).listening(); })
      .Func("[method]tcp-socket.address-family",
            [](Self self) {
              return Get(self).is_ipv6() ? AddressFamily::kIpv6 : AddressFamily::kIpv4;
            })
      .Func("[method]tcp-socket.subscribe",
            [](HostCall& call, Self self) {
              return Subscribe(Context::Of(call), Context::Get(self).socket);
            })
      .Func("[method]tcp-socket.shutdown",
            [](Self self, net::Shutdown how) { return ToResult(Get(self).ShutDown(how)); });
}

}  // namespace

void DefineTcp(ComponentLinker& linker, absl::Status* status) {
  Interface tcp(linker, "wasi:sockets/tcp", asks::kNet, status);
  tcp.Use("input-stream", "wasi:io/streams")
      .Use("output-stream", "wasi:io/streams")
      .Use("pollable", "wasi:io/poll")
      .Use("network", "wasi:sockets/network")
      .Resource<TcpSocket>("tcp-socket");
  DefineStates(tcp);
  tcp.Func("[method]tcp-socket.set-listen-backlog-size",
           [](Self self, uint64_t size) { return ToResult(Get(self).SetBacklog(size)); })
      .Func("[method]tcp-socket.keep-alive-enabled",
            [](Self self) { return ToResult(net::GetKeepAlive(Get(self).fd())); })
      .Func("[method]tcp-socket.set-keep-alive-enabled",
            [](Self self, bool on) { return ToResult(net::SetKeepAlive(Get(self).fd(), on)); });
  DefineOption<uint64_t>(tcp, "keep-alive-idle-time",
                         [](const net::TcpSocket&) { return net::kKeepAliveIdle; });
  DefineOption<uint64_t>(tcp, "keep-alive-interval",
                         [](const net::TcpSocket&) { return net::kKeepAliveInterval; });
  DefineOption<uint32_t>(tcp, "keep-alive-count",
                         [](const net::TcpSocket&) { return net::kKeepAliveCount; });
  DefineOption<uint8_t>(tcp, "hop-limit",
                        [](const net::TcpSocket& s) { return net::HopLimit(s.is_ipv6()); });
  DefineBuffer(tcp, "receive-buffer-size", net::Buffer::kReceive);
  DefineBuffer(tcp, "send-buffer-size", net::Buffer::kSend);

  Interface(linker, "wasi:sockets/tcp-create-socket", asks::kNet, status)
      .Use("network", "wasi:sockets/network")
      .Use("tcp-socket", "wasi:sockets/tcp")
      .Func("create-tcp-socket",
            [](HostCall& call, AddressFamily family) { return Create(call, family); });
}

}  // namespace airwasm::wasi::p2
