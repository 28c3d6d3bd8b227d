// Capabilities, policies and grants of airwasm_security.h.
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "airwasm/signature.h"
#include "engine/api/c/vec.h"
#include "security/policy/object_text.h"
#include "wasi/c_api/security.h"

using airwasm::capi::ToError;
using airwasm::security::Capability;
using airwasm::security::Grants;
using airwasm::security::Policy;
using airwasm::security::Rule;

namespace airwasm::capi {

security::Effective EffectiveOf(const airwasm_policy_t* policy, const char* component,
                                const char* sha256) {
  return policy->policy.For(
      {.name = component == nullptr ? "" : component, .sha256 = sha256 == nullptr ? "" : sha256});
}

const char* Lasting(std::string_view text) {
  static std::mutex mutex;
  static std::map<std::string, std::string, std::less<>>& texts =
      *new std::map<std::string, std::string, std::less<>>;
  const std::lock_guard lock(mutex);
  return texts.try_emplace(std::string(text), text).first->second.c_str();
}

namespace {

constexpr char kOrigin[] = "embedder";

airwasm_error_t* AddRule(airwasm_grants_t* grants, const char* text, bool allow,
                         const char* origin) {
  absl::StatusOr<Rule> rule =
      security::ParseRule(text, allow, origin == nullptr ? kOrigin : origin);
  if (!rule.ok()) return ToError(rule.status());
  grants->Add(*std::move(rule));
  return nullptr;
}

}  // namespace
}  // namespace airwasm::capi

std::shared_ptr<const Grants> airwasm_grants_t::Compiled() const {
  if (compiled == nullptr) {
    compiled = std::make_shared<const Grants>(rules);
    roots = compiled->PathRoots(absl::Now());
  }
  return compiled;
}

void airwasm_grants_t::Add(Rule rule) {
  rules.push_back(std::move(rule));
  compiled = nullptr;
}

