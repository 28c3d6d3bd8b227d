// `canon lower`: the core function through which a guest calls a component function.
//
// One call of a lifted function: may the caller leave, may the callee be entered, parameters over,
// the core function, results back, post-return, lent handles back. A call of scalars touches no
// memory but the frame, the two instances' words, and the program.
// Spec: canonical ABI, `canon lower`, `canon lift`.
#include <memory>
#include <utility>

#include "component/canon/adapter.h"
#include "component/canon/call.h"
#include "component/canon/functions.h"
#include "component/canon/transfer.h"

namespace airwasm::component::canon {
namespace {

struct Lowered {
  const Function* callee;
  CanonOptions options;
  const Adapter* adapter = nullptr;  // of a lifted callee
  std::vector<ComponentInstanceState*> entering;
  bool may_ever_enter = true;
  uint32_t place_slot = 0;  // of the pointer to where results go, if they do not fit
  bool memory64 = false;    // of the caller

  static void Drop(void* env) { delete static_cast<Lowered*>(env); }
};

// A caller's or callee's flat values at their most: parameters, or a pointer for results.
constexpr size_t kFlatSlots = kMaxFlatParams + 1;

TrapKind CallLifted(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  const CanonOptions& caller = self.options;
  const CanonOptions& callee = self.callee->lift;
  runtime::Store& store = *caller.instance->store;
  if (!caller.instance->may_leave()) [[unlikely]]
    return FailCannotLeave(store);
  if (!self.may_ever_enter || !Enter(self.entering)) [[unlikely]]
    return FailCannotEnter(store);
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
TrapKind CallLiftedScalars(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  const CanonOptions& callee = self.callee->lift;
  ComponentInstanceState& caller = *self.options.instance;
  runtime::Store& store = *caller.store;
  if (!caller.may_leave()) [[unlikely]]
    return FailCannotLeave(store);
  ComponentInstanceState& entered = *callee.instance;
  if (!entered.may_enter()) [[unlikely]]
    return FailCannotEnter(store);
  entered.flags &= ~ComponentInstanceState::kMayEnter;
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

TrapKind CallHost(runtime::HostCall& call) {
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
                          self.memory64};
  const TrapKind trap = self.callee->thunk(context, self.callee->env.get());
  if (!lenders.empty() && trap == TrapKind::kNone) lenders.GiveBack(caller.handles);
  return trap;
}

TrapKind CallAsync(runtime::HostCall& call) {
  const Lowered& self = *static_cast<const Lowered*>(call.env);
  runtime::Store& store = *self.options.instance->store;
  if (!self.options.instance->may_leave()) return FailCannotLeave(store);
  return Fail(store, "calls with the async ABI are not supported");
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

  TrapKind (*entry)(runtime::HostCall&) = &CallHost;
  if (options.async || callee.lift.async) {
    entry = &CallAsync;
  } else if (!callee.is_host()) {
    entry = &CallLifted;
    lowered->adapter = cache.Get(*callee.types, callee.type,
                                 {.lift_encoding = callee.lift.encoding,
                                  .lower_encoding = options.encoding,
                                  .lift_memory64 = callee.lift.memory64(),
                                  .lower_memory64 = options.memory64()});
    if (lowered->adapter == nullptr)
      return absl::ResourceExhaustedError("the type of a component function is too large");
    lowered->entering = EnteringSet(callee.lift.instance, options.instance);
    // The specification lets a parent call its child and the other way round; the official suite
    // asks for a trap "for now".
    lowered->may_ever_enter = !IsSelfOrAncestor(callee.lift.instance, options.instance) &&
                              !IsSelfOrAncestor(options.instance, callee.lift.instance);
    if (lowered->adapter->params.scalars_only && lowered->adapter->results.scalars_only &&
        lowered->may_ever_enter && lowered->entering.size() == 1)
      entry = &CallLiftedScalars;
  }
  runtime::FuncInst* const func =
      store.NewHostFunc(type, {.call = entry, .env = lowered.get(), .drop_env = &Lowered::Drop});
  if (func == nullptr) return absl::ResourceExhaustedError("too many function types");
  lowered.release();
  return func;
}

}  // namespace airwasm::component::canon
