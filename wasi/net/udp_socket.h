// A UDP socket of a guest, and the datagrams that go in and out of it.
//
// Whether the guest may use an address is decided by who calls. Threads: the guest's.
// Spec: wasi:sockets/udp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wasi/host/stream.h"
#include "wasi/host/unique_fd.h"
#include "wasi/net/address.h"
#include "wasi/net/network_error.h"

namespace airwasm::wasi::net {

inline constexpr size_t kMaxDatagramBytes = 64 * 1024;
inline constexpr uint64_t kMaxDatagramsPerCall = 16;

struct Datagram {
  std::vector<uint8_t> data;
  SocketAddress remote;
};

class UdpSocket : public host::Pollable {
 public:
  static Outcome<std::shared_ptr<UdpSocket>> Create(bool is_ipv6);

  Failure CheckBind(const SocketAddress& address) const;
  // Is `address` one that datagrams can be sent to at all?
  Failure CheckRemote(const SocketAddress& address) const;

  Failure StartBind(const SocketAddress& address);
  Failure FinishBind();
  // Makes `remote` the only peer, or none the only one. What had an older generation is of no use
  // from then on.
  Failure Stream(const std::optional<SocketAddress>& remote);
  uint64_t generation() const { return generation_; }

  Outcome<SocketAddress> LocalAddress() const;
  Outcome<SocketAddress> RemoteAddress() const;
  const std::optional<SocketAddress>& remote() const { return remote_; }
  bool is_ipv6() const { return is_ipv6_; }
  int fd() const { return fd_.get(); }
  // What its owner counts it by; goes with it.
  void SetPlace(std::shared_ptr<void> place) { place_ = std::move(place); }

  // Up to `most` datagrams that are there; none is no error.
  Outcome<std::vector<Datagram>> Receive(uint64_t most);
  // False: there is no room now. `remote` is null for the connected peer.
  Outcome<bool> Send(std::span<const uint8_t> data, const SocketAddress* remote);
  bool Writable() const;

  bool Ready() override { return true; }  // nothing that it does takes time
  Interest interest() override { return {}; }

 private:
  enum class State : uint8_t { kUnbound, kBinding, kBound };
  UdpSocket(bool is_ipv6, host::UniqueFd fd) : is_ipv6_(is_ipv6), fd_(std::move(fd)) {}

  bool is_ipv6_;
  std::shared_ptr<void> place_;
  host::UniqueFd fd_;
  State state_ = State::kUnbound;
  std::optional<SocketAddress> remote_;
  uint64_t generation_ = 0;
};

// Ready when a datagram can be received, or sent.
class UdpReadiness : public host::Pollable {
 public:
  UdpReadiness(std::shared_ptr<UdpSocket> socket, short events)
      : socket_(std::move(socket)), events_(events) {}
  bool Ready() override;
  Interest interest() override { return {.fd = socket_->fd(), .events = events_}; }

 private:
  std::shared_ptr<UdpSocket> socket_;
  short events_;
};

}  // namespace airwasm::wasi::net
