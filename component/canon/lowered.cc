// `canon lower`: the core function through which a guest calls a component function.
//
// One call of a lifted function: may the caller leave, may the callee be entered, parameters over,
// the core function, results back, post-return, lent handles back. A call of scalars touches no
// memory but the frame, the two instances' words, and the program.
//
// With the async ABI on either side the same happens in another order (CallLiftedAsync), as long as
// the callee returns before it waits. What has to wait traps and says so.
//
// A function that is called often becomes wasm, if it can (wasm_link.h); then it does not come here
// any more.
// Spec: canonical ABI, `canon lower`, `canon lift`.
#include <memory>
#include <new>
#include <utility>

#include "component/canon/adapter.h"
#include "component/canon/call.h"
#include "component/canon/functions.h"
#include "component/canon/task.h"
#include "component/canon/transfer.h"
#include "component/canon/wasm_link.h"

namespace airwasm::component::canon {
namespace {

struct Lowered {
  const Function* callee;
  CanonOptions options;
  const Adapter* adapter = nullptr;  // of a lifted callee
  std::vector<ComponentInstanceState*> entering;
  bool may_ever_enter = true;
  uint32_t place_slot = 0;  // of the pointer to where results go, if they do not fit
  bool has_flat_result = false;
  bool memory64 = false;  // of the caller
  // Calls that are left until the function becomes wasm; 0: it stays as it is.
  mutable uint32_t calls_left = 0;
  WasmCall wasm;
  AdapterCache* cache = nullptr;
  runtime::FuncInst* self = nullptr;

  // FAST: one predictable branch; a call that turns the function into wasm is itself none.
  void CountCall() const {
    if (calls_left != 0 && --calls_left == 0) [[unlikely]]
      MakeWasm();
  }
  void MakeWasm() const {
    try {
      if (ObstacleToWasm(wasm) == nullptr) BecomeWasm(*self, wasm, *cache);
    } catch (const std::bad_alloc&) {
      // It stays as it is.
    }
  }

