// Requests and responses without their bodies, and the syntax of what stands in their first lines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wasi/http/fields.h"

namespace airwasm::wasi::http {

struct RequestHead {
  std::string method = "GET";
  std::optional<std::string> scheme;  // in small letters
  std::optional<std::string> authority;
  std::optional<std::string> path_with_query;
  Fields headers;
};

// Of its first line, and of what else is not in its fields.
inline size_t TextBytes(const RequestHead& head) {
  const auto bytes = [](const std::optional<std::string>& text) { return text ? text->size() : 0; };
  return head.method.size() + bytes(head.scheme) + bytes(head.authority) +
         bytes(head.path_with_query);
}

struct ResponseHead {
  uint16_t status = 200;
  Fields headers;
};

// The host and the port of "example.org:8080", "[::1]"; without brackets. None for what is not that
// or names a user.
struct HostAndPort {
  std::string host;
  std::optional<uint16_t> port;
};
std::optional<HostAndPort> ParseAuthority(std::string_view authority);

bool IsScheme(std::string_view text);
bool IsPathWithQuery(std::string_view text);
// Does the status say by itself that no body follows?
bool HasNoBody(uint16_t status);
std::string_view ReasonPhrase(uint16_t status);

// The announced length, if there is one. False: something that is none, or two that differ.
bool ReadContentLength(const Fields& fields, std::optional<uint64_t>* length);

// Each field as a line of its own.
void AppendFields(const Fields& fields, std::string* out);

}  // namespace airwasm::wasi::http
