// The hash chain: each line carries the hash of the one before, so that no line can be changed,
// taken out or put in without all lines after it being written anew; and the head file (head.h)
// knows the last one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/sha256.h"

namespace airwasm::security::audit {

// SHA-256 of a line without its newline. Before the first line of a log stands Digest{}.
// FAST: most of what a record costs the writer, and processors have instructions for it
// (security_audit_bench, Hash).
inline Digest HashOf(std::string_view line) {
  return Sha256({AsBytes(line)});
}
// BLAKE2b-256 with a key, which tells who wrote the text.
Digest KeyedHashOf(std::string_view text, const Digest& key);

// Of kDigestTextBytes lower case hexadecimal digits.
std::optional<Digest> ParseHex(std::string_view text);

// Where a chain has got to.
struct Link {
  uint64_t seq = 0;  // of the last line; lines count from 1
  Digest hash{};     // of that line
  bool operator==(const Link&) const = default;
};

}  // namespace airwasm::security::audit
