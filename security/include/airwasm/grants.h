// Grants: rules compiled into what answers whether an action is allowed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "airwasm/capability.h"
#include "airwasm/policy.h"

namespace airwasm::security {

struct IpAddress;  // security/base/object.h
struct Object;     // security/base/object.h
struct Subject;    // security/policy/subject.h

// How the objects in one place are decided.
enum class Coverage : uint8_t { kNone, kSome, kAll };

struct Verdict {
  bool allowed = false;
  const Rule* rule = nullptr;  // that decided; null: nothing allows it. Lives as long as the Grants
};

// Immutable. Threads: any. Rules that have expired by the `now` of a call are as if they were not
// there.
class Grants {
 public:
  Grants() : Grants(std::vector<Rule>()) {}  // nothing is allowed
  explicit Grants(std::vector<Rule> rules);
  Grants(const Grants&) = delete;
  Grants& operator=(const Grants&) = delete;
  ~Grants();

  // Classes with an allow in force, scoped or not, that no unscoped deny takes away. Whoever may
  // connect to a name may look it up, so an allow of net.connect by name, or of '*', is one of
  // net.lookup too.
  CapabilitySet Granted(absl::Time now) const;

  // A deny wins, wherever it stands. An object that is none of the class's (a relative path, say)
  // is denied. Object::None() is allowed what is allowed whole. Allocates nothing, but for paths of
  // URLs of more than 512 bytes.
  Verdict Decide(Capability c, const Object& object, absl::Time now) const;
  // Whether a request that Decide has allowed may be sent to this address, one that the host of
  // `url` was found to be. No: none of the allows that match the request reaches it (a name or '*'
  // stands for no link-local address), or a deny names it.
  Verdict DecideConnection(const Object& url, const IpAddress& address, absl::Time now) const;
  // All rules that match, those that decide first: denies, then allows.
  std::vector<const Rule*> Matching(Capability c, const Object& object, absl::Time now) const;

  // When the next rule expires; absl::InfiniteFuture() if none does.
  absl::Time NextChange(absl::Time now) const;

  // How all that lies at or beneath a directory is decided, so that callers need not ask for each:
  // kAll and kNone are certain, kSome has to be asked. For classes of paths.
  Coverage CoverageOf(Capability c, std::string_view directory, absl::Time now) const;
  // The same of what lies beneath, without the directory itself.
  Coverage CoverageBeneath(Capability c, std::string_view directory, absl::Time now) const;

  // The directories that a guest needs to hold in order to reach what scoped allows of fs.* give
  // it: "/srv/data" for "/srv/data/**",
  // "/etc" for "/etc/hosts", "/srv" for "/srv/*/x". Sorted; none lies beneath another. Allows
  // without a scope name no place and are left out; they are for directories that are given
  // otherwise.
  std::vector<std::string> PathRoots(absl::Time now) const;

  // How fine the clock of this name ("wall", "monotonic") may be for the guest: the finest of the
  // allows that match; 0 if there is no bound.
  uint64_t ClockQuantumNs(std::string_view name, absl::Time now) const;

  const std::vector<Rule>& rules() const { return rules_; }

 private:
  struct Entry;
  struct Class;

  Verdict Decide(Capability c, const Subject& subject, absl::Time now) const;
  Coverage Covered(Capability c, std::string_view directory, bool itself, absl::Time now) const;
  const Rule* Find(const std::vector<Entry>& entries, const Subject& subject, absl::Time now) const;

  std::vector<Rule> rules_;
  std::unique_ptr<Class[]> classes_;  // by Capability
};

}  // namespace airwasm::security
