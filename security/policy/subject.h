// What a decision is about, brought once into the form that scopes are matched against.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "airwasm/capability.h"
#include "security/base/object.h"

namespace airwasm::security {

// Borrows the object. Neither copied nor moved: views point into it.
struct Subject {
  Subject(Capability capability, const Object& object);
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const Object& object;
  // False: the object is none that a caller may hand over (a relative path, another kind than the
  // class has); nothing allows it.
  bool well_formed = true;

  // kAddress: canonical; of a connection, 0.0.0.0 and :: are the loopback address, which is where
  // it goes.
  IpAddress ip;
  bool listens_everywhere = false;  // bound to all addresses of the machine
  // kUrl.
  std::optional<IpAddress> host_ip;  // if the host is an address
  std::optional<IpAddress>
      connected;              // canonical; what the host was found to be, once that is known
  std::string_view url_path;  // decoded; at least "/"
  // Servers may read the path in several ways: it has "..", empty segments, encoded slashes or the
  // like. It matches no allow that is narrowed to paths, and every deny that is.
  bool url_path_is_ambiguous = false;

 private:
  static constexpr size_t kInlineBytes = 512;

  void SetAddress(Capability capability);
  void SetUrl();
  void DecodePath(std::string_view encoded, char* out);

  char inline_path_[kInlineBytes];  // FAST: most paths are decoded without an allocation
                                    // (security_policy_bench, url)
  std::string long_path_;
};

}  // namespace airwasm::security
