#include "wasi/host/guarded_func.h"

#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "security/base/function_name.h"
#include "security/policy/object_text.h"
#include "wasi/host/guard_store.h"

namespace airwasm {

using internal::GuardedName;
using security::Capability;
using security::CapabilitySet;
using security::Guard;

namespace {

// The environment of a guarded function, around its own.
struct GuardedFunc {
  GuardedName name;
  TrapKind (*call)(runtime::HostCall&);
  std::shared_ptr<void> env;
};

TrapKind Deny(runtime::HostCall& call) {
  const GuardedFunc& self = *static_cast<const GuardedFunc*>(call.env);
  return internal::FailHostCall(
      call, Trap(internal::DenyGuarded(GuardOf(*internal::StoreOf(call)), self.name)));
}

TrapKind CallGuarded(runtime::HostCall& call) {
  const GuardedFunc& self = *static_cast<const GuardedFunc*>(call.env);
  Guard* const guard = GuardOf(*internal::StoreOf(call));
  // Where the host calls a function that a guest has exported, no trampoline has asked.
  if (guard != nullptr && internal::LacksAll(*guard, self.name)) [[unlikely]]
    return Deny(call);
  const Guard::Call decisions(guard, self.name.function, self.name.classes);
  if (!decisions.allowed()) [[unlikely]]
    return internal::FailHostCall(call, Trap(absl::PermissionDeniedError(guard->denial())));
  runtime::HostCall inner{call.store, call.caller, call.slots, self.env.get()};
  const TrapKind kind = self.call(inner);
  // What the function returned, or how it failed, is not for the guest any more.
  if (decisions.ends_guest()) [[unlikely]]
    return internal::FailHostCall(call, Trap(absl::PermissionDeniedError(guard->denial())));
  return kind;
}

absl::StatusOr<CapabilitySet> OfBits(CapabilitySet set) {
  const CapabilitySet known = (CapabilitySet{1} << security::NumCapabilities()) - 1;
  if (set == 0 || (set & ~known) != 0)
    return absl::InvalidArgumentError("a guarded function has capabilities, and no other bits");
  return set;
}

absl::StatusOr<CapabilitySet> OfNames(std::string_view names) {
  CapabilitySet set = 0;
  for (const std::string& name :
       std::vector<std::string>(absl::StrSplit(std::string(names), ','))) {
    if (const std::optional<Capability> known = security::FindCapability(name)) {
      set |= security::SetOf(*known);
      continue;
    }
    const absl::StatusOr<Capability> registered = security::RegisterCapability(name);
    if (!registered.ok()) return registered.status();
    set |= security::SetOf(*registered);
  }
  return set;
}

}  // namespace

NeededClasses::NeededClasses(CapabilitySet set) : set_(OfBits(set)) {}
NeededClasses::NeededClasses(std::string_view names) : set_(OfNames(names)) {}

namespace internal {

absl::StatusOr<GuardedName> NameGuarded(std::string_view name, const NeededClasses& classes) {
  if (!classes.set().ok()) {
    return absl::Status(classes.set().status().code(),
                        absl::StrCat(std::string(name), ": ", classes.set().status().message()));
  }
  return GuardedName{security::RegisterFunction(name), *classes.set()};
}

absl::Status DenyGuarded(Guard* guard, const GuardedName& name) {
  // The embedder has set the store's word by itself (Store::SetCapabilities).
  if (guard == nullptr)
    return absl::PermissionDeniedError("the guest was not given the capability for this call");
  guard->DenyCall(name.function, name.classes);
  return absl::PermissionDeniedError(guard->denial());
}

}  // namespace internal

absl::Status DefineGuardedRaw(Linker& linker, std::string_view module, std::string_view name,
                              const FuncType& type, TrapKind (*call)(runtime::HostCall&),
                              std::shared_ptr<void> env, const NeededClasses& classes) {
  const absl::StatusOr<GuardedName> known =
      internal::NameGuarded(absl::StrCat(std::string(module), ".", std::string(name)), classes);
  if (!known.ok()) return known.status();
  auto func = std::make_shared<GuardedFunc>(GuardedFunc{*known, call, std::move(env)});
  return linker.DefineRaw(module, name, type, &runtime::Contained<&CallGuarded>, std::move(func),
                          {.capabilities = known->classes, .denied = &runtime::Contained<&Deny>});
}

bool GuardAllows(const runtime::Store& store, CapabilitySet classes, std::string_view object) {
  Guard* const guard = GuardOf(store);
  if (guard == nullptr) return true;
  if (classes == 0) return false;
  const auto first = static_cast<Capability>(std::countr_zero(classes));
  const absl::StatusOr<security::OwnedObject> parsed = security::OwnedObject::Parse(first, object);
  return guard->Allow(classes, parsed.ok() ? parsed->object() : security::Object::Name(object));
}

absl::Status GuardDenial(const runtime::Store& store) {
  const Guard* const guard = GuardOf(store);
  return guard == nullptr ? absl::OkStatus() : absl::PermissionDeniedError(guard->denial());
}

bool GuardAllows(const Caller& caller, CapabilitySet classes, std::string_view object) {
  return GuardAllows(*caller.store_impl(), classes, object);
}
absl::Status GuardDenial(const Caller& caller) {
  return GuardDenial(*caller.store_impl());
}
Guard* GuardOf(const Caller& caller) {
  return GuardOf(*caller.store_impl());
}

}  // namespace airwasm