  static void Drop(void* env) { delete static_cast<Lowered*>(env); }
};

// A caller's or callee's flat values at their most: parameters, or a pointer for results.
constexpr size_t kFlatSlots = kMaxFlatParams + 1;

// What an async lower returns. Spec: canonical ABI, Subtask.State.
constexpr uint64_t kSubtaskReturned = 2;

// A callee that is lifted without the async ABI, of an async type or not.
template <bool async_type>
TrapKind CallLifted(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  const CanonOptions& caller = self.options;
  const CanonOptions& callee = self.callee->lift;
  runtime::Store& store = *caller.instance->store;
  self.CountCall();
  if (!caller.instance->may_leave()) [[unlikely]]
    return FailCannotLeave(store);
  if (!self.may_ever_enter || !Enter(self.entering)) [[unlikely]]
    return FailCannotEnter(store);
  if constexpr (async_type) {
    const TrapKind trap = CheckBackpressure(*callee.instance);
    if (trap != TrapKind::kNone) [[unlikely]]
      return trap;
  }
  FreshContext context(*callee.instance);

  Lenders lenders;
  BorrowScope scope;
  const ResourceType* const* const resources = self.callee->resources.data();
  const Program& params = self.adapter->params;
  runtime::FuncInst* const core = self.callee->core;
  uint64_t result = 0;
  {
    const Transfer transfer{store, caller, callee, resources, lenders, scope};
    if (!params.calls) {
      // FAST: straight into the callee's frame (bench: component/scalars).
      uint64_t* const frame = store.PrepareCall(core);
      if (frame != nullptr) [[likely]] {
        const TrapKind trap = RunProgram(params, transfer, call.slots, frame, nullptr);
        if (trap != TrapKind::kNone) [[unlikely]]
          return trap;
      }
      if (!store.CallInPlace(core, frame, nullptr)) [[unlikely]]
        return PassOn(store);
      if (core->result_slots != 0) result = frame[0];
    } else {
      uint64_t flat[kFlatSlots];
      TrapKind trap = RunProgram(params, transfer, call.slots, flat, nullptr);
      if (trap == TrapKind::kNone) trap = CallCore(store, core, flat, &result);
      if (trap != TrapKind::kNone) [[unlikely]]
        return trap;
    }
  }
  if (const TrapKind trap = CheckBorrows(store, scope); trap != TrapKind::kNone) [[unlikely]]
    return trap;
  {
    const Transfer transfer{store, callee, caller, resources, lenders, scope};
    const TrapKind trap = RunProgram(self.adapter->results, transfer, &result, call.slots,
                                     call.slots + self.place_slot);
    if (trap != TrapKind::kNone) [[unlikely]]
      return trap;
  }
  if (const TrapKind trap = RunPostReturn(store, callee, &result); trap != TrapKind::kNone)
      [[unlikely]]
    return trap;
  Leave(self.entering);
  if (!lenders.empty()) lenders.GiveBack(caller.instance->handles);
  return TrapKind::kNone;
}

// The same for scalars, which need none of what guards values in memory and handles, between two
// instances of which the callee alone is entered.
// FAST: most of a call's time is entering the interpreter (bench: component/scalars).
template <bool async_type>
TrapKind CallLiftedScalars(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  const CanonOptions& callee = self.callee->lift;
  ComponentInstanceState& caller = *self.options.instance;
  runtime::Store& store = *caller.store;
  self.CountCall();
  if (!caller.may_leave()) [[unlikely]]
    return FailCannotLeave(store);
  ComponentInstanceState& entered = *callee.instance;
  if (!entered.may_enter()) [[unlikely]]
    return FailCannotEnter(store);
  entered.flags &= ~ComponentInstanceState::kMayEnter;
  if constexpr (async_type) {
    const TrapKind trap = CheckBackpressure(entered);
    if (trap != TrapKind::kNone) [[unlikely]]
      return trap;
  }
  const FreshContext context(entered);
  runtime::FuncInst* const core = self.callee->core;
  uint64_t* const frame = store.PrepareCall(core);
  if (frame != nullptr) [[likely]]
    MoveScalars(self.adapter->params, call.slots, frame);
  if (!store.CallInPlace(core, frame, nullptr)) [[unlikely]]
    return PassOn(store);
  if (callee.post_return == nullptr) [[likely]] {
    MoveScalars(self.adapter->results, frame, call.slots);
  } else {
    const uint64_t result = core->result_slots != 0 ? frame[0] : 0;
    MoveScalars(self.adapter->results, &result, call.slots);
    const TrapKind trap = RunPostReturn(store, callee, &result);
    if (trap != TrapKind::kNone) return trap;
  }
  entered.flags |= ComponentInstanceState::kMayEnter;
  return TrapKind::kNone;
}

// The same from an async lower.
TrapKind CallLiftedFromAsync(runtime::HostCall& call) {
  const TrapKind trap = CallLifted<true>(call);
  if (trap == TrapKind::kNone) [[likely]]
    call.slots[0] = kSubtaskReturned;
  return trap;
}

// One call as its caller sees it. Spec: canonical ABI, "Subtask State".
struct Subtask {
  const Lowered& lowered;
  uint64_t place;       // where a result goes that is not flat
  uint64_t result = 0;  // a flat one
  Lenders lenders = {};
};

// Spec: canonical ABI, `canon lower`, on_resolve.
TrapKind Resolve(Task& task, const uint64_t* flat, void* env) {
  Subtask& subtask = *static_cast<Subtask*>(env);
  const Lowered& self = subtask.lowered;
  const Transfer transfer{task.store(),    self.callee->lift,
                          self.options,    self.callee->resources.data(),
                          subtask.lenders, task.scope()};
  return RunProgram(self.adapter->results, transfer, flat, &subtask.result, &subtask.place);
}

// A callee that is lifted with the async ABI, from a lower of either kind.
TrapKind CallLiftedAsync(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  const CanonOptions& caller = self.options;
  const CanonOptions& callee = self.callee->lift;
  runtime::Store& store = *caller.instance->store;
  if (!caller.instance->may_leave()) return FailCannotLeave(store);
  if (!self.may_ever_enter || !Enter(self.entering)) return FailCannotEnter(store);
  if (const TrapKind trap = CheckBackpressure(*callee.instance); trap != TrapKind::kNone)
    return trap;

  Subtask subtask{self, self.adapter->results.to_spilled ? call.slots[self.place_slot] : 0};
  Task task(*self.callee, &Resolve, &subtask);
  const Transfer transfer{store,           caller,      callee, self.callee->resources.data(),
                          subtask.lenders, task.scope()};
  uint64_t flat[kFlatSlots];
  TrapKind trap = RunProgram(self.adapter->params, transfer, call.slots, flat, nullptr);
  if (trap == TrapKind::kNone) trap = task.Run(flat);
  if (trap != TrapKind::kNone) return trap;
  Leave(self.entering);
  subtask.lenders.GiveBack(caller.instance->handles);
  if (caller.async) {
    call.slots[0] = kSubtaskReturned;
  } else if (self.has_flat_result) {
    call.slots[0] = subtask.result;
  }
  return TrapKind::kNone;
}

// `denied`: in place of the function, the one that says that its capability is missing.
template <bool denied>
TrapKind CallHostThunk(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  ComponentInstanceState& caller = *self.options.instance;
  if (!caller.may_leave()) [[unlikely]]
    return FailCannotLeave(*caller.store);
  Lenders lenders;
  HostCallContext context{*caller.store,
                          *self.callee,
                          self.options,
                          call.slots,
                          call.slots + self.place_slot,
                          lenders,
                          self.callee->handles.data(),
                          self.memory64,
                          self.options.async};
  const HostThunk thunk = denied ? self.callee->gate.denied : self.callee->thunk;
  const TrapKind trap = thunk(context, self.callee->env.get());
  if (!lenders.empty() && trap == TrapKind::kNone) lenders.GiveBack(caller.handles);
  return trap;
}

// A host's function returns before it waits.
template <bool denied>
TrapKind CallHostFromAsync(runtime::HostCall& call) {
  const TrapKind trap = CallHostThunk<denied>(call);
  if (trap == TrapKind::kNone) [[likely]]
    call.slots[0] = kSubtaskReturned;
  return trap;
}

using Entry = TrapKind (*)(runtime::HostCall&);

template <bool denied>
Entry HostEntryOf(const CanonOptions& options) {
  return options.async ? &runtime::Contained<&CallHostFromAsync<denied>>
                       : &runtime::Contained<&CallHostThunk<denied>>;
}

// How a lifted callee is called; the rest of `lowered` is known.
template <bool async_type>
Entry SyncEntryOf(const Lowered& lowered) {
  const Adapter& adapter = *lowered.adapter;
  const bool scalars = adapter.params.scalars_only && adapter.results.scalars_only &&
                       lowered.may_ever_enter && lowered.entering.size() == 1;
  return scalars ? &runtime::Contained<&CallLiftedScalars<async_type>>
                 : &runtime::Contained<&CallLifted<async_type>>;
}
Entry EntryOf(const Lowered& lowered) {
  if (lowered.callee->lift.async) return &runtime::Contained<&CallLiftedAsync>;
  if (lowered.options.async) return &runtime::Contained<&CallLiftedFromAsync>;
  return lowered.callee->func_type().async ? SyncEntryOf<true>(lowered)
                                           : SyncEntryOf<false>(lowered);
}

}  // namespace

absl::StatusOr<runtime::FuncInst*> MakeLowered(runtime::Store& store, const Function& callee,
                                               const CanonOptions& options, AdapterCache& cache) {
  auto lowered = std::make_unique<Lowered>();
  lowered->callee = &callee;
  lowered->options = options;
  lowered->memory64 = options.memory64();
  const airwasm::FuncType type =
      FlattenFunc(*callee.types, callee.type, true, options.memory64(), options.async);
  if (!type.params.empty()) lowered->place_slot = static_cast<uint32_t>(type.params.size()) - 1;

  lowered->has_flat_result = !type.results.empty();

  Entry entry = HostEntryOf<false>(options);
  runtime::HostCallGate gate{.capabilities = callee.gate.capabilities};
  if (callee.gate.denied != nullptr) gate.denied = HostEntryOf<true>(options);
  if (!callee.is_host()) {
    lowered->adapter = cache.Get(*callee.types, callee.type,
                                 {.lift_encoding = callee.lift.encoding,
                                  .lower_encoding = options.encoding,
                                  .lift_memory64 = callee.lift.memory64(),
                                  .lower_memory64 = options.memory64(),
                                  .lift_async = callee.lift.async,
                                  .lower_async = options.async});
    if (lowered->adapter == nullptr)
      return absl::ResourceExhaustedError("the type of a component function is too large");
    lowered->entering = EnteringSet(callee.lift.instance, options.instance);
    // The specification lets a parent call its child and the other way round; the official suite
    // asks for a trap "for now".
    lowered->may_ever_enter = !IsSelfOrAncestor(callee.lift.instance, options.instance) &&
                              !IsSelfOrAncestor(options.instance, callee.lift.instance);
    entry = EntryOf(*lowered);
  }
  runtime::FuncInst* const func = store.NewHostFunc(
      type, {.call = entry, .env = lowered.get(), .drop_env = &Lowered::Drop, .gate = gate});
  if (func == nullptr) return absl::ResourceExhaustedError("too many function types");
  if (lowered->adapter != nullptr) {
    lowered->self = func;
    lowered->cache = &cache;
    lowered->wasm = {.callee = &callee,
                     .lower = &lowered->options,
                     .adapter = lowered->adapter,
                     .entering = lowered->entering};
    const uint32_t calls = store.executor().host_calls_before_wasm;
    if (calls != UINT32_MAX && lowered->adapter->wasm_obstacle == nullptr) {
      lowered->calls_left = calls;
      if (calls == 0) lowered->MakeWasm();
    }
  }
  lowered.release();
  return func;
}

}  // namespace airwasm::component::canon
