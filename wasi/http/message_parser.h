// HTTP/1.1 from bytes: one message, its head first, its body into a pipe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "airwasm/meter.h"
#include "wasi/http/body_pipe.h"
#include "wasi/http/message.h"

namespace airwasm::wasi::http {

struct ParserLimits {
  size_t header_bytes = 64 * 1024;  // the first line and the fields; the trailers likewise
  std::optional<uint64_t> body_bytes;
  // What fields are charged to before they are kept; null: nothing.
  std::shared_ptr<security::HeldBytes> account;
};

// What is wrong with a message, and the status that a server answers it with.
struct ParseProblem {
  HttpError error;
  uint16_t status = 400;
};

class MessageParser {
 public:
  enum class Result : uint8_t {
    kNeedMore,
    kHead,  // has just been read; a body goes to the pipe from now on
    kDone,
    kBad,  // problem()
  };

  static std::unique_ptr<MessageParser> ForRequest(const ParserLimits& limits);
  // `to_head`: of a request HEAD, which has no body whatever it says.
  static std::unique_ptr<MessageParser> ForResponse(const ParserLimits& limits, bool to_head);
  virtual ~MessageParser() = default;

  // Reads on; `*used` bytes of `bytes` are done with, the others have to come again with more
  // behind them. After kHead it is called again, with what is left.
  virtual Result Feed(std::string_view bytes, size_t* used) = 0;
  // The peer sends no more.
  virtual Result FeedEnd() = 0;

  const ParseProblem& problem() const { return problem_; }
  void SetBody(std::shared_ptr<BodyPipe> body) { body_ = std::move(body); }
  virtual bool started() const = 0;
  virtual bool done() const = 0;  // nothing follows

  // After kHead. The fields are all that came, those included that are not for guests.
  RequestHead& request() { return request_; }
  ResponseHead& response() { return response_; }
  virtual bool keep_alive() const = 0;
  virtual bool is_http_1_1() const = 0;
  virtual std::optional<uint64_t> content_length() const = 0;
  bool expects_continue() const { return expects_continue_; }
  // After kDone.
  std::optional<Fields> TakeTrailers() { return std::move(trailers_); }

 protected:
  RequestHead request_;
  ResponseHead response_;
  bool expects_continue_ = false;
  std::optional<Fields> trailers_;
  std::shared_ptr<BodyPipe> body_;
  ParseProblem problem_;
};

// What of a peer's fields a guest is shown.
Fields ForGuest(const Fields& fields);

}  // namespace airwasm::wasi::http
