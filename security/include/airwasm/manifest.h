// Manifests: component.toml beside a component says what it is and asks for. It asks; policies
// grant.
//
//   name = "acme:billing"
//   version = "1.2.0"
//   description = "Writes invoices"
//   requests = ["fs.read:/srv/data/**", "net.connect:db.internal:5432"]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "airwasm/grants.h"
#include "airwasm/policy.h"

namespace airwasm::security {

struct Manifest {
  std::string name;
  std::string version;
  std::string description;
  std::vector<Rule> requests;  // as allows; they grant nothing

  // Errors: as of Policy::Load.
  static absl::StatusOr<Manifest> Load(const std::string& path);
  static absl::StatusOr<Manifest> Parse(std::string_view text, std::string file);
};

struct RequestStatus {
  const Rule* request = nullptr;
  Coverage granted = Coverage::kNone;
  // Where not all is granted: the deny that takes from it, or null if it is just not allowed.
  const Rule* denied_by = nullptr;
};

// For each request, in order, how much of it the grants give. kSome where that is not clear: a
// request with wildcards is granted whole if a single allow covers it. Pointers are into `manifest`
// and `grants`.
std::vector<RequestStatus> CompareRequests(const Manifest& manifest, const Grants& grants,
                                           absl::Time now);

}  // namespace airwasm::security
