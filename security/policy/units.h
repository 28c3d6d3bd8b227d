// Numbers with units, as quotas and clock resolutions are written: whole numbers, and no space
// before the unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace airwasm::security {

// Null: not of that form, or more than fits.
std::optional<uint64_t> ParseCount(std::string_view text);
std::optional<uint64_t> ParseBytes(std::string_view text);  // "4096", "10kB", "64MiB", "1GiB"
std::optional<uint64_t> ParseDurationNs(
    std::string_view text);  // "10s", "200ms", "0s"; a unit is needed

// In the largest unit that the number is a multiple of.
std::string BytesText(uint64_t bytes);
std::string DurationText(uint64_t ns);

}  // namespace airwasm::security
