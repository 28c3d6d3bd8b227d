#include "wasi/net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace airwasm::wasi::net {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;  // of a duration

Outcome<int> GetInt(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, level, name, &value, &size) != 0) return FromErrno(errno);
  return value;
}
Failure SetInt(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) return FromErrno(errno);
  return std::nullopt;
}

}  // namespace

// The upper bounds are the kernel's: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT.
const SocketOption kKeepAliveIdle = {IPPROTO_TCP, TCP_KEEPIDLE, kSecond, 32767};
const SocketOption kKeepAliveInterval = {IPPROTO_TCP, TCP_KEEPINTVL, kSecond, 32767};
const SocketOption kKeepAliveCount = {IPPROTO_TCP, TCP_KEEPCNT, 1, 127};

SocketOption HopLimit(bool is_ipv6) {
  if (is_ipv6) return {IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1, 255};
  return {IPPROTO_IP, IP_TTL, 1, 255};
}

Outcome<uint64_t> GetOption(int fd, const SocketOption& option) {
  Outcome<int> value = GetInt(fd, option.level, option.name);
  if (!value.ok()) return value.error();
  return static_cast<uint64_t>(std::max(*value, 0)) * option.unit;
}

Failure SetOption(int fd, const SocketOption& option, uint64_t value) {
  if (value == 0) return NetworkError::kInvalidArgument;
  const uint64_t units = value / option.unit + (value % option.unit != 0 ? 1 : 0);
  return SetInt(fd, option.level, option.name, static_cast<int>(std::min(units, option.most)));
}

Outcome<bool> GetKeepAlive(int fd) {
  Outcome<int> value = GetInt(fd, SOL_SOCKET, SO_KEEPALIVE);
  if (!value.ok()) return value.error();
  return *value != 0;
}

Failure SetKeepAlive(int fd, bool on) {
  return SetInt(fd, SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0);
}

Outcome<uint64_t> GetBufferSize(int fd, Buffer buffer) {
  Outcome<int> value = GetInt(fd, SOL_SOCKET, buffer == Buffer::kReceive ? SO_RCVBUF : SO_SNDBUF);
  if (!value.ok()) return value.error();
  return static_cast<uint64_t>(*value) / 2;  // Linux answers with twice what was set
}

Failure SetBufferSize(int fd, Buffer buffer, uint64_t bytes) {
  if (bytes == 0) return NetworkError::kInvalidArgument;
  constexpr uint64_t kMost = std::numeric_limits<int>::max() / 2;
  return SetInt(fd, SOL_SOCKET, buffer == Buffer::kReceive ? SO_RCVBUF : SO_SNDBUF,
                static_cast<int>(std::min(bytes, kMost)));
}

}  // namespace airwasm::wasi::net
