// What the connections of one server share: its limits, its workers, its list of connections.
// Inside wasi/http only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "wasi/http/server.h"

namespace airwasm::wasi::http {

class ServerConnection;

class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(ServerOptions options, Server::Handler handler, boost::asio::io_context& context);

  // On the network's thread, as all that is not said to be otherwise.
  absl::Status Listen();  // before anything else, on the caller's
  void Accept();
  void Remove(const std::shared_ptr<ServerConnection>& connection);
  // False: the queue is full.
  bool Dispatch(std::shared_ptr<ServerExchange> exchange);
  const ServerOptions& options() const { return options_; }
  bool stopping() const { return stopping_; }
  const std::string& DateNow();

  SocketAddress address() const;
  void BeginStop();
  void CloseAll();
  // On the caller's thread: false when `deadline` passed first.
  bool WaitForConnections(std::chrono::steady_clock::time_point deadline);
  void JoinWorkers();

 private:
  void Sweep();
  void Work();

  const ServerOptions options_;
  const Server::Handler handler_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer retry_timer_;
  std::chrono::nanoseconds sweep_period_;
  std::unordered_set<std::shared_ptr<ServerConnection>> connections_;
  bool accepting_ = false;
  bool stopping_ = false;
  time_t date_second_ = 0;
  std::string date_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable empty_;
  std::deque<std::shared_ptr<ServerExchange>> queue_;
  std::vector<std::thread> workers_;
  size_t idle_workers_ = 0;
  size_t connection_count_ = 0;  // of connections_, for other threads
  bool workers_end_ = false;
};

}  // namespace airwasm::wasi::http
