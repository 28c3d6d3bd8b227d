#include "wasi/http/message.h"

#include <algorithm>

#include "wasi/net/name_lookup.h"

namespace airwasm::wasi::http {

std::optional<HostAndPort> ParseAuthority(std::string_view authority) {
  HostAndPort result;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    result.host = authority.substr(1, end - 1);
    const std::optional<SocketAddress> address = net::ParseIp(result.host);
    if (!address || !address->is_ipv6) return std::nullopt;
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return std::nullopt;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else {
    const size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
    result.host = authority.substr(0, colon);
    if (!net::IsHostName(result.host)) return std::nullopt;
  }
  if (!has_port || port.empty()) return result;
  if (port.size() > 5) return std::nullopt;
  uint32_t number = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  if (number > 65535) return std::nullopt;
  result.port = static_cast<uint16_t>(number);
  return result;
}

bool IsScheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

bool IsPathWithQuery(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte > 0x20 && byte != 0x7f && c != '#';
  });
}

bool HasNoBody(uint16_t status) {
  return status < 200 || status == 204 || status == 304;
}

std::string_view ReasonPhrase(uint16_t status) {
  switch (status) {
    case 100:
      return "Continue";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

bool ReadContentLength(const Fields& fields, std::optional<uint64_t>* length) {
  length->reset();
  for (const Field& field : fields.entries()) {
    if (!EqualNames(field.name, "content-length")) continue;
    if (field.value.empty() || field.value.size() > 19) return false;
    uint64_t value = 0;
    for (const char c : field.value) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + static_cast<uint64_t>(c - '0');
    }
    if (*length && **length != value) return false;
    *length = value;
  }
  return true;
}

void AppendFields(const Fields& fields, std::string* out) {
  for (const Field& field : fields.entries()) {
    out->append(field.name).append(": ").append(field.value).append("\r\n");
  }
}

}  // namespace airwasm::wasi::http
