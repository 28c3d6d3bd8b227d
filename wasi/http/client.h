// An HTTP/1.1 client: requests from guests' threads, answers on the process's network thread.
//
// Connections are kept and used again, by all guests of the process; what a guest may connect to is
// asked anew for each request.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include "airwasm/meter.h"
#include "airwasm/wasi_network.h"
#include "wasi/http/body_pipe.h"
#include "wasi/http/message.h"

namespace airwasm::wasi::http {

struct ClientOptions {
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(60);  // with lookup and TLS
  std::chrono::nanoseconds first_byte_timeout = std::chrono::seconds(600);
  std::chrono::nanoseconds between_bytes_timeout = std::chrono::seconds(600);
  // Asked, if set, with each address before it is connected to. On the network's thread.
  std::function<bool(const SocketAddress&)> check;
  size_t header_bytes = 64 * 1024;
  std::shared_ptr<void> place;  // what its owner counts the request by; goes with it
  // What the response's fields are charged to before they are kept, on the network's thread.
  std::shared_ptr<security::HeldBytes> account;
};

// A response that comes. Threads: any.
class PendingResponse {
 public:
  struct Response {
    ResponseHead head;
    std::shared_ptr<BodyPipe> body;
  };
  using Outcome = std::variant<Response, HttpError>;

  // Gives up what has not come.
  ~PendingResponse();
  bool ready() const;
  // Once, when ready.
  Outcome Take();
  // Called, on another thread, when it has become ready after ready() had said no.
  void SetListener(std::function<void()> listener);

 private:
  friend class ClientExchange;
  friend std::shared_ptr<PendingResponse> SendRequest(RequestHead, std::shared_ptr<BodyPipe>,
                                                      ClientOptions);
  void Set(Outcome outcome);

  mutable std::mutex mutex_;
  std::optional<Outcome> outcome_;
  bool taken_ = false;
  std::function<void()> listener_;
  std::function<void()> give_up_;
};

// Is the request one that can be sent? What is wrong with it, if not.
std::optional<HttpError> CheckRequest(const RequestHead& request);

// `body` may be null: none. Its writer's listener is the caller's to set. The request is one that
// CheckRequest finds nothing wrong with; without a scheme it is sent under TLS.
std::shared_ptr<PendingResponse> SendRequest(RequestHead request, std::shared_ptr<BodyPipe> body,
                                             ClientOptions options);

}  // namespace airwasm::wasi::http
