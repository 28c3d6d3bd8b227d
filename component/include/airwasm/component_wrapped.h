// Host functions of C++ types with something around each of their calls. Not for embedders: what
// guards their functions is made of this (guarded_component.h).
#pragma once

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_host_call.h"

namespace airwasm::component::abi {

// What a function with the result R returns through its wrapper: R, or a status that ends the
// guest.
template <typename R>
struct OrStatus {
  using Type = absl::StatusOr<R>;
};
template <typename R>
struct OrStatus<absl::StatusOr<R>> {
  using Type = absl::StatusOr<R>;
};
template <>
struct OrStatus<absl::Status> {
  using Type = absl::Status;
};
template <>
struct OrStatus<void> {
  using Type = absl::Status;
};

// What `body` returns, in that type.
template <typename R, typename Body>
typename OrStatus<R>::Type RunOrStatus(const Body& body) {
  if constexpr (std::is_void_v<R>) {
    body();
    return absl::OkStatus();
  } else {
    return body();
  }
}

// A callable of the same parameters as F, whose call operator has the type Op. Around<F, R> is what
// stands around it: it holds `f_`, and has Run(call, body), which returns OrStatus<R>; with
// `capabilities` and Denied(call) it is guarded (MakeTypedHost).
template <typename F, typename Op, template <typename, typename> class Around>
class Wrapped;
template <typename F, typename C, typename R, typename... Args,
          template <typename, typename> class Around>
class Wrapped<F, R (C::*)(ComponentCall&, Args...) const, Around> : public Around<F, R> {
 public:
  using Around<F, R>::Around;
  typename OrStatus<R>::Type operator()(ComponentCall& call, Args... args) const {
    return this->Run(call, [&]() -> R { return this->f_(call, static_cast<Args&&>(args)...); });
  }
};
template <typename F, typename C, typename R, typename... Args,
          template <typename, typename> class Around>
class Wrapped<F, R (C::*)(Args...) const, Around> : public Around<F, R> {
 public:
  using Around<F, R>::Around;
  typename OrStatus<R>::Type operator()(ComponentCall& call, Args... args) const {
    return this->Run(call, [&]() -> R { return this->f_(static_cast<Args&&>(args)...); });
  }
};

}  // namespace airwasm::component::abi
