#include "wasi/http/client_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wasi/http/io_thread.h"
#include "wasi/net/address.h"

namespace airwasm::wasi::http {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;

constexpr size_t kReadBytes = 32 * 1024;

HttpError Of(HttpErrorKind kind) {
  return {kind, {}, {}};
}

HttpError LookupError(net::NetworkError error) {
  switch (error) {
    case net::NetworkError::kNameUnresolvable:
      return {HttpErrorKind::kDnsError, "NXDOMAIN", {}};
    case net::NetworkError::kTemporaryResolverFailure:
      return {HttpErrorKind::kDnsError, "SERVFAIL", {}};
    default:
      return {HttpErrorKind::kDnsError, {}, {}};
  }
}

}  // namespace

ClientExchange::ClientExchange(asio::io_context& context, RequestHead request,
                               std::shared_ptr<BodyPipe> body, ClientOptions options,
                               std::weak_ptr<PendingResponse> pending)
    : context_(context),
      request_(std::move(request)),
      request_body_(std::move(body)),
      options_(std::move(options)),
      pending_(std::move(pending)),
      timer_(context) {}

void ClientExchange::Start() {
  tls_ = request_.scheme != "http";
  target_ = *ParseAuthority(*request_.authority);
  if (!target_.port) target_.port = tls_ ? 443 : 80;
  key_ = (tls_ ? "https://" : "http://") + target_.host + ":" + std::to_string(*target_.port);
  if (request_body_ != nullptr) {
    request_body_->SetReaderListener([weak = weak_from_this()] {
      IoThread::Get().Post([weak] {
        if (const auto self = weak.lock()) self->Pump();
      });
    });
  }
  SetTimer(options_.connect_timeout, HttpErrorKind::kConnectionTimeout);
  while (std::optional<IdleConnection> idle = ConnectionPool::Get().Take(key_)) {
    if (options_.check && !options_.check(idle->remote)) {
      idle->transport->Close();
      continue;
    }
    connection_ = *std::move(idle);
    reused_ = true;
    return UseConnection();
  }
  LookUp();
}

// --- a connection ---

void ClientExchange::SetTimer(std::chrono::nanoseconds timeout, HttpErrorKind kind) {
  const uint64_t round = ++timer_round_;
  timer_.expires_after(timeout);
  timer_.async_wait([weak = weak_from_this(), round, kind](error_code error) {
    const auto self = weak.lock();
    if (error || self == nullptr || self->timer_round_ != round) return;
    self->Fail(Of(kind));
  });
}

void ClientExchange::LookUp() {
  // Holds itself: a look-up is all that refers to it now.
  lookup_ = net::NameLookup::Start(target_.host, [self = shared_from_this()] {
    IoThread::Get().Post([self] { self->OnAddresses(); });
  });
  if (lookup_->result() != nullptr) OnAddresses();
}

void ClientExchange::OnAddresses() {
  if (ended_ || lookup_ == nullptr) return;
  const net::NameLookup::Addresses* const result = lookup_->result();
  if (result == nullptr) return;
  if (!result->ok()) return Fail(LookupError(result->error()));
  addresses_ = **result;
  lookup_.reset();
  connect_error_ = Of(HttpErrorKind::kDestinationNotFound);
  ConnectNext();
}

void ClientExchange::ConnectNext() {
  if (next_address_ == addresses_.size()) return Fail(connect_error_);
  SocketAddress address = addresses_[next_address_++];
  address.port = *target_.port;
  if (options_.check && !options_.check(address)) {
    connect_error_ = Of(HttpErrorKind::kDestinationIpProhibited);
    return ConnectNext();
  }
  connection_ = {tls_ ? Transport::Tls(context_) : Transport::Plain(context_), address};
  asio::ip::tcp::endpoint endpoint;
  const net::RawAddress raw = net::ToRaw(address);
  endpoint.resize(raw.size);
  std::memcpy(endpoint.data(), raw.get(), raw.size);
  connection_.transport->socket().async_connect(endpoint,
                                                [self = shared_from_this()](error_code error) {
                                                  if (self->ended_) return;
                                                  if (error) {
                                                    self->connect_error_ = TransportError(error);
                                                    return self->ConnectNext();
                                                  }
                                                  self->OnConnected();
                                                });
}

