#include "wasi/p2/context.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/runtime/store.h"
#include "wasi/host/error_status.h"
#include "wasi/host/fd_stream.h"
#include "wasi/host/filesystem.h"
#include "wasi/host/guard_store.h"
#include "wasi/host/path_guard.h"
#include "wasi/host/stdio.h"

namespace airwasm::wasi::p2 {
namespace {

using host::Descriptor;
using host::Error;
using host::StreamUse;

constexpr char kContextKey = 0;

bool HasNul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

absl::Status CheckStrings(const Config& config) {
  for (const std::string& arg : config.args) {
    if (HasNul(arg)) return absl::InvalidArgumentError("a NUL in an argument");
  }
  for (const auto& [name, value] : config.env) {
    if (HasNul(name) || HasNul(value)) {
      return absl::InvalidArgumentError("a NUL in an environment variable");
    }
    if (name.empty() || name.find('=') != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("environment variable with the name \"", name, "\""));
    }
  }
  return absl::OkStatus();
}

// Null: nothing is connected.
host::Result<std::shared_ptr<Descriptor>> OpenStandard(const Stdio& stdio, int standard_fd,
                                                       StreamUse use) {
  if (stdio.kind == Stdio::Kind::kNull) return std::shared_ptr<Descriptor>();
  const bool inherit = stdio.kind == Stdio::Kind::kInherit;
  host::Result<Descriptor> d = host::AdoptStream(inherit ? standard_fd : stdio.fd, use);
  if (!d.ok()) {
    // A process may be started without some of its streams.
    if (inherit && d.error().posix() == EBADF) return std::shared_ptr<Descriptor>();
    return d.error();
  }
  d->flags |= host::kFdNonblock;
  return std::make_shared<Descriptor>(std::move(*d));
}

}  // namespace

Resource::~Resource() {
  ResourceRing::Remove(*this);
}

ResourceRing::~ResourceRing() {
  while (head_.next_ != &head_) delete head_.next_;
  head_.next_ = head_.previous_ = nullptr;
}

bool ResourceRing::Add(Resource& resource) {
  if (meter_ != nullptr && !meter_->ChargeHostBytes(kResourceBytes)) return false;
  resource.ring_ = this;
  resource.next_ = head_.next_;
  resource.previous_ = &head_;
  resource.next_->previous_ = &resource;
  head_.next_ = &resource;
  ++count_;
  if (meter_ != nullptr) meter_->SetHandles(count_);
  return true;
}

void ResourceRing::Remove(Resource& resource) {
  if (resource.ring_ == nullptr) return;
  resource.next_->previous_ = resource.previous_;
  resource.previous_->next_ = resource.next_;
  ResourceRing& ring = *resource.ring_;
  --ring.count_;
  if (ring.meter_ != nullptr) {
    ring.meter_->RefundHostBytes(kResourceBytes);
    ring.meter_->SetHandles(ring.count_);
  }
  resource.ring_ = nullptr;
  resource.next_ = resource.previous_ = nullptr;
}

Context::Context(const Config& config)
    : config_(config),
      interrupter_(config.interrupter != nullptr ? config.interrupter
                                                 : std::make_shared<Interrupter>()),
      waiter_(interrupter_.get()),
      resolver_(config.force_fallback_resolver ? host::Resolver::Mode::kWalk
                                               : host::Resolver::Mode::kAuto,
                config.guard.get()),
      wakeup_(std::make_shared<host::Wakeup>()),
      descriptors_(std::make_shared<DescriptorQuota>(config.max_descriptors, config.meter)),
      interrupted_by_store_(std::make_shared<std::atomic<bool>>(false)),
      resources_(config_.meter.get()) {}

Context::~Context() = default;

std::vector<std::pair<std::string, std::string>> Context::Environment() const {
  std::vector<std::pair<std::string, std::string>> shown;
  for (const auto& variable : config_.env) {
    if (host::MayReadVariable(guard(), variable.first)) shown.push_back(variable);
  }
  return shown;
}

absl::StatusOr<std::shared_ptr<Context>> Context::Create(const Config& config) {
  if (absl::Status status = CheckStrings(config); !status.ok()) return status;
  std::shared_ptr<Context> context(new Context(config));
  absl::Status status = context->OpenStandardStreams();
  status.Update(context->OpenPreopens());
  if (!status.ok()) return status;
  return context;
}

