#include "wasi/net/tcp_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "wasi/net/tcp_stream.h"

namespace airwasm::wasi::net {
namespace {

constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;

bool PollNow(int fd, short events) {
  pollfd entry = {.fd = fd, .events = events, .revents = 0};
  return poll(&entry, 1, 0) > 0;
}

NetworkError BindError(int error) {
  switch (error) {
    case EAFNOSUPPORT:
      return NetworkError::kInvalidArgument;
    case ENOBUFS:
      return NetworkError::kAddressInUse;
    default:
      return FromErrno(error);
  }
}

NetworkError ConnectError(int error) {
  switch (error) {
    case EAFNOSUPPORT:
      return NetworkError::kInvalidArgument;
    case EADDRNOTAVAIL:
    case EAGAIN:  // no port was left
      return NetworkError::kAddressInUse;
    default:
      return FromErrno(error);
  }
}

// On Linux accept also reports what went wrong with the connection that it would have returned.
NetworkError AcceptError(int error) {
  switch (error) {
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
      return NetworkError::kConnectionAborted;
    default:
      return FromErrno(error);
  }
}

Outcome<SocketAddress> NameOf(int fd, int (*ask)(int, sockaddr*, socklen_t*)) {
  RawAddress raw;
  raw.size = sizeof raw.storage;
  if (ask(fd, reinterpret_cast<sockaddr*>(&raw.storage), &raw.size) != 0) return FromErrno(errno);
  const std::optional<SocketAddress> address = FromRaw(raw.get(), raw.size);
  if (!address) return NetworkError::kUnknown;
  return *address;
}

}  // namespace

Outcome<std::shared_ptr<TcpSocket>> TcpSocket::Create(bool is_ipv6) {
  host::UniqueFd fd(socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | kFlags, 0));
  if (!fd.valid()) return FromErrno(errno);
  if (is_ipv6) {
    const int on = 1;  // no dual stack in WASI
    if (setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
      return FromErrno(errno);
  }
  return std::shared_ptr<TcpSocket>(new TcpSocket(is_ipv6, State::kUnbound, std::move(fd)));
}

bool TcpSocket::InProgress() const {
  return state_ == State::kBinding || state_ == State::kListenStarted ||
         state_ == State::kConnecting;
}

NetworkError TcpSocket::WrongState() const {
  return InProgress() ? NetworkError::kConcurrencyConflict : NetworkError::kInvalidState;
}

Failure TcpSocket::CheckBind(const SocketAddress& address) const {
  if (state_ != State::kUnbound) return WrongState();
  if (address.is_ipv6 != is_ipv6_ || !IsUnicast(address) || IsIpv4Mapped(address))
    return NetworkError::kInvalidArgument;
  return std::nullopt;
}

Failure TcpSocket::StartBind(const SocketAddress& address) {
  if (const Failure failure = CheckBind(address)) return failure;
  // A port that was in use a moment ago can be had again; with port 0 that would only make it
  // likelier to get one in TIME_WAIT.
  const int reuse = address.port != 0 ? 1 : 0;
  setsockopt(fd(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  const RawAddress raw = ToRaw(address);
  if (bind(fd(), raw.get(), raw.size) != 0) return BindError(errno);
  state_ = State::kBinding;
  return std::nullopt;
}

Failure TcpSocket::FinishBind() {
  if (state_ != State::kBinding) return NetworkError::kNotInProgress;
  state_ = State::kBound;
  return std::nullopt;
}

Failure TcpSocket::CheckConnect(const SocketAddress& address) const {
  if (state_ != State::kUnbound && state_ != State::kBound) return WrongState();
  if (address.is_ipv6 != is_ipv6_ || !IsUnicast(address) || IsIpv4Mapped(address) ||
      IsUnspecified(address) || address.port == 0)
    return NetworkError::kInvalidArgument;
  return std::nullopt;
}

Failure TcpSocket::StartConnect(const SocketAddress& address) {
  if (const Failure failure = CheckConnect(address)) return failure;
  const RawAddress raw = ToRaw(address);
  int outcome = 0;
  do outcome = connect(fd(), raw.get(), raw.size);
  while (outcome != 0 && errno == EINTR);
  if (outcome != 0 && errno != EINPROGRESS && errno != EALREADY) {
    const NetworkError error = ConnectError(errno);
    state_ = State::kClosed;
    return error;
  }
  state_ = State::kConnecting;
  return std::nullopt;
}

Outcome<TcpStreams> TcpSocket::FinishConnect() {
  if (state_ != State::kConnecting) return NetworkError::kNotInProgress;
  if (!PollNow(fd(), POLLOUT)) return NetworkError::kWouldBlock;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) {
    state_ = State::kClosed;
    return ConnectError(error);
  }
  state_ = State::kConnected;
  return MakeStreams();
}

TcpStreams TcpSocket::MakeStreams() const {
  const int on = 1;  // streams are buffered above; what a guest writes it wants to be on its way
  setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {std::make_shared<TcpInput>(connection_), std::make_shared<TcpOutput>(connection_)};
}

Failure TcpSocket::StartListen() {
  if (state_ != State::kBound) return WrongState();
  if (listen(fd(), backlog_) != 0) {
    const int error = errno;
    state_ = State::kClosed;
    return error == EDESTADDRREQ || error == EINVAL ? NetworkError::kInvalidState
                                                    : FromErrno(error);
  }
  state_ = State::kListenStarted;
  return std::nullopt;
}

Failure TcpSocket::FinishListen() {
  if (state_ != State::kListenStarted) return NetworkError::kNotInProgress;
  state_ = State::kListening;
  return std::nullopt;
}

Outcome<TcpSocket::Accepted> TcpSocket::Accept() {
  if (state_ != State::kListening) return NetworkError::kInvalidState;
  int accepted = -1;
  do accepted = accept4(fd(), nullptr, nullptr, kFlags);
  while (accepted < 0 && errno == EINTR);
  if (accepted < 0) return AcceptError(errno);
  auto socket = std::shared_ptr<TcpSocket>(
      new TcpSocket(is_ipv6_, State::kConnected, host::UniqueFd(accepted)));
  TcpStreams streams = socket->MakeStreams();
  return Accepted{std::move(socket), std::move(streams)};
}

Failure TcpSocket::ShutDown(Shutdown how) {
  if (state_ != State::kConnected) return WrongState();
  const bool receive = how != Shutdown::kSend && !connection_->receive_shut;
  const bool send = how != Shutdown::kReceive && !connection_->send_shut;
  if (!receive && !send) return std::nullopt;
  connection_->receive_shut |= receive;
  connection_->send_shut |= send;
  if (shutdown(fd(), receive && send ? SHUT_RDWR
                     : send          ? SHUT_WR
                                     : SHUT_RD) != 0 &&
      errno != ENOTCONN)  // the peer was faster
    return FromErrno(errno);
  return std::nullopt;
}

Outcome<SocketAddress> TcpSocket::LocalAddress() const {
  if (state_ == State::kBinding) return NetworkError::kConcurrencyConflict;
  if (state_ == State::kUnbound) return NetworkError::kInvalidState;
  return NameOf(fd(), getsockname);
}

Outcome<SocketAddress> TcpSocket::RemoteAddress() const {
  if (state_ == State::kConnecting) return NetworkError::kConcurrencyConflict;
  if (state_ != State::kConnected) return NetworkError::kInvalidState;
  return NameOf(fd(), getpeername);
}

Failure TcpSocket::SetBacklog(uint64_t size) {
  if (size == 0) return NetworkError::kInvalidArgument;
  if (state_ == State::kConnecting || state_ == State::kConnected || state_ == State::kClosed)
    return NetworkError::kInvalidState;
  backlog_ = static_cast<int>(std::min<uint64_t>(size, std::numeric_limits<int>::max()));
  if (state_ == State::kListenStarted || state_ == State::kListening) {
    if (listen(fd(), backlog_) != 0) return FromErrno(errno);
  }
  return std::nullopt;
}

bool TcpSocket::Ready() {
  if (state_ == State::kConnecting) return PollNow(fd(), POLLOUT);
  if (state_ == State::kListening) return PollNow(fd(), POLLIN);
  return true;
}

host::Pollable::Interest TcpSocket::interest() {
  if (state_ == State::kConnecting) return {.fd = fd(), .events = POLLOUT};
  if (state_ == State::kListening) return {.fd = fd(), .events = POLLIN};
  return {};
}

}  // namespace airwasm::wasi::net
