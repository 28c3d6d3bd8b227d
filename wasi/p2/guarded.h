// What stands around a function of WASI 0.2: its decisions belong together, and without its
// capability it is answered for.
//
// A guest without any of the capabilities asked for never gets to the function: the trampoline
// calls Denied instead. That returns the interface's own error where the function's result has one
// for it (DenialError), and ends the guest where it has none.
#pragma once

#include <concepts>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_wrapped.h"
#include "security/base/function_name.h"
#include "wasi/host/access.h"
#include "wasi/p2/context.h"

namespace airwasm::wasi::p2 {

// Sets of which one capability lets a guest call a function.
namespace asks {
using security::Capability;
using security::SetOf;
inline constexpr security::CapabilitySet kArgs = SetOf(Capability::kArgsRead);
inline constexpr security::CapabilitySet kEnv = SetOf(Capability::kEnvRead);
inline constexpr security::CapabilitySet kExit = SetOf(Capability::kExit);
inline constexpr security::CapabilitySet kStdio = SetOf(Capability::kStdio);
inline constexpr security::CapabilitySet kClock = SetOf(Capability::kClock);
inline constexpr security::CapabilitySet kWait = SetOf(Capability::kWait);
inline constexpr security::CapabilitySet kRandom = SetOf(Capability::kRandom);
inline constexpr security::CapabilitySet kLog = SetOf(Capability::kLog);
inline constexpr security::CapabilitySet kConfig = SetOf(Capability::kConfigRead);
inline constexpr security::CapabilitySet kKvRead = SetOf(Capability::kKvRead);
inline constexpr security::CapabilitySet kKvWrite = SetOf(Capability::kKvWrite);
inline constexpr security::CapabilitySet kKeyValue = kKvRead | kKvWrite;
inline constexpr security::CapabilitySet kFiles = host::kFileCapabilities;
inline constexpr security::CapabilitySet kNet = host::kNetCapabilities;
inline constexpr security::CapabilitySet kLookup = SetOf(Capability::kNetLookup);
inline constexpr security::CapabilitySet kHttpOut = SetOf(Capability::kHttpOut);
inline constexpr security::CapabilitySet kHttpIn = SetOf(Capability::kHttpIn);
inline constexpr security::CapabilitySet kHttp = kHttpOut | kHttpIn;
inline constexpr security::CapabilitySet kStreams = host::kStreamCapabilities;
// Whatever a guest may hold can be waited for.
inline constexpr security::CapabilitySet kPoll = kStreams | kWait | kLookup;
}  // namespace asks

// DenialError<E>::Make(context): the value of an interface's error type E that says "not allowed",
// or a StatusOr of it. Interfaces specialise it beside their error type.
template <typename E>
struct DenialError {};

template <>
struct DenialError<std::monostate> {
  static std::monostate Make(Context&) { return {}; }
};

// The result that says "not allowed"; a status where the type has none.
template <typename R>
struct DenialOf {
  static absl::StatusOr<R> Make(Context&, absl::Status status) { return status; }
};
template <>
struct DenialOf<absl::Status> {
  static absl::Status Make(Context&, absl::Status status) { return status; }
};
template <typename R>
struct DenialOf<absl::StatusOr<R>> : DenialOf<R> {};
template <typename T, typename E>
  requires requires(Context& context) { DenialError<E>::Make(context); }
struct DenialOf<WitResult<T, E>> {
  static absl::StatusOr<WitResult<T, E>> Make(Context& context, const absl::Status&) {
    absl::StatusOr<E> error = DenialError<E>::Make(context);
    if (!error.ok()) return error.status();
    return WitResult<T, E>::Err(*std::move(error));
  }
};

template <typename F, typename R>
class GuardedCall {
 public:
  using Ret = typename component::abi::OrStatus<R>::Type;

  // `fits`: what the record of a call says that asks about nothing (Guard::Describe); 0: the first
  // that is granted.
  GuardedCall(F f, security::CapabilitySet asked, security::FunctionId id,
              security::CapabilitySet fits = 0)
      : capabilities(asked), f_(std::move(f)), id_(id), fits_(fits) {}

  // For MakeTypedHost: the classes, and what stands for the function without them.
  const security::CapabilitySet capabilities;
  Ret Denied(HostCall& call) const {
    Context& context = Context::Of(call);
    security::Guard* const guard = context.guard();
    if (guard == nullptr)
      return absl::PermissionDeniedError("the guest was not given the capability for this call");
    const bool ends_guest = guard->DenyCall(id_, capabilities);
    const absl::Status denial = absl::PermissionDeniedError(guard->denial());
    if (ends_guest) return denial;
    return DenialOf<Ret>::Make(context, denial);
  }

 protected:
  template <typename Body>
  Ret Run(HostCall& call, const Body& body) const {
    Context& context = Context::Of(call);
    security::Guard* const guard = context.guard();
    const security::Guard::Call decisions(guard, id_, capabilities);
    if (!decisions.allowed()) [[unlikely]] {
      const absl::Status denial = absl::PermissionDeniedError(guard->denial());
      if (decisions.ends_guest()) return denial;
      return DenialOf<Ret>::Make(context, denial);
    }
    if (guard != nullptr && fits_ != 0) guard->Describe(fits_, {});
    // A body that finds no memory ends the guest, and nobody else.
    const auto run = [&]() -> Ret {
      try {
        return component::abi::RunOrStatus<R>(body);
      } catch (const std::bad_alloc&) {
        return absl::ResourceExhaustedError("the host has no memory for this call");
      }
    };
    Ret result = run();
    if (absl::Status used_up = context.EndsGuestForQuota(); !used_up.ok()) [[unlikely]]
      return used_up;
    if (decisions.ends_guest()) [[unlikely]]
      return absl::PermissionDeniedError(guard->denial());
    return result;
  }

  F f_;

 private:
  const security::FunctionId id_;
  const security::CapabilitySet fits_;
};

// A callable of the same parameters as F, whose call operator has the type Op.
template <typename F, typename Op>
using Guarded = component::abi::Wrapped<F, Op, GuardedCall>;

}  // namespace airwasm::wasi::p2
