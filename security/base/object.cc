#include "security/base/object.h"

#include <arpa/inet.h>

#include "absl/strings/str_cat.h"

namespace airwasm::security {
namespace {

std::string TextOf(const IpAddress& ip) {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(ip.is_v6 ? AF_INET6 : AF_INET, ip.bytes.data(), buffer, sizeof buffer);
  return ip.is_v6 ? absl::StrCat("[", buffer, "]") : buffer;
}

}  // namespace

std::string Object::ToString() const {
  switch (kind) {
    case ScopeKind::kNone:
      return "";
    case ScopeKind::kPath:
    case ScopeKind::kName:
    case ScopeKind::kHost:
      return std::string(text);
    case ScopeKind::kAddress: {
      const char* const prefix = protocol == Protocol::kTcp ? "tcp:" : "udp:";
      if (host.empty()) return absl::StrCat(prefix, TextOf(ip), ":", port);
      return absl::StrCat(prefix, std::string(host), ":", port, " (", TextOf(ip), ")");
    }
    case ScopeKind::kUrl:
      return absl::StrCat(std::string(method), " ", std::string(scheme), "://", std::string(host),
                          ":", port, std::string(text));
  }
  return "";
}

}  // namespace airwasm::security
