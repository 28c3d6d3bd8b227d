// An HTTP/1.1 server whose requests are answered by a handler on threads of its own.
//
// Reading, parsing and writing happen on the process's network thread. A request waits in a bounded
// queue until a worker takes it; connections, headers, the queue and every wait have a limit.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "airwasm/wasi_network.h"
#include "wasi/http/body_pipe.h"
#include "wasi/http/message.h"
#include "wasi/http/message_parser.h"

namespace airwasm::wasi::http {

// One request and its answer, between a connection and a handler. Threads: any.
class ServerExchange {
 public:
  const RequestHead& request() const { return request_; }
  // Null if the request has none.
  const std::shared_ptr<BodyPipe>& request_body() const { return request_body_; }
  const SocketAddress& peer() const { return peer_; }

  // The answer; the first counts, and false is said of the others. `body` may be null.
  bool Respond(ResponseHead head, std::shared_ptr<BodyPipe> body);
  // An answer of the server's own.
  bool RespondWith(uint16_t status);
  // A 1xx response before the answer. False if that was already given.
  bool SendInformational(uint16_t status, const Fields& headers);
  bool responded() const;

  // Called at most once, on another thread, when nobody waits for the answer any more: at once if
  // that is so already.
  void SetCancel(std::function<void()> cancel);
  // From then on it is not called.
  void ClearCancel();

 private:
  friend class ServerConnection;
  struct Answer {
    ResponseHead head;
    std::shared_ptr<BodyPipe> body;
  };
  void Cancel();

  RequestHead request_;
  std::shared_ptr<BodyPipe> request_body_;
  SocketAddress peer_;
  std::chrono::steady_clock::time_point started_;
  std::function<void()> wake_;  // posts to the connection

  mutable std::mutex mutex_;
  std::optional<Answer> answer_;
  bool responded_ = false;
  std::string informational_;
  bool canceled_ = false;
  std::function<void()> cancel_;
};

struct AccessRecord {
  SocketAddress peer;
  std::string_view method;
  std::string_view target;
  uint16_t status;
  uint64_t body_bytes;  // sent
  bool complete;
  std::chrono::nanoseconds duration;
};

struct ServerOptions {
  SocketAddress address;
  size_t max_connections = 4096;
  size_t max_workers = 64;
  size_t max_queue = 1024;
  ParserLimits limits;
  // From a request's first byte to the end of its head.
  std::chrono::nanoseconds header_timeout = std::chrono::seconds(30);
  // Between requests, and without progress while a body is read or written.
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds(60);
  // From the head of a request to the head of its answer; 0: none.
  std::chrono::nanoseconds request_timeout = std::chrono::seconds(300);
  std::function<void(const AccessRecord&)> log;  // on the network's thread
};

class ServerCore;

class Server {
 public:
  using Handler = std::function<void(const std::shared_ptr<ServerExchange>&)>;

  // `handler` is called on the workers' threads. An exchange that it left without an answer is
  // answered with 500.
  //
  // Errors: what bind and listen say, with the address
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options, Handler handler);
  ~Server();  // Stop(0)

  // With the port that was chosen.
  const SocketAddress& address() const { return address_; }

  // Accepts nothing more, lets what has begun end for as long as `drain`, then cancels it. Returns
  // when no worker runs any more.
  void Stop(std::chrono::nanoseconds drain);

 private:
  Server() = default;
  std::shared_ptr<ServerCore> core_;
  SocketAddress address_;
};

}  // namespace airwasm::wasi::http
