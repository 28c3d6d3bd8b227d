#include "wasi/p1/link.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airwasm/host_call.h"
#include "airwasm/trap.h"
#include "engine/base/out_of_memory.h"
#include "engine/runtime/store.h"
#include "security/base/function_name.h"
#include "wasi/host/guard_store.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {
namespace {

TrapKind End(runtime::HostCall& call, const P1Result& result) {
  switch (result.outcome) {
    case Outcome::kReturn:
      return TrapKind::kNone;
    case Outcome::kInterrupted:
      return TrapKind::kInterrupted;
    case Outcome::kExit:
      return internal::FailHostCall(call, Trap::Exit(static_cast<int32_t>(result.code)));
    case Outcome::kTrap:
      return internal::FailHostCall(call, Trap(absl::AbortedError(result.message)));
  }
  return TrapKind::kHostError;
}

enum Row : size_t {
#define AIRWASM_WASI_P1(name, text, signature, asks) k##name,
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1
  kNumRows,
};

// As the audit log names them, by Row.
const std::array<security::FunctionId, kNumRows>& FunctionIds() {
  static const std::array<security::FunctionId, kNumRows> ids = {
#define AIRWASM_WASI_P1(name, text, signature, asks) \
  security::RegisterFunction(std::string(kModuleName) + "." + text),
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1
  };
  return ids;
}

// What the functions of one AddToLinker share. Also carries interruptions of the store over to the
// guest's waits: Store::Interrupter stops guest code, and its hook wakes us.
struct Binding {
  explicit Binding(std::shared_ptr<Context> c) : context(std::move(c)) {}

  const std::shared_ptr<Context> context;
  const std::array<security::FunctionId, kNumRows>& function_ids = FunctionIds();
  std::atomic<runtime::Store*> store{nullptr};  // whose hook is ours; null once that store is gone
  uint64_t hook = 0;
  std::atomic<bool> woken{false};  // it was the store that interrupted the context
};

// Lives in a store's hook, and so learns when the store goes.
struct HookOwner {
  HookOwner(std::shared_ptr<Binding> b, runtime::Store* s) : binding(std::move(b)), store(s) {}
  HookOwner(const HookOwner&) = delete;
  HookOwner& operator=(const HookOwner&) = delete;
  ~HookOwner() {
    runtime::Store* mine = store;
    binding->store.compare_exchange_strong(mine, nullptr);
  }

