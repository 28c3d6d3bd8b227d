// The core functions of the canonical built-ins.
//
// Resources, context, backpressure and task.return are here. The rest belongs to waiting: those
// exist, so that components that import them can be instantiated, and trap when they are called.
// Spec: canonical ABI, `canon resource.new` to `canon backpressure.{inc,dec}`.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "component/canon/call.h"
#include "component/canon/functions.h"
#include "component/canon/task.h"

namespace airwasm::component::canon {
namespace {

using syntax::CanonKind;

constexpr const char* kNames[] = {
#define AIRWASM_CANON(name, text, code, immediates, feature) text,
#include "component/syntax/canons.def"
#undef AIRWASM_CANON
};

struct Env {
  BuiltIn what;
  bool is_64 = false;                             // context.get and .set
  std::vector<ComponentInstanceState*> entering;  // resource.drop, when a guest's destructor runs

  static void Drop(void* env) { delete static_cast<Env*>(env); }
};

const Env& EnvOf(const runtime::HostCall& call) {
  return *static_cast<const Env*>(call.env);
}
ComponentInstanceState& InstanceOf(const runtime::HostCall& call) {
  return *EnvOf(call).what.instance;
}

TrapKind ResourceNew(runtime::HostCall& call) {
  ComponentInstanceState& instance = InstanceOf(call);
  if (!instance.may_leave()) return FailCannotLeave(*instance.store);
  uint32_t index = 0;
  const TrapKind trap =
      LowerOwn(*instance.store, instance, call.slots[0], EnvOf(call).what.resource, &index);
  call.slots[0] = index;
  return trap;
}

TrapKind ResourceRep(runtime::HostCall& call) {
  ComponentInstanceState& instance = InstanceOf(call);
  const Handle* const handle = GetHandle(
      *instance.store, instance, static_cast<uint32_t>(call.slots[0]), EnvOf(call).what.resource);
  if (handle == nullptr) return TrapKind::kHostError;
  call.slots[0] = handle->rep;
  return TrapKind::kNone;
}

// A destructor is called like any lifted function.
TrapKind Destroy(runtime::Store& store, const ResourceType& type, uint64_t rep,
                 std::span<ComponentInstanceState* const> entering) {
  if (type.owner == nullptr) {
    if (type.host_dtor != nullptr) type.host_dtor(rep, type.host_env);
    return TrapKind::kNone;
  }
  if (!Enter(entering)) return FailCannotEnter(store);
  if (type.dtor != nullptr) {
    const FreshContext context(*type.owner);
    // The owner may be the instance that drops, or its parent: then a task of its own waits here.
    Task* const task = std::exchange(type.owner->task, nullptr);
    uint64_t unused = 0;
    const TrapKind trap = CallCore(store, type.dtor, &rep, &unused);
    type.owner->task = task;
    if (trap != TrapKind::kNone) return trap;
  }
  Leave(entering);
  return TrapKind::kNone;
}

TrapKind ResourceDrop(runtime::HostCall& call) {
  const Env& env = EnvOf(call);
  ComponentInstanceState& instance = InstanceOf(call);
  runtime::Store& store = *instance.store;
  if (!instance.may_leave()) return FailCannotLeave(store);
  const auto index = static_cast<uint32_t>(call.slots[0]);
  const Handle* const found = GetHandle(store, instance, index, env.what.resource);
  if (found == nullptr) return TrapKind::kHostError;
  if (found->lends != 0)
    return Fail(store, found->own ? "cannot remove owned resource while borrowed"
                                  : "cannot remove borrowed resource while it is lent on");
  const Handle handle = *found;
  instance.handles.Remove(index);
  if (!handle.own) {
    --handle.scope->borrows;
    return TrapKind::kNone;
  }
  return Destroy(store, *handle.type, handle.rep, env.entering);
}

TrapKind ContextGet(runtime::HostCall& call) {
  const Env& env = EnvOf(call);
  const uint64_t value = env.what.instance->context[env.what.slot];
  call.slots[0] = env.is_64 ? value : static_cast<uint32_t>(value);
  return TrapKind::kNone;
}

TrapKind ContextSet(runtime::HostCall& call) {
  const Env& env = EnvOf(call);
  const uint64_t value = call.slots[0];
  env.what.instance->context[env.what.slot] = env.is_64 ? value : static_cast<uint32_t>(value);
  return TrapKind::kNone;
}

TrapKind BackpressureInc(runtime::HostCall& call) {
  ComponentInstanceState& instance = InstanceOf(call);
  if (++instance.backpressure == 1u << 16)
    return Fail(*instance.store, "backpressure counter overflow");
  return TrapKind::kNone;
}

TrapKind BackpressureDec(runtime::HostCall& call) {
  ComponentInstanceState& instance = InstanceOf(call);
  if (instance.backpressure == 0) return Fail(*instance.store, "backpressure counter underflow");
  --instance.backpressure;
  return TrapKind::kNone;
}

TrapKind TaskReturn(runtime::HostCall& call) {
  const BuiltIn& what = EnvOf(call).what;
  ComponentInstanceState& instance = *what.instance;
  runtime::Store& store = *instance.store;
  if (!instance.may_leave()) return FailCannotLeave(store);
  Task* const task = instance.task;
  if (task == nullptr) return Fail(store, "`task.return` is called by a synchronous task");
  const CanonOptions& lift = task->function().lift;
  if (what.result != task->function().func_type().result)
    return Fail(store, "`task.return` is called with a result of another type than the task's");
  // The specification wants the same memory. The official suite has task.return name none where its
  // result needs none, whatever the lift names; a result that needs one has one, by validation.
  const bool other_memory = what.options.memory != nullptr && what.options.memory != lift.memory;
  if (other_memory || what.options.encoding != lift.encoding)
    return Fail(store, "`task.return` is called with other options than the task's function has");
  return task->Return(call.slots);
}

TrapKind Unsupported(runtime::HostCall& call) {
  ComponentInstanceState& instance = InstanceOf(call);
  if (!instance.may_leave()) return FailCannotLeave(*instance.store);
  const char* const name = kNames[static_cast<size_t>(EnvOf(call).what.kind)];
  return Fail(*instance.store, absl::StrCat("`", name, "` is not supported"));
}

using Entry = TrapKind (*)(runtime::HostCall&);
template <CanonKind kind>
constexpr Entry kEntry = &Unsupported;
template <>
constexpr Entry kEntry<CanonKind::kResourceNew> = &ResourceNew;
template <>
constexpr Entry kEntry<CanonKind::kResourceDrop> = &ResourceDrop;
template <>
constexpr Entry kEntry<CanonKind::kResourceRep> = &ResourceRep;
template <>
constexpr Entry kEntry<CanonKind::kContextGet> = &ContextGet;
template <>
constexpr Entry kEntry<CanonKind::kContextSet> = &ContextSet;
template <>
constexpr Entry kEntry<CanonKind::kBackpressureInc> = &BackpressureInc;
template <>
constexpr Entry kEntry<CanonKind::kBackpressureDec> = &BackpressureDec;
template <>
constexpr Entry kEntry<CanonKind::kTaskReturn> = &TaskReturn;

constexpr Entry kEntries[] = {
#define AIRWASM_CANON(name, ...) &runtime::Contained<kEntry<CanonKind::k##name>>,
#include "component/syntax/canons.def"
#undef AIRWASM_CANON
};

}  // namespace

absl::StatusOr<runtime::FuncInst*> MakeBuiltIn(runtime::Store& store, const BuiltIn& built_in) {
  auto env = std::make_unique<Env>();
  env->what = built_in;
  const airwasm::FuncType& type = store.types().Get(built_in.core_type).type.func;
  const auto& wide = built_in.kind == CanonKind::kContextGet ? type.results : type.params;
  env->is_64 = !wide.empty() && wide[0] == kI64;
  if (built_in.kind == CanonKind::kResourceDrop && built_in.resource->owner != nullptr)
    env->entering = EnteringSet(built_in.resource->owner, built_in.instance);
  runtime::FuncInst* const func =
      store.NewHostFunc(type, {.call = kEntries[static_cast<size_t>(built_in.kind)],
                               .env = env.get(),
                               .drop_env = &Env::Drop});
  if (func == nullptr) return absl::ResourceExhaustedError("too many function types");
  env.release();
  return func;
}

CallOutcome DropResource(runtime::Store& store, const ResourceType& type, uint64_t rep) {
  CallOutcome outcome;
  const TrapKind trap = Destroy(store, type, rep, EnteringSet(type.owner, nullptr));
  if (trap != TrapKind::kNone) outcome.trap = TakeFailure(store, trap);
  return outcome;
}

}  // namespace airwasm::component::canon
