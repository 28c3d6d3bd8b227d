#include "wasi/http/server_connection.h"

#include <boost/asio/write.hpp>
#include <utility>

#include "wasi/http/io_thread.h"

namespace airwasm::wasi::http {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;

constexpr size_t kReadBytes = 16 * 1024;
// What is read behind a request that is being answered.
constexpr size_t kAheadBytes = 16 * 1024;
// What is read and thrown away so that a client sees an answer that came before its request's end.
constexpr size_t kLingerBytes = 1024 * 1024;

}  // namespace

ServerConnection::ServerConnection(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket,
                                   SocketAddress peer)
    : core_(std::move(core)), socket_(std::move(socket)), peer_(peer), progress_(Clock::now()) {}

void ServerConnection::Start() {
  parser_ = MessageParser::ForRequest(core_->options().limits);
  Read();
}

// --- reading ---

void ServerConnection::Read() {
  if (reading_ || closed_) return;
  reading_ = true;
  // The memory behind what was read is the read's until it ends; nothing moves meanwhile.
  if (in_start_ == in_size_) {
    in_start_ = in_size_ = 0;
  } else if (in_start_ > kReadBytes) {
    in_.erase(0, in_start_);
    in_size_ -= in_start_;
    in_start_ = 0;
  }
  if (in_.size() < in_size_ + kReadBytes) in_.resize(in_size_ + kReadBytes);
  socket_.async_read_some(asio::buffer(in_.data() + in_size_, kReadBytes),
                          [self = shared_from_this()](error_code error, size_t count) {
                            self->in_size_ += count;
                            self->OnRead(error, count);
                          });
}

void ServerConnection::OnRead(error_code error, size_t count) {
  reading_ = false;
  if (closed_) return;
  if (count != 0) progress_ = Clock::now();
  if (lingering_) {
    lingered_bytes_ += count;
    in_start_ = in_size_;
    if (error || lingered_bytes_ > kLingerBytes) return Close();
    return Read();
  }
  // A client that sends no more is taken to be gone, as other servers do: nothing else would show
  // that it is, and its guest would run for nobody.
  if (error) return Close();
  Process();
}

void ServerConnection::Process() {
  while (!closed_ && !lingering_) {
    if (exchange_ == nullptr) {
      if (!ReadHead()) return;
    } else if (!request_done_) {
      if (!ReadBody()) return;
    } else {
      // Reading on shows when the client goes away, and takes in what comes next.
      if (in_size_ - in_start_ < kAheadBytes) Read();
      return;
    }
  }
}

bool ServerConnection::ReadHead() {
  size_t used = 0;
  const std::string_view bytes = std::string_view(in_).substr(in_start_, in_size_ - in_start_);
  if (bytes.empty()) {
    Read();
    return false;
  }
  const MessageParser::Result result = parser_->Feed(bytes, &used);
  in_start_ += used;
  switch (result) {
    case MessageParser::Result::kNeedMore:
      Read();
      return false;
    case MessageParser::Result::kBad:
      BadRequest(parser_->problem());
      return false;
    case MessageParser::Result::kHead:
    case MessageParser::Result::kDone:
      BeginExchange();
      return true;
  }
  return false;
}

void ServerConnection::BeginExchange() {
  auto exchange = std::make_shared<ServerExchange>();
  exchange->peer_ = peer_;
  exchange->started_ = Clock::now();
  progress_ = exchange->started_;
  exchange->wake_ = [weak = weak_from_this()] {
    IoThread::Get().Post([weak] {
      if (const auto self = weak.lock()) self->OnAnswer();
    });
  };
  RequestHead& head = parser_->request();
  const std::string* const host = head.headers.Find("host");
  exchange->request_.method = head.method;
  exchange->request_.scheme = "http";
  if (host != nullptr) exchange->request_.authority = *host;
  std::string& target = *head.path_with_query;
  if (const size_t scheme = target.find("://");
      !target.starts_with('/') && scheme != std::string::npos) {
    // Absolute form: what it says of the host counts. Spec: RFC 9112, "absolute-form".
    const size_t path = target.find_first_of("/?", scheme + 3);
    exchange->request_.authority = target.substr(scheme + 3, path - (scheme + 3));
    exchange->request_.path_with_query = path == std::string::npos ? "/" : target.substr(path);
  } else if (head.method == "CONNECT") {
    exchange->request_.authority = target;
  } else {
    exchange->request_.path_with_query = std::move(target);
  }
  // Spec: RFC 9112, "Request Target": a request of HTTP/1.1 without exactly one host is refused.
  const bool bad_host =
      (parser_->is_http_1_1() && host == nullptr) ||
      std::count_if(head.headers.entries().begin(), head.headers.entries().end(),
                    [](const Field& f) { return EqualNames(f.name, "host"); }) > 1;
  if (bad_host) return BadRequest({{HttpErrorKind::kProtocolError, {}, {}}, 400});
  exchange->request_.headers = ForGuest(head.headers);

  keep_alive_ = parser_->keep_alive() && !core_->stopping();
  request_done_ = parser_->done();
  if (!request_done_) {
    exchange->request_body_ = std::make_shared<BodyPipe>();
    exchange->request_body_->SetWriterListener([weak = weak_from_this()] {
      IoThread::Get().Post([weak] {
        if (const auto self = weak.lock()) self->Process();
      });
    });
    parser_->SetBody(exchange->request_body_);
    if (parser_->expects_continue()) {
      pending_ += "HTTP/1.1 100 Continue\r\n\r\n";
      Write();
    }
  }
  exchange_ = exchange;
  if (!core_->Dispatch(exchange)) exchange->RespondWith(503);
}

