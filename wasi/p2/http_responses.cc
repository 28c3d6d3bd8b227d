// wasi:http/types: response-outparam, outgoing-response, incoming-response and
// future-incoming-response.
#include "wasi/p2/http.h"

namespace airwasm::wasi::p2 {

IncomingResponse::~IncomingResponse() {
  if (body != nullptr) body->Close();
}

namespace {

using http::HttpErrorKind;

struct ResponseReadiness : host::Pollable {
  explicit ResponseReadiness(std::shared_ptr<http::PendingResponse> p) : pending(std::move(p)) {}
  bool Ready() override { return pending->ready(); }
  Interest interest() override { return {}; }
  std::shared_ptr<http::PendingResponse> pending;
};

// How a client hears of an error that the guest gave instead of a response.
uint16_t StatusOf(HttpErrorKind kind) {
  switch (kind) {
    case HttpErrorKind::kRequestDenied:
      return 403;
    case HttpErrorKind::kRequestLengthRequired:
      return 411;
    case HttpErrorKind::kRequestBodySize:
      return 413;
    case HttpErrorKind::kRequestUriTooLong:
      return 414;
    case HttpErrorKind::kRequestHeaderSectionSize:
    case HttpErrorKind::kRequestHeaderSize:
    case HttpErrorKind::kRequestTrailerSectionSize:
    case HttpErrorKind::kRequestTrailerSize:
      return 431;
    case HttpErrorKind::kRequestMethodInvalid:
    case HttpErrorKind::kRequestUriInvalid:
      return 400;
    case HttpErrorKind::kDnsTimeout:
    case HttpErrorKind::kConnectionTimeout:
    case HttpErrorKind::kConnectionReadTimeout:
    case HttpErrorKind::kConnectionWriteTimeout:
    case HttpErrorKind::kResponseTimeout:
      return 504;
    case HttpErrorKind::kConnectionLimitReached:
      return 503;
    case HttpErrorKind::kLoopDetected:
      return 508;
    case HttpErrorKind::kConfigurationError:
    case HttpErrorKind::kInternalError:
      return 500;
    case HttpErrorKind::kDnsError:
    case HttpErrorKind::kDestinationNotFound:
    case HttpErrorKind::kDestinationUnavailable:
    case HttpErrorKind::kDestinationIpProhibited:
    case HttpErrorKind::kDestinationIpUnroutable:
    case HttpErrorKind::kConnectionRefused:
    case HttpErrorKind::kConnectionTerminated:
    case HttpErrorKind::kTlsProtocolError:
    case HttpErrorKind::kTlsCertificateError:
    case HttpErrorKind::kTlsAlertReceived:
    case HttpErrorKind::kResponseIncomplete:
    case HttpErrorKind::kResponseHeaderSectionSize:
    case HttpErrorKind::kResponseHeaderSize:
    case HttpErrorKind::kResponseBodySize:
    case HttpErrorKind::kResponseTrailerSectionSize:
    case HttpErrorKind::kResponseTrailerSize:
    case HttpErrorKind::kResponseTransferCoding:
    case HttpErrorKind::kResponseContentCoding:
    case HttpErrorKind::kUpgradeFailed:
    case HttpErrorKind::kProtocolError:
      return 502;
  }
  return 500;
}

void SetResponse(Own<ResponseOutparam> param,
                 const WitResult<Own<OutgoingResponse>, ErrorCode>& response) {
  const std::unique_ptr<ResponseOutparam> self = Context::Take(param);
  http::ServerExchange& exchange = *self->exchange;
  if (!response.ok()) {
    exchange.RespondWith(StatusOf(FromWit(std::get<1>(response.value)).kind));
    return;
  }
  const std::unique_ptr<OutgoingResponse> outgoing = Context::Take(std::get<0>(response.value));
  // A length without a body that has it would leave the client waiting.
  const bool no_body = exchange.request().method == "HEAD" || http::HasNoBody(outgoing->status);
  if (!LengthFits(*outgoing->headers, outgoing->body != nullptr || no_body)) {
    if (outgoing->body != nullptr) outgoing->body->Close();
    exchange.RespondWith(500);
    return;
  }
  exchange.Respond({.status = outgoing->status, .headers = *outgoing->headers}, outgoing->body);
}

WitResult<std::monostate, ErrorCode> SendInformational(Borrow<ResponseOutparam> self,
                                                       uint16_t status, Own<HttpFields> headers) {
  using Result = WitResult<std::monostate, ErrorCode>;
  const std::shared_ptr<http::Fields> fields = TakeFields(headers);
  if (status < 100 || status > 199)
    return Result::Err(ToWit({HttpErrorKind::kProtocolError, {}, {}}));
  // 101 would end HTTP on this connection.
  if (status == 101 || !Context::Get(self).exchange->SendInformational(status, *fields))
    return Result::Err(ToWit({HttpErrorKind::kInternalError, {}, {}}));
  return Result::Ok();
}

void DefineOutgoing(Interface& types) {
  using Self = Borrow<OutgoingResponse>;
  types.Resource<ResponseOutparam>("response-outparam")
      .Resource<OutgoingResponse>("outgoing-response")
      .Fits(asks::kHttpIn)
      .Func("[static]response-outparam.set",
            [](Own<ResponseOutparam> param,
               const WitResult<Own<OutgoingResponse>, ErrorCode>& response) {
              SetResponse(param, response);
            })
      .Func("[method]response-outparam.send-informational",
            [](Borrow<ResponseOutparam> self, uint16_t status, Own<HttpFields> headers) {
              return SendInformational(self, status, headers);
            })
      .Func("[constructor]outgoing-response",
            [](HostCall& call, Own<HttpFields> headers) {
              auto response = std::make_unique<OutgoingResponse>();
              response->headers = TakeFields(headers);
              return Context::Of(call).Add(std::move(response));
            })
      .Func("[method]outgoing-response.status-code",
            [](Self self) { return Context::Get(self).status; })
      .Func("[method]outgoing-response.set-status-code",
            [](Self self, uint16_t status) {
              // Below 200 is no answer. Spec: RFC 9110, "Status Codes".
              if (status < 200 || status > 599) return Done::Err();
              Context::Get(self).status = status;
              return Done::Ok();
            })
      .Func("[method]outgoing-response.headers",
            [](HostCall& call, Self self) {
              return AddHeaders(Context::Of(call), Context::Get(self).headers, asks::kHttpIn);
            })
      .Func("[method]outgoing-response.body", [](HostCall& call, Self handle) {
        OutgoingResponse& self = Context::Get(handle);
        Context& context = Context::Of(call);
        if (self.access == nullptr)
          self.access = MakeBodyAccess(context, asks::kHttpIn, context.answered_request());
        return TakeBody(context, *self.headers, HttpErrorKind::kResponseBodySize, self.access,
                        &self.body);
      });
}

using ResponseOrError = WitResult<Own<IncomingResponse>, ErrorCode>;
using ResponseOnce = std::optional<WitResult<ResponseOrError, std::monostate>>;

absl::StatusOr<ResponseOnce> GetResponse(HostCall& call, Borrow<FutureIncomingResponse> handle) {
  using Once = WitResult<ResponseOrError, std::monostate>;
  Context& context = Context::Of(call);
  FutureIncomingResponse& self = Context::Get(handle);
  if (!self.pending->ready()) return ResponseOnce();
  if (std::exchange(self.taken, true)) return ResponseOnce(Once::Err());
  http::PendingResponse::Outcome outcome = self.pending->Take();
  if (const auto* const error = std::get_if<http::HttpError>(&outcome))
    return ResponseOnce(Once::Ok(ResponseOrError::Err(ToWit(*error))));
  auto& [head, body] = std::get<http::PendingResponse::Response>(outcome);
  auto response = std::make_unique<IncomingResponse>();
  response->status = head.status;
  response->headers = With(std::move(head.headers), self.held);
  response->body = body;
  response->access = self.access;
  WakeReader(context, *body);
  auto added = context.Add(std::move(response));
  if (!added.ok()) return added.status();
  return ResponseOnce(Once::Ok(ResponseOrError::Ok(*added)));
}

void DefineIncoming(Interface& types) {
  using Self = Borrow<IncomingResponse>;
  using Future = Borrow<FutureIncomingResponse>;
  types.Resource<IncomingResponse>("incoming-response")
      .Resource<FutureIncomingResponse>("future-incoming-response")
      .Fits(asks::kHttpOut)
      .Func("[method]incoming-response.status", [](Self self) { return Context::Get(self).status; })
      .Func("[method]incoming-response.headers",
            [](HostCall& call, Self self) {
              return AddHeaders(Context::Of(call), Context::Get(self).headers, asks::kHttpOut);
            })
      .Func("[method]incoming-response.consume",
            [](HostCall& call, Self self) {
              IncomingResponse& response = Context::Get(self);
              return Consume(Context::Of(call), response.body, response.access);
            })
      .Func("[method]future-incoming-response.subscribe",
            [](HostCall& call, Future self) {
              return Subscribe(Context::Of(call),
                               std::make_shared<ResponseReadiness>(Context::Get(self).pending));
            })
      .Func("[method]future-incoming-response.get",
            [](HostCall& call, Future self) { return GetResponse(call, self); });
}

}  // namespace

void DefineHttpResponses(Interface& types) {
  DefineOutgoing(types);
  DefineIncoming(types);
}

}  // namespace airwasm::wasi::p2
