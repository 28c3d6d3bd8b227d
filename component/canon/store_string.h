// Strings out of and into a guest's memory.
//
// The order and sizes of realloc calls are observable and follow the specification to the letter.
// Spec: canonical ABI, load_string_from_range, store_string_into_range.
#pragma once

#include <cstdint>

#include "component/canon/rules.h"
#include "component/canon/strings.h"

namespace airwasm::component::canon {

// The string at `address`, checked whole. The view is good until the guest runs.
TrapKind LoadString(runtime::Store& store, const CanonOptions& options, uint64_t address,
                    uint64_t tagged_units, Border border, StringView* string);

// Puts a string, which has been checked, where the guest's realloc says.
TrapKind StoreString(runtime::Store& store, const CanonOptions& options, const StringView& string,
                     Border border, uint64_t* address, uint64_t* tagged_units);

}  // namespace airwasm::component::canon
