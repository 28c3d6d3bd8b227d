// Connections of the client that wait for their next request. Inside wasi/http only; on the
// network's thread.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "airwasm/wasi_network.h"
#include "wasi/http/transport.h"

namespace airwasm::wasi::http {

struct IdleConnection {
  std::shared_ptr<Transport> transport;
  SocketAddress remote;
};

class ConnectionPool {
 public:
  static ConnectionPool& Get();
  // The one that was used last, of those to `key` ("http://host:port").
  std::optional<IdleConnection> Take(const std::string& key);
  void Add(const std::string& key, IdleConnection connection);

 private:
  struct Entry {
    IdleConnection connection;
    std::chrono::steady_clock::time_point since;
  };
  std::unordered_map<std::string, std::deque<Entry>> idle_;
  size_t count_ = 0;
};

}  // namespace airwasm::wasi::http