bool ServerConnection::ReadBody() {
  const std::shared_ptr<BodyPipe>& body = exchange_->request_body();
  if (body->Room() == 0) return false;  // its listener goes on
  size_t used = 0;
  const std::string_view bytes = std::string_view(in_).substr(in_start_, in_size_ - in_start_);
  const MessageParser::Result result = parser_->Feed(bytes, &used);
  in_start_ += used;
  switch (result) {
    case MessageParser::Result::kNeedMore:
      Read();
      return false;
    case MessageParser::Result::kBad:
      body->Fail(parser_->problem().error);
      request_done_ = true;
      keep_alive_ = false;
      exchange_->RespondWith(parser_->problem().status);
      return false;
    case MessageParser::Result::kHead:
      return true;
    case MessageParser::Result::kDone: {
      std::optional<Fields> trailers = parser_->TakeTrailers();
      body->Finish(trailers ? std::optional(ForGuest(*trailers)) : std::nullopt);
      request_done_ = true;
      return true;
    }
  }
  return false;
}

void ServerConnection::BadRequest(const ParseProblem& problem) {
  exchange_.reset();
  keep_alive_ = false;
  request_done_ = false;  // what comes is not looked at
  pending_ += "HTTP/1.1 " + std::to_string(problem.status) + " ";
  pending_ += ReasonPhrase(problem.status);
  pending_ += "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
  all_framed_ = true;
  answering_ = true;
  status_ = problem.status;
  Write();
}

// --- writing ---

void ServerConnection::OnAnswer() {
  if (closed_ || exchange_ == nullptr) return;
  std::optional<ServerExchange::Answer> answer;
  {
    const std::lock_guard lock(exchange_->mutex_);
    pending_ += std::exchange(exchange_->informational_, {});
    answer = std::exchange(exchange_->answer_, std::nullopt);
  }
  if (answer) {
    BeginAnswer(*std::move(answer));
  } else if (!pending_.empty()) {
    Write();
  }
}

void ServerConnection::BeginAnswer(ServerExchange::Answer answer) {
  const std::string& method = exchange_->request().method;
  const Fields& headers = answer.head.headers;
  const bool to_head = method == "HEAD";
  const bool no_body = to_head || HasNoBody(answer.head.status);
  const std::string* const length = headers.Find("content-length");
  status_ = answer.head.status;
  answer_body_ = answer.body;

  std::string extra;
  Framing framing = Framing::kNone;
  if (no_body) {
    // Spec: RFC 9110, "Content-Length": a response to HEAD may say what GET would have.
  } else if (answer_body_ == nullptr) {
    if (length == nullptr) extra = "content-length: 0\r\n";
  } else if (length != nullptr) {
    framing = Framing::kLength;
  } else if (const auto rest = answer_body_->remaining(); rest && !answer_body_->trailers()) {
    framing = Framing::kLength;
    extra = "content-length: " + std::to_string(*rest) + "\r\n";
  } else if (parser_->is_http_1_1()) {
    framing = Framing::kChunked;
    extra = "transfer-encoding: chunked\r\n";
  } else {
    framing = Framing::kUntilClose;
    keep_alive_ = false;
  }
  if (core_->stopping()) keep_alive_ = false;
  if (!keep_alive_) {
    extra += "connection: close\r\n";
  } else if (!parser_->is_http_1_1()) {
    extra += "connection: keep-alive\r\n";
  }
  if (!headers.Has("date")) extra += "date: " + core_->DateNow() + "\r\n";

  pending_ += "HTTP/1.1 " + std::to_string(status_) + " ";
  pending_ += ReasonPhrase(status_);
  pending_ += "\r\n";
  AppendFields(headers, &pending_);
  pending_ += extra;
  pending_ += "\r\n";
  if (answer_body_ != nullptr) {
    answer_body_->SetReaderListener([weak = weak_from_this()] {
      IoThread::Get().Post([weak] {
        if (const auto self = weak.lock()) self->Pump();
      });
    });
  }
  framer_ = BodyFramer(framing, answer_body_);
  answering_ = true;
  all_framed_ = false;
  body_failed_ = false;
  body_bytes_ = 0;
  announced_bytes_.reset();
  if (framing == Framing::kLength) (void)ReadContentLength(headers, &announced_bytes_);
  Pump();
}

