// What a host offers to components, by name: functions, resources, core modules, instances of them,
// and exports of other component instances.
//
// Plain data. An instance's items are looked up by their exact names; the names of the outermost
// ones are looked up with versions (resolve.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "component/link/instance.h"

namespace airwasm::component::link {

// Makes the function of the host that an import of this type is bound to; all resources of the type
// are bound already. An error says why the type does not fit.
using MakeHostFunc = std::function<absl::StatusOr<std::unique_ptr<canon::Function>>(
    const TypeTable& types, FuncTypeId type, canon::ResolveResource resolve)>;

struct HostFuncDefinition {
  MakeHostFunc make;
};

// An exported function of an instance in the same store.
struct LinkedFuncDefinition {
  LinkedInstance* instance = nullptr;
  FuncItem item;
  FuncTypeId type = 0;  // of the instance's component
};

struct ResourceDefinition {
  const canon::ResourceType* type = nullptr;
  std::shared_ptr<const void> owner;   // of a host's
  LinkedInstance* instance = nullptr;  // of a component's
};

struct InstanceDefinition;
using Definition =
    std::variant<HostFuncDefinition, LinkedFuncDefinition, ResourceDefinition,
                 std::shared_ptr<runtime::Module>, std::shared_ptr<InstanceDefinition>>;

struct InstanceDefinition {
  std::map<std::string, Definition, std::less<>> items;
};

// All exports of an instance as definitions.
std::shared_ptr<InstanceDefinition> DefinitionsOf(LinkedInstance& instance,
                                                  const ExportedInstance& exports);

}  // namespace airwasm::component::link
