// SHA-256, for names and checksums of code on disk. What is hashed comes from guests, so a plain
// checksum would not do: two modules that share a name would run each other's code.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace airwasm::tier {

using Digest = std::array<uint8_t, 32>;

// Of the parts one after the other; the caller sees to it that they cannot be cut in another way.
// Spec: FIPS 180-4. Threads: any.
Digest Sha256(std::initializer_list<std::span<const uint8_t>> parts);
// False: this build has no library for it. Then nothing may be read from or written to disk.
bool HasSha256();

std::string ToHex(const Digest& digest);
inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace airwasm::tier
