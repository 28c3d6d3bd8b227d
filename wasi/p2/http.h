// The types of wasi:http/types in C++, and its resources. Inside wasi/p2 only.
//
// What a resource stands for is shared with its children and pollables; where the interface forbids
// that a child outlives its parent's end, the function that ends the parent checks it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wasi/http/body_stream.h"
#include "wasi/http/client.h"
#include "wasi/http/http_error.h"
#include "wasi/http/message.h"
#include "wasi/http/server.h"
#include "wasi/p2/interface.h"
#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {

// --- variants and records ---

using Method =
    std::variant<std::monostate, std::monostate, std::monostate, std::monostate, std::monostate,
                 std::monostate, std::monostate, std::monostate, std::monostate, std::string>;
using Scheme = std::variant<std::monostate, std::monostate, std::string>;
using HeaderError = std::variant<std::monostate, std::monostate, std::monostate>;

struct DnsErrorPayload {
  std::optional<std::string> rcode;
  std::optional<uint16_t> info_code;
};
AIRWASM_RECORD(DnsErrorPayload, rcode, info_code);
struct TlsAlertPayload {
  std::optional<uint8_t> alert_id;
  std::optional<std::string> alert_message;
};
AIRWASM_RECORD(TlsAlertPayload, alert_id, alert_message);
struct FieldSizePayload {
  std::optional<std::string> field_name;
  std::optional<uint32_t> field_size;
};
AIRWASM_RECORD(FieldSizePayload, field_name, field_size);

namespace payload {
using None = std::monostate;
using DnsError = DnsErrorPayload;
using TlsAlert = TlsAlertPayload;
using Size64 = std::optional<uint64_t>;
using Size32 = std::optional<uint32_t>;
using FieldSize = FieldSizePayload;
using MaybeFieldSize = std::optional<FieldSizePayload>;
using Text = std::optional<std::string>;
}  // namespace payload

template <typename Nothing, typename... Ts>
struct VariantBehind {
  using Type = std::variant<Ts...>;
};
using ErrorCode = VariantBehind<void
#define AIRWASM_HTTP_ERROR(name, text, kind) , payload::kind
#include "wasi/http/errors.def"
#undef AIRWASM_HTTP_ERROR
                                >::Type;
ErrorCode ToWit(const http::HttpError& error);
http::HttpError FromWit(const ErrorCode& error);
template <>
struct DenialError<ErrorCode> {
  static ErrorCode Make(Context&) { return ToWit({http::HttpErrorKind::kRequestDenied, {}, {}}); }
};
template <>
struct DenialError<HeaderError> {
  static HeaderError Make(Context&) { return HeaderError(std::in_place_index<1>); }  // forbidden
};

// --- resources ---

struct HttpFields : Resource {
  HttpFields(std::shared_ptr<http::Fields> f, bool is_immutable, security::CapabilitySet b = 0)
      : fields(std::move(f)), immutable(is_immutable), by(b) {}
  std::shared_ptr<http::Fields> fields;  // of an immutable one, shared with its parent
  bool immutable;
  // The class of the message that they are of, for the record; of the guest's own, none yet.
  const security::CapabilitySet by;
  std::shared_ptr<security::HeldBytes> held;  // what they are charged to; of an immutable one null
};

// What a guard is asked before each use of a body's stream: whether its class is still granted. The
// record names the request that the body belongs to. Null: there is no guard.
using BodyAccess = std::shared_ptr<host::Access>;
BodyAccess MakeBodyAccess(const Context& context, security::CapabilitySet by, std::string request);
// "POST https://example.org:443/path", without the query; empty while there is no host.
std::string NameOf(const http::RequestHead& head);

// A body that comes.
struct IncomingBody : Resource {
  IncomingBody(std::shared_ptr<http::BodyPipe> p, BodyAccess a)
      : pipe(std::move(p)), access(std::move(a)) {}
  ~IncomingBody() override;
  std::shared_ptr<http::BodyPipe> pipe;
  const BodyAccess access;
  std::weak_ptr<host::InputStream> stream;
  bool stream_taken = false;
};
struct TrailersReadiness;
struct FutureTrailers : Resource {
  explicit FutureTrailers(std::shared_ptr<http::BodyPipe> pipe);
  ~FutureTrailers() override;
  std::shared_ptr<TrailersReadiness> readiness;
  security::CapabilitySet by = 0;  // of the body
  bool taken = false;
};