  const std::shared_ptr<Binding> binding;
  runtime::Store* const store;
};

void HookStore(const std::shared_ptr<Binding>& binding, runtime::Store* store) {
  if (runtime::Store* const before = binding->store.load()) {
    before->RemoveInterruptHook(binding->hook);
  }
  // What finds no memory here ends this call; the next begins anew, for only the end of this says
  // that the store is known.
  if (const auto& guard = binding->context->shared_guard()) GuardStore(*store, guard);
  if (const auto& meter = binding->context->shared_meter()) MeterStore(*store, meter);
  auto owner = std::make_shared<HookOwner>(binding, store);
  binding->hook = store->AddInterruptHook([owner = std::move(owner)] {
    owner->binding->woken = true;
    owner->binding->context->interrupter()->Interrupt();
  });
  binding->store = store;
  if (store->interrupted()) {  // before the hook was there
    binding->woken = true;
    binding->context->interrupter()->Interrupt();
  }
}

using security::CapabilitySet;

TrapKind EndForDenial(runtime::HostCall& call, const security::Guard& guard) {
  return internal::FailHostCall(call, Trap(absl::PermissionDeniedError(guard.denial())));
}

// What a call on a descriptor asks for, as far as the descriptor says more than the function.
CapabilitySet Narrowed(Context& context, const uint64_t* args, CapabilitySet asked) {
  if (asked != asks::kDescriptor) return asked;
  const host::Descriptor* const d = context.descriptors().Find(static_cast<uint32_t>(args[0]));
  return d == nullptr ? asked : d->access.capabilities();
}

// What stands for a row's function when none of `asked` is granted.
template <Row row, bool has_result, CapabilitySet asked>
TrapKind Deny(runtime::HostCall& call) {
  const auto& binding = *static_cast<std::shared_ptr<Binding>*>(call.env);
  security::Guard* const guard = binding->context->guard();
  if (guard == nullptr) return runtime::Store::DenyHostCall(call);
  if (binding->store.load(std::memory_order_relaxed) == nullptr)
    HookStore(binding, internal::StoreOf(call));
  const bool ends_guest =
      guard->DenyCall(binding->function_ids[row], Narrowed(*binding->context, call.slots, asked));
  if (!has_result || ends_guest) return EndForDenial(call, *guard);
  call.slots[0] = static_cast<uint32_t>(Errno::kNotcapable);
  return TrapKind::kNone;
}

// One host function per row, so that a call goes straight to the body: no table, no allocation.
template <P1Result (*body)(const Call&), const Layout& layout, Row row, bool has_result,
          CapabilitySet asked>
TrapKind Enter(runtime::HostCall& call) {
  const auto& binding = *static_cast<std::shared_ptr<Binding>*>(call.env);
  Context& context = *binding->context;
  security::Guard* const guard = context.guard();
  runtime::Store* const store = internal::StoreOf(call);
  if (binding->store.load(std::memory_order_relaxed) != store) [[unlikely]] {
    HookStore(binding, store);
    // The store had no guard until now, so the trampoline has not asked.
    if (guard != nullptr && (guard->word().load(std::memory_order_relaxed) & asked) == 0)
      return Deny<row, has_result, asked>(call);
  }
  if (binding->woken.load(std::memory_order_relaxed) && !store->interrupted()) [[unlikely]] {
    // Taken back by Store::Interrupter::Clear.
    binding->woken = false;
    context.interrupter()->Clear();
  }
  P1Result result{.code = static_cast<uint32_t>(Errno::kNotcapable)};
  {
    // FAST: only the log knows functions by their ids (bench/guard_bench).
    const bool records = guard != nullptr && guard->records();
    const security::Guard::Call decisions(guard, records ? binding->function_ids[row] : 0, asked);
    if (decisions.allowed())
      result = body(Call{context, GuestMemory(Caller(call).memory()), call.slots, layout});
    if (decisions.ends_guest() || (!has_result && !decisions.allowed())) [[unlikely]]
      return EndForDenial(call, *guard);
  }
  if (const security::Meter* const meter = context.meter();
      meter != nullptr && meter->EndsGuest() && result.outcome != Outcome::kExit) [[unlikely]]
    return internal::FailHostCall(call, Trap(absl::ResourceExhaustedError(meter->EndText())));
  if (result.outcome != Outcome::kReturn) [[unlikely]]
    return End(call, result);
  if constexpr (has_result) call.slots[0] = result.code;
  return TrapKind::kNone;
}

constexpr bool HasResult(std::string_view signature) {
  return signature.back() != ':';
}

FuncType TypeOf(std::string_view signature) {
  FuncType type;
  std::vector<ValType>* side = &type.params;
  for (char c : signature) {
    if (c == ':') {
      side = &type.results;
    } else {
      side->push_back(c == 'I' ? ValType(ValKind::kI64) : ValType(ValKind::kI32));
    }
  }
  return type;
}

}  // namespace

absl::Status AddToLinker(Linker& linker, std::shared_ptr<Context> context) {
  absl::Status status;
  const auto env =
      std::make_shared<std::shared_ptr<Binding>>(std::make_shared<Binding>(std::move(context)));
#define AIRWASM_WASI_P1(name, text, signature, asked)                                             \
  {                                                                                               \
    constexpr bool has_result = HasResult(signature);                                             \
    const runtime::HostCallGate gate{                                                             \
        asks::k##asked, &runtime::Contained<&Deny<k##name, has_result, asks::k##asked>>};         \
    status.Update(linker.DefineRaw(                                                               \
        kModuleName, text, TypeOf(signature),                                                     \
        &runtime::Contained<&Enter<&name, kSnapshot1, k##name, has_result, asks::k##asked>>, env, \
        gate));                                                                                   \
    status.Update(linker.DefineRaw(                                                               \
        kModuleName0, text, TypeOf(signature),                                                    \
        &runtime::Contained<&Enter<&name, kSnapshot0, k##name, has_result, asks::k##asked>>, env, \
        gate));                                                                                   \
  }
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1
  return status;
}

}  // namespace airwasm::wasi::p1

namespace airwasm {

absl::Status DefineWasi(Linker& linker, const wasi::Config& config) {
  return OrOutOfMemory([&]() -> absl::Status {
    absl::StatusOr<std::unique_ptr<wasi::p1::Context>> context = wasi::p1::Context::Create(config);
    if (!context.ok()) return context.status();
    return wasi::p1::AddToLinker(linker, *std::move(context));
  });
}

}  // namespace airwasm
