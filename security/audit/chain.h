// The hash chain: each line carries the hash of the one before, so that no line can be changed,
// taken out or put in without all lines after it being written anew; and the head file (head.h)
// knows the last one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace airwasm::security::audit {

using Digest = std::array<uint8_t, 32>;

// BLAKE2b-256 of a line without its newline. Before the first line of a log stands Digest{}.
Digest HashOf(std::string_view line);
// With a key it tells who wrote the text.
Digest KeyedHashOf(std::string_view text, const Digest& key);

inline constexpr size_t kDigestTextBytes = 2 * sizeof(Digest);
// Lower case hexadecimal digits; returns where they end.
char* WriteHex(const Digest& digest, char* to);
std::optional<Digest> ParseHex(std::string_view text);

// Where a chain has got to.
struct Link {
  uint64_t seq = 0;  // of the last line; lines count from 1
  Digest hash{};     // of that line
  bool operator==(const Link&) const = default;
};

}  // namespace airwasm::security::audit