absl::Status Context::OpenStandardStreams() {
  const struct {
    const Stdio& stdio;
    StreamUse use;
    const char* name;
    const char* scope;  // of the capability
  } kStreams[] = {{config_.stdin_stream, StreamUse::kRead, "standard input", "in"},
                  {config_.stdout_stream, StreamUse::kWrite, "standard output", "out"},
                  {config_.stderr_stream, StreamUse::kWrite, "standard error", "err"}};
  for (int i = 0; i < 3; ++i) {
    const auto& [stdio, use, name, scope] = kStreams[i];
    auto d = OpenStandard(stdio, i, use);
    if (!d.ok()) return ToStatus(d.error(), name);
    Standard& standard = standard_[i];
    if (*d != nullptr && !descriptors_->Take())
      return absl::ResourceExhaustedError("max_descriptors is too low for the standard streams");
    if (guard() != nullptr) {
      standard.access =
          std::make_shared<const host::Access>(host::Access::StandardStream(guard(), scope));
    }
    if (*d != nullptr && use == StreamUse::kWrite) (*d)->meter = config_.meter;
    standard.is_terminal = *d != nullptr && isatty((*d)->fd.get()) != 0;
    if (use == StreamUse::kRead) {
      standard.input =
          *d == nullptr ? host::EmptyInput() : host::SequentialInput(*std::move(d), waiter_);
    } else {
      standard.output =
          *d == nullptr ? host::DiscardingOutput() : host::SequentialOutput(*std::move(d), waiter_);
    }
  }
  return absl::OkStatus();
}

absl::Status Context::OpenPreopens() {
  for (const Preopen& preopen : config_.preopens) {
    host::Result<Descriptor> d =
        host::OpenPreopen(preopen.host_path.c_str(), preopen.read_only, guard());
    if (!d.ok()) return ToStatus(d.error(), absl::StrCat("directory ", preopen.host_path));
    if (!descriptors_->Take())
      return absl::ResourceExhaustedError("max_descriptors is too low for the directories");
    preopens_.push_back({std::make_shared<Descriptor>(std::move(*d)),
                         preopen.guest_path.empty() ? preopen.host_path : preopen.guest_path});
  }
  std::vector<const Descriptor*> roots;
  for (const PreopenedDirectory& preopen : preopens_) roots.push_back(preopen.directory.get());
  host::SetRoots(guard(), roots);
  return absl::OkStatus();
}

Context& Context::Of(const HostCall& call) {
  auto* context = static_cast<Context*>(call.store.Attached(&kContextKey));
  if (context == nullptr) [[unlikely]] {
    std::shared_ptr<Context> nothing(new Context(Config{}));
    (void)nothing->OpenStandardStreams();  // of nothing: cannot fail
    context = nothing.get();
    Attach(call.store, std::move(nothing));
  }
  if (context->interrupted_by_store_->load(std::memory_order_relaxed)) [[unlikely]]
    context->FollowClearing(call.store);
  return *context;
}

void Context::Attach(runtime::Store& store, std::shared_ptr<Context> context) {
  if (context->guard() != nullptr) GuardStore(store, context->config_.guard);
  if (context->meter() != nullptr) MeterStore(store, context->config_.meter);
  if (const auto* const before = static_cast<Context*>(store.Attached(&kContextKey)))
    store.RemoveInterruptHook(before->hook_);
  // Holds nothing of the context itself, which may be replaced while an interruption is under way.
  const auto interrupt = [interrupter = context->interrupter_,
                          by_store = context->interrupted_by_store_] {
    by_store->store(true);
    interrupter->Interrupt();
  };
  context->hook_ = store.AddInterruptHook(interrupt);
  if (store.interrupted()) interrupt();  // before the hook was there
  store.Attach(&kContextKey, std::move(context));
}

// Store::Interrupter::Clear has no hook of its own.
void Context::FollowClearing(const runtime::Store& store) {
  if (store.interrupted()) return;
  interrupted_by_store_->store(false);
  interrupter_->Clear();
}

absl::Status Context::Link(Resource& resource) {
  if (resources_.count() >= config_.max_resources) {
    if (meter() != nullptr) meter()->Breach(security::QuotaRow::handles);
    if (absl::Status status = EndsGuestForQuota(); !status.ok()) return status;
    return absl::ResourceExhaustedError(
        absl::StrCat("the guest holds more than ", config_.max_resources, " resources of WASI"));
  }
  return resources_.Add(resource) ? absl::OkStatus() : EndsGuestForQuota();
}

absl::Status Context::EndsGuestForQuota() const {
  if (meter() == nullptr || !meter()->EndsGuest()) return absl::OkStatus();
  return absl::ResourceExhaustedError(meter()->EndText());
}

absl::Status Context::EndsGuest(Error error) {
  if (error.interrupted()) return component::canon::TrapStatus(TrapKind::kInterrupted);
  return absl::InternalError(absl::StrCat("waiting failed: ", strerror(error.posix())));
}

absl::Status Context::Wait(host::Pollable& pollable) {
  host::Pollable* const one = &pollable;
  return WaitForAny({&one, 1}).status();
}

absl::StatusOr<std::vector<uint32_t>> Context::WaitForAny(
    std::span<host::Pollable* const> pollables) {
  host::Result<std::vector<uint32_t>> ready = host::WaitForAny(pollables, *wakeup_, waiter_);
  if (!ready.ok()) return EndsGuest(ready.error());
  return *std::move(ready);
}

}  // namespace airwasm::wasi::p2
