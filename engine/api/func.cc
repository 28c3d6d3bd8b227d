#include "airwasm/func.h"

#include "airwasm/linker.h"
#include "engine/api/engine_impl.h"
#include "engine/base/format.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {
namespace internal {

bool CallSlots(runtime::Store* store, runtime::FuncInst* func, uint64_t* slots) {
  return store->Call(func, slots);
}

std::unique_ptr<Trap> TakeTrap(runtime::Store* store) {
  return TrapAccess::New(store, store->TakeTrap());
}

std::unique_ptr<Trap> CallRaw(runtime::Store* store, runtime::FuncInst* func, uint64_t* slots) {
  if (store->Call(func, slots)) [[likely]]
    return nullptr;
  return TakeTrap(store);
}

std::string ToString(const FuncType& type) {
  const auto list = [](const std::vector<ValType>& types) {
    std::string text = "(";
    for (size_t i = 0; i < types.size(); ++i) text += (i == 0 ? "" : ", ") + types[i].ToString();
    return text + ")";
  };
  return list(type.params) + " -> " + list(type.results);
}

namespace {

// A host function with a dynamic type.
struct DynamicFunc {
  FuncType type;
  Func::Callback callback;

  static TrapKind Call(runtime::HostCall& call) {
    const auto& self = *static_cast<const DynamicFunc*>(call.env);
    runtime::Store* const store = StoreOf(call);
    const std::vector<Value> args = LoadValues(store, self.type.params, call.slots);
    Caller caller(call);
    Result<std::vector<Value>> results = self.callback(caller, args);
    if (!results.ok()) return FailHostCall(call, Trap(results.trap()));
    const absl::Status status = SaveValues(store->types(), results.value(), self.type.results,
                                           "results of a host function", call.slots);
    if (!status.ok()) return FailHostCall(call, Trap(status));
    return TrapKind::kNone;
  }
};

absl::StatusOr<CallResult> CallDynamically(runtime::Store* store, runtime::FuncInst* func,
                                           std::span<const Value> args) {
  const FuncType& type = store->types().Get(func->type).type.func;
  uint64_t* const frame = store->PrepareCall(func);
  if (frame != nullptr) {
    absl::Status status =
        internal::SaveValues(store->types(), args, type.params, "arguments", frame);
    if (!status.ok()) return status;
  }
  if (!store->CallInPlace(func, frame)) return CallResult(internal::TakeTrap(store));
  return CallResult(internal::LoadValues(store, type.results, frame));
}

}  // namespace
}  // namespace internal

Func Func::New(Store& store, const FuncType& type, Callback call) {
  std::unique_ptr<internal::DynamicFunc> env(new internal::DynamicFunc{type, std::move(call)});
  const runtime::HostFunc host{
      .call = &runtime::Contained<&internal::DynamicFunc::Call>,
      .env = env.get(),
      .drop_env = [](void* e) { delete static_cast<internal::DynamicFunc*>(e); }};
  runtime::FuncInst* const func = store.impl().NewHostFunc(type, host);
  if (func != nullptr) (void)env.release();
  return Func(&store.impl(), func);
}

FuncType Func::type() const {
  return store_->types().Get(func_->type).type.func;
}

absl::Status Func::CheckType(std::span<const ValType> params,
                             std::span<const ValType> results) const {
  const FuncType& actual = store_->types().Get(func_->type).type.func;
  // Ref stands for any reference type.
  const auto match = [](std::span<const ValType> a, std::span<const ValType> b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i] && !(a[i].IsRef() && b[i].IsRef())) return false;
    }
    return true;
  };
  if (match(params, actual.params) && match(results, actual.results)) return absl::OkStatus();
  return OrOutOfMemory([&]() -> absl::Status {
    const FuncType wanted{.params = {params.begin(), params.end()},
                          .results = {results.begin(), results.end()}};
    return absl::InvalidArgumentError(FormatText("the function has type %s, not %s",
                                                 internal::ToString(actual),
                                                 internal::ToString(wanted)));
  });
}

absl::StatusOr<CallResult> Func::Call(std::span<const Value> args) const {
  return OrOutOfMemory([&] { return internal::CallDynamically(store_, func_, args); });
}

}  // namespace airwasm
