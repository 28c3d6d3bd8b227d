// A TCP socket of a guest: the states of wasi:sockets/tcp on a non-blocking socket of the host.
//
// What may be done in which state is decided here; whether the guest may use an address is decided
// by who calls. Threads: the guest's.
// Spec: wasi:sockets, TcpSocketOperationalSemantics.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "wasi/host/stream.h"
#include "wasi/host/unique_fd.h"
#include "wasi/net/address.h"
#include "wasi/net/network_error.h"

namespace airwasm::wasi::net {

// What a socket and its two streams share; the connection ends with the last of them.
struct TcpConnection {
  explicit TcpConnection(host::UniqueFd descriptor) : fd(std::move(descriptor)) {}
  host::UniqueFd fd;
  bool receive_shut = false;
  bool send_shut = false;
  std::shared_ptr<void> place;  // what its owner counts it by; goes with it
};

struct TcpStreams {
  std::shared_ptr<host::InputStream> input;
  std::shared_ptr<host::OutputStream> output;
};

enum class Shutdown : uint8_t { kReceive, kSend, kBoth };

class TcpSocket : public host::Pollable {
 public:
  static Outcome<std::shared_ptr<TcpSocket>> Create(bool is_ipv6);

  // Is `address` one that may be bound, or connected to, at all? Asked before the grant.
  Failure CheckBind(const SocketAddress& address) const;
  Failure CheckConnect(const SocketAddress& address) const;

  Failure StartBind(const SocketAddress& address);
  Failure FinishBind();
  Failure StartConnect(const SocketAddress& address);
  Outcome<TcpStreams> FinishConnect();
  Failure StartListen();
  Failure FinishListen();
  struct Accepted {
    std::shared_ptr<TcpSocket> socket;
    TcpStreams streams;
  };
  Outcome<Accepted> Accept();
  Failure ShutDown(Shutdown how);

  Outcome<SocketAddress> LocalAddress() const;
  Outcome<SocketAddress> RemoteAddress() const;
  bool is_ipv6() const { return is_ipv6_; }
  bool listening() const { return state_ == State::kListening; }
  Failure SetBacklog(uint64_t size);

  int fd() const { return connection_->fd.get(); }
  void SetPlace(std::shared_ptr<void> place) { connection_->place = std::move(place); }

  // Ready when the operation in progress has ended, or a connection can be accepted.
  bool Ready() override;
  Interest interest() override;

 private:
  enum class State : uint8_t {
    kUnbound,
    kBinding,
    kBound,
    kListenStarted,
    kListening,
    kConnecting,
    kConnected,
    kClosed,
  };

  TcpSocket(bool is_ipv6, State state, host::UniqueFd fd)
      : is_ipv6_(is_ipv6),
        state_(state),
        connection_(std::make_shared<TcpConnection>(std::move(fd))) {}
  bool InProgress() const;
  NetworkError WrongState() const;
  TcpStreams MakeStreams() const;

  bool is_ipv6_;
  State state_;
  int backlog_ = 128;
  std::shared_ptr<TcpConnection> connection_;
};

}  // namespace airwasm::wasi::net
