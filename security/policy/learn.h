// From what was done to the policy that allows it: `airwasm policy learn`.
#pragma once

#include <span>
#include <string>

#include "airwasm/capability.h"

namespace airwasm::security {

// As the audit log has it.
struct ObservedAction {
  Capability capability;
  std::string object;     // Object::ToString; "": the class as a whole
  std::string component;  // its name; "" is one without
};

// A policy, as TOML, that allows every one of these actions and little else. It names what was
// seen, and generalises where a list would be long: three files of a directory become "/dir/*",
// three such directories beneath one "/dir/**" (neither for the root nor for what lies directly in
// it), five ports of a host ":*". An action that no policy can allow (a relative path, say) is
// named in a comment.
std::string SmallestPolicy(std::span<const ObservedAction> actions);

}  // namespace airwasm::security
