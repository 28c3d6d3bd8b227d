// Wiping what a guest has written, for the next one: the few pages it touched are restored in
// place, so that the next guest neither finds old data nor faults them in again.
#pragma once

#include <cstdint>
#include <span>

namespace airwasm::runtime {

// Makes [base, base + bytes) look untouched: zero, or where a file is mapped copy-on-write at the
// start, the first bytes of that file, `image`. Both are whole host pages.
void ResetPages(uint8_t* base, uint64_t bytes, std::span<const uint8_t> image);

}  // namespace airwasm::runtime
