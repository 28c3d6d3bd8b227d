// Checking and transcoding strings.
#include "component/canon/strings.h"

#include <cstring>

#include "component/canon/rules.h"

namespace airwasm::component::canon {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

uint16_t Unit(const uint8_t* data, size_t i) {
  return LoadAs<uint16_t>(data + 2 * i);
}
void PutUnit(uint8_t*& out, uint32_t unit) {
  StoreAs<uint16_t>(out, static_cast<uint16_t>(unit));
  out += 2;
}
constexpr bool IsHigh(uint32_t unit) {
  return (unit & 0xFC00) == 0xD800;
}
constexpr bool IsLow(uint32_t unit) {
  return (unit & 0xFC00) == 0xDC00;
}
constexpr bool IsContinuation(uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

enum class Decoded : uint8_t { kFine, kInvalid, kIncomplete };

// Reads the code point at data[i] and moves i behind it; i < bytes. A bad sequence moves i by one.
// The second byte's range shuts out overlong forms, surrogates and what lies above U+10FFFF.
Decoded NextUtf8(const uint8_t* data, size_t bytes, size_t& i, char32_t& c) {
  const uint8_t lead = data[i];
  const size_t start = i++;
  c = kReplacement;
  if (lead < 0x80) {
    c = lead;
    return Decoded::kFine;
  }
  if (lead < 0xC2 || lead > 0xF4) return Decoded::kInvalid;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (bytes - start < 2) return Decoded::kIncomplete;
  const uint8_t second = data[start + 1];
  if (second < low || second > high) return Decoded::kInvalid;
  char32_t value = (lead & (0xFF >> (length + 1))) << 6 | (second & 0x3F);
  for (size_t k = 2; k < length; ++k) {
    if (start + k >= bytes) return Decoded::kIncomplete;
    const uint8_t next = data[start + k];
    if (!IsContinuation(next)) return Decoded::kInvalid;
    value = value << 6 | (next & 0x3F);
  }
  c = value;
  i = start + length;
  return Decoded::kFine;
}

// The same for UTF-16.
Decoded NextUtf16(const uint8_t* data, size_t units, size_t& i, char32_t& c) {
  const uint32_t unit = Unit(data, i++);
  c = unit;
  if (!IsHigh(unit) && !IsLow(unit)) return Decoded::kFine;
  c = kReplacement;
  if (IsLow(unit) || i == units || !IsLow(Unit(data, i))) return Decoded::kInvalid;
  c = 0x10000 + ((unit & 0x3FF) << 10 | (Unit(data, i++) & 0x3FF));
  return Decoded::kFine;
}

void PutUtf8(uint8_t*& out, char32_t c) {
  if (c < 0x80) {
    *out++ = static_cast<uint8_t>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<uint8_t>(0xC0 | c >> 6);
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *out++ = static_cast<uint8_t>(0xE0 | c >> 12);
    *out++ = static_cast<uint8_t>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  } else {
    *out++ = static_cast<uint8_t>(0xF0 | c >> 18);
    *out++ = static_cast<uint8_t>(0x80 | (c >> 12 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  }
}

constexpr uint64_t kNonAscii8 = 0x8080'8080'8080'8080;

}  // namespace

size_t AsciiPrefix(const uint8_t* data, size_t bytes) {
  size_t i = 0;
  // FAST: 32 bytes a step; the compiler makes vector loads of them (bench: component strings).
  for (; bytes - i >= 32; i += 32) {
    const uint64_t any = LoadAs<uint64_t>(data + i) | LoadAs<uint64_t>(data + i + 8) |
                         LoadAs<uint64_t>(data + i + 16) | LoadAs<uint64_t>(data + i + 24);
    if ((any & kNonAscii8) != 0) break;
  }
  for (; bytes - i >= 8; i += 8) {
    if ((LoadAs<uint64_t>(data + i) & kNonAscii8) != 0) break;
  }
  while (i < bytes && data[i] < 0x80) ++i;
  return i;
}

std::string_view CheckUtf8(const uint8_t* data, size_t bytes) {
  size_t i = AsciiPrefix(data, bytes);
  while (i < bytes) {
    char32_t c = 0;
    switch (NextUtf8(data, bytes, i, c)) {
      case Decoded::kFine:
        break;
      case Decoded::kInvalid:
        return "invalid utf-8 sequence in a string";
      case Decoded::kIncomplete:
        return "incomplete utf-8 byte sequence at the end of a string";
    }
    if (i < bytes && data[i] < 0x80) i += AsciiPrefix(data + i, bytes - i);
  }
  return {};
}

std::string_view CheckUtf16(const uint8_t* data, size_t units) {
  for (size_t i = 0; i < units;) {
    char32_t c = 0;
    if (NextUtf16(data, units, i, c) != Decoded::kFine)
      return "invalid utf-16: unpaired surrogate in a string";
  }
  return {};
}

std::string ToUtf8(const StringView& string) {
  if (string.encoding == CodeUnits::kUtf8)
    return {reinterpret_cast<const char*>(string.data), string.units};
  std::string out(MostUtf8Bytes(string), '\0');
  auto* const bytes = reinterpret_cast<uint8_t*>(out.data());
  out.resize(string.encoding == CodeUnits::kUtf16 ? Utf16ToUtf8(string.data, string.units, bytes)
                                                  : Latin1ToUtf8(string.data, string.units, bytes));
  return out;
}

size_t Utf16ToUtf8(const uint8_t* data, size_t units, uint8_t* out) {
  uint8_t* p = out;
  for (size_t i = 0; i < units;) {
    char32_t c = 0;
    NextUtf16(data, units, i, c);
    PutUtf8(p, c);
  }
  return static_cast<size_t>(p - out);
}

size_t Latin1ToUtf8(const uint8_t* data, size_t bytes, uint8_t* out) {
  uint8_t* p = out;
  for (size_t i = 0; i < bytes; ++i) PutUtf8(p, data[i]);
  return static_cast<size_t>(p - out);
}

size_t Utf8ToUtf16(const uint8_t* data, size_t bytes, uint8_t* out) {
  uint8_t* p = out;
  for (size_t i = 0; i < bytes;) {
    char32_t c = 0;
    NextUtf8(data, bytes, i, c);
    if (c < 0x10000) {
      PutUnit(p, c);
    } else {
      PutUnit(p, 0xD800 + ((c - 0x10000) >> 10));
      PutUnit(p, 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  return static_cast<size_t>(p - out) / 2;
}

void Latin1ToUtf16(const uint8_t* data, size_t bytes, uint8_t* out) {
  for (size_t i = 0; i < bytes; ++i) StoreAs<uint16_t>(out + 2 * i, data[i]);
}

size_t Utf8ToLatin1(const uint8_t* data, size_t bytes, uint8_t* out, size_t* written) {
  uint8_t* p = out;
  size_t i = 0;
  while (i < bytes) {
    size_t next = i;
    char32_t c = 0;
    NextUtf8(data, bytes, next, c);
    if (c >= 0x100) break;
    *p++ = static_cast<uint8_t>(c);
    i = next;
  }
  *written = static_cast<size_t>(p - out);
  return i;
}

size_t Utf16ToLatin1(const uint8_t* data, size_t units, uint8_t* out, size_t* written) {
  size_t i = 0;
  for (; i < units && Unit(data, i) < 0x100; ++i) out[i] = static_cast<uint8_t>(Unit(data, i));
  *written = i;
  return i;
}

}  // namespace airwasm::component::canon
