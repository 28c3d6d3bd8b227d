// What the canonical ABI says of one value type, computed from the facts of its parts.
//
// Internal to this folder; TypeTable calls it once per type.
#pragma once

#include "component/types/value_types.h"

namespace airwasm::component {

TypeFacts FactsOf(PrimType prim);
// Parts are types of `types`. Sizes stop at limits::kValueBytes, node counts at UINT64_MAX.
TypeFacts FactsOf(const TypeTable& types, const DefinedType& type);

}  // namespace airwasm::component
