// The small core modules that a component needs beside the given ones. They are written as text, so
// that they can be read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "airwasm/types.h"

namespace airwasm::component::wrap {

// An import that needs the memory of the module that imports it cannot be made before that module
// is instantiated. So the module gets a function of the shim instead, which calls through a table;
// the fixup fills the table once everything is there.
//
// The shim exports functions "0", "1", ... and the table "$imports"; the fixup imports all of them
// from "". `slots` have numeric parameters and results.
std::vector<uint8_t> ShimModule(std::span<const airwasm::FuncType> slots);
std::vector<uint8_t> FixupModule(std::span<const airwasm::FuncType> slots);

// Calls the function that it imports from "" "".
std::vector<uint8_t> StartModule();

// `cabi_realloc` for adapters in a module that has none: pages of the memory that it imports from
// "env" "memory", which are never freed.
std::vector<uint8_t> ReallocModule();

// A memory of `pages` pages for an adapter that keeps out of the main module's, whose allocator may
// take every page for its own; "copy-in" and "copy-out" (to, from, count) copy between that, which
// it imports from "main" "memory", and its own, which it exports as "memory".
// Without `uses_main` there is only its own.
std::vector<uint8_t> BridgeModule(uint64_t pages, bool uses_main);

}  // namespace airwasm::component::wrap
