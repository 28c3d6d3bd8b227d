// Scopes of net.connect and net.listen: [tcp:|udp:]HOST:PORTS
//
//   db.internal:5432      that name: addresses that were looked up from it, and no others (names
//   are pinned to what they
//                         were found to be when they were looked up)
//   *.example.org:443     names beneath one
//   10.0.0.0/8:443        a block; [::1]:80, [fd00::/8]:*, 10.0.0.7:8000-8100 likewise
//   *:443                 every address and name
//   localhost:80          the loopback addresses, however they were come by
//
// An allow by '*' or by a name never reaches link-local and metadata addresses
// (security/policy/ip_address.h); these take an address or a block of their own. A name with a
// wildcard does not reach loopback addresses either, for whoever runs a name beneath it decides
// what it is found to be. Denies reach all that they may mean: '*' is everything, and one of any
// address is met by a guest that binds to all of them.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "engine/base/error.h"
#include "security/policy/host_pattern.h"
#include "security/policy/ip_address.h"
#include "security/policy/ports.h"
#include "security/policy/subject.h"

namespace airwasm::security {

class AddressScope {
 public:
  static Expected<AddressScope> Parse(std::string_view text, size_t offset, bool allow);

  bool Matches(const Subject& subject) const;
  // Whether addresses of this name may match: who may connect to it may look it up. False for
  // blocks.
  bool MatchesName(std::string_view host) const;
  // It is no block: there are names that may match.
  bool NamesHosts() const { return host() != nullptr; }
  // Null: it is a block.
  const HostPattern* host() const { return std::get_if<HostPattern>(&host_); }
  bool MatchesAll() const;
  bool Covers(const AddressScope& other) const;
  bool MayOverlap(const AddressScope& other) const;

 private:
  AddressScope() : ports_(PortSet::All()) {}
  bool HostMatches(const Subject& subject) const;

  bool allow_ = true;
  std::optional<Protocol> protocol_;  // null: both
  std::variant<HostPattern, CidrBlock> host_;
  PortSet ports_;
};

// "10.0.0.7", "10.0.0.0/8", "::1", "fd00::/8". Null if it is no address at all; an error if it is
// one, but its length is wrong.
std::optional<Expected<CidrBlock>> ParseCidrBlock(std::string_view text, size_t offset);

}  // namespace airwasm::security
