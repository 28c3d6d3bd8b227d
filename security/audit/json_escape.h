// Text that guests choose, as the inside of a JSON string.
//
// What comes out is one line of valid UTF-8 without quotes of its own, whatever went in, and is
// harmless on a terminal: control characters, invisible ones and those that change the direction of
// text stand as \uXXXX.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace airwasm::security::audit {

// The most that EscapeJson() writes for `bytes` bytes.
constexpr size_t MaxEscapedBytes(size_t bytes) {
  return bytes * 6;
}

// Writes `text` to `to`, which has room for MaxEscapedBytes(text.size()), and returns where it
// ends. Every byte that belongs to no UTF-8 character becomes \ufffd.
char* EscapeJson(std::string_view text, char* to);

// The text that `escaped` stands for; null if EscapeJson() does not write that.
std::optional<std::string> UnescapeJson(std::string_view escaped);

}  // namespace airwasm::security::audit
