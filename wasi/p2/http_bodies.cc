// wasi:http/types: incoming-body, future-trailers and outgoing-body.
#include "absl/strings/str_cat.h"
#include "wasi/p2/http.h"

namespace airwasm::wasi::p2 {

// Ready when the body's end has come. What of the body was not read is thrown away, so that it can.
struct TrailersReadiness : host::Pollable {
  explicit TrailersReadiness(std::shared_ptr<http::BodyPipe> p) : pipe(std::move(p)) {}
  ~TrailersReadiness() override { pipe->Close(); }
  bool Ready() override { return State() != http::BodyPipe::State::kOpen; }
  Interest interest() override { return {}; }
  http::BodyPipe::State State() {
    uint64_t skipped = 0;
    http::BodyPipe::State state = http::BodyPipe::State::kOpen;
    do state = pipe->Skip(~uint64_t{0}, &skipped);
    while (skipped != 0);
    return state;
  }
  std::shared_ptr<http::BodyPipe> pipe;
};

FutureTrailers::FutureTrailers(std::shared_ptr<http::BodyPipe> pipe)
    : readiness(std::make_shared<TrailersReadiness>(std::move(pipe))) {}
FutureTrailers::~FutureTrailers() = default;

IncomingBody::~IncomingBody() {
  if (pipe != nullptr) pipe->Close();
}

OutgoingBody::~OutgoingBody() {
  // Nothing happens if it was finished.
  if (pipe != nullptr)
    pipe->Fail({http::HttpErrorKind::kInternalError, "the body was not finished", {}});
}

namespace {

// For the record of what asks about nothing.
void Describe(const BodyAccess& access) {
  if (access != nullptr) access->Describe();
}

absl::Status ChildAlive(std::string_view function, std::string_view child) {
  return absl::FailedPreconditionError(
      absl::StrCat(absl::string_view(function.data(), function.size()), ": the ",
                   absl::string_view(child.data(), child.size()), " has not been dropped"));
}

using Trailers = WitResult<std::optional<Own<HttpFields>>, ErrorCode>;
using TrailersOnce = std::optional<WitResult<Trailers, std::monostate>>;

absl::StatusOr<TrailersOnce> GetTrailers(HostCall& call, Borrow<FutureTrailers> handle) {
  using Once = WitResult<Trailers, std::monostate>;
  FutureTrailers& self = Context::Get(handle);
  const http::BodyPipe::State state = self.readiness->State();
  if (state == http::BodyPipe::State::kOpen) return TrailersOnce();
  if (std::exchange(self.taken, true)) return TrailersOnce(Once::Err());
  if (state == http::BodyPipe::State::kFailed)
    return TrailersOnce(Once::Ok(Trailers::Err(ToWit(self.readiness->pipe->error()))));
  Context& context = Context::Of(call);
  const std::optional<http::Fields> trailers = self.readiness->pipe->trailers();
  if (!trailers) return TrailersOnce(Once::Ok(Trailers::Ok(std::nullopt)));
  const std::shared_ptr<http::Fields> copy = ChargedCopy(context, *trailers);
  if (copy == nullptr) return context.EndsGuestForQuota();
  auto fields = AddHeaders(context, copy, self.by);
  if (!fields.ok()) return fields.status();
  return TrailersOnce(Once::Ok(Trailers::Ok(*fields)));
}

absl::StatusOr<WitResult<std::monostate, ErrorCode>> FinishBody(
    Own<OutgoingBody> handle, std::optional<Own<HttpFields>> trailers) {
  using Result = WitResult<std::monostate, ErrorCode>;
  const std::unique_ptr<OutgoingBody> self = Context::Take(handle);
  Describe(self->access);
  if (!self->stream.expired()) return ChildAlive("outgoing-body.finish", "output-stream");
  std::optional<http::Fields> fields;
  if (trailers) fields = *TakeFields(*trailers);
  const uint64_t written = self->pipe->written();
  if (self->length && *self->length != written) {
    const http::HttpError error = {self->wrong_length, {}, written};
    self->pipe->Fail(error);
    return Result::Err(ToWit(error));
  }
  self->pipe->Finish(std::move(fields));
  return Result::Ok();
}

absl::StatusOr<WitResult<Own<InputStream>, std::monostate>> ReadingStream(
    HostCall& call, Borrow<IncomingBody> handle) {
  using Result = WitResult<Own<InputStream>, std::monostate>;
  IncomingBody& self = Context::Get(handle);
  Describe(self.access);
  if (std::exchange(self.stream_taken, true)) return Result::Err();
  const std::shared_ptr<host::InputStream> stream = std::make_shared<http::BodyInput>(self.pipe);
  self.stream = stream;
  auto added = Context::Of(call).Add(std::make_unique<InputStream>(stream, self.access));
  if (!added.ok()) return added.status();
  return Result::Ok(*added);
}

absl::StatusOr<WitResult<Own<OutputStream>, std::monostate>> WritingStream(
    HostCall& call, Borrow<OutgoingBody> handle) {
  using Result = WitResult<Own<OutputStream>, std::monostate>;
  OutgoingBody& self = Context::Get(handle);
  Describe(self.access);
  if (std::exchange(self.stream_taken, true)) return Result::Err();
  const std::shared_ptr<host::OutputStream> stream =
      std::make_shared<http::BodyOutput>(self.pipe, self.length, self.wrong_length);
  self.stream = stream;
  auto added = Context::Of(call).Add(std::make_unique<OutputStream>(stream, self.access));
  if (!added.ok()) return added.status();
  return Result::Ok(*added);
}

// The same pipe, with what it can hold charged to the guest for as long as anyone has it. Where
// that is not to be had, the guest is about to end.
std::shared_ptr<http::BodyPipe> WithAccount(const Context& context,
                                            std::shared_ptr<http::BodyPipe> pipe) {
  if (context.meter() == nullptr) return pipe;
  struct Accounted {
    std::shared_ptr<http::BodyPipe> pipe;
    security::HeldBytes held;
    Accounted(std::shared_ptr<http::BodyPipe> p, std::shared_ptr<security::Meter> meter)
        : pipe(std::move(p)), held(std::move(meter)) {}
  };
  auto both = std::make_shared<Accounted>(std::move(pipe), context.config().meter);
  (void)both->held.Add(http::BodyPipe::kCapacityBytes);
  return std::shared_ptr<http::BodyPipe>(both, both->pipe.get());
}

}  // namespace

BodyAccess MakeBodyAccess(const Context& context, security::CapabilitySet by, std::string request) {
  if (context.guard() == nullptr) return nullptr;
  return std::make_shared<host::Access>(
      host::Access::Granted(context.guard(), by, std::move(request)));
}

std::string NameOf(const http::RequestHead& head) {
  const auto authority =
      head.authority ? http::ParseAuthority(*head.authority) : std::optional<http::HostAndPort>();
  if (!authority) return "";
  const std::string scheme = head.scheme.value_or("https");
  const std::string path = head.path_with_query.value_or("/");
  const uint16_t default_port = scheme == "http" ? 80 : 443;
  return security::Object::Url(head.method, scheme, authority->host,
                               authority->port.value_or(default_port),
                               std::string_view(path).substr(0, path.find('?')))
      .ToString();
}

absl::StatusOr<WitResult<Own<IncomingBody>, std::monostate>> Consume(
    Context& context, std::shared_ptr<http::BodyPipe>& body, const BodyAccess& access) {
  using Result = WitResult<Own<IncomingBody>, std::monostate>;
  if (body == nullptr) return Result::Err();
  auto incoming =
      std::make_unique<IncomingBody>(WithAccount(context, std::exchange(body, nullptr)), access);
  if (absl::Status status = context.EndsGuestForQuota(); !status.ok()) return status;
  auto handle = context.Add(std::move(incoming));
  if (!handle.ok()) return handle.status();
  return Result::Ok(*handle);
}

absl::StatusOr<WitResult<Own<OutgoingBody>, std::monostate>> TakeBody(
    Context& context, const http::Fields& headers, http::HttpErrorKind wrong_length,
    const BodyAccess& access, std::shared_ptr<http::BodyPipe>* body) {
  using Result = WitResult<Own<OutgoingBody>, std::monostate>;
  if (*body != nullptr) return Result::Err();
  auto resource = std::make_unique<OutgoingBody>();
  resource->pipe = *body = MakeOutgoingPipe(context);
  if (absl::Status status = context.EndsGuestForQuota(); !status.ok()) return status;
  resource->access = access;
  resource->wrong_length = wrong_length;
  (void)http::ReadContentLength(headers, &resource->length);  // who sends it looks again
  auto handle = context.Add(std::move(resource));
  if (!handle.ok()) return handle.status();
  return Result::Ok(*handle);
}

std::shared_ptr<http::BodyPipe> MakeOutgoingPipe(const Context& context) {
  auto pipe = std::make_shared<http::BodyPipe>();
  pipe->SetWriterListener([wakeup = context.wakeup()] { wakeup->Notify(); });
  return WithAccount(context, std::move(pipe));
}

void WakeReader(const Context& context, http::BodyPipe& pipe) {
  pipe.SetReaderListener([wakeup = context.wakeup()] { wakeup->Notify(); });
}

bool LengthFits(const http::Fields& headers, bool has_body) {
  std::optional<uint64_t> length;
  if (!http::ReadContentLength(headers, &length)) return false;
  return has_body || length.value_or(0) == 0;
}

void DefineHttpBodies(Interface& types) {
  types.Resource<IncomingBody>("incoming-body")
      .Resource<FutureTrailers>("future-trailers")
      .Resource<OutgoingBody>("outgoing-body")
      .Fits(0)
      .Func("[method]incoming-body.stream",
            [](HostCall& call, Borrow<IncomingBody> self) { return ReadingStream(call, self); })
      .Func("[static]incoming-body.finish",
            [](HostCall& call, Own<IncomingBody> handle) -> absl::StatusOr<Own<FutureTrailers>> {
              const std::unique_ptr<IncomingBody> self = Context::Take(handle);
              Describe(self->access);
              if (!self->stream.expired())
                return ChildAlive("incoming-body.finish", "input-stream");
              auto trailers = std::make_unique<FutureTrailers>(std::exchange(self->pipe, nullptr));
              if (self->access != nullptr) trailers->by = self->access->capabilities();
              return Context::Of(call).Add(std::move(trailers));
            })
      .Func("[method]future-trailers.subscribe",
            [](HostCall& call, Borrow<FutureTrailers> self) {
              return Subscribe(Context::Of(call), Context::Get(self).readiness);
            })
      .Func("[method]future-trailers.get",
            [](HostCall& call, Borrow<FutureTrailers> self) { return GetTrailers(call, self); })
      .Func("[method]outgoing-body.write",
            [](HostCall& call, Borrow<OutgoingBody> self) { return WritingStream(call, self); })
      .Func("[static]outgoing-body.finish",
            [](Own<OutgoingBody> self, std::optional<Own<HttpFields>> trailers) {
              return FinishBody(self, trailers);
            });
}

}  // namespace airwasm::wasi::p2
