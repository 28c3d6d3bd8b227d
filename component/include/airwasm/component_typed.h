// Component functions with C++ types: host functions made of C++ callables, and exports called like
// C++ functions. Whether the types match is asked once, when a function is bound.
//
// Embedders use LinkerInstance::Define (component_linker.h) and ComponentInstance::Get
// (component_instance.h), which are made of this. Spec: canonical ABI, `canon lift`, `canon lower`.
#pragma once

#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_composites.h"
#include "airwasm/component_resources.h"
#include "airwasm/trap.h"

namespace airwasm {

class ComponentFunc;

namespace component::abi {

template <typename T>
struct UnwrapStatusOr {
  using Type = T;
};
template <typename T>
struct UnwrapStatusOr<absl::StatusOr<T>> {
  using Type = T;
};
template <>
struct UnwrapStatusOr<absl::Status> {
  using Type = void;
};

template <typename R>
constexpr const TypeShape* ResultShape() {
  if constexpr (std::is_void_v<R>) {
    return nullptr;
  } else {
    return &WitType<R>::kShape;
  }
}

// Calls a callable with arguments straight from the guest. FAST: bench/component/canon_bench.
template <typename F, typename Ret, bool with_call, typename... Args>
struct HostThunkOf {
  using R = typename UnwrapStatusOr<Ret>::Type;
  using Params = Sequence<std::decay_t<Args>...>;
  static constexpr FuncShape kShape{.params = Params::kParts, .result = ResultShape<R>()};

  // What stands for the call of a guest that lacks the capability: `call.Denied(host)` says what
  // the function returns then.
  static TrapKind Denied(canon::HostCallContext& host, void* env) {
    const F& call = *static_cast<const F*>(env);
    LiftLowerContext c(host.store, host.options, &host.lenders, nullptr, host.memory64);
    Ret result = call.Denied(host);
    if constexpr (std::is_same_v<Ret, absl::Status>) {
      return EndHostCall(host, result);
    } else {
      if (!result.ok()) return EndHostCall(host, result.status());
      return LowerResult(c, host, *result);
    }
  }

  static TrapKind Call(canon::HostCallContext& host, void* env) {
    const F& call = *static_cast<const F*>(env);
    LiftLowerContext c(host.store, host.options, &host.lenders, nullptr, host.memory64);
    std::tuple<std::decay_t<Args>...> args;
    const auto part = [&]<size_t i>() -> auto& { return std::get<i>(args); };
    TrapKind trap = TrapKind::kNone;
    if constexpr (Params::kSlots <= kMaxFlatAsyncParams) {
      trap = Params::LiftEach(c, Slots{host.slots}, host.handles, part);
    } else if constexpr (Params::kSlots <= kMaxFlatParams) {
      trap = host.async ? LiftSpilled(c, host, part)
                        : Params::LiftEach(c, Slots{host.slots}, host.handles, part);
    } else {
      trap = LiftSpilled(c, host, part);
    }
    if (trap != TrapKind::kNone) [[unlikely]]
      return trap;
    const auto invoke = [&](auto&... values) -> Ret {
      if constexpr (with_call) {
        return call(host, static_cast<Args&&>(values)...);
      } else {
        return call(static_cast<Args&&>(values)...);
      }
    };
    if constexpr (std::is_void_v<Ret>) {
      std::apply(invoke, args);
      return TrapKind::kNone;
    } else if constexpr (std::is_same_v<Ret, absl::Status>) {
      return EndHostCall(host, std::apply(invoke, args));
    } else if constexpr (std::is_same_v<Ret, R>) {
      return LowerResult(c, host, std::apply(invoke, args));
    } else {
      Ret result = std::apply(invoke, args);
      if (!result.ok()) [[unlikely]]
        return EndHostCall(host, result.status());
      return LowerResult(c, host, *result);
    }
  }

