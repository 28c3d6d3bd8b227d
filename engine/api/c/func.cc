// Functions: calling, being called, and what a host function sees of its caller.
#include "absl/container/inlined_vector.h"
#include "engine/api/c/handles.h"
#include "engine/api/c/host_function.h"
#include "engine/base/format.h"
#include "engine/base/limits.h"

namespace airwasm::capi {
namespace {

// Values that a call of usual size needs no allocation for.
constexpr size_t kInlineVals = 8;
using Vals = absl::InlinedVector<airwasm_val_t, kInlineVals>;
using NarrowVals = absl::InlinedVector<wasm_val_t, kInlineVals>;

wasm_trap_t* CallNarrow(const HostFunction& func, const Vals& args, Vals* results) {
  NarrowVals narrow_args;
  NarrowVals narrow_results;
  for (const airwasm_val_t& val : args) narrow_args.push_back(Narrow(val));
  for (const airwasm_val_t& val : *results) narrow_results.push_back(Narrow(val));
  const wasm_val_vec_t args_vec{narrow_args.size(), narrow_args.data()};
  wasm_val_vec_t results_vec{narrow_results.size(), narrow_results.data()};
  wasm_trap_t* const trap = func.plain != nullptr
                                ? func.plain(&args_vec, &results_vec)
                                : func.with_env(func.env, &args_vec, &results_vec);
  for (size_t i = 0; i < results->size(); ++i) (*results)[i] = Widen(narrow_results[i]);
  return trap;
}

TrapKind CallUncontained(runtime::HostCall& call) {
  const HostFunction& func = *static_cast<const HostFunction*>(call.env);
  airwasm_caller_t caller(call);
  const StorePtr& store = caller.store.state;

  Vals args;
  uint32_t slot = 0;
  for (const ValType type : func.type.params) {
    if (type.IsVector()) slot += slot % 2;
    args.push_back(LoadVal(store, type, call.slots + slot));
    slot += type.slots();
  }
  Vals results;
  for (const ValType type : func.type.results) results.push_back({.kind = KindOf(type)});

  const std::unique_ptr<wasm_trap_t> trap(
      func.with_caller != nullptr ? func.with_caller(func.env, &caller, args.data(), args.size(),
                                                     results.data(), results.size())
                                  : CallNarrow(func, args, &results));
  for (airwasm_val_t& val : args) airwasm_val_delete(&val);
  if (trap != nullptr) return internal::FailHostCall(call, Trap(trap->trap()));

  const absl::Status status = SaveVals(*store, results.data(), results.size(), func.type.results,
                                       "results of a host function", call.slots);
  for (airwasm_val_t& val : results) airwasm_val_delete(&val);
  return status.ok() ? TrapKind::kNone : internal::FailHostCall(call, Trap(status));
}

bool IsWithinLimits(const FuncType& type) {
  return type.params.size() <= limits::kParams && type.results.size() <= limits::kResults;
}

wasm_func_t* NewFunc(wasm_store_t* store, const wasm_functype_t* type,
                     std::unique_ptr<HostFunction> func) {
  if (!FromC(*type, *store->state->types(), &func->type) || !IsWithinLimits(func->type))
    return nullptr;
  if (func->with_caller == nullptr && HasVectors(func->type)) return nullptr;
  runtime::Store& rt = store->state->rt();
  const FuncType& func_type = func->type;
  runtime::FuncInst* const inst = rt.NewHostFunc(
      func_type, {.call = &CallHostFunction, .env = func.get(), .drop_env = [](void* env) {
                    delete static_cast<HostFunction*>(env);
                  }});
  if (inst == nullptr) return nullptr;  // the engine has no type ids left
  func.release();
  return new wasm_func_t(store->state, Func(&rt, inst));
}

// Calls with arguments from, and results to, `vals` of either width.
// Errors: INVALID_ARGUMENT, FAILED_PRECONDITION as SaveVal; ABORTED: trapped, see *trap
absl::Status Call(const wasm_func_t* func, const airwasm_val_t* args, size_t num_args,
                  airwasm_val_t* results, size_t num_results, wasm_trap_t** trap) {
  const StorePtr store = func->store;  // the guest may call host functions that delete every handle
  runtime::FuncInst* const inst = func->handle.impl();
  const CanonicalType& type = store->types()->Get(inst->type);
  const FuncType& func_type = type.type.func;
  if (num_results < func_type.results.size()) {
    return absl::InvalidArgumentError(FormatText("results: room for %d is needed, got %d",
                                                 func_type.results.size(), num_results));
  }
  absl::InlinedVector<uint64_t, 2 * kInlineVals> slots(
      std::max({type.param_slots, type.result_slots, 1u}));
  if (absl::Status status =
          SaveVals(*store, args, num_args, func_type.params, "arguments", slots.data());
      !status.ok()) {
    return status;
  }
  if (std::unique_ptr<Trap> ended = internal::CallRaw(&store->rt(), inst, slots.data())) {
    absl::Status status = absl::AbortedError("trap: " + ended->message());
    if (trap != nullptr) *trap = new wasm_trap_t(store, std::move(*ended));
    return status;
  }
  uint32_t slot = 0;
  for (size_t i = 0; i < func_type.results.size(); ++i) {
    const ValType result_type = func_type.results[i];
    if (result_type.IsVector()) slot += slot % 2;
    results[i] = LoadVal(store, result_type, slots.data() + slot);
    slot += result_type.slots();
  }
  return absl::OkStatus();
}

}  // namespace

TrapKind CallHostFunction(runtime::HostCall& call) {
  return runtime::Contained<&CallUncontained>(call);
}

absl::Status SetType(HostFunction& func, const airwasm_linker_t& linker,
                     const wasm_functype_t& type) {
  if (!FromC(type, *linker.linker.engine().impl()->types, &func.type))
    return absl::FailedPreconditionError("the function type is of another engine");
  if (!IsWithinLimits(func.type))
    return absl::InvalidArgumentError("the function type has too many parameters or results");
  return absl::OkStatus();
}

}  // namespace airwasm::capi

