// What the command line grants to guests and denies them, and where decisions are recorded:
// --allow, --deny, --policy, --on-deny, --audit; how much of the machine they may use: --quota; and
// what the process keeps for itself: --isolate. For every subcommand that runs a guest.
//
// The other options are grants as well: --dir and --dir-ro of files, --env of variables, -S of what
// it names. Without --policy a guest may also use the standard streams, its arguments, clocks,
// random numbers, time and its exit code; with a policy, what that says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "airwasm/meter.h"
#include "airwasm/policy.h"
#include "airwasm/wasi_config.h"
#include "tools/airwasm/flags.h"

namespace airwasm::tools {

struct GuardFlags {
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  std::string policy;
  std::vector<std::string> quota;  // NAME=VALUE[,NAME=VALUE...]
  std::string component;           // its name, for the policy and the audit log
  std::string on_deny = "error";
  std::string audit;
  std::string audit_on_full = "block";
  std::string audit_key;
  std::string audit_rotate;
  std::string isolate;  // "", "full", "best", "seccomp"

  // Not of the command line: what the subcommand does, for --isolate.
  std::vector<std::string> inputs;  // files that are read later
  bool serves = false;              // it listens, whatever the guest may do
  bool caches = true;               // what is run may be compiled, and the code kept
};

// Programs ask for their environment and their directories before anything else, and get none where
// nothing is granted.
inline constexpr security::CapabilitySet kMayAsk =
    security::SetOf(security::Capability::kEnvRead, security::Capability::kFsRead);

void AddGuardFlags(CLI::App& command, GuardFlags& flags);

// What holds for one component.
class Security {
 public:
  // Reads policy and manifest, checks who signed the component, isolates the process if that is
  // asked for, and opens the audit log. To be called before there are threads. Adds to `config`
  // what the grants need beyond it: directories, variables, the network; and to `engine` the limits
  // of the policy's quota. Errors: INVALID_ARGUMENT names option or file, line and column; those of
  // AuditLog::Open, of CheckSigned and of security::Isolate.
  static absl::StatusOr<Security> Make(const GuardFlags& flags, const std::string& path,
                                       const std::string& bytes, wasi::Config& config,
                                       EngineFlags& engine);
  Security(Security&&) = default;
  Security& operator=(Security&&) = default;
  // Closes the audit log; says on stderr what could not be written.
  ~Security();

  // For one store.
  std::shared_ptr<security::Guard> MakeGuard() const;
  // Its meter, which records breaches with that guard.
  std::shared_ptr<security::Meter> MakeMeter(std::shared_ptr<security::Guard> guard) const;

  const std::string& component() const { return component_; }
  const std::shared_ptr<security::ComponentUsage>& usage() const { return usage_; }
  security::AuditLog* audit() const { return audit_.get(); }  // may be null

  // For everything else that is run with it. PERMISSION_DENIED: the policy names signers, and none
  // of them has signed this file.
  absl::Status CheckSigned(const std::string& path, const std::string& bytes) const;

  // What --isolate has put in force, or "none".
  const std::string& isolation() const { return isolation_; }

 private:
  Security() = default;
  // From here on the process has what the grants, the options and the engine need, and no more.
  absl::Status Isolate(const GuardFlags& flags, const wasi::Config& config,
                       const EngineFlags& engine);

  std::string component_;
  bool trap_on_deny_ = false;
  security::Quota quota_;
  std::shared_ptr<security::ComponentUsage> usage_ = std::make_shared<security::ComponentUsage>();
  std::shared_ptr<const security::Grants> grants_;
  std::shared_ptr<security::AuditLog> audit_;
  std::vector<std::string> roots_;
  std::vector<std::string> signers_;
  std::string isolation_ = "none";
};

}  // namespace airwasm::tools
