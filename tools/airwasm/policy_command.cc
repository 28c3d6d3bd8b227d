// `airwasm policy`: checks policy files, says what they decide and why, and makes one of what a
// program was seen to do.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "airwasm/grants.h"
#include "airwasm/policy.h"
#include "security/policy/object_text.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/learn.h"

namespace airwasm::tools {
namespace {

using security::Action;
using security::Diagnostic;
using security::Policy;
using security::Rule;
using Json = nlohmann::ordered_json;

struct PolicyFlags {
  std::vector<std::string> files;
  std::string file;
  std::string component;
  std::string action;
  std::string at;
  std::string log;
  std::string only;
  bool json = false;
};

void Print(const Json& json) {
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

// `--at`; now without it.
absl::StatusOr<absl::Time> TimeOf(const PolicyFlags& flags) {
  if (flags.at.empty()) return absl::Now();
  absl::Time time;
  if (std::string error; !absl::ParseTime(absl::RFC3339_full, flags.at, &time, &error))
    return absl::InvalidArgumentError(
        absl::StrFormat("--at takes a time as in 2027-01-01T00:00:00Z, not '%s'", flags.at));
  return time;
}

int CheckFiles(const PolicyFlags& flags) {
  const absl::StatusOr<absl::Time> now = TimeOf(flags);
  if (!now.ok()) return Fail("", now.status()), kExitUsage;
  size_t errors = 0;
  Json report = Json::array();
  for (const std::string& file : flags.files) {
    for (const Diagnostic& found : Policy::Check(file, *now)) {
      errors += found.is_error ? 1 : 0;
      if (flags.json) {
        report.push_back({{"severity", found.is_error ? "error" : "warning"},
                          {"file", found.file},
                          {"line", found.line},
                          {"column", found.column},
                          {"message", found.message}});
      } else {
        std::fprintf(stderr, "airwasm: %s: %s\n", found.is_error ? "error" : "warning",
                     found.ToString().c_str());
      }
    }
  }
  if (flags.json) Print(report);
  return errors == 0 ? kExitOk : kExitFailure;
}

Json JsonOf(const Rule& rule) {
  Json json = {{"decides", rule.allow ? "allow" : "deny"},
               {"rule", rule.text},
               {"origin", rule.origin},
               {"expires", nullptr}};
  if (rule.expires)
    json["expires"] = absl::FormatTime(absl::RFC3339_sec, *rule.expires, absl::UTCTimeZone());
  return json;
}

std::string TextOf(const Rule& rule) {
  std::string text =
      absl::StrFormat("%s: %s '%s'", rule.origin, rule.allow ? "allow" : "deny", rule.text);
  if (rule.expires)
    text += absl::StrFormat(
        ", until %s", absl::FormatTime(absl::RFC3339_sec, *rule.expires, absl::UTCTimeZone()));
  return text;
}

// "sha256:..." is a content hash, everything else a name; - is a component that has neither.
security::ComponentIdentity IdentityOf(const std::string& text) {
  constexpr std::string_view kHash = "sha256:";
  if (text.starts_with(kHash)) return {.sha256 = text.substr(kHash.size())};
  return {.name = text == "-" ? "" : text};
}

int Explain(const PolicyFlags& flags) {
  const absl::StatusOr<absl::Time> now = TimeOf(flags);
  if (!now.ok()) return Fail("", now.status()), kExitUsage;
  const absl::StatusOr<Action> action = security::ParseAction(flags.action);
  if (!action.ok()) return Fail("", action.status()), kExitUsage;
  const absl::StatusOr<Policy> policy = Policy::Load(flags.file);
  if (!policy.ok()) return Fail("", policy.status());
  const security::Grants grants(policy->For(IdentityOf(flags.component)).rules);
  const security::Verdict verdict =
      grants.Decide(action->capability, action->object.object(), *now);
  std::vector<const Rule*> lost =
      grants.Matching(action->capability, action->object.object(), *now);
  std::erase(lost, verdict.rule);
  // Of a denied action all that matches and is no deny lost; what else denies it would decide as
  // well.
  std::vector<const Rule*> expired;
  for (const Rule* const rule :
       grants.Matching(action->capability, action->object.object(), absl::InfinitePast())) {
    if (rule->expires && *rule->expires <= *now) expired.push_back(rule);
  }
  if (flags.json) {
    Json report = {{"action", flags.action},
                   {"component", flags.component},
                   {"decision", verdict.allowed ? "allow" : "deny"},
                   {"rule", nullptr}};
    if (verdict.rule != nullptr) report["rule"] = JsonOf(*verdict.rule);
    report["also_match"] = Json::array();
    for (const Rule* const rule : lost) report["also_match"].push_back(JsonOf(*rule));
    report["expired"] = Json::array();
    for (const Rule* const rule : expired) report["expired"].push_back(JsonOf(*rule));
    Print(report);
    return kExitOk;
  }
  std::printf("%s: %s\n", verdict.allowed ? "allowed" : "denied", flags.action.c_str());
  if (verdict.rule == nullptr) {
    std::printf("  no rule allows it\n");
  } else {
    std::printf("  by %s\n", TextOf(*verdict.rule).c_str());
  }
  for (const Rule* const rule : lost) std::printf("  also matches: %s\n", TextOf(*rule).c_str());
  for (const Rule* const rule : expired) std::printf("  has expired: %s\n", TextOf(*rule).c_str());
  return kExitOk;
}

int Learn(const PolicyFlags& flags) {
  const absl::StatusOr<std::string> policy = LearnFromLog(flags.log, flags.only);
  if (!policy.ok()) return Fail("", policy.status());
  const absl::Status written = WriteFile("-", *policy);
  return written.ok() ? kExitOk : Fail("", written);
}

int PrintClasses() {
  for (size_t i = 0; i < security::kNumBuiltInCapabilities; ++i) {
    const auto c = static_cast<security::Capability>(i);
    std::printf("%-12s %s\n", std::string(security::TextOf(c)).c_str(),
                std::string(security::SummaryOf(c)).c_str());
  }
  return kExitOk;
}

}  // namespace

void AddPolicyCommand(CLI::App& app, int* exit_code) {
  CLI::App& policy =
      *app.add_subcommand("policy", "Policies: what components are granted and denied")
           ->require_subcommand(1);

  auto flags = std::make_shared<PolicyFlags>();
  CLI::App* command = policy.add_subcommand("check", "Say all that is wrong with policy files");
  command->add_option("FILE", flags->files, "policy files, TOML")->required();
  command->add_flag("--json", flags->json, "a list of findings on standard output");
  command->add_option("--at", flags->at, "the time to check for; now unless given");
  command->footer(
      "Warnings are for rules that change nothing: expired, repeated, or denied as a whole. The "
      "exit code is 1 if there\n"
      "are errors.");
  command->callback([flags, exit_code] { *exit_code = CheckFiles(*flags); });

  flags = std::make_shared<PolicyFlags>();
  command = policy.add_subcommand("explain", "Say how a policy decides, and which rule does");
  command->add_option("FILE", flags->file, "a policy file, TOML")->required();
  command
      ->add_option("COMPONENT", flags->component,
                   "name, or sha256:HASH; - is one that is not named")
      ->required();
  command->add_option("ACTION", flags->action, "CLASS[:OBJECT]")->required();
  command->add_flag("--json", flags->json, "one object on standard output");
  command->add_option("--at", flags->at, "the time of the action; now unless given");
  command->footer(
      "Objects are what a call is found to mean: paths without links, addresses with the name that "
      "they were looked\n"
      "up from. An address that is not given is one that no rule for addresses matches.\n\n"
      "Examples:\n"
      "  airwasm policy explain policy.toml acme:billing fs.read:/srv/data/x\n"
      "  airwasm policy explain policy.toml acme:billing 'net.connect:db.internal:5432 "
      "(10.0.0.7)'\n"
      "  airwasm policy explain policy.toml - 'http.out:GET https://example.org/v1/x'");
  command->callback([flags, exit_code] { *exit_code = Explain(*flags); });

  command = policy.add_subcommand("classes", "List what can be granted, and denied");
  command->callback([exit_code] { *exit_code = PrintClasses(); });

  flags = std::make_shared<PolicyFlags>();
  command = policy.add_subcommand(
      "learn", "Print a policy that allows what an audit log has seen, and little else");
  command->add_option("LOG", flags->log, "an audit log, JSON lines; - is standard input")
      ->required();
  command
      ->add_option("--only", flags->only,
                   "of what the log has seen: what was allowed, or what was denied")
      ->check(CLI::IsMember({"allow", "deny"}));
  command->footer(
      "Example:\n  airwasm policy learn audit.jsonl > policy.toml && airwasm policy check "
      "policy.toml\n\nRecording and learning in one: airwasm run --learn policy.toml ...");
  command->callback([flags, exit_code] { *exit_code = Learn(*flags); });
}

}  // namespace airwasm::tools
