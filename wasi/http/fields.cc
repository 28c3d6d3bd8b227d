#include "wasi/http/fields.h"

#include <algorithm>
#include <array>

namespace airwasm::wasi::http {
namespace {

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> is{};
  for (char c = '0'; c <= '9'; ++c) is[static_cast<uint8_t>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) is[static_cast<uint8_t>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) is[static_cast<uint8_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) is[static_cast<uint8_t>(c)] = true;
  return is;
}();

constexpr std::string_view kForbidden[] = {
    "connection",         "host",    "http2-settings",      "keep-alive",
    "proxy-authenticate", "te",      "proxy-authorization", "proxy-connection",
    "transfer-encoding",  "upgrade",
};

}  // namespace

bool EqualNames(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kTokenBytes[static_cast<uint8_t>(c)]; });
}

bool IsFieldValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}

bool IsForbidden(std::string_view name) {
  return std::any_of(std::begin(kForbidden), std::end(kForbidden),
                     [name](std::string_view one) { return EqualNames(name, one); });
}

const std::string* Fields::Find(std::string_view name) const {
  for (const Field& field : entries_) {
    if (EqualNames(field.name, name)) return &field.value;
  }
  return nullptr;
}

bool Fields::Append(std::string_view name, std::string_view value) {
  const size_t more = name.size() + value.size();
  if (entries_.size() >= kMaxFieldCount || more > kMaxFieldBytes - bytes_) return false;
  bytes_ += more;
  entries_.push_back({std::string(name), std::string(value)});
  return true;
}

void Fields::Delete(std::string_view name) {
  std::erase_if(entries_, [&](const Field& field) {
    const bool gone = EqualNames(field.name, name);
    if (gone) bytes_ -= field.name.size() + field.value.size();
    return gone;
  });
}

}  // namespace airwasm::wasi::http
