// An instance that is exported: functions of the component under the names and types of an
// interface.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "component/wit/definitions.h"
#include "component/wit/encode_types.h"
#include "component/wit/model.h"

namespace airwasm::component::wrap {

// The index of the instance. Types of an export need names, which they can only get by being
// exported or imported; so a nested component imports the functions and the types, and exports them
// under their names. `functions`: those of the interface, in its order. `outer` says which type the
// component itself has for one with a name.
uint32_t InstanceOfInterface(const wit::Document& document, wit::InterfaceId id,
                             const std::vector<uint32_t>& functions,
                             wit::TypeEncoder::Resolver outer, wit::Definitions& out,
                             std::deque<std::string>& strings);

}  // namespace airwasm::component::wrap
