// Small helpers on std::string_view, which the string functions of Abseil need not accept.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace airwasm::component::wit {

namespace internal {
inline void AppendOne(std::string& out, std::string_view text) {
  out += text;
}
inline void AppendOne(std::string& out, std::integral auto number) {
  out += std::to_string(number);
}
}  // namespace internal

// Texts and numbers one behind the other.
template <typename... Parts>
void Append(std::string& out, const Parts&... parts) {
  (internal::AppendOne(out, parts), ...);
}
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  Append(out, parts...);
  return out;
}

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
inline bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
inline bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
inline bool IsAlnum(char c) {
  return IsDigit(c) || IsLower(c) || IsUpper(c);
}

inline std::string Lowercase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (IsUpper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

inline std::string_view TrimLeft(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}
inline std::string_view TrimRight(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}
inline std::string_view DropPrefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace airwasm::component::wit
