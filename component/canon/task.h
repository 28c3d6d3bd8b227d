// A task with the async ABI: one call of a lifted function as its callee sees it. Its result goes
// through task.return, at any time before it exits.
//
// Tasks run to their end at once: a task that would have to wait traps and says so. So a Task lies
// on the native stack of the call, and an instance has at most one. Synchronous callees need none:
// what a call of theirs consists of is in call.h.
// Spec: canonical ABI, "Tasks", `canon lift`, `canon task.return`.
#pragma once

#include "component/canon/call.h"

namespace airwasm::component::canon {

class Task {
 public:
  // Lifts the result out of the callee, `flat` as task.return has got it, and lowers it into the
  // caller. `env` is the caller's.
  using OnResolve = TrapKind (*)(Task& task, const uint64_t* flat, void* env);

  // `function` is lifted with the async ABI and its instance has been entered.
  Task(const Function& function, OnResolve on_resolve, void* env);
  ~Task() { instance_.task = nullptr; }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const Function& function() const { return function_; }
  runtime::Store& store() const { return *instance_.store; }
  // Handles that were lent to the task.
  BorrowScope& scope() { return scope_; }

  // Calls the core function with flat arguments, up to the task's exit.
  TrapKind Run(const uint64_t* flat);
  // What task.return does, once it is known to be called as the task's function demands.
  TrapKind Return(const uint64_t* flat);

 private:
  enum class State : uint8_t { kStarted, kResolved };

  TrapKind Exit();

  const Function& function_;
  ComponentInstanceState& instance_;
  const FreshContext context_;  // of its implicit thread
  const OnResolve on_resolve_;
  void* const env_;
  BorrowScope scope_;
  State state_ = State::kStarted;
};

// A callee of an async type that keeps callers waiting starts later.
// Spec: canonical ABI, Task.enter_implicit_thread.
inline TrapKind CheckBackpressure(const ComponentInstanceState& callee) {
  if (callee.backpressure == 0) [[likely]]
    return TrapKind::kNone;
  return Fail(*callee.store,
              "a call of an instance under backpressure has to wait, which is not supported yet");
}

}  // namespace airwasm::component::canon