void ClientExchange::OnConnected() {
  error_code ignored;
  connection_.transport->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  connection_.transport->Handshake(target_.host, [self = shared_from_this()](error_code error) {
    if (self->ended_) return;
    if (error) {
      const HttpError what = TransportError(error);
      return self->Fail(what.kind == HttpErrorKind::kConnectionTerminated
                            ? Of(HttpErrorKind::kTlsProtocolError)
                            : what);
    }
    self->UseConnection();
  });
}

std::unique_ptr<MessageParser> ClientExchange::NewParser() const {
  return MessageParser::ForResponse(
      {.header_bytes = options_.header_bytes, .body_bytes = {}, .account = options_.account},
      request_.method == "HEAD");
}

void ClientExchange::UseConnection() {
  parser_ = NewParser();
  in_.clear();
  in_start_ = 0;
  ComposeHead();
  SetTimer(options_.first_byte_timeout, HttpErrorKind::kConnectionReadTimeout);
  Pump();
  Read();
}

// --- the request ---

void ClientExchange::ComposeHead() {
  const Fields& headers = request_.headers;
  std::string& out = pending_out_;
  out.clear();
  out += request_.method;
  out += ' ';
  const std::string path = request_.path_with_query.value_or("/");
  if (!path.starts_with('/') && path != "*") out += '/';
  out += path;
  out += " HTTP/1.1\r\nhost: " + *request_.authority + "\r\n";
  AppendFields(headers, &out);
  Framing framing = Framing::kNone;
  const bool has_length = headers.Has("content-length");
  if (request_body_ == nullptr) {
    const bool expected =
        request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
    if (expected && !has_length) out += "content-length: 0\r\n";
  } else if (has_length) {
    framing = Framing::kLength;
  } else if (const auto rest = request_body_->remaining(); rest && !request_body_->trailers()) {
    framing = Framing::kLength;
    if (*rest != 0 || request_.method != "GET")
      out += "content-length: " + std::to_string(*rest) + "\r\n";
  } else {
    framing = Framing::kChunked;
    out += "transfer-encoding: chunked\r\n";
  }
  out += "\r\n";
  framer_ = BodyFramer(framing, request_body_);
  all_framed_ = false;
}

void ClientExchange::Pump() {
  if (ended_ || parser_ == nullptr || all_framed_ || writing_) return;
  const size_t before = pending_out_.size();
  switch (framer_.Next(&pending_out_)) {
    case BodyFramer::Step::kMore:
      break;
    case BodyFramer::Step::kDone:
      all_framed_ = true;
      break;
    case BodyFramer::Step::kFailed:
      return Fail(request_body_->error());
  }
  body_begun_ |= pending_out_.size() != before;
  Write();
}

void ClientExchange::Write() {
  if (writing_ || pending_out_.empty()) return;
  writing_ = true;
  out_.swap(pending_out_);
  connection_.transport->Write(out_, [self = shared_from_this()](error_code error) {
    self->writing_ = false;
    self->out_.clear();
    if (self->ended_) return;
    if (error) {
      // There may be a response that says why; reading finds it, or the same error.
      self->all_framed_ = true;
      if (self->request_body_ != nullptr) self->request_body_->Close();
      return;
    }
    self->all_framed_ ? self->Write() : self->Pump();
  });
}

// --- the response ---

void ClientExchange::Read() {
  if (reading_ || ended_) return;
  reading_ = true;
  in_.erase(0, in_start_);
  in_start_ = 0;
  const size_t size = in_.size();
  in_.resize(size + kReadBytes);
  connection_.transport->Read(in_.data() + size, kReadBytes,
                              [self = shared_from_this(), size, transport = connection_.transport](
                                  error_code error, size_t count) {
                                self->reading_ = false;
                                self->in_.resize(size + count);
                                self->OnRead(error, count);
                              });
}

void ClientExchange::OnRead(error_code error, size_t count) {
  if (ended_) return;
  if (count != 0) SetTimer(options_.between_bytes_timeout, HttpErrorKind::kConnectionReadTimeout);
  if (!error) return Process();
  if (!parser_->started() && Retry()) return;
  if (error != asio::error::eof) return Fail(TransportError(error));
  if (parser_->started() && parser_->FeedEnd() == MessageParser::Result::kDone) return Finish();
  Fail(responded_ ? Of(HttpErrorKind::kResponseIncomplete)
                  : Of(HttpErrorKind::kConnectionTerminated));
}

