// The host's side of the border, behind the templates of the public headers.
//
// Each function here is one that the templates cannot be without and that must see the inside: a
// guest's memory, its functions, its handles. The rules are those of component/canon/rules.h.
#include "airwasm/component_border.h"

#include <new>
#include <utility>

#include "airwasm/component_typed.h"
#include "component/canon/call.h"
#include "component/canon/dynamic.h"
#include "component/canon/host_caller.h"
#include "component/canon/store_string.h"
#include "component/canon/task.h"
#include "engine/api/engine_impl.h"
#include "engine/runtime/host_bytes.h"

namespace airwasm::component::abi {

using canon::Border;
using canon::Pointee;

static_assert(kMaxByteLength == canon::kMaxByteLength);
static_assert(kMaxLiftedBytes == canon::kMaxLiftedBytes);
static_assert(kMaxFlatParams == component::kMaxFlatParams);
static_assert(kMaxFlatAsyncParams == component::kMaxFlatAsyncParams);
static_assert(kMaxFlatResults == component::kMaxFlatResults);

struct Texts {
  std::string text;
  Texts* next;
};

void Settle(LiftLowerContext& c) {
  while (c.texts != nullptr) delete std::exchange(c.texts, c.texts->next);
  runtime::RefundHostBytes(c.store, c.charged);
}

TrapKind ChargeHostBytes(LiftLowerContext& c, uint64_t bytes) {
  if (absl::Status status = runtime::ChargeHostBytes(c.store, bytes); !status.ok()) {
    c.store.host_error = std::move(status);
    return TrapKind::kHostError;
  }
  c.charged += bytes;
  c.owes = true;
  return TrapKind::kNone;
}

TrapKind FailChar(LiftLowerContext& c) {
  return canon::FailChar(c.store);
}
TrapKind FailDiscriminant(LiftLowerContext& c) {
  return canon::FailDiscriminant(c.store);
}
TrapKind FailTooMuch(LiftLowerContext& c) {
  return canon::Fail(c.store, "the values of this call take more host memory than is allowed");
}
TrapKind FailTooLong(LiftLowerContext& c) {
  return canon::Fail(c.store, "a string or list is longer than 2^28-1 bytes");
}

uint8_t* ListAt(LiftLowerContext& c, uint64_t address, uint64_t bytes, uint32_t align) {
  return canon::CheckRange(c.store, c.options, address, bytes, align, Pointee::kList,
                           Border::kHost);
}
uint8_t* TupleAt(LiftLowerContext& c, uint64_t address, uint64_t bytes, uint32_t align) {
  return canon::CheckRange(c.store, c.options, address, bytes, align, Pointee::kTuple,
                           Border::kHost);
}
uint8_t* AllocateList(LiftLowerContext& c, uint64_t bytes, uint32_t align, uint64_t* address,
                      TrapKind* trap) {
  return canon::Allocate(c.store, c.options, bytes, align, Pointee::kList, Border::kHost, address,
                         trap);
}
uint8_t* AllocateTuple(LiftLowerContext& c, uint64_t bytes, uint32_t align, uint64_t* address,
                       TrapKind* trap) {
  return canon::Allocate(c.store, c.options, bytes, align, Pointee::kTuple, Border::kHost, address,
                         trap);
}

namespace {

TrapKind Load(LiftLowerContext& c, uint64_t address, uint64_t units, canon::StringView* out) {
  const TrapKind trap = canon::LoadString(c.store, c.options, address, units, Border::kHost, out);
  if (trap != TrapKind::kNone) return trap;
  return Charge(c, uint64_t{out->units} * 3) ? TrapKind::kNone : FailTooMuch(c);
}

// The same text as a string of the host's.
TrapKind Copy(LiftLowerContext& c, const canon::StringView& view, std::string* out) {
  const TrapKind trap = ChargeHostBytes(c, canon::MostUtf8Bytes(view));
  if (trap == TrapKind::kNone) *out = canon::ToUtf8(view);
  return trap;
}

}  // namespace

TrapKind LiftText(LiftLowerContext& c, uint64_t address, uint64_t units, std::string_view* out) {
  canon::StringView view;
  TrapKind trap = Load(c, address, units, &view);
  if (trap != TrapKind::kNone) return trap;
  if (view.encoding == canon::CodeUnits::kUtf8) {
    *out = {reinterpret_cast<const char*>(view.data), view.units};
    return trap;
  }
  c.texts = new Texts{{}, c.texts};
  c.owes = true;
  trap = Copy(c, view, &c.texts->text);
  *out = c.texts->text;
  return trap;
}

TrapKind LiftOwnText(LiftLowerContext& c, uint64_t address, uint64_t units, std::string* out) {
  canon::StringView view;
  const TrapKind trap = Load(c, address, units, &view);
  return trap == TrapKind::kNone ? Copy(c, view, out) : trap;
}

TrapKind LowerText(LiftLowerContext& c, std::string_view text, uint64_t* address, uint64_t* units) {
  if (text.size() > kMaxByteLength) return FailTooLong(c);
  const auto* const data = reinterpret_cast<const uint8_t*>(text.data());
  if (!canon::CheckUtf8(data, text.size()).empty())
    return canon::Fail(c.store, "a string of the host is not UTF-8");
  const canon::StringView string{data, static_cast<uint32_t>(text.size())};
  return canon::StoreString(c.store, c.options, string, Border::kHost, address, units);
}

TrapKind LiftOwn(LiftLowerContext& c, uint32_t index, const ResourceType* type, uint64_t* rep) {
  return canon::LiftOwn(c.store, *c.options.instance, index, type, rep);
}
TrapKind LiftBorrow(LiftLowerContext& c, uint32_t index, const ResourceType* type, uint64_t* rep) {
  if (c.lenders == nullptr) return canon::Fail(c.store, "a result holds a borrowed handle");
  return canon::LiftBorrow(c.store, *c.options.instance, index, type, *c.lenders, rep);
}
TrapKind LowerOwn(LiftLowerContext& c, uint64_t rep, const ResourceType* type, uint32_t* index) {
  return canon::LowerOwn(c.store, *c.options.instance, rep, type, index);
}
TrapKind LowerBorrow(LiftLowerContext& c, uint64_t rep, const ResourceType* type, uint32_t* index) {
  if (c.scope == nullptr) return canon::Fail(c.store, "a result holds a borrowed handle");
  return canon::LowerBorrow(c.store, *c.options.instance, rep, type, *c.scope, index);
}

TrapKind EndHostCall(canon::HostCallContext& call, const absl::Status& status) {
  if (status.ok()) return TrapKind::kNone;
  const TrapKind kind = canon::TrapKindOf(status);
  if (kind == TrapKind::kHostError) call.store.host_error = status;
  return kind;
}

absl::StatusOr<std::vector<const ResourceType*>> BindShape(const canon::Function& function,
                                                           const FuncShape& shape) {
  if (function.lift.async)
    return absl::UnimplementedError(
        "typed calls of a function with the async ABI are not supported yet");
  return canon::MatchShape(function, shape);
}

// --- resources ---

namespace {

constexpr char kResourcesKey = 0;

// The resources of the host that a store's guests have.
struct Ring {
  ~Ring() {
    while (head.next() != nullptr && head.next() != &head) delete head.next();
    head.Unlink();
  }
  HostResource head;
};

}  // namespace

void Adopt(runtime::Store& store, HostResource& resource) {
  auto* ring = static_cast<Ring*>(store.Attached(&kResourcesKey));
  if (ring == nullptr) {
    auto made = std::make_shared<Ring>();
    ring = made.get();
    store.Attach(&kResourcesKey, std::move(made));
  }
  resource.LinkBehind(ring->head);
}

TrapKind FailNoResource(LiftLowerContext& c) {
  return canon::Fail(c.store, "the host gives a resource that is not there");
}
TrapKind FailOtherResource(LiftLowerContext& c) {
  return canon::Fail(c.store, "the host gives a resource of another type");
}

airwasm::Result<void> DropOwned(runtime::Store& store, const ResourceType& type, uint64_t rep) {
  try {
    canon::CallOutcome outcome = canon::DropResource(store, type, rep);
    if (!outcome.status.ok()) return Trap(outcome.status);
    if (outcome.trap.kind != TrapKind::kNone)
      return airwasm::Result<void>(TrapAccess::New(&store, std::move(outcome.trap)));
    return {};
  } catch (const std::bad_alloc&) {
    return airwasm::Result<void>(TrapAccess::NewOutOfMemory(&store));
  }
}

// --- calls of component functions ---

namespace {

bool BeginHost(GuestCall& call) {
  call.host = canon::HostCaller::Of(*call.store);
  if (call.host == nullptr) return false;
  call.options = &call.host->options();
  call.saved_context[0] = call.host->Begin();
  call.slots = call.flat;
  return true;
}

void RestoreContext(GuestCall& call) {
  uint64_t* const context = call.options->instance->context;
  context[0] = call.saved_context[0];
  context[1] = call.saved_context[1];
}

}  // namespace

bool Begin(GuestCall& call, bool in_place) {
  const canon::Function& function = *call.function;
  if (function.is_host()) [[unlikely]]
    return BeginHost(call);
  if (!canon::Enter(function.entered_by_host)) [[unlikely]] {
    canon::FailCannotEnter(*call.store);
    return false;
  }
  if (function.lift.instance->backpressure != 0 && function.func_type().async) [[unlikely]] {
    canon::CheckBackpressure(*function.lift.instance);
    return false;
  }
  call.options = &function.lift;
  call.is_64 = function.lift.memory64();
  uint64_t* const context = function.lift.instance->context;
  call.saved_context[0] = std::exchange(context[0], 0);
  call.saved_context[1] = std::exchange(context[1], 0);
  call.in_place = in_place;
  call.slots = in_place ? call.store->PrepareCall(function.core) : call.flat;
  return true;
}

bool Run(GuestCall& call) {
  if (call.host != nullptr) [[unlikely]]
    return call.host->Call(*call.function, call.flat, &call.result) == TrapKind::kNone;
  runtime::FuncInst* const core = call.function->core;
  uint64_t* frame = call.slots;
  if (!call.in_place) {
    frame = call.store->PrepareCall(core);
    if (frame != nullptr) {
      const uint32_t count = core->param_slots;
#pragma clang loop vectorize(disable) unroll(disable)
      for (uint32_t i = 0; i < count; ++i) frame[i] = call.flat[i];
    }
  }
  if (!call.store->CallInPlace(core, frame, nullptr)) [[unlikely]] {
    call.has_trap = true;
    return false;
  }
  if (core->result_slots != 0) call.result = frame[0];
  return canon::CheckBorrows(*call.store, call.scope) == TrapKind::kNone;
}

bool Finish(GuestCall& call) {
  if (call.host != nullptr) [[unlikely]] {
    call.host->End(call.saved_context[0]);
    return true;
  }
  if (canon::RunPostReturn(*call.store, *call.options, &call.result) != TrapKind::kNone)
      [[unlikely]]
    return false;
  RestoreContext(call);
  canon::Leave(call.function->entered_by_host);
  return true;
}

bool RunAndFinish(GuestCall& call) {
  return Run(call) && Finish(call);
}

namespace {

void EndFailed(GuestCall& call) {
  if (call.host != nullptr) {
    call.host->End(call.saved_context[0]);
  } else if (call.options != nullptr) {
    RestoreContext(call);
  }
}

}  // namespace

std::unique_ptr<Trap> TakeTrap(GuestCall& call, TrapKind kind) {
  runtime::Store& store = *call.store;
  runtime::Trap trap = call.has_trap ? canon::WithPassedFrames(store, store.TakeTrap())
                                     : canon::TakeFailure(store, kind);
  EndFailed(call);
  return TrapAccess::New(&store, std::move(trap));
}

std::unique_ptr<Trap> TakeOutOfMemory(GuestCall& call) {
  EndFailed(call);
  return TrapAccess::NewOutOfMemory(call.store);
}

}  // namespace airwasm::component::abi
