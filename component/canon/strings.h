// The string encodings of the canonical ABI: checking them and turning one into another.
//
// Plain functions over bytes. UTF-16 is little-endian and need not be aligned. A decoder never
// reads past the end and a bad sequence yields U+FFFD, so the sizes below hold for any input; what
// decides whether a string may pass is Check.
// Spec: canonical ABI, load_string_from_range, store_string_into_range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace airwasm::component::canon {

enum class CodeUnits : uint8_t { kUtf8, kUtf16, kLatin1 };

// A string in someone's memory. `units` are code units: bytes, but pairs of bytes in UTF-16.
struct StringView {
  const uint8_t* data = nullptr;
  uint32_t units = 0;
  CodeUnits encoding = CodeUnits::kUtf8;
  bool tagged = false;  // comes from latin1+utf16: its UTF-16 form may hold a Latin-1 string
};

// The length of the longest prefix that is ASCII.
size_t AsciiPrefix(const uint8_t* data, size_t bytes);

// What the text takes at most in the host's encoding.
inline uint64_t MostUtf8Bytes(const StringView& string) {
  if (string.encoding == CodeUnits::kUtf8) return string.units;
  return uint64_t{string.units} * (string.encoding == CodeUnits::kUtf16 ? 3 : 2);
}
// The same text in the host's encoding.
std::string ToUtf8(const StringView& string);

// Empty, or what is wrong with it.
std::string_view CheckUtf8(const uint8_t* data, size_t bytes);
std::string_view CheckUtf16(const uint8_t* data, size_t units);

// Each writes to `out` and returns the code units written. Room that `out` must have, in bytes:
// Utf16ToUtf8 3 per unit, Latin1ToUtf8 2 per byte, Utf8ToUtf16 2 per byte, Latin1ToUtf16 2 per
// byte.
size_t Utf16ToUtf8(const uint8_t* data, size_t units, uint8_t* out);
size_t Latin1ToUtf8(const uint8_t* data, size_t bytes, uint8_t* out);
size_t Utf8ToUtf16(const uint8_t* data, size_t bytes, uint8_t* out);
void Latin1ToUtf16(const uint8_t* data, size_t bytes, uint8_t* out);

// Writes code points below 256 as bytes until it meets another one or the end. Returns the source
// units read, and the bytes written in `*written`; `out` has a byte per source unit.
size_t Utf8ToLatin1(const uint8_t* data, size_t bytes, uint8_t* out, size_t* written);
size_t Utf16ToLatin1(const uint8_t* data, size_t units, uint8_t* out, size_t* written);

}  // namespace airwasm::component::canon
