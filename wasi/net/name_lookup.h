// Looking up the addresses of a name without blocking who asks.
//
// The host's resolver can only be asked by a call that blocks and can not be ended, so a few
// threads of the process do that; a lookup that nobody wants any more goes on and is forgotten.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/net/address.h"
#include "wasi/net/network_error.h"

namespace airwasm::wasi::net {

class NameLookup {
 public:
  using Addresses = Outcome<std::vector<SocketAddress>>;  // in the order to try them in; port 0

  // `done` is called once, on another thread, after the result is there; not at all when the result
  // is there from the start: addresses as text, and too many lookups.
  static std::shared_ptr<NameLookup> Start(std::string_view name, std::function<void()> done);

  // Null while it is not there. Threads: any.
  const Addresses* result() const;

 private:
  friend class LookupThreads;
  mutable std::mutex mutex_;
  std::optional<Addresses> result_;
};

// Is `name` an address or a host name in letters, digits, hyphens and dots? Brackets around an IPv6
// address are allowed.
bool IsHostName(std::string_view name);

}  // namespace airwasm::wasi::net
