#include "security/audit/json_escape.h"

#include <cstdint>
#include <cstring>

#include "engine/base/utf8.h"

namespace airwasm::security::audit {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// Controls, format characters and the replacement character itself, so that it always comes as
// \ufffd. In order.
constexpr struct {
  uint32_t first, last;
} kEscaped[] = {
    {0x00, 0x1F},     {0x22, 0x22},     {0x5C, 0x5C},     {0x7F, 0x9F},
    {0xAD, 0xAD},     {0x061C, 0x061C}, {0x180E, 0x180E}, {0x200B, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFD},
};

bool IsEscaped(uint32_t c) {
  for (const auto& range : kEscaped) {
    if (c < range.first) return false;
    if (c <= range.last) return true;
  }
  return false;
}

// Printable ASCII without quote and backslash: nothing to do. FAST: no branches, so that it becomes
// vector code (security_audit_bench, Escape).
bool IsPlain(std::string_view text) {
  bool special = false;
  for (const char ch : text) {
    const auto c = static_cast<uint8_t>(ch);
    special |= static_cast<uint8_t>(c - 0x20) >= 0x7F - 0x20 || c == '"' || c == '\\';
  }
  return !special;
}

// The character that begins at text[0] and its length in bytes; the replacement character and 1
// where there is none.
uint32_t Decode(std::string_view text, size_t* length) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  *length = 1;
  if (bytes > text.size() || !IsUtf8({reinterpret_cast<const uint8_t*>(text.data()), bytes}))
    return kReplacement;
  *length = bytes;
  if (bytes == 1) return lead;
  uint32_t c = lead & (0x7F >> bytes);
  for (size_t i = 1; i < bytes; ++i) c = c << 6 | (static_cast<uint8_t>(text[i]) & 0x3F);
  return c;
}

char ShortForm(uint32_t c) {
  switch (c) {
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '"':
    case '\\':
      return static_cast<char>(c);
    default:
      return 0;
  }
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void AppendUtf8(uint32_t c, std::string& to) {  // of the basic plane
  if (c < 0x80) {
    to += static_cast<char>(c);
    return;
  }
  if (c < 0x800) {
    to += static_cast<char>(0xC0 | c >> 6);
  } else {
    to += static_cast<char>(0xE0 | c >> 12);
    to += static_cast<char>(0x80 | (c >> 6 & 0x3F));
  }
  to += static_cast<char>(0x80 | (c & 0x3F));
}

}  // namespace

char* EscapeJson(std::string_view text, char* to) {
  if (text.empty()) return to;  // there may be no data to copy from
  if (IsPlain(text)) {
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
  }
  while (!text.empty()) {
    size_t length = 0;
    const uint32_t c = Decode(text, &length);
    if (!IsEscaped(c)) {
      std::memcpy(to, text.data(), length);
      to += length;
    } else if (const char form = ShortForm(c); form != 0) {
      *to++ = '\\';
      *to++ = form;
    } else {
      *to++ = '\\';
      *to++ = 'u';
      for (int shift = 12; shift >= 0; shift -= 4) *to++ = "0123456789abcdef"[c >> shift & 0xF];
    }
    text.remove_prefix(length);
  }
  return to;
}

std::optional<std::string> UnescapeJson(std::string_view escaped) {
  std::string text;
  text.reserve(escaped.size());
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\') {
      text += escaped[i];
      continue;
    }
    if (++i == escaped.size()) return std::nullopt;
    if (escaped[i] != 'u') {
      text += escaped[i] == 'n' ? '\n' : escaped[i] == 't' ? '\t' : escaped[i];
      continue;
    }
    if (escaped.size() - i < 5) return std::nullopt;
    uint32_t c = 0;
    for (int digit = 0; digit < 4; ++digit) {
      const int value = HexValue(escaped[++i]);
      if (value < 0) return std::nullopt;
      c = c << 4 | static_cast<uint32_t>(value);
    }
    AppendUtf8(c, text);
  }
  // There is one way to write a text: what differs from it, EscapeJson() did not write.
  std::string again(MaxEscapedBytes(text.size()), '\0');
  again.resize(static_cast<size_t>(EscapeJson(text, again.data()) - again.data()));
  if (again != escaped) return std::nullopt;
  return text;
}

}  // namespace airwasm::security::audit
