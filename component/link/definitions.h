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

// Whether a function of the host fits a type; the resources in it are bound already.
using AcceptsType =
    std::function<bool(const TypeTable& types, FuncTypeId type, canon::ResolveResource resolve)>;

struct HostFuncDefinition {
  HostFunc func;
  AcceptsType accepts;  // empty: any type
  std::string type;     // in the words of WIT, for errors
};

// An exported function of an instance in the same store.
struct LinkedFuncDefinition {
  LinkedInstance* instance = nullptr;
  FuncItem item;
  FuncTypeId type = 0;  // of the instance's component
};

struct InstanceDefinition;
using Definition = std::variant<std::shared_ptr<HostFuncDefinition>, LinkedFuncDefinition,
                                const canon::ResourceType*, std::shared_ptr<runtime::Module>,
                                std::shared_ptr<InstanceDefinition>>;

struct InstanceDefinition {
  std::map<std::string, Definition, std::less<>> items;
};

// All exports of an instance as definitions.
std::shared_ptr<InstanceDefinition> DefinitionsOf(LinkedInstance& instance,
                                                  const ExportedInstance& exports);

}  // namespace airwasm::component::link
