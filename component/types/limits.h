// Limits on everything that a component can declare, beside those of core modules
// (engine/base/limits.h). The numbers are those that the common toolchains and engines use, so that
// a component which they accept is accepted here too; where they are silent, the origin is said
// beside the number.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airwasm::component::limits {

inline constexpr size_t kComponentBytes = size_t{1} << 30;
inline constexpr uint32_t kComponentNesting = 100;  // components in components
inline constexpr uint32_t kTypeNesting = 100;       // type constructors, component types in types
inline constexpr uint64_t kTypeSize = 1'000'000;    // nodes of one type, written out
inline constexpr uint32_t kTypes = 1'000'000;
inline constexpr uint32_t kFunctions = 1'000'000;
inline constexpr uint32_t kImports = 1'000'000;
inline constexpr uint32_t kExports = 1'000'000;
inline constexpr uint32_t kValues = 1'000;
inline constexpr uint32_t kModules = 1'000;
inline constexpr uint32_t kComponents = 1'000;
inline constexpr uint32_t kInstances = 1'000;    // core instances too, each
inline constexpr uint32_t kTypeDecls = 100'000;  // of a component, instance or module type
inline constexpr uint32_t kFields = 10'000;      // record fields, cases, tuple parts, enum labels
inline constexpr uint32_t kParams = 1'000;
inline constexpr uint32_t kFlags = 1'000;  // of the format; validation allows 32
inline constexpr uint32_t kInstantiateArgs = 100'000;
inline constexpr uint32_t kInlineExports = 100'000;
inline constexpr uint32_t kCanonOptions = 10;
inline constexpr uint32_t kStartArgs = 1'000;
inline constexpr uint32_t kNameBytes = 100'000;
inline constexpr uint32_t kNameAttributes = 10;  // ours: each kind may stand once

// Ours: of one outermost component with all that is nested in it, so that its syntax tree takes
// less than 512 MiB whatever the bytes claim.
inline constexpr uint32_t kDefinitions = 1'000'000;
inline constexpr uint32_t kItems = 4'000'000;  // elements of the lists inside definitions
inline constexpr uint32_t kNames = 1'000'000;  // kept of component-name sections

// Of validation.
inline constexpr uint32_t kTables = 1'000;    // core tables of one component
inline constexpr uint32_t kMemories = 1'000;  // core memories of one component
inline constexpr uint32_t kValidFlags = 32;   // labels; canonical ABI, "Alignment"
// Canonical ABI, "Element Size": in memory, every value type is smaller than this.
inline constexpr uint32_t kValueBytes = uint32_t{1} << 28;
// Ours: what validation may spend on copying and comparing types, summed over the outermost
// component: one for each entry that is looked at, EntryWork for each that is copied. Keeps types
// below some 200 MiB. A component of ordinary shape needs a fraction of it.
inline constexpr uint64_t kTypeWork = 20'000'000;
constexpr uint64_t EntryWork(size_t name_bytes) {
  return 32 + name_bytes / 4;
}

}  // namespace airwasm::component::limits
