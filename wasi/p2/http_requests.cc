// wasi:http/types: incoming-request, outgoing-request and request-options; outgoing-handler.
#include <algorithm>
#include <array>

#include "wasi/p2/http.h"
#include "wasi/p2/network_state.h"

namespace airwasm::wasi::p2 {

IncomingRequest::~IncomingRequest() {
  if (body != nullptr) body->Close();
}

bool OutgoingRequest::Charge() {
  return held->Set(TextBytes(head));
}

namespace {

using http::HttpErrorKind;

// In the order of the variant.
constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

template <size_t... i>
Method MethodAt(size_t index, std::index_sequence<i...>) {
  Method method;
  ((i == index ? (void)method.emplace<i>() : (void)0), ...);
  return method;
}
Method ToMethod(const std::string& text) {
  const auto found = std::find(kMethods.begin(), kMethods.end(), text);
  if (found == kMethods.end()) return Method(std::in_place_index<9>, text);
  return MethodAt(static_cast<size_t>(found - kMethods.begin()), std::make_index_sequence<9>());
}
std::string FromMethod(const Method& method) {
  if (const auto* const other = std::get_if<9>(&method)) return *other;
  return std::string(kMethods[method.index()]);
}

std::optional<Scheme> ToScheme(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  if (*text == "http") return Scheme(std::in_place_index<0>);
  if (*text == "https") return Scheme(std::in_place_index<1>);
  return Scheme(std::in_place_index<2>, *text);
}
std::optional<std::string> FromScheme(const std::optional<Scheme>& scheme) {
  if (!scheme) return std::nullopt;
  if (scheme->index() == 0) return "http";
  if (scheme->index() == 1) return "https";
  std::string text = std::get<2>(*scheme);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

Done Set(bool valid, auto& place, auto value) {
  if (!valid) return Done::Err();
  place = std::move(value);
  return Done::Ok();
}

void DefineIncoming(Interface& types) {
  using Self = Borrow<IncomingRequest>;
  types.Resource<IncomingRequest>("incoming-request")
      .Fits(asks::kHttpIn)
      .Func("[method]incoming-request.method",
            [](Self self) { return ToMethod(Context::Get(self).head.method); })
      .Func("[method]incoming-request.path-with-query",
            [](Self self) { return Context::Get(self).head.path_with_query; })
      .Func("[method]incoming-request.scheme",
            [](Self self) { return ToScheme(Context::Get(self).head.scheme); })
      .Func("[method]incoming-request.authority",
            [](Self self) { return Context::Get(self).head.authority; })
      .Func("[method]incoming-request.headers",
            [](HostCall& call, Self self) {
              return AddHeaders(Context::Of(call), Context::Get(self).headers, asks::kHttpIn);
            })
      .Func("[method]incoming-request.consume", [](HostCall& call, Self self) {
        IncomingRequest& request = Context::Get(self);
        return Consume(Context::Of(call), request.body, request.access);
      });
}

// The same for a part of a request, which the guest is charged for. Where that is too much, it ends
// when the call does.
Done SetPart(Borrow<OutgoingRequest> handle, bool valid, auto http::RequestHead::* part,
             auto value) {
  OutgoingRequest& request = Context::Get(handle);
  Done done = Set(valid, request.head.*part, std::move(value));
  (void)request.Charge();
  return done;
}

void DefineOutgoing(Interface& types) {
  using Self = Borrow<OutgoingRequest>;
  using Head = http::RequestHead;
  types.Resource<OutgoingRequest>("outgoing-request")
      .Fits(asks::kHttpOut)
      .Func("[constructor]outgoing-request",
            [](HostCall& call, Own<HttpFields> headers) {
              Context& context = Context::Of(call);
              auto request = std::make_unique<OutgoingRequest>(Account(context));
              request->headers = TakeFields(headers);
              return context.Add(std::move(request));
            })
      .Func("[method]outgoing-request.body",
            [](HostCall& call, Self handle) {
              OutgoingRequest& self = Context::Get(handle);
              Context& context = Context::Of(call);
              if (self.access == nullptr)
                self.access = MakeBodyAccess(context, asks::kHttpOut, NameOf(self.head));
              return TakeBody(context, *self.headers, HttpErrorKind::kRequestBodySize, self.access,
                              &self.body);
            })
      .Func("[method]outgoing-request.method",
            [](Self self) { return ToMethod(Context::Get(self).head.method); })
      .Func("[method]outgoing-request.set-method",
            [](Self self, const Method& method) {
              std::string text = FromMethod(method);
              const bool valid = http::IsToken(text);
              return SetPart(self, valid, &Head::method, std::move(text));
            })
      .Func("[method]outgoing-request.path-with-query",
            [](Self self) { return Context::Get(self).head.path_with_query; })
      .Func("[method]outgoing-request.set-path-with-query",
            [](Self self, const std::optional<std::string>& path) {
              return SetPart(self, !path || http::IsPathWithQuery(*path), &Head::path_with_query,
                             path);
            })
      .Func("[method]outgoing-request.scheme",
            [](Self self) { return ToScheme(Context::Get(self).head.scheme); })
      .Func("[method]outgoing-request.set-scheme",
            [](Self self, const std::optional<Scheme>& scheme) {
              std::optional<std::string> text = FromScheme(scheme);
              const bool valid = !text || http::IsScheme(*text);
              return SetPart(self, valid, &Head::scheme, std::move(text));
            })
      .Func("[method]outgoing-request.authority",
            [](Self self) { return Context::Get(self).head.authority; })
      .Func("[method]outgoing-request.set-authority",
            [](Self self, const std::optional<std::string>& authority) {
              return SetPart(self, !authority || http::ParseAuthority(*authority), &Head::authority,
                             authority);
            })
      .Func("[method]outgoing-request.headers", [](HostCall& call, Self self) {
        return AddHeaders(Context::Of(call), Context::Get(self).headers, asks::kHttpOut);
      });
}

using Timeout = std::optional<uint64_t> RequestOptions::*;
void DefineTimeout(Interface& types, const std::string& name, Timeout timeout) {
  types
      .Func("[method]request-options." + name,
            [timeout](Borrow<RequestOptions> self) { return Context::Get(self).*timeout; })
      .Func("[method]request-options.set-" + name,
            [timeout](Borrow<RequestOptions> self, std::optional<uint64_t> duration) {
              return Set(true, Context::Get(self).*timeout, duration);
            });
}

// What the guest asks for, but no more than it may have.
std::chrono::nanoseconds Bounded(const std::optional<uint64_t>& wanted,
                                 std::chrono::nanoseconds most) {
  if (!wanted || *wanted > static_cast<uint64_t>(most.count())) return most;
  return std::chrono::nanoseconds(*wanted);
}

// Where a request goes, as its guest's guard knows it; with strings of its own.
struct RequestUrl {
  // `head` has been checked.
  explicit RequestUrl(const http::RequestHead& head)
      : method(head.method), scheme(head.scheme.value_or("https")) {
    const auto authority = http::ParseAuthority(*head.authority);
    host = authority->host;
    port = authority->port.value_or(scheme == "http" ? 80 : 443);
    path = head.path_with_query.value_or("/");
    path.resize(std::min(path.find('?'), path.size()));
  }
  security::Object object() const {
    return security::Object::Url(method, scheme, host, port, path);
  }
  std::string method, scheme, host, path;
  uint16_t port = 0;
};

// Asked on the network's thread with each address that a connection is made to.
std::function<bool(const SocketAddress&)> CheckOfAddresses(const Config& config,
                                                           const http::RequestHead& head) {
  return [check = config.network.check, guard = config.guard,
          url = RequestUrl(head)](const SocketAddress& address) {
    if (check && !check(SocketUse::kHttpConnect, address)) return false;
    if (guard == nullptr) return true;
    static const security::FunctionId id =
        security::RegisterFunction("wasi:http/outgoing-handler.handle");
    return guard->AllowConnection(id, url.object(),
                                  {.is_v6 = address.is_ipv6, .bytes = address.ip});
  };
}

absl::StatusOr<WitResult<Own<FutureIncomingResponse>, ErrorCode>> Handle(
    HostCall& call, Own<OutgoingRequest> handle, std::optional<Own<RequestOptions>> options) {
  using Result = WitResult<Own<FutureIncomingResponse>, ErrorCode>;
  const auto refuse = [](HttpErrorKind kind) { return Result::Err(ToWit({kind, {}, {}})); };
  Context& context = Context::Of(call);
  const HttpGrant& grant = context.config().http;
  const std::unique_ptr<OutgoingRequest> request = Context::Take(handle);
  std::unique_ptr<RequestOptions> wishes;
  if (options) wishes = Context::Take(*options);
  if (!wishes) wishes = std::make_unique<RequestOptions>();

  http::RequestHead head = std::move(request->head);
  head.headers = *request->headers;
  if (!grant.outgoing) return refuse(HttpErrorKind::kRequestDenied);
  if (const auto error = http::CheckRequest(head)) return Result::Err(ToWit(*error));
  if (!LengthFits(head.headers, request->body != nullptr))
    return refuse(HttpErrorKind::kRequestBodySize);
  if (grant.check && !grant.check({.method = head.method,
                                   .scheme = head.scheme ? *head.scheme : "https",
                                   .authority = *head.authority,
                                   .path_with_query = head.path_with_query
                                                          ? std::string_view(*head.path_with_query)
                                                          : std::string_view("/")}))
    return refuse(HttpErrorKind::kRequestDenied);
  const std::shared_ptr<security::Guard>& guard = context.config().guard;
  if (guard != nullptr && !guard->Allow(asks::kHttpOut, RequestUrl(head).object()))
    return refuse(HttpErrorKind::kRequestDenied);
  http::ClientOptions client;
  client.place = NetworkState::Of(call).TakeRequest(grant.max_requests);
  if (client.place == nullptr) return refuse(HttpErrorKind::kConnectionLimitReached);
  client.connect_timeout = Bounded(wishes->connect_timeout_ns, grant.connect_timeout);
  client.first_byte_timeout = Bounded(wishes->first_byte_timeout_ns, grant.first_byte_timeout);
  client.between_bytes_timeout =
      Bounded(wishes->between_bytes_timeout_ns, grant.between_bytes_timeout);
  if (guard != nullptr || context.config().network.check)
    client.check = CheckOfAddresses(context.config(), head);
  if (request->access != nullptr) request->access->SetObject(NameOf(head));
  client.account = request->held;
  auto future = std::make_unique<FutureIncomingResponse>();
  future->held = request->held;
  future->access = MakeBodyAccess(context, asks::kHttpOut, NameOf(head));
  future->pending = http::SendRequest(std::move(head), request->body, std::move(client));
  future->pending->SetListener([wakeup = context.wakeup()] { wakeup->Notify(); });
  auto added = context.Add(std::move(future));
  if (!added.ok()) return added.status();
  return Result::Ok(*added);
}

}  // namespace

void DefineHttpRequests(Interface& types) {
  DefineIncoming(types);
  DefineOutgoing(types);
  types.Resource<RequestOptions>("request-options")
      .Func("[constructor]request-options", [](HostCall& call) {
        return Context::Of(call).Add(std::make_unique<RequestOptions>());
      });
  DefineTimeout(types, "connect-timeout", &RequestOptions::connect_timeout_ns);
  DefineTimeout(types, "first-byte-timeout", &RequestOptions::first_byte_timeout_ns);
  DefineTimeout(types, "between-bytes-timeout", &RequestOptions::between_bytes_timeout_ns);
}

void DefineOutgoingHandler(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:http/outgoing-handler", asks::kHttpOut, status)
      .Use("outgoing-request", "wasi:http/types")
      .Use("request-options", "wasi:http/types")
      .Use("future-incoming-response", "wasi:http/types")
      .Func("handle", [](HostCall& call, Own<OutgoingRequest> request,
                         std::optional<Own<RequestOptions>> options) {
        return Handle(call, request, options);
      });
}

}  // namespace airwasm::wasi::p2