 private:
  static uint64_t Address(const LiftLowerContext& c, uint64_t slot) {
    return c.is_64 ? slot : static_cast<uint32_t>(slot);
  }
  template <typename Part>
  static TrapKind LiftSpilled(LiftLowerContext& c, canon::HostCallContext& host, const Part& part) {
    const Layout layout = Params::Mem(c.is_64);
    uint8_t* const p = TupleAt(c, Address(c, host.slots[0]), layout.size, layout.align);
    if (p == nullptr) return TrapKind::kHostError;
    return Params::LiftEach(c, Memory{p}, host.handles, part);
  }
  template <typename Value>
  static TrapKind LowerResult(LiftLowerContext& c, canon::HostCallContext& host,
                              const Value& value) {
    const Handles handles = host.handles + Params::kHandles;
    if constexpr (WitType<Value>::kSlots <= kMaxFlatResults) {
      if (WitType<Value>::kSlots == 0 || !host.async) [[likely]]
        return WitType<Value>::Lower(c, Slots{host.slots}, handles, value);
    }
    const Layout layout = WitType<Value>::Mem(c.is_64);
    uint8_t* const p = TupleAt(c, Address(c, *host.place), layout.size, layout.align);
    if (p == nullptr) return TrapKind::kHostError;
    return WitType<Value>::Lower(c, Memory{p}, handles, value);
  }
};

// Finds the types of a callable's parameters.
template <typename F, typename Call>
struct HostThunkFor;
template <typename F, typename C, typename Ret, typename... Args>
struct HostThunkFor<F, Ret (C::*)(ComponentCall&, Args...) const>
    : HostThunkOf<F, Ret, true, Args...> {};
template <typename F, typename C, typename Ret, typename... Args>
struct HostThunkFor<F, Ret (C::*)(Args...) const> : HostThunkOf<F, Ret, false, Args...> {};
template <typename F, typename Ret, typename... Args>
struct HostThunkFor<F, Ret (*)(ComponentCall&, Args...)> : HostThunkOf<F, Ret, true, Args...> {};
template <typename F, typename Ret, typename... Args>
struct HostThunkFor<F, Ret (*)(Args...)> : HostThunkOf<F, Ret, false, Args...> {};

template <typename F>
struct CallOperator {
  using Type = decltype(&F::operator());
};
template <typename R, typename... Args>
struct CallOperator<R (*)(Args...)> {
  using Type = R (*)(Args...);
};

template <typename F>
TypedHost MakeTypedHost(F f) {
  using Thunk = HostThunkFor<F, typename CallOperator<F>::Type>;
  TypedHost host{Thunk::kShape, &Thunk::Call, nullptr, {}};
  if constexpr (requires { f.capabilities; }) host.gate = {f.capabilities, &Thunk::Denied};
  host.env = std::make_shared<F>(std::move(f));
  return host;
}

// The resources of `function`'s handles. Errors: INVALID_ARGUMENT its type is another one.
absl::StatusOr<std::vector<const ResourceType*>> BindShape(const canon::Function& function,
                                                           const FuncShape& shape);

}  // namespace component::abi

template <typename Signature>
class TypedComponentFunc;

// A function of known type, checked once when it was made. FAST: bench/component/canon_bench.
template <typename R, typename... Args>
class TypedComponentFunc<R(Args...)> {
 public:
  // Calls, and returns when the guest does. Results own what they hold: no views. After a trap the
  // instance can not be entered again. Threads: one call at a time per Store.
  Result<R> operator()(const Args&... args) const {
    component::abi::GuestCall call(store_, func_);
    try {
      return Run(call, args...);
    } catch (const std::bad_alloc&) {
      return Result<R>(component::abi::TakeOutOfMemory(call));
    }
  }

  TypedComponentFunc() = default;  // of no function: not to be called
  // The methods of the guest's resources that the function gives; they hold it.
  void SetMethods(const component::abi::ResourceMethods* methods) { methods_ = methods; }

 private:
  friend class ComponentFunc;
  using Params = component::abi::Sequence<std::decay_t<Args>...>;
  static constexpr component::abi::FuncShape kShape{.params = Params::kParts,
                                                    .result = component::abi::ResultShape<R>()};

  TypedComponentFunc(runtime::Store* store, const component::canon::Function* func,
                     std::vector<const component::canon::ResourceType*> handles)
      : store_(store), func_(func), handles_(std::move(handles)) {}