struct IncomingRequest : Resource {
  http::RequestHead head;  // its fields are in `headers`
  std::shared_ptr<http::Fields> headers;
  std::shared_ptr<http::BodyPipe> body;  // null once it was consumed
  BodyAccess access;                     // of the body
  ~IncomingRequest() override;
};
struct ResponseOutparam : Resource {
  explicit ResponseOutparam(std::shared_ptr<http::ServerExchange> e) : exchange(std::move(e)) {}
  std::shared_ptr<http::ServerExchange> exchange;
};

// A body that goes.
struct OutgoingBody : Resource {
  ~OutgoingBody() override;
  std::shared_ptr<http::BodyPipe> pipe;
  BodyAccess access;
  std::optional<uint64_t> length;  // announced
  http::HttpErrorKind wrong_length = http::HttpErrorKind::kRequestBodySize;
  std::weak_ptr<host::OutputStream> stream;
  bool stream_taken = false;
};
struct OutgoingRequest : Resource {
  explicit OutgoingRequest(std::shared_ptr<security::HeldBytes> h) : held(std::move(h)) {}
  // After what of `head` the guest has set. False: it is too much, and the guest ends.
  bool Charge();
  http::RequestHead head;                     // its fields are in `headers`
  std::shared_ptr<security::HeldBytes> held;  // what `head` is charged to, and then the response
  std::shared_ptr<http::Fields> headers;
  std::shared_ptr<http::BodyPipe> body;  // null unless the guest took it
  BodyAccess access;                     // of the body, which may be written to before it is sent
};
struct OutgoingResponse : Resource {
  uint16_t status = 200;
  std::shared_ptr<http::Fields> headers;
  std::shared_ptr<http::BodyPipe> body;
  BodyAccess access;
};

struct RequestOptions : Resource {
  std::optional<uint64_t> connect_timeout_ns;
  std::optional<uint64_t> first_byte_timeout_ns;
  std::optional<uint64_t> between_bytes_timeout_ns;
};
struct IncomingResponse : Resource {
  uint16_t status = 0;
  std::shared_ptr<http::Fields> headers;
  std::shared_ptr<http::BodyPipe> body;  // null once it was consumed
  BodyAccess access;
  ~IncomingResponse() override;
};
struct FutureIncomingResponse : Resource {
  std::shared_ptr<http::PendingResponse> pending;
  std::shared_ptr<security::HeldBytes> held;  // what the response's fields are charged to
  BodyAccess access;                          // of the response's body
  bool taken = false;
};

// --- what several of the files need ---

// A result without payloads.
using Done = WitResult<std::monostate, std::monostate>;

// `by`: the class of the message that they are of.
absl::StatusOr<Own<HttpFields>> AddHeaders(Context& context,
                                           const std::shared_ptr<http::Fields>& fields,
                                           security::CapabilitySet by);
// An account of the guest's, for fields and the like.
std::shared_ptr<security::HeldBytes> Account(const Context& context);
// `fields` with `held`, which they were charged to, as long as anyone has them.
std::shared_ptr<http::Fields> With(http::Fields fields, std::shared_ptr<security::HeldBytes> held);
// A copy for the guest, and `more` bytes that go with it, charged before it is made. Null: the
// guest ends.
std::shared_ptr<http::Fields> ChargedCopy(const Context& context, const http::Fields& fields,
                                          uint64_t more = 0);
// Fields that the guest gave away.
std::shared_ptr<http::Fields> TakeFields(Own<HttpFields> handle);
// The `consume` of requests and responses. `body` is null if it was called before.
absl::StatusOr<WitResult<Own<IncomingBody>, std::monostate>> Consume(
    Context& context, std::shared_ptr<http::BodyPipe>& body, const BodyAccess& access);
// The `body` of requests and responses; `*body` is set if this is the first call.
absl::StatusOr<WitResult<Own<OutgoingBody>, std::monostate>> TakeBody(
    Context& context, const http::Fields& headers, http::HttpErrorKind wrong_length,
    const BodyAccess& access, std::shared_ptr<http::BodyPipe>* body);
// A pipe whose end of the guest wakes its waits.
std::shared_ptr<http::BodyPipe> MakeOutgoingPipe(const Context& context);
void WakeReader(const Context& context, http::BodyPipe& pipe);
// Is a body of the length that `headers` announce possible, if the guest took it or not?
bool LengthFits(const http::Fields& headers, bool has_body);

// The parts of DefineHttp.
void DefineHttpFields(Interface& types);
void DefineHttpRequests(Interface& types);
void DefineHttpResponses(Interface& types);
void DefineHttpBodies(Interface& types);
void DefineOutgoingHandler(ComponentLinker& linker, absl::Status* status);

}  // namespace airwasm::wasi::p2
