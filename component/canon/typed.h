// Component functions with C++ types: host functions made of C++ callables, and exports called like
// C++ functions. Whether the types match is asked once, when a function is bound.
//
//   auto f = TypedFunction<std::string(uint32_t)>::Bind(store, function);
//   Typed<std::string> name = f->Call(7);
//
//   MakeTypedHost(types, type, resolve, [](std::string_view line) -> uint32_t { ... });
//
// A host function may take a HostCallContext& first. It returns its result, or a StatusOr of it (a
// Status, if it has none): a status that is not OK ends the guest. host_results.h has what else it
// can say.
// Spec: canonical ABI, `canon lift`, `canon lower`.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "component/canon/call.h"
#include "component/canon/host_results.h"
#include "component/canon/typed_composites.h"

namespace airwasm::component::canon {

// What a typed call came to: a value, or a trap.
template <typename R>
struct Typed {
  using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
  Value value{};
  std::unique_ptr<runtime::Trap> trap;
  bool ok() const { return trap == nullptr; }
};

namespace internal {

// Binds parameter types and result to a function type; empty, or what does not match.
template <typename R, typename... Args>
std::string BindSignature(const Function& function, std::vector<const ResourceType*>* handles) {
  const FuncType& type = function.func_type();
  if (type.params.size() != sizeof...(Args) || type.result.has_value() == std::is_void_v<R>)
    return "the number of parameters or results differs";
  Binding binding{function, *function.types};
  size_t i = 0;
  const bool params = (... && Abi<std::decay_t<Args>>::Bind(binding, type.params[i++].type));
  if (!params) return "the type of parameter `" + type.params[i - 1].name + "` differs";
  if constexpr (!std::is_void_v<R>) {
    if (!Abi<R>::Bind(binding, *type.result)) return "the type of the result differs";
  }
  *handles = std::move(binding.handles);
  return {};
}

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

// A host function's callable with what it was bound to.
template <typename F, typename Ret, bool with_context, typename... Args>
struct HostEnv {
  using R = typename UnwrapStatusOr<Ret>::Type;
  using Params = Sequence<std::decay_t<Args>...>;

  F call;
  std::vector<const ResourceType*> handles;

  static TrapKind Run(HostCallContext& host, void* env) {
    return static_cast<HostEnv*>(env)->Call(host);
  }

  TrapKind Call(HostCallContext& host) {
    BorrowScope scope;  // results hold no borrows
    TypedContext c{host.store, host.options, host.lenders, scope};
    std::tuple<std::decay_t<Args>...> args;
    const auto part = [&]<size_t i>() -> auto& { return std::get<i>(args); };
    TrapKind trap = TrapKind::kNone;
    if constexpr (Params::kSlots <= kMaxFlatParams) {
      trap = Params::Lift(c, Slots{host.slots}, handles.data(), part);
    } else {
      uint8_t* const p = Spilled(c, Params::Mem(c.is_64), host.slots[0]);
      if (p == nullptr) return TrapKind::kHostError;
      trap = Params::Lift(c, Memory{p}, handles.data(), part);
    }
    if (trap != TrapKind::kNone) return trap;
    const auto invoke = [&](auto&... values) -> Ret {
      if constexpr (with_context) {
        return call(host, static_cast<Args&&>(values)...);
      } else {
        return call(static_cast<Args&&>(values)...);
      }
    };
    if constexpr (std::is_void_v<Ret>) {
      std::apply(invoke, args);
      return TrapKind::kNone;
    } else if constexpr (std::is_same_v<Ret, absl::Status>) {
      return Report(host, std::apply(invoke, args));
    } else if constexpr (std::is_same_v<Ret, R>) {
      return LowerResult(c, host, std::apply(invoke, args));
    } else {
      const Ret result = std::apply(invoke, args);
      if (!result.ok()) return Report(host, result.status());
      return LowerResult(c, host, *result);
    }
  }

