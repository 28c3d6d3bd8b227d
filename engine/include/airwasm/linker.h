// Instances, and the linker that satisfies imports by name.
//
//   Linker linker(engine);
//   linker.Define("env", "add", [](int32_t a, int32_t b) { return a + b; });
//   absl::StatusOr<Instance> instance = linker.Instantiate(store, module);
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/externs.h"
#include "airwasm/func.h"
#include "airwasm/host_call.h"
#include "airwasm/module.h"

namespace airwasm {

namespace runtime {
class Instance;
}

// A module's instance in a store. A handle: cheap to copy, valid as long as the store.
class Instance {
 public:
  // Links exactly: `imports` in the order of Module::imports(). Errors and traps as
  // Linker::Instantiate.
  static absl::StatusOr<Instance> New(Store& store, const Module& module,
                                      std::span<const Extern> imports, Trap* trap = nullptr);

  std::optional<Extern> FindExport(std::string_view name) const;
  // Errors: NOT_FOUND         no export of that name and kind; the message names the nearest
  //         INVALID_ARGUMENT  (Get) a function of another type
  absl::StatusOr<Func> GetFunc(std::string_view name) const;
  absl::StatusOr<Memory> GetMemory(std::string_view name) const;
  absl::StatusOr<Table> GetTable(std::string_view name) const;
  absl::StatusOr<Global> GetGlobal(std::string_view name) const;
  absl::StatusOr<Tag> GetTag(std::string_view name) const;

  template <typename Signature>
  absl::StatusOr<TypedFunc<Signature>> Get(std::string_view name) const {
    absl::StatusOr<Func> func = GetFunc(name);
    if (!func.ok()) return func.status();
    return func->template Typed<Signature>();
  }

  Module module() const;

  Instance(runtime::Store* store, runtime::Instance* impl) : store_(store), impl_(impl) {}
  runtime::Instance* impl() const { return impl_; }

 private:
  runtime::Store* store_;
  runtime::Instance* impl_;
};

// What a host function may know about the call; take it as the first parameter. Valid during the
// call only.
class Caller {
 public:
  explicit Caller(runtime::HostCall& call) : call_(call) {}
  // An export of the calling instance; none when the host itself calls.
  std::optional<Extern> FindExport(std::string_view name) const;
  // The export "memory" of the calling instance as bytes; empty if there is none.
  std::span<uint8_t> memory() const;
  runtime::Store* store_impl() const;
  void* store_data() const;  // Store::data()
  // Raises a wasm exception in the caller: return the result of this from the host function.
  Trap Throw(const Tag& tag, std::span<const Value> payload) const;

 private:
  runtime::HostCall& call_;
};

namespace internal {

// Records why a host function failed and yields the kind for the trampoline.
TrapKind FailHostCall(runtime::HostCall& call, Trap&& trap);
runtime::Store* StoreOf(runtime::HostCall& call);

template <typename T>
struct HostResult {  // of a function that returns T or Result<T>
  using Type = T;
};
template <typename T>
struct HostResult<Result<T>> {
  using Type = T;
};

// Calls a callable of signature R(Caller&, Args...) or R(Args...) with arguments straight from the
// slots. FAST: bench/call_wasm_to_host.
template <typename F, bool kTakesCaller, typename R, typename... Args>
struct HostThunk {
  static constexpr auto kOffsets = SlotOffsets<Args...>();
  using Value = typename HostResult<R>::Type;

  static TrapKind Call(runtime::HostCall& call) {
    return runtime::Contained<&HostThunk::ApplyAll>(call);
  }
  static FuncType Type() {
    return {.params = {WasmType<Args>::kType...}, .results = ResultTypes<Value>::Types()};
  }

