#include "airwasm/guarded_component.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "wasi/host/guard_store.h"
#include "wasi/host/guarded_func.h"

namespace airwasm {
namespace {

using internal::GuardedName;

// Stands for a dynamic function that the trampoline refuses.
TrapKind DenyDynamic(ComponentCall& call, void* env) {
  const GuardedName& name = *static_cast<const GuardedName*>(env);
  return component::abi::EndHostCall(call, internal::DenyGuarded(GuardOf(call), name));
}

// A call of a dynamic function, as one of a typed one.
using Around = component::abi::Wrapped<DynamicHostCall,
                                       absl::StatusOr<std::optional<Val>> (DynamicHostCall::*)(
                                           ComponentCall&, std::span<const Val>) const,
                                       internal::GuardedComponentCall>;

}  // namespace

namespace internal {

absl::StatusOr<GuardedName> NameGuarded(std::string_view instance, std::string_view name,
                                        const NeededClasses& classes) {
  const std::string_view unversioned = instance.substr(0, instance.find('@'));
  return NameGuarded(
      absl::StrCat(std::string(unversioned), unversioned.empty() ? "" : ".", std::string(name)),
      classes);
}

}  // namespace internal

absl::Status DefineGuardedDynamic(LinkerInstance place, std::string_view instance,
                                  std::string_view name, const NeededClasses& classes,
                                  DynamicHostCall f) {
  const absl::StatusOr<GuardedName> known = internal::NameGuarded(instance, name, classes);
  if (!known.ok()) return known.status();
  return place.DefineDynamic(name, DynamicHostCall(Around(std::move(f), *known)),
                             {.capabilities = known->classes, .denied = &DenyDynamic},
                             std::make_shared<GuardedName>(*known));
}

absl::Status DefineGuardedDynamic(ComponentLinker& linker, std::string_view instance,
                                  std::string_view name, const NeededClasses& classes,
                                  DynamicHostCall f) {
  return DefineGuardedDynamic(instance.empty() ? LinkerInstance(linker) : linker.Instance(instance),
                              instance, name, classes, std::move(f));
}

bool GuardAllows(const ComponentCall& call, security::CapabilitySet classes,
                 std::string_view object) {
  return GuardAllows(call.store, classes, object);
}
absl::Status GuardDenial(const ComponentCall& call) {
  return GuardDenial(call.store);
}
security::Guard* GuardOf(const ComponentCall& call) {
  return GuardOf(call.store);
}

}  // namespace airwasm