extern "C" {

// ---- Capabilities

airwasm_error_t* airwasm_capabilities_parse(const char* classes, airwasm_capabilities_t* out) {
  *out = 0;
  const absl::StatusOr<Rule> rule =
      airwasm::security::ParseRule(classes, true, airwasm::capi::kOrigin);
  if (!rule.ok()) return ToError(rule.status());
  if (rule->scope != nullptr || rule->clock_quantum_ns != 0) {
    return ToError(absl::InvalidArgumentError(
        absl::StrCat("'", classes, "': expected classes without a scope")));
  }
  *out = rule->capabilities;
  return nullptr;
}

airwasm_error_t* airwasm_capability_register(const char* name, airwasm_capabilities_t* out) {
  *out = 0;
  const absl::StatusOr<Capability> capability = airwasm::security::RegisterCapability(name);
  if (!capability.ok()) return ToError(capability.status());
  *out = airwasm::security::SetOf(*capability);
  return nullptr;
}

size_t airwasm_capability_count(void) {
  return airwasm::security::NumCapabilities();
}
const char* airwasm_capability_name(size_t index) {
  if (index >= airwasm::security::NumCapabilities()) return nullptr;
  return airwasm::capi::Lasting(airwasm::security::TextOf(static_cast<Capability>(index)));
}
const char* airwasm_capability_summary(size_t index) {
  if (index >= airwasm::security::NumCapabilities()) return nullptr;
  return airwasm::capi::Lasting(airwasm::security::SummaryOf(static_cast<Capability>(index)));
}

// ---- Policies

void airwasm_policy_delete(airwasm_policy_t* policy) {
  delete policy;
}

airwasm_error_t* airwasm_policy_load(const char* path, airwasm_policy_t** out) {
  *out = nullptr;
  absl::StatusOr<Policy> policy = Policy::Load(path);
  if (!policy.ok()) return ToError(policy.status());
  *out = new airwasm_policy_t{*std::move(policy)};
  return nullptr;
}

airwasm_error_t* airwasm_policy_parse(const char* text, size_t length, const char* name,
                                      airwasm_policy_t** out) {
  *out = nullptr;
  absl::StatusOr<Policy> policy = Policy::Parse({text, length}, name);
  if (!policy.ok()) return ToError(policy.status());
  *out = new airwasm_policy_t{*std::move(policy)};
  return nullptr;
}

airwasm_error_t* airwasm_policy_check_signers(const airwasm_policy_t* policy, const char* component,
                                              const char* sha256, const char* file,
                                              size_t file_length, const char* signature,
                                              size_t signature_length) {
  const std::vector<std::string> signers =
      airwasm::capi::EffectiveOf(policy, component, sha256).signers;
  if (signers.empty()) return nullptr;
  std::optional<std::string_view> detached;
  if (signature != nullptr) detached = std::string_view(signature, signature_length);
  return ToError(airwasm::security::CheckSigners({file, file_length}, detached, signers));
}

airwasm_policy_findings_t* airwasm_policy_check(const char* path) {
  auto* const findings = new airwasm_policy_findings_t;
  for (const airwasm::security::Diagnostic& found : Policy::Check(path, absl::Now()))
    findings->findings.push_back({found.is_error, found.ToString()});
  return findings;
}
void airwasm_policy_findings_delete(airwasm_policy_findings_t* findings) {
  delete findings;
}
size_t airwasm_policy_findings_count(const airwasm_policy_findings_t* findings) {
  return findings->findings.size();
}
const char* airwasm_policy_findings_text(const airwasm_policy_findings_t* findings, size_t index) {
  return index < findings->findings.size() ? findings->findings[index].text.c_str() : nullptr;
}
bool airwasm_policy_findings_is_error(const airwasm_policy_findings_t* findings, size_t index) {
  return index < findings->findings.size() && findings->findings[index].is_error;
}

// ---- Grants

airwasm_grants_t* airwasm_grants_new(void) {
  return new airwasm_grants_t;
}
void airwasm_grants_delete(airwasm_grants_t* grants) {
  delete grants;
}

airwasm_error_t* airwasm_grants_allow(airwasm_grants_t* grants, const char* rule,
                                      const char* origin) {
  return airwasm::capi::AddRule(grants, rule, true, origin);
}
airwasm_error_t* airwasm_grants_deny(airwasm_grants_t* grants, const char* rule,
                                     const char* origin) {
  return airwasm::capi::AddRule(grants, rule, false, origin);
}

airwasm_error_t* airwasm_grants_allow_dir(airwasm_grants_t* grants, const char* directory,
                                          bool read_only, const char* origin) {
  using airwasm::security::SetOf;
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(directory, nullptr), &std::free);
  struct stat status = {};
  if (real == nullptr || stat(real.get(), &status) != 0)
    return ToError(absl::ErrnoToStatus(errno, directory));
  if (!S_ISDIR(status.st_mode)) return ToError(absl::ErrnoToStatus(ENOTDIR, directory));
  airwasm::security::CapabilitySet classes = SetOf(Capability::kFsRead, Capability::kFsList);
  if (!read_only) {
    classes |= SetOf(Capability::kFsWrite, Capability::kFsAppend, Capability::kFsCreate,
                     Capability::kFsDelete);
  }
  grants->Add(airwasm::security::TreeRule(classes, real.get(), true,
                                          origin == nullptr ? airwasm::capi::kOrigin : origin));
  return nullptr;
}

void airwasm_grants_add_policy(airwasm_grants_t* grants, const airwasm_policy_t* policy,
                               const char* component, const char* sha256) {
  for (Rule& rule : airwasm::capi::EffectiveOf(policy, component, sha256).rules)
    grants->Add(std::move(rule));
}

airwasm_error_t* airwasm_grants_decide(const airwasm_grants_t* grants, const char* action,
                                       bool* allowed, wasm_name_t* rule) {
  *allowed = false;
  if (rule != nullptr) wasm_byte_vec_new_empty(rule);
  const absl::StatusOr<airwasm::security::Action> parsed = airwasm::security::ParseAction(action);
  if (!parsed.ok()) return ToError(parsed.status());
  const airwasm::security::Verdict verdict =
      grants->Compiled()->Decide(parsed->capability, parsed->object.object(), absl::Now());
  *allowed = verdict.allowed;
  if (rule != nullptr) {
    airwasm::capi::SetText(rule, verdict.rule == nullptr
                                     ? ""
                                     : absl::StrCat(verdict.rule->origin, " ", verdict.rule->text));
  }
  return nullptr;
}

const char* airwasm_grants_path_root(const airwasm_grants_t* grants, size_t index) {
  grants->Compiled();
  return index < grants->roots.size() ? grants->roots[index].c_str() : nullptr;
}

}  // extern "C"
