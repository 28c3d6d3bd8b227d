// Host functions of the embedder's for components, which a guard decides about: what guarded_func.h
// is for those of modules.
//
//   DefineGuarded(linker, "acme:shop/orders@1.0.0", "place", "shop.order",
//                 [](ComponentCall& call, std::string_view item) -> absl::StatusOr<uint32_t> {
//                   if (!GuardAllows(call, kOrder, item)) return GuardDenial(call);
//                   return Place(item);
//                 });
//
// The record calls it "acme:shop/orders.place". A denied call ends the guest before anything of its
// arguments is looked at, also where the function's type has a result for errors: a function that
// returns one of these asks for its object and answers for it.
#pragma once

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "airwasm/component_linker.h"
#include "airwasm/component_wrapped.h"
#include "airwasm/guarded_func.h"

namespace airwasm {

// As for a Caller.
bool GuardAllows(const ComponentCall& call, security::CapabilitySet classes,
                 std::string_view object);
absl::Status GuardDenial(const ComponentCall& call);
security::Guard* GuardOf(const ComponentCall& call);

namespace internal {

// "acme:shop/orders@1.0.0" and "place" are "acme:shop/orders.place".
absl::StatusOr<GuardedName> NameGuarded(std::string_view instance, std::string_view name,
                                        const NeededClasses& classes);

// What stands around a function of component_linker.h that returns R.
template <typename F, typename R>
class GuardedComponentCall {
 public:
  using Ret = typename component::abi::OrStatus<R>::Type;

  GuardedComponentCall(F f, const GuardedName& name)
      : capabilities(name.classes), f_(std::move(f)), name_(name) {}

  // For MakeTypedHost: the classes, and what stands for the function without them.
  const security::CapabilitySet capabilities;
  Ret Denied(ComponentCall& call) const { return DenyGuarded(GuardOf(call), name_); }

 protected:
  template <typename Body>
  Ret Run(ComponentCall& call, const Body& body) const {
    security::Guard* const guard = GuardOf(call);
    // Where the host calls a function that a guest has exported, no trampoline has asked.
    if (guard != nullptr && LacksAll(*guard, name_)) [[unlikely]]
      return DenyGuarded(guard, name_);
    const security::Guard::Call decisions(guard, name_.function, name_.classes);
    if (!decisions.allowed()) [[unlikely]]
      return GuardDenial(call);
    Ret result = component::abi::RunOrStatus<R>(body);
    // What the function returned is not for the guest any more.
    if (decisions.ends_guest()) [[unlikely]]
      return GuardDenial(call);
    return result;
  }

  F f_;

 private:
  const GuardedName name_;
};

}  // namespace internal

// As LinkerInstance::Define, for a function that needs one of `classes`. `instance` is what the
// record calls the place in which it is defined; a version, behind "@", is left out of it.
//
// Errors: those of NeededClasses::set, with the function's name before them
//         ALREADY_EXISTS  the name is taken
template <typename F>
absl::Status DefineGuarded(LinkerInstance place, std::string_view instance, std::string_view name,
                           const NeededClasses& classes, F f) {
  using Function =
      component::abi::Wrapped<F, decltype(&F::operator()), internal::GuardedComponentCall>;
  const absl::StatusOr<internal::GuardedName> known =
      internal::NameGuarded(instance, name, classes);
  if (!known.ok()) return known.status();
  return place.Define(name, Function(std::move(f), *known));
}
// As LinkerInstance::DefineDynamic, likewise.
absl::Status DefineGuardedDynamic(LinkerInstance place, std::string_view instance,
                                  std::string_view name, const NeededClasses& classes,
                                  DynamicHostCall f);

// Of an imported instance; "" is the component's own imports.
template <typename F>
absl::Status DefineGuarded(ComponentLinker& linker, std::string_view instance,
                           std::string_view name, const NeededClasses& classes, F f) {
  return DefineGuarded(instance.empty() ? LinkerInstance(linker) : linker.Instance(instance),
                       instance, name, classes, std::move(f));
}
absl::Status DefineGuardedDynamic(ComponentLinker& linker, std::string_view instance,
                                  std::string_view name, const NeededClasses& classes,
                                  DynamicHostCall f);

}  // namespace airwasm
