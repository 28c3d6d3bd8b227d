#include "wasi/net/udp_socket.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace airwasm::wasi::net {
namespace {

bool PollNow(int fd, short events) {
  pollfd entry = {.fd = fd, .events = events, .revents = 0};
  return poll(&entry, 1, 0) > 0;
}

NetworkError UdpError(int error) {
  switch (error) {
    case ECONNRESET:
      return NetworkError::kRemoteUnreachable;
    case EADDRNOTAVAIL:
      return NetworkError::kAddressInUse;
    case EISCONN:
    case ENOTCONN:
    case EAFNOSUPPORT:
      return NetworkError::kInvalidArgument;
    default:
      return FromErrno(error);
  }
}

}  // namespace

Outcome<std::shared_ptr<UdpSocket>> UdpSocket::Create(bool is_ipv6) {
  host::UniqueFd fd(
      socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return FromErrno(errno);
  if (is_ipv6) {
    const int on = 1;
    if (setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
      return FromErrno(errno);
  }
  return std::shared_ptr<UdpSocket>(new UdpSocket(is_ipv6, std::move(fd)));
}

Failure UdpSocket::CheckBind(const SocketAddress& address) const {
  if (state_ == State::kBinding) return NetworkError::kConcurrencyConflict;
  if (state_ != State::kUnbound) return NetworkError::kInvalidState;
  if (address.is_ipv6 != is_ipv6_ || IsIpv4Mapped(address)) return NetworkError::kInvalidArgument;
  return std::nullopt;
}

Failure UdpSocket::StartBind(const SocketAddress& address) {
  if (const Failure failure = CheckBind(address)) return failure;
  const RawAddress raw = ToRaw(address);
  if (bind(fd(), raw.get(), raw.size) != 0) {
    if (errno == EAFNOSUPPORT) return NetworkError::kInvalidArgument;
    return errno == ENOBUFS ? NetworkError::kAddressInUse : FromErrno(errno);
  }
  state_ = State::kBinding;
  return std::nullopt;
}

Failure UdpSocket::FinishBind() {
  if (state_ != State::kBinding) return NetworkError::kNotInProgress;
  state_ = State::kBound;
  return std::nullopt;
}

Failure UdpSocket::CheckRemote(const SocketAddress& address) const {
  if (address.is_ipv6 != is_ipv6_ || IsUnspecified(address) || IsIpv4Mapped(address) ||
      address.port == 0)
    return NetworkError::kInvalidArgument;
  return std::nullopt;
}

Failure UdpSocket::Stream(const std::optional<SocketAddress>& remote) {
  if (state_ == State::kBinding) return NetworkError::kConcurrencyConflict;
  if (state_ != State::kBound) return NetworkError::kInvalidState;
  if (remote) {
    if (const Failure failure = CheckRemote(*remote)) return failure;
  }
  Outcome<SocketAddress> local = LocalAddress();
  if (!local.ok()) return local.error();
  ++generation_;
  if (remote_) {
    remote_.reset();
    const sockaddr none = {.sa_family = AF_UNSPEC, .sa_data = {}};
    if (connect(fd(), &none, sizeof none) != 0 && errno != EAFNOSUPPORT) return UdpError(errno);
    // Linux lets go of a port that it had chosen itself; the guest was told that one.
    Outcome<SocketAddress> now = LocalAddress();
    if (now.ok() && now->port != local->port) {
      const RawAddress raw = ToRaw(*local);
      if (bind(fd(), raw.get(), raw.size) != 0) return UdpError(errno);
    }
  }
  if (remote) {
    const RawAddress raw = ToRaw(*remote);
    if (connect(fd(), raw.get(), raw.size) != 0) return UdpError(errno);
    remote_ = remote;
  }
  return std::nullopt;
}

Outcome<SocketAddress> UdpSocket::LocalAddress() const {
  if (state_ == State::kBinding) return NetworkError::kConcurrencyConflict;
  if (state_ == State::kUnbound) return NetworkError::kInvalidState;
  RawAddress raw;
  raw.size = sizeof raw.storage;
  if (getsockname(fd(), reinterpret_cast<sockaddr*>(&raw.storage), &raw.size) != 0)
    return FromErrno(errno);
  const std::optional<SocketAddress> address = FromRaw(raw.get(), raw.size);
  if (!address) return NetworkError::kUnknown;
  return *address;
}

Outcome<SocketAddress> UdpSocket::RemoteAddress() const {
  if (!remote_) return NetworkError::kInvalidState;
  return *remote_;
}

Outcome<std::vector<Datagram>> UdpSocket::Receive(uint64_t most) {
  std::vector<Datagram> datagrams;
  most = std::min(most, kMaxDatagramsPerCall);
  if (most == 0) return datagrams;
  std::vector<uint8_t> buffer(kMaxDatagramBytes);
  while (datagrams.size() < most) {
    RawAddress raw;
    raw.size = sizeof raw.storage;
    const ssize_t n = recvfrom(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                               reinterpret_cast<sockaddr*>(&raw.storage), &raw.size);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK || !datagrams.empty()) break;
      return UdpError(errno);
    }
    const std::optional<SocketAddress> remote = FromRaw(raw.get(), raw.size);
    // What came before the socket was connected may be of others.
    if (!remote || (remote_ && *remote != *remote_)) continue;
    datagrams.push_back({{buffer.begin(), buffer.begin() + n}, *remote});
  }
  return datagrams;
}

Outcome<bool> UdpSocket::Send(std::span<const uint8_t> data, const SocketAddress* remote) {
  RawAddress raw;
  if (remote != nullptr) raw = ToRaw(*remote);
  while (true) {
    const ssize_t n =
        sendto(fd(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               remote != nullptr ? raw.get() : nullptr, remote != nullptr ? raw.size : 0);
    if (n >= 0) return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return UdpError(errno);
  }
}

bool UdpSocket::Writable() const {
  return PollNow(fd(), POLLOUT);
}

bool UdpReadiness::Ready() {
  return PollNow(socket_->fd(), events_);
}

}  // namespace airwasm::wasi::net
