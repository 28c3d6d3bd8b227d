// Host functions of the embedder's that a guard decides about, as it does about those of WASI.
//
//   DefineGuarded(linker, "shop", "order", "shop.order",
//                 [](Caller& caller, int32_t item) -> Result<int32_t> {
//                   if (!GuardAllows(caller, kOrder, NameOf(item)))
//                     return Trap(GuardDenial(caller));
//                   return Order(item);
//                 });
//   GuardStore(store, guard);
//
// A guest that was granted none of a function's classes does not reach it: the call traps with
// PERMISSION_DENIED and says which rule was missing or denied it. Each call is on record once, as
// "MODULE.NAME": for each object that the function asks about (GuardAllows), else for its classes
// as a whole. With Guard::Options::trap_on_deny an object that was denied ends the guest, whatever
// the function returns. Guests of a store without a guard call the function as one of
// Linker::Define, and nothing is recorded. Functions of components: guarded_component.h.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/guard.h"
#include "airwasm/guard_store.h"
#include "airwasm/linker.h"

namespace airwasm {

// The classes of which a guest needs one: as bits, or as names with commas between,
// "fs.read,shop.order". What is not built in becomes a class of the embedder's
// (security::RegisterCapability).
class NeededClasses {
 public:
  NeededClasses(security::CapabilitySet set);
  NeededClasses(security::Capability c) : set_(security::SetOf(c)) {}
  NeededClasses(std::string_view names);
  NeededClasses(const char* names) : NeededClasses(std::string_view(names)) {}

  // Errors: INVALID_ARGUMENT    none, a bit that is no class, or a name that can be none
  //         RESOURCE_EXHAUSTED  there are as many classes as there can be
  const absl::StatusOr<security::CapabilitySet>& set() const { return set_; }

 private:
  absl::StatusOr<security::CapabilitySet> set_;
};

namespace internal {

// A guarded function as its guard knows it.
struct GuardedName {
  security::FunctionId function = 0;
  security::CapabilitySet classes = 0;
};
// Errors: those of NeededClasses::set, with `name` before them.
absl::StatusOr<GuardedName> NameGuarded(std::string_view name, const NeededClasses& classes);
// Whether the word has none of the classes.
inline bool LacksAll(const security::Guard& guard, const GuardedName& name) {
  return (guard.word().load(std::memory_order_relaxed) & name.classes) == 0;
}
// Records that a guest has none of the classes; the status ends it. `guard` may be null.
absl::Status DenyGuarded(security::Guard* guard, const GuardedName& name);

}  // namespace internal

// As Linker::DefineRaw, for a function that needs one of `classes`.
//
// Errors: those of NeededClasses::set, with the function's name before them
//         ALREADY_EXISTS  the name is taken, and Linker::AllowShadowing is off
absl::Status DefineGuardedRaw(Linker& linker, std::string_view module, std::string_view name,
                              const FuncType& type, TrapKind (*call)(runtime::HostCall&),
                              std::shared_ptr<void> env, const NeededClasses& classes);

// As Linker::Define, likewise.
template <typename F>
absl::Status DefineGuarded(Linker& linker, std::string_view module, std::string_view name,
                           const NeededClasses& classes, F f) {
  using Thunk = internal::ThunkFor<F, decltype(&F::operator())>;
  return DefineGuardedRaw(linker, module, name, Thunk::Type(), &Thunk::Call,
                          std::make_shared<F>(std::move(f)), classes);
}
template <typename R, typename... Args>
absl::Status DefineGuarded(Linker& linker, std::string_view module, std::string_view name,
                           const NeededClasses& classes, R (*f)(Args...)) {
  return DefineGuarded(linker, module, name, classes,
                       [f](Args... args) -> R { return f(static_cast<Args>(args)...); });
}

// For guarded functions, while they run: whether the guest may do what one of `classes` says, to
// this object, written as `airwasm policy explain` takes it behind the colon: a name for registered
// classes, else a path, "db.internal:5432", "GET https://h/p". What is none of the class's objects
// is denied. The decision is recorded. True in stores without a guard.
bool GuardAllows(const Caller& caller, security::CapabilitySet classes, std::string_view object);
// What was denied last, as PERMISSION_DENIED; OK in stores without a guard.
absl::Status GuardDenial(const Caller& caller);

// The guard of the calling guest's store, for what GuardAllows does not say; null if it has none.
security::Guard* GuardOf(const Caller& caller);

}  // namespace airwasm
