// From what was done to the policy that allows it: `airwasm policy learn`.
#pragma once

#include <span>
#include <string>

#include "airwasm/capability.h"

namespace airwasm::security {

// As the audit log has it.
struct ObservedAction {
  Capability capability;
  std::string object;     // Object::ToString; "": none, or one whose name is empty
  std::string component;  // its name; "" is one without
};

// A policy, as TOML, that allows every one of these actions and little else. It names what was
// seen, and generalises where a list would be long: three files of a directory become "/dir/*",
// three such directories beneath one "/dir/**" (neither for the root nor for what lies directly in
// it), five ports of a host ":*". An action that no policy can allow (a relative path, say) is
// named in a comment.
//
// A call that asked about no object (a list of directories, a descriptor that is not open) is let
// through by any grant of its class: the class is allowed as a whole only if nothing else of it was
// seen and it is not in `may_ask`, the classes that can be asked without a grant
// (Guard::Options::may_ask).
std::string SmallestPolicy(std::span<const ObservedAction> actions, CapabilitySet may_ask = 0);

}  // namespace airwasm::security
