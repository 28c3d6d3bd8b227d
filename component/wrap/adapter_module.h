// Adapters, cut down to what a component uses of them.
//
// Two kinds are known. Ours has a memory of its own and reaches the main module's through imports
// from "__adapter__" (helper_modules.h, BridgeModule). The common kind works in the main module's
// memory, which it imports from "env"; its stack and state have to be allocated there: its global
// `__stack_pointer` is set, at the first call of any export, to the end of a block that
// `cabi_realloc` of the main module yields.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/syntax/module.h"

namespace airwasm::component::wrap {

inline constexpr std::string_view kMainModule = "__main_module__";
inline constexpr std::string_view kBridge = "__adapter__";

// The module with the functions that are exported under a name that `keep` accepts, those they lead
// to, and the imports of functions that these call. Custom sections are left out. Memories, tables,
// globals and their exports stay.
// Errors: INVALID_ARGUMENT: a body is malformed.
absl::StatusOr<std::vector<uint8_t>> PruneAdapter(
    const airwasm::syntax::Module& module, const std::function<bool(std::string_view)>& keep);

}  // namespace airwasm::component::wrap
