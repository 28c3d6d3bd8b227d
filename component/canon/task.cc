#include "component/canon/task.h"

#include <cassert>

namespace airwasm::component::canon {
namespace {

// What a core function with a callback returns, in its low bits. Spec: canonical ABI, CallbackCode.
enum CallbackCode : uint32_t { kExit = 0, kYield = 1, kWait = 2 };
constexpr uint32_t kCallbackCodeMask = 0xF;

}  // namespace

Task::Task(const Function& function, OnResolve on_resolve, void* env)
    : function_(function),
      instance_(*function.lift.instance),
      context_(instance_),
      on_resolve_(on_resolve),
      env_(env) {
  assert(function.lift.async && instance_.task == nullptr);
  instance_.task = this;
}

TrapKind Task::Run(const uint64_t* flat) {
  uint64_t packed = kExit;
  const TrapKind trap = CallCore(store(), function_.core, flat, &packed);
  if (trap != TrapKind::kNone) return trap;
  if (function_.lift.callback == nullptr) return Exit();
  switch (static_cast<uint32_t>(packed) & kCallbackCodeMask) {
    case kExit:
      return Exit();
    case kYield:
      return Fail(store(), "a task that yields (callback code YIELD) is not supported yet");
    case kWait:
      return Fail(store(), "a task that waits (callback code WAIT) is not supported yet");
    default:
      return Fail(store(), "unsupported callback code");
  }
}

// Spec: canonical ABI, Task.unregister_thread.
TrapKind Task::Exit() {
  if (state_ == State::kResolved) return TrapKind::kNone;
  return Fail(store(), "a task with the async ABI exited without a call of `task.return`");
}

// Spec: canonical ABI, Task.return_.
TrapKind Task::Return(const uint64_t* flat) {
  if (state_ == State::kResolved)
    return Fail(store(), "`task.return` is called by a task that has returned before");
  if (const TrapKind trap = CheckBorrows(store(), scope_); trap != TrapKind::kNone) return trap;
  const TrapKind trap = on_resolve_(*this, flat, env_);
  state_ = State::kResolved;
  return trap;
}

}  // namespace airwasm::component::canon
