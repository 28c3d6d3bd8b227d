// Calls between the host and guests with values of type Val.
//
// Spec: canonical ABI, `canon lift`, `canon lower`.
#include <utility>

#include "absl/strings/str_cat.h"
#include "component/canon/call.h"
#include "component/canon/dynamic.h"
#include "component/canon/host_caller.h"
#include "component/canon/task.h"

namespace airwasm::component::canon {
namespace {

absl::Status CheckArguments(const Function& function, std::span<const Val> args) {
  const FuncType& type = function.func_type();
  if (args.size() != type.params.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected ", type.params.size(), " arguments, found ", args.size()));
  }
  for (size_t i = 0; i < args.size(); ++i) {
    const absl::Status status = CheckVal(function, type.params[i].type, args[i]);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("argument `", type.params[i].name, "`: ", status.message()));
    }
  }
  return absl::OkStatus();
}

// What a host function returned, if it fits.
absl::Status CheckResult(const Function& function, const std::optional<Val>& result) {
  const std::optional<ValType>& type = function.func_type().result;
  if (type.has_value() != result.has_value())
    return absl::InternalError(type ? "a host function returned nothing"
                                    : "a host function without a result returned one");
  if (!type) return absl::OkStatus();
  const absl::Status status = CheckVal(function, *type, *result);
  if (status.ok()) return status;
  return absl::InternalError(absl::StrCat("result of a host function: ", status.message()));
}

CallOutcome Failed(runtime::Store& store, TrapKind kind) {
  CallOutcome outcome;
  outcome.trap = TakeFailure(store, kind);
  return outcome;
}

CallOutcome CallDynamic(runtime::Store& store, const Function& function,
                        std::span<const Val> args) {
  static const CanonOptions kNone;  // nothing is lifted or lowered
  CallOutcome outcome;
  Lenders lenders;
  HostCallContext call{store, function, kNone, nullptr, nullptr, lenders, nullptr, false};
  absl::StatusOr<std::optional<Val>> result = function.dynamic(call, args);
  absl::Status status = result.status();
  if (status.ok()) status = CheckResult(function, *result);
  if (!status.ok()) {
    outcome.trap.kind = TrapKind::kHostError;
    outcome.trap.message = std::string(status.message());
    outcome.trap.host_error = status;
    return outcome;
  }
  outcome.result = *std::move(result);
  return outcome;
}

// A host function with C++ types: the values take the way that they would take from a guest.
CallOutcome CallTyped(runtime::Store& store, const Function& function, std::span<const Val> args) {
  HostCaller* const caller = HostCaller::Of(store);
  if (caller == nullptr) return Failed(store, TrapKind::kHostError);
  const uint64_t begun = caller->Begin();
  const FuncType& type = function.func_type();
  BorrowScope scope;
  Lenders lenders;
  std::vector<Val> results;
  uint64_t flat[kMaxFlatParams + 1] = {};
  uint64_t result = 0;
  TrapKind trap = LowerVals(store, function, caller->options(), scope, ParamTypes(type),
                            kMaxFlatParams, args, flat, nullptr);
  if (trap == TrapKind::kNone) trap = caller->Call(function, flat, &result);
  if (trap == TrapKind::kNone) {
    trap = LiftVals(store, function, caller->options(), lenders, ResultTypes(type), kMaxFlatResults,
                    &result, &results);
  }
  caller->End(begun);
  if (trap != TrapKind::kNone) return Failed(store, trap);
  CallOutcome outcome;
  if (!results.empty()) outcome.result = std::move(results[0]);
  return outcome;
}

// The result of a task of the host's.
TrapKind Resolve(Task& task, const uint64_t* flat, void* env) {
  const Function& function = task.function();
  Lenders lenders;  // results hold no borrows
  return LiftVals(task.store(), function, function.lift, lenders, ResultTypes(function.func_type()),
                  kMaxFlatParams, flat, static_cast<std::vector<Val>*>(env));
}

