// Limits on everything that input can declare. The numbers are those of the JS API's
// "Implementation limits" section, so that a module that a browser accepts is accepted here too;
// where that section is silent, the origin is said beside the number.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airwasm::limits {

inline constexpr size_t kModuleBytes = size_t{1} << 30;
inline constexpr uint32_t kTypes = 1'000'000;
inline constexpr uint32_t kRecGroupTypes = 1'000'000;
inline constexpr uint32_t kSubtypingDepth = 63;
inline constexpr uint32_t kFunctions = 1'000'000;
inline constexpr uint32_t kImports = 1'000'000;
inline constexpr uint32_t kExports = 1'000'000;
inline constexpr uint32_t kGlobals = 1'000'000;
inline constexpr uint32_t kTags = 1'000'000;
inline constexpr uint32_t kDataSegments = 100'000;
inline constexpr uint32_t kElemSegments = 10'000'000;
inline constexpr uint32_t kElemSegmentItems = 10'000'000;
inline constexpr uint32_t kTables = 100'000;
inline constexpr uint32_t kMemories = 100;
inline constexpr uint64_t kTableElements = 10'000'000;  // at run time: per table
inline constexpr uint32_t kFunctionBytes = 7'654'321;
inline constexpr uint32_t kLocals = 50'000;  // params included
inline constexpr uint32_t kParams = 1'000;
inline constexpr uint32_t kResults = 1'000;
inline constexpr uint32_t kStructFields = 10'000;
inline constexpr uint32_t kArrayNewFixed = 10'000;
inline constexpr uint32_t kTryTableCatches = 10'000;  // ours: bounded like array.new_fixed
inline constexpr uint32_t kNameBytes = 100'000;       // import, export and custom section names
inline constexpr uint32_t kBlockDepth =
    1'000'000;  // ours: control stacks are heap-allocated, a body is at most 7.6 MB
inline constexpr uint32_t kOperandStack =
    1'000'000;  // ours: a call of two bytes pushes up to 1,000 results
inline constexpr uint32_t kTextNesting =
    10'000;  // ours: folded expressions and nested parentheses of text input
inline constexpr uint64_t kMemory32Pages = 65'536;
inline constexpr uint64_t kMemory64Bytes =
    uint64_t{1} << 34;  // 16 GiB, JS API; larger declared maxima are accepted, growth stops here

}  // namespace airwasm::limits