 private:
  static TrapKind ApplyAll(runtime::HostCall& call) {
    return Apply(call, std::index_sequence_for<Args...>());
  }
  template <size_t... I>
  static TrapKind Apply(runtime::HostCall& call, std::index_sequence<I...>) {
    F& f = *static_cast<F*>(call.env);
    const auto invoke = [&]() -> R {
      if constexpr (kTakesCaller) {
        Caller caller(call);
        return f(caller, WasmType<Args>::Load(StoreOf(call), call.slots + kOffsets[I])...);
      } else {
        return f(WasmType<Args>::Load(StoreOf(call), call.slots + kOffsets[I])...);
      }
    };
    if constexpr (std::is_void_v<R>) {
      invoke();
    } else if constexpr (std::is_same_v<R, Value>) {
      ResultTypes<R>::Save(invoke(), call.slots);
    } else {
      R result = invoke();
      if (!result.ok()) [[unlikely]]
        return FailHostCall(call, Trap(result.trap()));
      if constexpr (!std::is_void_v<Value>) ResultTypes<Value>::Save(*result, call.slots);
    }
    return TrapKind::kNone;
  }
};

template <typename F, typename Call>
struct ThunkFor;
template <typename F, typename R, typename C, typename... Args>
struct ThunkFor<F, R (C::*)(Caller&, Args...) const>
    : HostThunk<F, true, R, std::decay_t<Args>...> {};
template <typename F, typename R, typename C, typename... Args>
struct ThunkFor<F, R (C::*)(Caller&, Args...)> : HostThunk<F, true, R, std::decay_t<Args>...> {};
template <typename F, typename R, typename C, typename... Args>
struct ThunkFor<F, R (C::*)(Args...) const> : HostThunk<F, false, R, std::decay_t<Args>...> {};
template <typename F, typename R, typename C, typename... Args>
struct ThunkFor<F, R (C::*)(Args...)> : HostThunk<F, false, R, std::decay_t<Args>...> {};

}  // namespace internal

// Names → externs. Definitions of host functions and of modules are made per store when a module is
// instantiated, so one linker serves many stores of its engine. Threads: one at a time; Instantiate
// does not change it.
class Linker {
 public:
  explicit Linker(const Engine& engine);
  ~Linker();
  Linker(Linker&&) noexcept;
  Linker& operator=(Linker&&) noexcept;

  // A host function from any callable with non-overloaded operator(): parameters and results as
  // WasmType has them, optionally `Caller&` first; several results as std::tuple; Result<T> for
  // functions that can trap.
  //
  // Errors: ALREADY_EXISTS  the name is taken and AllowShadowing is off
  template <typename F>
    requires(!std::is_convertible_v<F, Extern>)
  absl::Status Define(std::string_view module, std::string_view name, F f) {
    using Thunk = internal::ThunkFor<F, decltype(&F::operator())>;
    // Shared by the functions that the stores get: each holds a count.
    return DefineRaw(module, name, Thunk::Type(), &Thunk::Call, std::make_shared<F>(std::move(f)));
  }
  template <typename R, typename... Args>
  absl::Status Define(std::string_view module, std::string_view name, R (*f)(Args...)) {
    return Define(module, name, [f](Args... args) -> R { return f(static_cast<Args>(args)...); });
  }
  // The raw form: no allocation per call, arguments in slots (host_call.h). `call` throws nothing:
  // runtime::Contained makes a trap of too little memory. `gate`: who may call it; functions that a
  // guard decides about and records are defined with DefineGuarded (airwasm/guarded_func.h).
  absl::Status DefineRaw(std::string_view module, std::string_view name, const FuncType& type,
                         TrapKind (*call)(runtime::HostCall&), std::shared_ptr<void> env,
                         const runtime::HostCallGate& gate = {});
  // Something of one store; instantiating into another store is then FAILED_PRECONDITION.
  absl::Status Define(std::string_view module, std::string_view name, const Extern& value);
  // All exports of an instance under `module`.
  absl::Status DefineInstance(std::string_view module, const Instance& instance);
  void AllowShadowing(bool allow);

  // Imports that no definition matches become functions that trap when called.
  void DefineUnknownImportsAsTraps(bool on);

  // Errors: NOT_FOUND            an import that nothing satisfies; the message names it, its type
  //                              and the nearest definition
  //         FAILED_PRECONDITION  an import of another type; both are named
  //         RESOURCE_EXHAUSTED   a limit of the store, or the host has no memory
  //         ABORTED              a segment or the start function trapped; see `*trap`
  absl::StatusOr<Instance> Instantiate(Store& store, const Module& module,
                                       Trap* trap = nullptr) const;

  const Engine& engine() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace airwasm
