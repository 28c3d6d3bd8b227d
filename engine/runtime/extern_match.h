// Import matching, and types in words for its errors.
// Spec: core, valid/matching, "External Types".
#pragma once

#include <string>

#include "absl/status/status.h"
#include "engine/runtime/store.h"

namespace airwasm::runtime {

// Whether `imports` satisfy the imports of `module`, one by one and in order.
//
// Errors: FAILED_PRECONDITION  "unknown import" for one that is missing or null; "incompatible
// import type" with both types named
absl::Status MatchImports(const Module& module, std::span<const Extern> imports);

// The current type of an external value, concrete types by TypeId: "func [i32] -> [i64]",
// "memory 1..2 pages".
std::string DescribeExtern(const Extern& value, const TypeRegistry& types);
// The type that the module asks for.
std::string DescribeImportType(const Module& module, uint32_t import_index);

}  // namespace airwasm::runtime