using airwasm::capi::HostFunction;

airwasm_caller_t::airwasm_caller_t(airwasm::runtime::HostCall& call)
    : caller(call),
      store{static_cast<airwasm::capi::StoreState*>(caller.store_data())->shared_from_this()} {}

extern "C" {

wasm_func_t* wasm_func_new(wasm_store_t* store, const wasm_functype_t* type,
                           wasm_func_callback_t callback) {
  auto func = std::make_unique<HostFunction>();
  func->plain = callback;
  return airwasm::capi::NewFunc(store, type, std::move(func));
}

wasm_func_t* wasm_func_new_with_env(wasm_store_t* store, const wasm_functype_t* type,
                                    wasm_func_callback_with_env_t callback, void* env,
                                    void (*finalizer)(void*)) {
  auto func = std::make_unique<HostFunction>();
  func->with_env = callback;
  func->env = env;
  func->finalizer = finalizer;
  return airwasm::capi::NewFunc(store, type, std::move(func));
}

wasm_func_t* airwasm_func_new(wasm_store_t* store, const wasm_functype_t* type,
                              airwasm_host_func_t callback, void* env, void (*finalizer)(void*)) {
  auto func = std::make_unique<HostFunction>();
  func->with_caller = callback;
  func->env = env;
  func->finalizer = finalizer;
  return airwasm::capi::NewFunc(store, type, std::move(func));
}

airwasm_error_t* airwasm_linker_define_func(airwasm_linker_t* linker, const char* module,
                                            const char* name, const wasm_functype_t* type,
                                            airwasm_host_func_t callback, void* env,
                                            void (*finalizer)(void*)) {
  auto func = std::make_shared<HostFunction>();
  func->with_caller = callback;
  func->env = env;
  func->finalizer = finalizer;
  absl::Status status = airwasm::capi::SetType(*func, *linker, *type);
  const airwasm::FuncType& func_type = func->type;
  if (status.ok()) {
    status =
        linker->linker.DefineRaw(module, name, func_type, &airwasm::capi::CallHostFunction, func);
  }
  return airwasm::capi::ToError(status);
}

wasm_functype_t* wasm_func_type(const wasm_func_t* func) {
  return airwasm::capi::ToC(func->handle.type(), func->store->types()).release();
}
size_t wasm_func_param_arity(const wasm_func_t* func) {
  return func->store->types()->Get(func->handle.impl()->type).type.func.params.size();
}
size_t wasm_func_result_arity(const wasm_func_t* func) {
  return func->store->types()->Get(func->handle.impl()->type).type.func.results.size();
}

airwasm_error_t* airwasm_func_call(const wasm_func_t* func, const airwasm_val_t* args,
                                   size_t num_args, airwasm_val_t* results, size_t num_results,
                                   wasm_trap_t** trap) {
  if (trap != nullptr) *trap = nullptr;
  return airwasm::capi::ToError(
      airwasm::capi::Call(func, args, num_args, results, num_results, trap));
}

wasm_trap_t* wasm_func_call(const wasm_func_t* func, const wasm_val_vec_t* args,
                            wasm_val_vec_t* results) {
  const airwasm::capi::StorePtr store = func->store;
  const auto fail = [&store](absl::Status status) {
    return new wasm_trap_t(store, airwasm::Trap(std::move(status)));
  };
  const airwasm::FuncType& type = store->types()->Get(func->handle.impl()->type).type.func;
  if (airwasm::capi::HasVectors(type)) {
    return fail(
        absl::InvalidArgumentError("wasm_val_t has no room for v128: use airwasm_func_call"));
  }
  airwasm::capi::Vals wide_args;
  for (size_t i = 0; args != nullptr && i < args->size; ++i)
    wide_args.push_back(airwasm::capi::Widen(args->data[i]));
  airwasm::capi::Vals wide_results(type.results.size());
  if ((results == nullptr ? 0 : results->size) < wide_results.size()) {
    return fail(absl::InvalidArgumentError("the vector of results is too short"));
  }
  wasm_trap_t* trap = nullptr;
  absl::Status status = airwasm::capi::Call(func, wide_args.data(), wide_args.size(),
                                            wide_results.data(), wide_results.size(), &trap);
  if (trap != nullptr) return trap;
  if (!status.ok()) return fail(std::move(status));
  for (size_t i = 0; i < wide_results.size(); ++i)
    results->data[i] = airwasm::capi::Narrow(wide_results[i]);
  return nullptr;
}

// ---- Callers

wasm_store_t* airwasm_caller_store(airwasm_caller_t* caller) {
  return &caller->store;
}

wasm_extern_t* airwasm_caller_export(const airwasm_caller_t* caller, const char* name) {
  const std::optional<airwasm::Extern> found = caller->caller.FindExport(name);
  return found ? airwasm::capi::NewExternHandle(caller->store.state, *found) : nullptr;
}

byte_t* airwasm_caller_memory(const airwasm_caller_t* caller, size_t* size_bytes) {
  const std::span<uint8_t> bytes = caller->caller.memory();
  *size_bytes = bytes.size();
  return reinterpret_cast<byte_t*>(bytes.data());
}

wasm_trap_t* airwasm_caller_throw(airwasm_caller_t* caller, const wasm_tag_t* tag,
                                  const airwasm_val_t* payload, size_t num_payload) {
  using airwasm::Trap;
  const airwasm::capi::StorePtr& store = caller->store.state;
  const auto fail = [&store](absl::Status status) {
    return new wasm_trap_t(store, Trap(std::move(status)));
  };
  if (tag->store != store)
    return fail(absl::FailedPreconditionError("the tag is of another store"));
  const airwasm::CanonicalType& type = store->types()->Get(tag->handle.impl()->type);
  std::vector<uint64_t> slots(type.param_slots);
  if (absl::Status status = airwasm::capi::SaveVals(
          *store, payload, num_payload, type.type.func.params, "exception payload", slots.data());
      !status.ok()) {
    return fail(std::move(status));
  }
  const std::vector<airwasm::Value> values =
      airwasm::internal::LoadValues(&store->rt(), type.type.func.params, slots.data());
  return new wasm_trap_t(store, caller->caller.Throw(tag->handle, values));
}

}  // extern "C"