// A function that is lifted with the async ABI; its instance has been entered.
CallOutcome CallAsync(runtime::Store& store, const Function& function, std::span<const Val> args) {
  std::vector<Val> results;
  Task task(function, &Resolve, &results);
  uint64_t flat[kMaxFlatParams] = {};
  TrapKind trap = LowerVals(store, function, function.lift, task.scope(),
                            ParamTypes(function.func_type()), kMaxFlatParams, args, flat, nullptr);
  if (trap == TrapKind::kNone) trap = task.Run(flat);
  if (trap != TrapKind::kNone) return Failed(store, trap);
  Leave(function.entered_by_host);
  CallOutcome outcome;
  if (!results.empty()) outcome.result = std::move(results[0]);
  return outcome;
}

}  // namespace

CallOutcome Call(runtime::Store& store, const Function& function, std::span<const Val> args) {
  CallOutcome outcome;
  outcome.status = CheckArguments(function, args);
  if (!outcome.status.ok()) return outcome;
  if (function.is_host()) {
    return function.dynamic ? CallDynamic(store, function, args) : CallTyped(store, function, args);
  }

  const CanonOptions& lift = function.lift;
  const FuncType& type = function.func_type();
  if (!Enter(function.entered_by_host)) return Failed(store, FailCannotEnter(store));
  if (type.async) {
    const TrapKind trap = CheckBackpressure(*lift.instance);
    if (trap != TrapKind::kNone) return Failed(store, trap);
  }
  if (lift.async) return CallAsync(store, function, args);
  const FreshContext context(*lift.instance);
  BorrowScope scope;
  Lenders lenders;
  uint64_t flat[kMaxFlatParams] = {};
  TrapKind trap = LowerVals(store, function, lift, scope, ParamTypes(type), kMaxFlatParams, args,
                            flat, nullptr);
  if (trap != TrapKind::kNone) return Failed(store, trap);

  uint64_t result = 0;
  uint64_t* const frame = store.PrepareCall(function.core);
  if (frame != nullptr) {
    for (uint32_t i = 0; i < function.core->param_slots; ++i) frame[i] = flat[i];
  }
  if (!store.CallInPlace(function.core, frame, nullptr)) {
    outcome.trap = WithPassedFrames(store, store.TakeTrap());
    return outcome;
  }
  if (function.core->result_slots != 0) result = frame[0];

  trap = CheckBorrows(store, scope);
  std::vector<Val> results;
  if (trap == TrapKind::kNone) {
    trap = LiftVals(store, function, lift, lenders, ResultTypes(type), kMaxFlatResults, &result,
                    &results);
  }
  if (trap == TrapKind::kNone) trap = RunPostReturn(store, lift, &result);
  if (trap != TrapKind::kNone) return Failed(store, trap);
  Leave(function.entered_by_host);
  if (!results.empty()) outcome.result = std::move(results[0]);
  return outcome;
}

TrapKind CallDynamicHost(HostCallContext& call, void*) {
  const Function& function = call.function;
  const FuncType& type = function.func_type();
  runtime::Store& store = call.store;
  std::vector<Val> args;
  const TrapKind lifted =
      LiftVals(store, function, call.options, call.lenders, ParamTypes(type),
               call.async ? kMaxFlatAsyncParams : kMaxFlatParams, call.slots, &args);
  if (lifted != TrapKind::kNone) return lifted;
  absl::StatusOr<std::optional<Val>> result = function.dynamic(call, args);
  absl::Status status = result.status();
  if (status.ok()) status = CheckResult(function, *result);
  if (!status.ok()) {
    store.host_error = std::move(status);
    return TrapKind::kHostError;
  }
  if (!type.result) return TrapKind::kNone;
  BorrowScope scope;  // results hold no borrows
  return LowerVals(store, function, call.options, scope, ResultTypes(type),
                   call.async ? 0 : kMaxFlatResults, {&**result, 1}, call.slots, call.place);
}

}  // namespace airwasm::component::canon
