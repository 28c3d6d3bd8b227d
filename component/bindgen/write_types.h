// The types of one namespace: declarations first, because methods may speak of types that come
// later, then names for types, classes of resources, and last what holds values of the others.
#pragma once

#include <vector>

#include "component/bindgen/type_text.h"
#include "component/bindgen/writer.h"

namespace airwasm::component::bindgen {

// `functions` are searched for the methods of resources.
void WriteTypes(const wit::Document& document, std::vector<wit::TypeId> list,
                const std::vector<const wit::Function*>& functions, const Scope& scope,
                TypeText& types, Writer& out);

}  // namespace airwasm::component::bindgen
