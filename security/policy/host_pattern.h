// Patterns of host names: a name, "*.example.org" for the names beneath one (not itself), "*" for
// all. ASCII, compared without case; a dot at the end means nothing. Names in other scripts are
// written as they are looked up: xn--...
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "security/base/object.h"

namespace airwasm::security {

class HostPattern {
 public:
  enum class Kind : uint8_t { kAny, kName, kSubdomains };

  static Expected<HostPattern> Parse(std::string_view text, size_t offset);

  bool Matches(std::string_view host) const;
  // Whether an allow of names like these lets a connection go to this address, one that such a name
  // was found to be: not to link-local and metadata addresses; of "*.example.org" not to loopback
  // ones either, for whoever runs a name beneath it decides what it is found to be; of "localhost"
  // to loopback ones only.
  bool ReachesAddress(const IpAddress& canonical) const;
  bool Covers(const HostPattern& other) const;
  bool MayOverlap(const HostPattern& other) const;

  Kind kind() const { return kind_; }
  // The one name "localhost".
  bool IsLocalhost() const { return kind_ == Kind::kName && name_ == "localhost"; }

 private:
  bool IsBeneath(std::string_view host) const;

  Kind kind_ = Kind::kAny;
  std::string
      name_;  // lower case, without a dot at its end; of kSubdomains what stands behind "*."
};

// The name has the form of one, and nothing takes it for an address: its last label is no number
// ("127.1", "0x7f000001").
bool IsHostName(std::string_view host);

}  // namespace airwasm::security
