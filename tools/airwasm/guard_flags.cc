#include "tools/airwasm/guard_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "airwasm/guard_store.h"
#include "airwasm/manifest.h"
#include "airwasm/signature.h"
#include "engine/base/sha256.h"
#include "security/base/object.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/signed_file.h"

namespace airwasm::tools {
namespace {

using security::Capability;
using security::Object;
using security::Rule;

// What a guest has without asking, where no policy says otherwise.
constexpr std::string_view kDefaultGrants[] = {"stdio", "args.read", "exit",   "random",
                                               "clock", "wait",      "http.in"};

std::string HexDigest(const std::string& bytes) {
  return ToHex(Sha256({AsBytes(bytes)}));
}

constexpr security::CapabilitySet kReadOnly =
    security::SetOf(Capability::kFsRead, Capability::kFsList);
constexpr security::CapabilitySet kAllOfFiles =
    kReadOnly | security::SetOf(Capability::kFsWrite, Capability::kFsAppend, Capability::kFsCreate,
                                Capability::kFsDelete);

// A name as a pattern that matches itself.
std::string Escaped(std::string_view name) {
  std::string pattern;
  for (const char c : name) {
    if (std::string_view("*?[]{},\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

class RuleList {
 public:
  void Add(const std::string& text, bool allow, std::string origin) {
    absl::StatusOr<Rule> rule = security::ParseRule(text, allow, std::move(origin));
    status_.Update(rule.status());
    if (rule.ok()) rules_.push_back(*std::move(rule));
  }
  void Add(std::vector<Rule> rules) {
    for (Rule& rule : rules) rules_.push_back(std::move(rule));
  }
  const absl::Status& status() const { return status_; }
  std::vector<Rule> Take() { return std::move(rules_); }

 private:
  std::vector<Rule> rules_;
  absl::Status status_;
};

// What the other options have given already.
void AddGivenDirectories(const wasi::Config& config, RuleList& rules) {
  for (const wasi::Preopen& preopen : config.preopens) {
    std::error_code error;
    const std::string real = std::filesystem::canonical(preopen.host_path, error);
    if (error) continue;  // opening it says what is wrong
    rules.Add({security::TreeRule(preopen.read_only ? kReadOnly : kAllOfFiles, real, true,
                                  preopen.read_only ? "--dir-ro" : "--dir")});
  }
}

void AddGiven(const wasi::Config& config, RuleList& rules) {
  AddGivenDirectories(config, rules);
  for (const auto& [name, value] : config.env)
    rules.Add("env.read:" + Escaped(name), true, "--env");
  if (config.network.tcp) rules.Add("net.connect,net.listen:tcp:*", true, "-S tcp");
  if (config.network.udp) rules.Add("net.connect,net.listen:udp:*", true, "-S udp");
  if (config.network.name_lookup) rules.Add("net.lookup", true, "-S allow-ip-name-lookup");
  if (config.http.outgoing) rules.Add("http.out", true, "-S http");
  for (const auto& [name, value] : config.config_values)
    rules.Add("config.read:" + Escaped(name), true, "-S config");
  for (const wasi::KeyValueStore& store : config.key_value_stores) {
    const std::string classes = store.read_only ? "kv.read" : "kv.read,kv.write";
    rules.Add(store.identifier.empty() ? std::string(classes)
                                       : absl::StrCat(classes, ":", Escaped(store.identifier)),
              true, "-S keyvalue");
  }
}

// Gives the guest what the grants let it have: what is not named by another option is named here.
void GiveGranted(const security::Grants& grants, const std::vector<std::string>& given_roots,
                 wasi::Config& config) {
  const absl::Time now = absl::Now();
  for (const std::string& root : grants.PathRoots(now)) {
    if (std::find(given_roots.begin(), given_roots.end(), root) == given_roots.end())
      config.preopens.push_back({.host_path = root, .guest_path = root});
  }
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const size_t equals = text.find('=');
    if (equals == 0 || equals == text.npos) continue;
    const std::string_view name = text.substr(0, equals);
    const auto is_same = [&](const auto& given) { return given.first == name; };
    if (std::any_of(config.env.begin(), config.env.end(), is_same)) continue;
    if (grants.Decide(Capability::kEnvRead, Object::Name(name), now).allowed)
      config.env.emplace_back(name, text.substr(equals + 1));
  }
  const security::CapabilitySet granted = grants.Granted(now);
  if ((granted & security::SetOf(Capability::kNetConnect, Capability::kNetListen)) != 0)
    config.network.tcp = config.network.udp = true;
  if (security::Contains(granted, Capability::kNetLookup)) config.network.name_lookup = true;
  if (security::Contains(granted, Capability::kHttpOut)) config.http.outgoing = true;
}

// Of the command line: "output=64KiB,cpu-time=10s".
absl::StatusOr<security::Quota> ParseQuotas(const std::vector<std::string>& texts) {
  security::Quota quota;
  for (const std::string& text : texts) {
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      const size_t equals = one.find('=');
      if (equals == one.npos)
        return absl::InvalidArgumentError(
            absl::StrCat("--quota takes NAME=VALUE,..., not '", text, "'"));
      if (absl::Status status =
              security::SetQuota(quota, one.substr(0, equals), one.substr(equals + 1));
          !status.ok())
        return absl::InvalidArgumentError(absl::StrCat("--quota: ", std::string(status.message())));
    }
  }
  return quota;
}

std::string QuotaNames() {
  std::string names;
  for (const security::QuotaInfo& row : security::Quotas())
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(row.text));
  return names;
}

template <typename T>
void Tighten(T& limit, const std::optional<uint64_t>& quota) {
  if (quota && *quota < limit) limit = static_cast<T>(*quota);
}

void ApplyQuota(const security::Quota& quota, wasi::Config& config, EngineFlags& engine) {
  engine.store = WithQuota(engine.store, quota);
  Tighten(config.max_resources, quota.handles);
  Tighten(config.max_descriptors, quota.files);
  Tighten(config.network.max_sockets, quota.sockets);
  if (quota.fuel) {
    engine.engine.fuel = true;
    engine.fuel = std::min(engine.fuel.value_or(UINT64_MAX), *quota.fuel);
  }
}

absl::StatusOr<std::shared_ptr<security::AuditLog>> OpenAudit(const GuardFlags& flags) {
  security::AuditOptions options{.path = flags.audit, .key_file = flags.audit_key};
  if (flags.audit_on_full == "fail") options.on_full = security::AuditOptions::OnFull::kFail;
  if (!flags.audit_rotate.empty()) {
    security::Quota bytes;
    if (absl::Status status = security::SetQuota(bytes, "memory", flags.audit_rotate); !status.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("--audit-rotate ", flags.audit_rotate, ": expected bytes, as in 64MiB"));
    options.rotate_bytes = *bytes.memory;
  }
  absl::StatusOr<std::shared_ptr<security::AuditLog>> log = security::AuditLog::Open(options);
  if (!log.ok()) {
    return absl::Status(log.status().code(), absl::StrCat("--audit ", flags.audit, ": ",
                                                          std::string(log.status().message())));
  }
  return log;
}

// Its name: as given, as its manifest has it, else that of its file.
absl::StatusOr<std::string> NameOf(const GuardFlags& flags, const std::filesystem::path& path) {
  if (!flags.component.empty()) return flags.component;
  const std::filesystem::path manifest = path.parent_path() / "component.toml";
  std::error_code error;
  if (!std::filesystem::is_regular_file(manifest, error)) return path.stem().string();
  absl::StatusOr<security::Manifest> read = security::Manifest::Load(manifest);
  if (!read.ok()) return read.status();
  return read->name.empty() ? path.stem().string() : read->name;
}

}  // namespace

void AddGuardFlags(CLI::App& command, GuardFlags& flags) {
  constexpr char kGroup[] = "Capabilities";
  command
      .add_option("--allow", flags.allow,
                  "CLASS[:SCOPE]: let the guest do this, as in fs.read:/srv/data/**, "
                  "net.connect:db.internal:5432, env.read:TZ (`airwasm policy classes` lists the "
                  "classes)")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      .add_option("--deny", flags.deny,
                  "CLASS[:SCOPE]: never let it do this, whatever else allows it")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      .add_option("--policy", flags.policy,
                  "FILE: the policy that the guest is under; nothing but that and the options here "
                  "is granted")
      ->group(kGroup);
  command
      .add_option("--quota", flags.quota,
                  "NAME=VALUE,...: the most that the guest may use, as in "
                  "memory=64MiB,cpu-time=10s,output=1MiB; with a policy, the "
                  "smaller of both. Of " +
                      QuotaNames())
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      .add_option("--component-name", flags.component,
                  "What the policy and the audit log know the guest by (default: the name in "
                  "component.toml beside it, or its file's)")
      ->group(kGroup);
  command
      .add_option("--on-deny", flags.on_deny,
                  "What a denied call does: return the interface's error, or trap")
      ->check(CLI::IsMember({"error", "trap"}))
      ->capture_default_str()
      ->group(kGroup);
  command
      .add_option("--audit", flags.audit,
                  "FILE: record each decision as a line of JSON (`airwasm audit` reads it)")
      ->group(kGroup);
  command
      .add_option("--audit-on-full", flags.audit_on_full,
                  "When the log cannot take more: calls wait (block) or fail")
      ->check(CLI::IsMember({"block", "fail"}))
      ->capture_default_str()
      ->group(kGroup);
  command
      .add_option("--audit-key", flags.audit_key,
                  "FILE with 32 random bytes: seals the end of the log")
      ->group(kGroup);
  command
      .add_option("--audit-rotate", flags.audit_rotate,
                  "SIZE: begin a new file when the log has grown to this")
      ->group(kGroup);
  command
      .add_flag("--isolate{full}", flags.isolate,
                "Take from the whole process, for good, what the grants do not need: Landlock for "
                "files and TCP, seccomp for system calls; fails where the kernel has no Landlock. "
                "--isolate=best: what the kernel has; --isolate=seccomp: system calls alone")
      ->check(CLI::IsMember({"full", "best", "seccomp"}))
      ->group(kGroup);
}

absl::StatusOr<Security> Security::Make(const GuardFlags& flags, const std::string& path,
                                        const std::string& bytes, wasi::Config& config,
                                        EngineFlags& engine) {
  Security self;
  self.trap_on_deny_ = flags.on_deny == "trap";
  absl::StatusOr<std::string> name = NameOf(flags, path);
  if (!name.ok()) return name.status();
  self.component_ = *std::move(name);

  RuleList rules;
  if (flags.policy.empty()) {
    for (const std::string_view text : kDefaultGrants)
      rules.Add(std::string(text), true, "by default");
  } else {
    absl::StatusOr<security::Policy> policy = security::Policy::Load(flags.policy);
    if (!policy.ok()) return policy.status();
    security::Effective effective =
        policy->For({.name = self.component_, .sha256 = HexDigest(bytes)});
    self.signers_ = std::move(effective.signers);
    if (absl::Status status = self.CheckSigned(path, bytes); !status.ok()) return status;
    rules.Add(std::move(effective.rules));
    self.quota_ = effective.quota;
  }
  absl::StatusOr<security::Quota> quota = ParseQuotas(flags.quota);
  if (!quota.ok()) return quota.status();
  self.quota_ = security::Tighter(self.quota_, *quota);
  ApplyQuota(self.quota_, config, engine);
  AddGiven(config, rules);
  for (size_t i = 0; i < flags.allow.size(); ++i)
    rules.Add(flags.allow[i], true, absl::StrCat("--allow #", i + 1));
  for (size_t i = 0; i < flags.deny.size(); ++i)
    rules.Add(flags.deny[i], false, absl::StrCat("--deny #", i + 1));
  if (!rules.status().ok()) return rules.status();

  for (const wasi::Preopen& preopen : config.preopens) {
    std::error_code error;
    const std::string real = std::filesystem::canonical(preopen.host_path, error);
    if (!error) self.roots_.push_back(real);
  }
  self.grants_ = std::make_shared<const security::Grants>(rules.Take());
  GiveGranted(*self.grants_, self.roots_, config);
  if (!flags.isolate.empty()) {
    if (absl::Status status = self.Isolate(flags, config, engine); !status.ok()) return status;
  }
  if (!flags.audit.empty()) {
    auto log = OpenAudit(flags);
    if (!log.ok()) return log.status();
    self.audit_ = *std::move(log);
  }
  return self;
}

absl::Status Security::CheckSigned(const std::string& path, const std::string& bytes) const {
  if (signers_.empty()) return absl::OkStatus();
  const absl::StatusOr<std::optional<std::string>> detached = ReadSignatureFile(path);
  if (!detached.ok()) return detached.status();
  const absl::Status status = security::CheckSigners(bytes, *detached, signers_);
  if (status.ok()) return status;
  return absl::PermissionDeniedError(absl::StrCat(path, ": the policy runs only what is signed by ",
                                                  absl::StrJoin(signers_, " or "), ": ",
                                                  std::string(status.message())));
}

Security::~Security() {
  if (audit_ == nullptr) return;
  const absl::Status status = audit_->Close();
  const security::AuditLog::Stats stats = audit_->stats();
  if (!status.ok() || stats.lost != 0) {
    std::fprintf(stderr, "airwasm: the audit log lacks %llu records: %s\n",
                 static_cast<unsigned long long>(stats.lost), status.ToString().c_str());
  }
}

std::shared_ptr<security::Guard> Security::MakeGuard() const {
  return security::Guard::Create({.grants = grants_,
                                  .audit = audit_,
                                  .component = component_,
                                  .may_ask = kMayAsk,
                                  .trap_on_deny = trap_on_deny_,
                                  .usage = usage_});
}

std::shared_ptr<security::Meter> Security::MakeMeter(std::shared_ptr<security::Guard> guard) const {
  return std::make_shared<security::Meter>(
      security::Meter::Options{.quota = quota_, .guard = std::move(guard), .component = usage_});
}

}  // namespace airwasm::tools