  static uint8_t* Spilled(TypedContext& c, Layout layout, uint64_t slot) {
    return CheckRange(c.store, c.options, FlatAddress(slot, c.is_64), layout.size, layout.align,
                      Pointee::kTuple, Border::kHost);
  }
  static TrapKind Report(HostCallContext& host, absl::Status status) {
    if (status.ok()) return TrapKind::kNone;
    const TrapKind kind = TrapKindOf(status);
    if (kind == TrapKind::kHostError) host.store.host_error = std::move(status);
    return kind;
  }
  template <typename Value>
  TrapKind LowerResult(TypedContext& c, HostCallContext& host, const Value& value) {
    const Handles result_handles = handles.data() + Params::kHandles;
    if constexpr (Abi<Value>::kSlots <= kMaxFlatResults) {
      return Abi<Value>::Lower(c, Slots{host.slots}, result_handles, value);
    } else {
      uint8_t* const p = Spilled(c, Abi<Value>::Mem(c.is_64), *host.place);
      if (p == nullptr) return TrapKind::kHostError;
      return Abi<Value>::Lower(c, Memory{p}, result_handles, value);
    }
  }
};

template <typename F, typename Ret, bool with_context, typename... Args>
absl::StatusOr<std::unique_ptr<Function>> MakeHostOf(const TypeTable& types, FuncTypeId type,
                                                     ResolveResource resolve, F call) {
  using Env = HostEnv<F, Ret, with_context, Args...>;
  auto env = std::make_shared<Env>(Env{std::move(call), {}});
  std::unique_ptr<Function> function = MakeHost(types, type, resolve, &Env::Run, env);
  const std::string wrong = BindSignature<typename Env::R, Args...>(*function, &env->handles);
  if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
  return function;
}

// Finds the types of a callable's parameters.
template <typename M>
struct Signature;
template <typename C, typename Ret, typename... Args>
struct Signature<Ret (C::*)(HostCallContext&, Args...) const> {
  template <typename F>
  static auto Make(const TypeTable& types, FuncTypeId type, ResolveResource resolve, F call) {
    return MakeHostOf<F, Ret, true, Args...>(types, type, resolve, std::move(call));
  }
};
template <typename C, typename Ret, typename... Args>
struct Signature<Ret (C::*)(Args...) const> {
  template <typename F>
  static auto Make(const TypeTable& types, FuncTypeId type, ResolveResource resolve, F call) {
    return MakeHostOf<F, Ret, false, Args...>(types, type, resolve, std::move(call));
  }
};

}  // namespace internal

// A host function made of a lambda whose operator() is const and no template.
// Errors: INVALID_ARGUMENT the C++ types are not those of `type`.
template <typename F>
absl::StatusOr<std::unique_ptr<Function>> MakeTypedHost(const TypeTable& types, FuncTypeId type,
                                                        ResolveResource resolve, F call) {
  return internal::Signature<decltype(&F::operator())>::Make(types, type, resolve, std::move(call));
}

template <typename Signature>
class TypedFunction;

// A lifted function, called with C++ values. Results own what they hold: no views.
template <typename R, typename... Args>
class TypedFunction<R(Args...)> {
 public:
  // `function` must outlive the result.
  // Errors: INVALID_ARGUMENT the C++ types are not those of the function; UNIMPLEMENTED a host
  // function, or one of the async ABI.
  static absl::StatusOr<TypedFunction> Bind(runtime::Store& store, const Function& function) {
    if (function.is_host() || function.lift.async)
      return absl::UnimplementedError("only synchronous functions of guests can be called typed");
    TypedFunction bound(store, function);
    const std::string wrong = internal::BindSignature<R, Args...>(function, &bound.handles_);
    if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
    return bound;
  }

  Typed<R> Call(const Args&... args) const {
    Typed<R> out;
    const TrapKind kind = Run(&out.value, args...);
    if (kind != TrapKind::kNone) [[unlikely]]
      out.trap = std::make_unique<runtime::Trap>(called_ ? store_->TakeTrap()
                                                         : TakeFailure(*store_, kind));
    return out;
  }

 private:
  using Params = Sequence<std::decay_t<Args>...>;
  TypedFunction(runtime::Store& store, const Function& function)
      : store_(&store), function_(&function) {}

  TrapKind Run(typename Typed<R>::Value* out, const Args&... args) const {
    const CanonOptions& lift = function_->lift;
    runtime::Store& store = *store_;
    called_ = false;
    if (!Enter(function_->entered_by_host)) [[unlikely]]
      return FailCannotEnter(store);
    const FreshContext fresh(*lift.instance);
    BorrowScope scope;
    Lenders lenders;
    TypedContext c{store, lift, lenders, scope};
    uint64_t flat[Params::kSlots <= kMaxFlatParams && Params::kSlots != 0 ? Params::kSlots : 1];
    const auto tie = std::tie(args...);
    const auto part = [&]<size_t i>() -> const auto& { return std::get<i>(tie); };
    TrapKind trap = TrapKind::kNone;
    if constexpr (Params::kSlots <= kMaxFlatParams) {
      trap = Params::Lower(c, Slots{flat}, handles_.data(), part);
    } else {
      const Layout layout = Params::Mem(c.is_64);
      uint8_t* const p = Allocate(store, lift, layout.size, layout.align, Pointee::kTuple,
                                  Border::kHost, &flat[0], &trap);
      if (p == nullptr) return trap;
      trap = Params::Lower(c, Memory{p}, handles_.data(), part);
    }
    if (trap != TrapKind::kNone) [[unlikely]]
      return trap;

    uint64_t result = 0;
    uint64_t* const frame = store.PrepareCall(function_->core);
    if (frame != nullptr) {
      const uint32_t count = function_->core->param_slots;
#pragma clang loop vectorize(disable) unroll(disable)
      for (uint32_t i = 0; i < count; ++i) frame[i] = flat[i];
    }
    if (!store.CallInPlace(function_->core, frame, nullptr)) [[unlikely]] {
      called_ = true;
      return TrapKind::kHostError;
    }
    if (trap = CheckBorrows(store, scope); trap != TrapKind::kNone) return trap;
    if constexpr (!std::is_void_v<R>) {
      result = frame[0];
      const Handles handles = handles_.data() + Params::kHandles;
      if constexpr (Abi<R>::kSlots <= kMaxFlatResults) {
        trap = Abi<R>::Lift(c, Slots{&result}, handles, out);
      } else {
        const Layout layout = Abi<R>::Mem(c.is_64);
        uint8_t* const p = CheckRange(store, lift, FlatAddress(result, c.is_64), layout.size,
                                      layout.align, Pointee::kTuple, Border::kHost);
        if (p == nullptr) return TrapKind::kHostError;
        trap = Abi<R>::Lift(c, Memory{p}, handles, out);
      }
      if (trap != TrapKind::kNone) return trap;
    }
    trap = RunPostReturn(store, lift, &result);
    if (trap == TrapKind::kNone) Leave(function_->entered_by_host);
    return trap;
  }

  runtime::Store* store_;
  const Function* function_;
  std::vector<const ResourceType*> handles_;
  mutable bool called_ = false;  // the failure was the core function's own: the store has its trap
};

}  // namespace airwasm::component::canon
