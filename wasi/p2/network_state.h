// How much of the network a guest has in use: counted per store, so that limits hold however many
// resources stand for one socket or request.
#pragma once

#include <atomic>
#include <memory>

#include "wasi/p2/context.h"

namespace airwasm::wasi::p2 {

class NetworkState {
 public:
  static NetworkState& Of(const HostCall& call);

  // A place for one more, given back when the last copy of it goes; null if `limit` are in use.
  std::shared_ptr<void> TakeSocket(const Context& context);
  std::shared_ptr<void> TakeRequest(size_t limit) { return Take(requests_, limit); }

 private:
  using Counter = std::shared_ptr<std::atomic<size_t>>;  // requests end on the network's thread
  static std::shared_ptr<void> Take(const Counter& counter, size_t limit);
  Counter sockets_ = std::make_shared<std::atomic<size_t>>(0);
  Counter requests_ = std::make_shared<std::atomic<size_t>>(0);
};

}  // namespace airwasm::wasi::p2
