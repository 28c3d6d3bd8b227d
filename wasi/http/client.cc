#include "wasi/http/client.h"

#include <utility>

#include "wasi/http/client_exchange.h"
#include "wasi/http/io_thread.h"

namespace airwasm::wasi::http {
namespace {

constexpr size_t kMaxTargetBytes = 64 * 1024;

HttpError Of(HttpErrorKind kind) {
  return {kind, {}, {}};
}

}  // namespace

PendingResponse::~PendingResponse() {
  // Nobody took the response: what it would have been is not wanted.
  if (outcome_ && !taken_) {
    if (const auto* const response = std::get_if<Response>(&*outcome_)) response->body->Close();
  }
  if (!outcome_ && give_up_) give_up_();
}

bool PendingResponse::ready() const {
  const std::lock_guard lock(mutex_);
  return outcome_.has_value();
}

PendingResponse::Outcome PendingResponse::Take() {
  const std::lock_guard lock(mutex_);
  taken_ = true;
  return std::exchange(*outcome_, HttpError{});
}

void PendingResponse::SetListener(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void PendingResponse::Set(Outcome outcome) {
  std::function<void()> notify;
  {
    const std::lock_guard lock(mutex_);
    if (outcome_) return;
    outcome_ = std::move(outcome);
    notify = listener_;
  }
  if (notify) notify();
}

std::optional<HttpError> CheckRequest(const RequestHead& request) {
  if (!IsToken(request.method) || request.method == "CONNECT")
    return Of(HttpErrorKind::kRequestMethodInvalid);
  if (request.scheme && request.scheme != "http" && request.scheme != "https")
    return Of(HttpErrorKind::kRequestUriInvalid);
  if (!request.authority || !ParseAuthority(*request.authority))
    return Of(HttpErrorKind::kRequestUriInvalid);
  if (request.path_with_query) {
    if (!IsPathWithQuery(*request.path_with_query)) return Of(HttpErrorKind::kRequestUriInvalid);
    if (request.path_with_query->size() > kMaxTargetBytes)
      return Of(HttpErrorKind::kRequestUriTooLong);
  }
  return std::nullopt;
}

std::shared_ptr<PendingResponse> SendRequest(RequestHead request, std::shared_ptr<BodyPipe> body,
                                             ClientOptions options) {
  IoThread& io = IoThread::Get();
  auto pending = std::make_shared<PendingResponse>();
  auto exchange = std::make_shared<ClientExchange>(io.context(), std::move(request),
                                                   std::move(body), std::move(options), pending);
  pending->give_up_ = [weak = std::weak_ptr(exchange)] {
    IoThread::Get().Post([weak] {
      if (const auto self = weak.lock()) self->GiveUp();
    });
  };
  io.Post([exchange] { exchange->Start(); });
  return pending;
}

}  // namespace airwasm::wasi::http
