// SHA-256, for what must be named or checked so that nobody can make two of it: code on disk, the
// lines of an audit log. What is hashed comes from guests, so a plain checksum would not do.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace airwasm {

using Digest = std::array<uint8_t, 32>;

// Of the parts one after the other; the caller sees to it that they cannot be cut in another way.
// Spec: FIPS 180-4. Threads: any.
Digest Sha256(std::initializer_list<std::span<const uint8_t>> parts);

// Lower case hexadecimal digits.
inline constexpr size_t kDigestTextBytes = 2 * sizeof(Digest);
// Writes kDigestTextBytes and returns where they end.
char* WriteHex(const Digest& digest, char* to);
std::string ToHex(const Digest& digest);

inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace airwasm
