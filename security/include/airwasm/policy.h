// Policies: what components are granted and denied, and how much of the machine they may use.
//
// A policy is a TOML file; security/policy/README.md has its form in full.
//
//   [[grant]]                            # to every component that the policy is applied to
//   allow = "fs.read:/srv/data/**"
//   expires = 2027-01-01T00:00:00Z
//   [[deny]]
//   deny = "fs.read:/srv/data/private/**"
//   [component."acme:billing"]           # or [component."sha256:..."]
//   allow = ["net.connect:db.internal:5432", "env.read:TZ"]
//   quota = { memory = "64MiB", cpu-time = "10s", handles = 1000 }
//
// What nothing allows is denied, and a deny wins over every allow. Rules become a decision in
// airwasm/grants.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "airwasm/capability.h"

namespace airwasm::security {

class Scope;

// One line of a policy: "fs.read:/srv/data/**".
struct Rule {
  bool allow = true;
  CapabilitySet capabilities = 0;
  std::shared_ptr<const Scope> scope;  // null: all of these classes. Immutable
  std::optional<absl::Time> expires;
  uint64_t clock_quantum_ns = 0;  // of "clock:wall@1ms"; 0: as fine as the clock is
  std::string origin;             // "policy.toml:12:9", "--allow #2", "--dir"
  std::string text;
};

// CLASS[,CLASS...][:SCOPE]. A class is one of capabilities.def or a registered one; "fs" and "fs.*"
// are all classes that begin with "fs.", "*" is all there are. The classes of a rule with a scope
// take scopes of one kind. `origin` says in messages and in the audit log where the rule comes
// from.
//
// Errors: INVALID_ARGUMENT "ORIGIN: 'TEXT': character N: what is wrong, and what was expected"
absl::StatusOr<Rule> ParseRule(std::string_view text, bool allow, std::string origin);

// The rule CLASSES:DIRECTORY/** for an absolute directory whose name is taken as it stands,
// wildcards and all: what `--dir` means. `capabilities` are classes of paths, at least one.
Rule TreeRule(CapabilitySet capabilities, std::string_view directory, bool allow,
              std::string origin);

struct Quota {
#define AIRWASM_QUOTA(field, text, unit, summary) std::optional<uint64_t> field;
#include "airwasm/quotas.def"
#undef AIRWASM_QUOTA
  bool operator==(const Quota&) const = default;
};

enum class QuotaUnit : uint8_t { kBytes, kDuration, kCount, kBytesPerSecond };

// A row of quotas.def.
struct QuotaInfo {
  std::string_view text;
  QuotaUnit unit;
  std::string_view summary;
  std::optional<uint64_t> Quota::* field;
};
const std::vector<QuotaInfo>& Quotas();

// Sets the quota called `name` to `value`: "64MiB", "10s", "1000"; bytes take kB, MB, GB and KiB,
// MiB, GiB, durations take ns, us, ms, s, m, h. Errors: INVALID_ARGUMENT there is none of that
// name, or it does not take this
absl::Status SetQuota(Quota& quota, std::string_view name, std::string_view value);
// "memory=64MiB, cpu-time=10s"; empty if nothing is set.
std::string ToString(const Quota& quota);
// Of two quotas from different places the smaller one, row by row.
Quota Tighter(const Quota& a, const Quota& b);

struct ComponentIdentity {
  std::string name;    // "acme:billing"; empty if it has none
  std::string sha256;  // of its bytes, 64 hex digits; empty if that is not known
};

// What a policy says of one component.
struct Effective {
  std::vector<Rule> rules;
  Quota quota;
  // "ed25519:BASE64": one of these has to have signed the component; empty if the policy asks for
  // none.
  std::vector<std::string> signers;
};

struct Diagnostic {
  bool is_error = true;  // else a warning
  std::string file;
  uint32_t line = 0;  // 1-based; 0: the file as a whole
  uint32_t column = 0;
  std::string message;

  // "FILE:LINE:COLUMN: MESSAGE"
  std::string ToString() const;
};

// Immutable once loaded. Threads: any.
class Policy {
 public:
  // Reads the file and those that it includes, whose paths are relative to it.
  // Errors: NOT_FOUND, PERMISSION_DENIED   a file cannot be read
  //         INVALID_ARGUMENT               "FILE:LINE:COLUMN: ..." of the first thing that is wrong
  static absl::StatusOr<Policy> Load(const std::string& path);
  // The text of a file called `name`, which cannot include others.
  static absl::StatusOr<Policy> Parse(std::string_view text, std::string name);
  // All that is wrong with a file and those it includes; then, as warnings, rules that change
  // nothing: expired ones, repeated ones, allows that a deny takes away whole.
  static std::vector<Diagnostic> Check(const std::string& path, absl::Time now);

  // Everything that is said to all components, to those of this name and to this very one. A quota
  // that is said to a component by name or hash replaces one that is said to all; of several of one
  // rank the smallest holds.
  Effective For(const ComponentIdentity& identity) const;

 private:
  friend class PolicyReader;
  struct Section {
    std::string component;  // a pattern of names, or "sha256:..."; empty: all
    std::vector<Rule> rules;
    Quota quota;
    std::vector<std::string> signers;
  };
  std::vector<Section> sections_;
};

}  // namespace airwasm::security
