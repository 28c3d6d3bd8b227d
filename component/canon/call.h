// What surrounds the call of a lifted core function, whoever calls: entering and leaving, the
// thread's context, post-return.
//
// After a trap nothing is undone: the instances on the stack stay entered, and so can never be
// entered again. That is why Enter and Leave are no scope object, and why a FreshContext, which is
// one, does no harm.
// Spec: canonical ABI, `canon lift`.
#pragma once

#include "component/canon/functions.h"
#include "component/canon/rules.h"

namespace airwasm::component::canon {

// The storage of a new thread in `instance`; the old one comes back at the end.
class FreshContext {
 public:
  explicit FreshContext(ComponentInstanceState& instance)
      : instance_(instance), saved_{instance.context[0], instance.context[1]} {
    instance.context[0] = instance.context[1] = 0;
  }
  ~FreshContext() {
    instance_.context[0] = saved_[0];
    instance_.context[1] = saved_[1];
  }
  FreshContext(const FreshContext&) = delete;
  FreshContext& operator=(const FreshContext&) = delete;

 private:
  ComponentInstanceState& instance_;
  uint64_t saved_[2];
};

// Calls the core function of a lifted one with `flat` as arguments; `*result` becomes the first
// result slot, if there is one.
inline TrapKind CallCore(runtime::Store& store, runtime::FuncInst* core, const uint64_t* flat,
                         uint64_t* result) {
  uint64_t* const frame = store.PrepareCall(core);
  if (frame != nullptr) {
    const uint32_t count = core->param_slots;
#pragma clang loop vectorize(disable) unroll(disable)
    for (uint32_t i = 0; i < count; ++i) frame[i] = flat[i];
  }
  if (!store.CallInPlace(core, frame, nullptr)) [[unlikely]]
    return PassOn(store);
  if (core->result_slots != 0) *result = frame[0];
  return TrapKind::kNone;
}

// Runs the post-return function, if there is one, on the flat results.
inline TrapKind RunPostReturn(runtime::Store& store, const CanonOptions& lift,
                              const uint64_t* flat_results) {
  if (lift.post_return == nullptr) return TrapKind::kNone;
  lift.instance->flags &= ~ComponentInstanceState::kMayLeave;
  uint64_t unused = 0;
  const TrapKind trap = CallCore(store, lift.post_return, flat_results, &unused);
  if (trap == TrapKind::kNone) lift.instance->flags |= ComponentInstanceState::kMayLeave;
  return trap;
}

// The trap of a call from the host that failed at the border itself, outside of any core function.
runtime::Trap TakeFailure(runtime::Store& store, TrapKind kind);

// A callee returns; it must have dropped the handles that were lent to it.
inline TrapKind CheckBorrows(runtime::Store& store, const BorrowScope& scope) {
  if (scope.borrows == 0) return TrapKind::kNone;
  return Fail(store, "borrow handles still remain at the end of the call");
}

}  // namespace airwasm::component::canon
