// What a call was found to mean: the file behind a path, the address behind a name. Scopes are
// matched against it, and the audit log names it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "airwasm/capability.h"

namespace airwasm::security {

struct IpAddress {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes{};  // network order; of IPv4 the first four
  bool operator==(const IpAddress&) const = default;
};

enum class Protocol : uint8_t { kTcp, kUdp };

// Views are good for the call that they are handed to. What a field means depends on the kind, and
// fields of other kinds are left as they are.
struct Object {
  ScopeKind kind = ScopeKind::kNone;
  // kPath: absolute, without "." and "..", as the kernel names the object. kName, kHost: the name.
  // kUrl: the path without query.
  std::string_view text;
  // kAddress.
  Protocol protocol = Protocol::kTcp;
  IpAddress ip;
  uint16_t port = 0;  // also kUrl
  std::string_view
      host;  // kAddress: the name that was looked up to get `ip`, if one was. kUrl: the host
  // kUrl.
  std::string_view method;
  std::string_view scheme;

  static Object None() { return {}; }
  static Object Path(std::string_view path) { return {.kind = ScopeKind::kPath, .text = path}; }
  static Object Name(std::string_view name) { return {.kind = ScopeKind::kName, .text = name}; }
  static Object Host(std::string_view name) { return {.kind = ScopeKind::kHost, .text = name}; }
  static Object Address(Protocol protocol, const IpAddress& ip, uint16_t port,
                        std::string_view host = {}) {
    return {
        .kind = ScopeKind::kAddress, .protocol = protocol, .ip = ip, .port = port, .host = host};
  }
  static Object Url(std::string_view method, std::string_view scheme, std::string_view host,
                    uint16_t port, std::string_view path) {
    return {.kind = ScopeKind::kUrl,
            .text = path,
            .port = port,
            .host = host,
            .method = method,
            .scheme = scheme};
  }

  // As the audit log has it: "/srv/data/a", "tcp:db.internal:5432 (10.0.0.7)", "GET
  // https://example.org:443/a".
  std::string ToString() const;
};

}  // namespace airwasm::security
