#include "wasi/p2/http_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "airwasm/component_instance.h"
#include "airwasm/guard_store.h"
#include "airwasm/trap.h"
#include "wasi/p2/http.h"

namespace airwasm::wasi::p2 {
namespace {

// Whichever version of the 0.2 track the component exports. Spec: wasi:http/incoming-handler.
constexpr std::string_view kHandle = "wasi:http/incoming-handler@0.2.0#handle";

}  // namespace

struct HttpService::Guest {
  Guest(const Engine& engine, const StoreOptions& options) : store(engine, options) {}
  // Sees to the quotas of time for as long as it lives.
  security::Meter::Run Surround() {
    return security::Meter::Run(meter,
                                [interrupter = store.interrupter()] { interrupter.Interrupt(); });
  }
  Store store;
  std::shared_ptr<security::Meter> meter;  // may be null
  Context* context = nullptr;              // the store's
  std::optional<TypedComponentFunc<void(Own<IncomingRequest>, Own<ResponseOutparam>)>> handle;
  uint64_t served = 0;
  bool usable = true;
};

HttpService::HttpService(Engine engine, LinkedComponent component, Options options)
    : engine_(std::move(engine)), component_(std::move(component)), options_(std::move(options)) {}

HttpService::~HttpService() = default;

absl::StatusOr<std::unique_ptr<HttpService>> HttpService::Create(Engine engine,
                                                                 LinkedComponent component,
                                                                 Options options) {
  std::unique_ptr<HttpService> service(
      new HttpService(std::move(engine), std::move(component), std::move(options)));
  // The first instance shows whether there can be one.
  absl::StatusOr<std::unique_ptr<Guest>> guest = service->MakeGuest();
  if (!guest.ok()) return guest.status();
  service->idle_.push_back(*std::move(guest));
  return service;
}

absl::StatusOr<std::unique_ptr<HttpService::Guest>> HttpService::MakeGuest() {
  auto guest = std::make_unique<Guest>(engine_, options_.store);
  if (options_.fuel) guest->store.SetFuel(*options_.fuel);
  Config config = options_.config;
  if (options_.make_guard) config.guard = options_.make_guard();
  if (options_.make_meter) config.meter = guest->meter = options_.make_meter(config.guard);
  absl::StatusOr<std::shared_ptr<Context>> context = Context::Create(config);
  if (!context.ok()) return context.status();
  guest->context = context->get();
  Context::Attach(guest->store.impl(), *std::move(context));
  const security::Meter::Run run = guest->Surround();
  Trap trap;
  absl::StatusOr<ComponentInstance> instance = component_.Instantiate(guest->store, &trap);
  if (!instance.ok()) {
    if (trap.kind() == TrapKind::kNone) return instance.status();
    return absl::AbortedError(
        absl::StrCat("trap while instantiating: ", TrapReport(trap, guest->meter.get())));
  }
  auto handle = instance->Get<void(Own<IncomingRequest>, Own<ResponseOutparam>)>(kHandle);
  if (!handle.ok()) return handle.status();
  guest->handle = *std::move(handle);
  if (guest->meter != nullptr) guest->meter->SetMemory(guest->store.MemoryBytes());
  return guest;
}

absl::StatusOr<std::unique_ptr<HttpService::Guest>> HttpService::TakeGuest() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Guest> guest = std::move(idle_.back());
      idle_.pop_back();
      return guest;
    }
  }
  return MakeGuest();
}

void HttpService::Run(Guest& guest, const std::shared_ptr<http::ServerExchange>& exchange) {
  const http::RequestHead& head = exchange->request();
  auto request = std::make_unique<IncomingRequest>();
  // The server keeps its own for as long as the guest runs.
  const security::HostBytes servers(guest.meter.get(), head.headers.cost() + TextBytes(head));
  if (servers.ok()) request->headers = ChargedCopy(*guest.context, head.headers, TextBytes(head));
  if (request->headers == nullptr) {
    if (options_.log)
      options_.log(absl::StrCat("the handler was not called: ", guest.meter->EndText()));
    guest.usable = false;
    return;
  }
  request->head = {.method = head.method,
                   .scheme = head.scheme,
                   .authority = head.authority,
                   .path_with_query = head.path_with_query,
                   .headers = {}};
  std::string name = NameOf(head);
  request->access = MakeBodyAccess(*guest.context, asks::kHttpIn, name);
  guest.context->set_answered_request(std::move(name));
  if (exchange->request_body() != nullptr) {
    request->body = exchange->request_body();
    WakeReader(*guest.context, *request->body);
  } else {
    request->body = std::make_shared<http::BodyPipe>();
    request->body->Finish();
  }
  auto request_handle = guest.context->Add(std::move(request));
  auto response_handle = guest.context->Add(std::make_unique<ResponseOutparam>(exchange));
  if (!request_handle.ok() || !response_handle.ok()) {
    guest.usable = false;
    return;
  }
  if (guest.served != 0 && options_.fuel) guest.store.SetFuel(*options_.fuel);
  exchange->SetCancel([interrupter = guest.store.interrupter()] { interrupter.Interrupt(); });
  // What it has used is counted, and a breach on record, before anybody is answered for it.
  const auto call = [&] {
    const security::Meter::Run run = guest.Surround();
    return (*guest.handle)(*request_handle, *response_handle);
  };
  const Result<void> result = call();
  exchange->ClearCancel();
  ++guest.served;
  if (guest.meter != nullptr) {
    guest.meter->SetMemory(guest.store.MemoryBytes());
    guest.usable = !guest.meter->EndsGuest();
  }
  if (result.ok()) {
    if (!exchange->responded() && options_.log)
      options_.log("the handler returned without a response");
    return;
  }
  guest.usable = false;
  if (options_.usage != nullptr) options_.usage->traps.fetch_add(1, std::memory_order_relaxed);
  const std::string report = TrapReport(result.trap(), guest.meter.get());
  if (options_.log) options_.log(absl::StrCat("the handler trapped: ", report));
  // As the server says it of a request that takes too long.
  if (guest.meter != nullptr && guest.meter->ended_by_time()) exchange->RespondWith(504);
}

void HttpService::Handle(const std::shared_ptr<http::ServerExchange>& exchange) {
  if (options_.usage != nullptr) options_.usage->requests.fetch_add(1, std::memory_order_relaxed);
  absl::StatusOr<std::unique_ptr<Guest>> guest = TakeGuest();
  if (!guest.ok()) {
    const bool overload = guest.status().code() == absl::StatusCode::kResourceExhausted;
    if (options_.log)
      options_.log(absl::StrCat("no instance: ", std::string(guest.status().message())));
    exchange->RespondWith(overload ? 503 : 500);
    return;
  }
  Run(**guest, exchange);
  if (!(*guest)->usable || (*guest)->served >= options_.requests_per_instance) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < options_.max_idle_instances) idle_.push_back(*std::move(guest));
}

}  // namespace airwasm::wasi::p2