void ClientExchange::Process() {
  while (!ended_ && !reading_) {
    if (response_body_ != nullptr) {
      if (response_body_->reader_gone()) return GiveUp();
      if (response_body_->Room() == 0) {
        ++timer_round_;  // the guest is who takes its time
        paused_ = shared_from_this();
        return;
      }
    }
    size_t used = 0;
    const MessageParser::Result result =
        parser_->Feed(std::string_view(in_).substr(in_start_), &used);
    in_start_ += used;
    switch (result) {
      case MessageParser::Result::kNeedMore:
        return Read();
      case MessageParser::Result::kHead:
        if (!OnHead()) return;
        break;
      case MessageParser::Result::kDone:
        return Finish();
      case MessageParser::Result::kBad:
        return Fail(parser_->problem().error);
    }
  }
}

bool ClientExchange::OnHead() {
  ResponseHead& head = parser_->response();
  if (head.status == 101) {
    Fail(Of(HttpErrorKind::kUpgradeFailed));
    return false;
  }
  if (head.status < 200) {  // what counts is still to come
    parser_ = NewParser();
    return true;
  }
  response_body_ = std::make_shared<BodyPipe>();
  response_body_->SetWriterListener([weak = weak_from_this()] {
    IoThread::Get().Post([weak] {
      const auto self = weak.lock();
      if (self == nullptr || self->ended_) return;
      self->paused_.reset();
      self->SetTimer(self->options_.between_bytes_timeout, HttpErrorKind::kConnectionReadTimeout);
      if (self->response_body_->reader_gone()) return self->GiveUp();
      self->Process();
    });
  });
  parser_->SetBody(response_body_);
  responded_ = true;
  const std::shared_ptr<PendingResponse> pending = pending_.lock();
  if (pending == nullptr) {
    GiveUp();
    return false;
  }
  PendingResponse::Response response;
  response.head.status = head.status;
  response.head.headers = ForGuest(head.headers);
  response.body = response_body_;
  pending->Set(std::move(response));
  return true;
}

void ClientExchange::Finish() {
  ended_ = true;
  paused_.reset();
  ++timer_round_;
  timer_.cancel();
  const bool reusable = parser_->keep_alive() && all_framed_ && !writing_ && pending_out_.empty() &&
                        in_start_ == in_.size() && !reading_;
  if (request_body_ != nullptr) request_body_->Close();
  if (reusable) {
    ConnectionPool::Get().Add(key_, std::move(connection_));
  } else {
    connection_.transport->Close();
  }
  std::optional<Fields> trailers = parser_->TakeTrailers();
  response_body_->Finish(trailers ? std::optional(ForGuest(*trailers)) : std::nullopt);
}

void ClientExchange::Fail(HttpError error) {
  if (ended_) return;
  const auto self = shared_from_this();
  ended_ = true;
  paused_.reset();
  ++timer_round_;
  timer_.cancel();
  if (connection_.transport != nullptr) connection_.transport->Close();
  if (request_body_ != nullptr) request_body_->Close();
  if (responded_) {
    response_body_->Fail(std::move(error));
  } else if (const std::shared_ptr<PendingResponse> pending = pending_.lock()) {
    pending->Set(std::move(error));
  }
}

void ClientExchange::GiveUp() {
  Fail(Of(HttpErrorKind::kConnectionTerminated));
}

bool ClientExchange::Retry() {
  // Only what has no effect twice, and only once. Spec: RFC 9110, "Idempotent Methods".
  static constexpr std::string_view kIdempotent[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  const bool idempotent = std::find(std::begin(kIdempotent), std::end(kIdempotent),
                                    request_.method) != std::end(kIdempotent);
  if (!reused_ || !idempotent || (request_body_ != nullptr && body_begun_) || writing_)
    return false;
  reused_ = false;
  connection_.transport->Close();
  parser_.reset();
  LookUp();
  return true;
}

}  // namespace airwasm::wasi::http