  Result<R> Run(component::abi::GuestCall& call, const Args&... args) const {
    namespace abi = component::abi;
    constexpr bool kInPlace = Params::kSlots <= abi::kMaxFlatParams && !Params::kCalls;
    if (!abi::Begin(call, kInPlace)) [[unlikely]]
      return Failed(call, TrapKind::kHostError);
    if constexpr (sizeof...(Args) != 0) {
      if (const TrapKind trap = LowerArgs(call, args...); trap != TrapKind::kNone) [[unlikely]]
        return Failed(call, trap);
    }
    if constexpr (std::is_void_v<R>) {
      if (!abi::RunAndFinish(call)) [[unlikely]]
        return Failed(call, TrapKind::kHostError);
      return {};
    } else if constexpr (std::is_arithmetic_v<R> && !std::is_same_v<R, char32_t>) {
      // Lifting these cannot fail, and what is read is in the call.
      if (!abi::RunAndFinish(call)) [[unlikely]]
        return Failed(call, TrapKind::kHostError);
      R value;
      abi::LiftLowerContext c(*store_, *call.options, nullptr, nullptr, call.is_64);
      WitType<R>::Lift(c, abi::Slots{&call.result}, nullptr, &value);
      return value;
    } else {
      if (!abi::Run(call)) [[unlikely]]
        return Failed(call, TrapKind::kHostError);
      R value{};
      if (const TrapKind trap = LiftResult(call, &value); trap != TrapKind::kNone) [[unlikely]]
        return Failed(call, trap);
      if (!abi::Finish(call)) [[unlikely]]
        return Failed(call, TrapKind::kHostError);
      return Result<R>(std::move(value));
    }
  }
  static Result<R> Failed(component::abi::GuestCall& call, TrapKind kind) {
    return Result<R>(component::abi::TakeTrap(call, kind));
  }
  TrapKind LowerArgs(component::abi::GuestCall& call, const Args&... args) const {
    namespace abi = component::abi;
    abi::LiftLowerContext c(*store_, *call.options, nullptr, &call.scope, call.is_64);
    const std::tuple<const Args&...> tie(args...);
    const auto part = [&]<size_t i>() -> const auto& { return std::get<i>(tie); };
    if constexpr (Params::kSlots <= abi::kMaxFlatParams) {
      if (call.slots == nullptr) [[unlikely]]
        return TrapKind::kNone;  // Run tells
      return Params::LowerEach(c, abi::Slots{call.slots}, handles_.data(), part);
    } else {
      const abi::Layout layout = Params::Mem(c.is_64);
      TrapKind trap = TrapKind::kNone;
      uint8_t* const p = abi::AllocateTuple(c, layout.size, layout.align, &call.slots[0], &trap);
      if (p == nullptr) return trap;
      return Params::LowerEach(c, abi::Memory{p}, handles_.data(), part);
    }
  }
  template <typename Value>
  TrapKind LiftResult(component::abi::GuestCall& call, Value* out) const {
    namespace abi = component::abi;
    abi::LiftLowerContext c(*store_, *call.options, nullptr, nullptr, call.is_64);
    c.methods = methods_;
    const abi::Handles handles = handles_.data() + Params::kHandles;
    if constexpr (WitType<Value>::kSlots <= abi::kMaxFlatResults) {
      return WitType<Value>::Lift(c, abi::Slots{&call.result}, handles, out);
    } else {
      const abi::Layout layout = WitType<Value>::Mem(c.is_64);
      const uint64_t address = c.is_64 ? call.result : static_cast<uint32_t>(call.result);
      uint8_t* const p = abi::TupleAt(c, address, layout.size, layout.align);
      if (p == nullptr) return TrapKind::kHostError;
      return WitType<Value>::Lift(c, abi::Memory{p}, handles, out);
    }
  }

  runtime::Store* store_ = nullptr;
  const component::canon::Function* func_ = nullptr;
  std::vector<const component::canon::ResourceType*> handles_;
  const component::abi::ResourceMethods* methods_ = nullptr;
};

}  // namespace airwasm