// Moves what the guest has written into `pending_` and has it sent.
void ServerConnection::Pump() {
  if (closed_ || !answering_ || all_framed_ || writing_) return;
  const size_t before = pending_.size();
  switch (framer_.Next(&pending_)) {
    case BodyFramer::Step::kMore:
      break;
    case BodyFramer::Step::kDone:
      all_framed_ = true;
      break;
    case BodyFramer::Step::kFailed:
      all_framed_ = true;
      body_failed_ = true;
      break;
  }
  body_bytes_ += pending_.size() - before;
  Write();
}

void ServerConnection::Write() {
  if (writing_ || closed_) return;
  if (pending_.empty()) {
    if (answering_ && all_framed_) EndExchange(!body_failed_);
    return;
  }
  writing_ = true;
  out_.swap(pending_);
  asio::async_write(
      socket_, asio::buffer(out_),
      [self = shared_from_this()](error_code error, size_t) { self->OnWritten(error); });
}

void ServerConnection::OnWritten(error_code error) {
  writing_ = false;
  out_.clear();
  if (closed_) return;
  if (error) return Close();
  progress_ = Clock::now();
  if (answering_ && !all_framed_) {
    Pump();
  } else {
    Write();
  }
}

void ServerConnection::EndExchange(bool complete) {
  answering_ = false;
  if (answer_body_ != nullptr) answer_body_->Close();
  answer_body_.reset();
  framer_ = {};
  if (const std::shared_ptr<ServerExchange> exchange = std::exchange(exchange_, nullptr)) {
    if (exchange->request_body()) exchange->request_body()->Close();
    Log(*exchange, complete);
  }
  progress_ = Clock::now();
  // A body that broke off can only be told by breaking off the connection.
  if (!complete) return Close();
  if (!request_done_) return Linger();
  if (!keep_alive_ || core_->stopping()) return Linger();
  parser_ = MessageParser::ForRequest(core_->options().limits);
  Process();
}

// Says that nothing more comes, and reads on for a while: closing at once would make the kernel
// throw away what the client has not read yet.
void ServerConnection::Linger() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  if (ignored) return Close();
  lingering_ = true;
  lingered_bytes_ = in_size_ - in_start_;
  in_start_ = in_size_;
  Read();
}

// --- ends ---

void ServerConnection::CheckDeadlines(Clock::time_point now) {
  const ServerOptions& options = core_->options();
  const auto since = now - progress_;
  if (lingering_) {
    if (since > std::min<std::chrono::nanoseconds>(options.idle_timeout, std::chrono::seconds(5)))
      Close();
  } else if (exchange_ == nullptr) {
    const bool begun = parser_->started() || in_start_ != in_size_;
    if (answering_) {
      if (since > options.idle_timeout) Close();
    } else if (!begun) {
      if (since > options.idle_timeout) Close();
    } else if (since > options.header_timeout) {
      BadRequest({{HttpErrorKind::kConnectionReadTimeout, {}, {}}, 408});
    }
  } else if (!answering_) {
    if (!request_done_ && exchange_->request_body()->Room() != 0 && since > options.idle_timeout) {
      exchange_->request_body()->Fail({HttpErrorKind::kConnectionReadTimeout, {}, {}});
      request_done_ = true;
      keep_alive_ = false;
      exchange_->RespondWith(408);
    } else if (options.request_timeout.count() != 0 &&
               now - exchange_->started_ > options.request_timeout) {
      if (exchange_->RespondWith(504)) exchange_->Cancel();
    }
  } else if (writing_ && since > options.idle_timeout) {
    Close();
  } else if (options.request_timeout.count() != 0 && !all_framed_ &&
             since > options.request_timeout) {
    Close();  // an answer that has begun and does not go on
  }
}

void ServerConnection::CloseWhenIdle() {
  keep_alive_ = false;
  if (exchange_ == nullptr && !answering_ && !lingering_) Close();
}

void ServerConnection::Log(const ServerExchange& exchange, bool complete) {
  if (!core_->options().log) return;
  const std::optional<std::string>& target = exchange.request().path_with_query;
  core_->options().log({.peer = peer_,
                        .method = exchange.request().method,
                        .target = target ? *target : std::string_view("*"),
                        .status = status_,
                        .body_bytes = body_bytes_,
                        .complete = complete,
                        .duration = Clock::now() - exchange.started_});
}

void ServerConnection::Close() {
  if (closed_) return;
  closed_ = true;
  const auto self = shared_from_this();
  if (const std::shared_ptr<ServerExchange> exchange = std::exchange(exchange_, nullptr)) {
    if (exchange->request_body())
      exchange->request_body()->Fail({HttpErrorKind::kConnectionTerminated, {}, {}});
    // A client that has all that was announced may go before the guest says that this was it.
    const bool complete =
        answering_ && announced_bytes_ && body_bytes_ >= *announced_bytes_ && !writing_;
    if (answer_body_ != nullptr && !complete) answer_body_->Close();
    Log(*exchange, complete);
    if (!complete) exchange->Cancel();
  }
  error_code ignored;
  socket_.close(ignored);
  core_->Remove(self);
}

}  // namespace airwasm::wasi::http
