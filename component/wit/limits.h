// Limits on WIT, beside those of components (component/types/limits.h). All of them are ours: the
// common tools have none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airwasm::component::wit {

inline constexpr size_t kSourceBytes = size_t{16} << 20;  // of one file
inline constexpr uint32_t kFiles = 10'000;                // of one run
inline constexpr uint32_t kTypes = 1'000'000;             // with unnamed ones
// Imports and exports of all worlds together: worlds that include one another can be of quadratic
// size in that of the text.
inline constexpr uint32_t kWorldItems = 1'000'000;
inline constexpr size_t kPrintBytes = size_t{64} << 20;  // of one document as text

}  // namespace airwasm::component::wit
