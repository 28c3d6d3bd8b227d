// The options that sockets of TCP and UDP have in WASI, on a descriptor.
#pragma once

#include <cstdint>

#include "wasi/net/network_error.h"

namespace airwasm::wasi::net {

// An option that is a whole number to the guest: how the kernel names it, its unit and its range.
struct SocketOption {
  int level;
  int name;
  uint64_t unit;  // of the guest's value in one of the kernel's
  uint64_t most;  // of the kernel's
};
SocketOption HopLimit(bool is_ipv6);
extern const SocketOption kKeepAliveIdle;      // nanoseconds
extern const SocketOption kKeepAliveInterval;  // nanoseconds
extern const SocketOption kKeepAliveCount;

// In the guest's unit. What is too big or between two of the kernel's units is rounded, up from 0.
// Errors: kInvalidArgument for 0.
Outcome<uint64_t> GetOption(int fd, const SocketOption& option);
Failure SetOption(int fd, const SocketOption& option, uint64_t value);

Outcome<bool> GetKeepAlive(int fd);
Failure SetKeepAlive(int fd, bool on);

enum class Buffer : uint8_t { kReceive, kSend };
Outcome<uint64_t> GetBufferSize(int fd, Buffer buffer);
Failure SetBufferSize(int fd, Buffer buffer, uint64_t bytes);

}  // namespace airwasm::wasi::net
