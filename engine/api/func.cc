#include "airwasm/func.h"

#include "absl/strings/str_format.h"
#include "airwasm/linker.h"
#include "engine/api/engine_impl.h"

namespace airwasm {
namespace internal {

bool CallSlots(runtime::Store* store, runtime::FuncInst* func, uint64_t* slots) {
  return store->Call(func, slots);
}

std::unique_ptr<Trap> TakeTrap(runtime::Store* store) {
  return std::make_unique<Trap>(TrapAccess::FromRuntime(store, store->TakeTrap()));
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

}  // namespace
}  // namespace internal

Func Func::New(Store& store, const FuncType& type, Callback call) {
  auto* const env = new internal::DynamicFunc{type, std::move(call)};
  const runtime::HostFunc host{
      .call = &internal::DynamicFunc::Call, .env = env, .drop_env = [](void* e) {
        delete static_cast<internal::DynamicFunc*>(e);
      }};
  return Func(&store.impl(), store.impl().NewHostFunc(type, host));
}

FuncType Func::type() const {
  return store_->types().Get(func_->type).type.func;
}

absl::Status Func::CheckType(const FuncType& wanted) const {
  const FuncType& actual = store_->types().Get(func_->type).type.func;
  // Ref stands for any reference type.
  const auto match = [](const std::vector<ValType>& a, const std::vector<ValType>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i] && !(a[i].IsRef() && b[i].IsRef())) return false;
    }
    return true;
  };
  if (match(wanted.params, actual.params) && match(wanted.results, actual.results))
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "the function has type %s, not %s", internal::ToString(actual), internal::ToString(wanted)));
}

absl::StatusOr<CallResult> Func::Call(std::span<const Value> args) const {
  const FuncType& type = store_->types().Get(func_->type).type.func;
  uint64_t* const frame = store_->PrepareCall(func_);
  if (frame != nullptr) {
    absl::Status status =
        internal::SaveValues(store_->types(), args, type.params, "arguments", frame);
    if (!status.ok()) return status;
  }
  if (!store_->CallInPlace(func_, frame)) return CallResult(internal::TakeTrap(store_));
  return CallResult(internal::LoadValues(store_, type.results, frame));
}

}  // namespace airwasm
