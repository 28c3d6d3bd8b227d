#include "airwasm/policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "engine/base/format.h"
#include "engine/base/out_of_memory.h"
#include "security/policy/glob.h"
#include "security/policy/policy_reader.h"
#include "security/policy/scope.h"

namespace airwasm::security {
namespace {

absl::StatusOr<Policy> Finish(PolicyReader& reader) {
  if (!reader.file_status().ok()) return reader.file_status();
  const std::vector<Diagnostic>& errors = reader.errors();
  if (errors.empty()) return reader.TakePolicy();
  std::string message = errors[0].ToString();
  if (errors.size() > 1) message += FormatText(" (and %d more)", errors.size() - 1);
  return absl::InvalidArgumentError(message);
}

// How near to one component a section is: what is said to all, to names, to this very one.
enum class Rank : uint8_t { kNone, kAll, kOne };

Rank RankOf(const std::string& component, const ComponentIdentity& identity,
            const std::string& hash) {
  if (component.empty()) return Rank::kAll;
  if (component.starts_with("sha256:")) return component == hash ? Rank::kOne : Rank::kNone;
  if (identity.name.empty()) return Rank::kNone;
  const Expected<Glob> name = Glob::Parse(component, 0);
  return name.ok() && name->Matches(identity.name) ? Rank::kOne : Rank::kNone;
}

// The file, line and column of a rule that came from a policy.
Diagnostic Warning(const Rule& rule, std::string message) {
  Diagnostic warning{.is_error = false, .message = FormatText("'%s' %s", rule.text, message)};
  const size_t column = rule.origin.rfind(':');
  const size_t line = rule.origin.rfind(':', column - 1);
  warning.file = rule.origin.substr(0, line);
  warning.line = static_cast<uint32_t>(std::stoul(rule.origin.substr(line + 1, column - line - 1)));
  warning.column = static_cast<uint32_t>(std::stoul(rule.origin.substr(column + 1)));
  return warning;
}

void AddDenies(const std::vector<Rule>& rules, std::vector<const Rule*>& denies) {
  for (const Rule& rule : rules) {
    if (!rule.allow) denies.push_back(&rule);
  }
}

bool TakesAwayWhole(const Rule& deny, const Rule& allow) {
  if ((allow.capabilities & ~deny.capabilities) != 0) return false;
  if (deny.expires && (!allow.expires || *deny.expires < *allow.expires)) return false;
  if (deny.scope == nullptr) return true;
  return allow.scope != nullptr && deny.scope->Covers(*allow.scope);
}

}  // namespace

std::string Diagnostic::ToString() const {
  return line == 0 ? FormatText("%s: %s", file, message)
                   : FormatText("%s:%d:%d: %s", file, line, column, message);
}

absl::StatusOr<Policy> Policy::Load(const std::string& path) {
  return OrOutOfMemory([&] {
    PolicyReader reader;
    reader.ReadFile(path);
    return Finish(reader);
  });
}

absl::StatusOr<Policy> Policy::Parse(std::string_view text, std::string name) {
  return OrOutOfMemory([&] {
    PolicyReader reader;
    reader.ReadText(text, name, /*may_include=*/false);
    return Finish(reader);
  });
}

std::vector<Diagnostic> Policy::Check(const std::string& path, absl::Time now) {
  PolicyReader reader;
  reader.ReadFile(path);
  std::vector<Diagnostic> found = reader.errors();
  const Policy policy = reader.TakePolicy();
  std::vector<const Rule*> everyones;
  for (const Section& section : policy.sections_) {
    if (section.component.empty()) AddDenies(section.rules, everyones);
  }
  for (const Section& section : policy.sections_) {
    std::vector<const Rule*> own;
    if (!section.component.empty()) AddDenies(section.rules, own);
    std::set<std::pair<bool, std::string_view>> texts;
    for (const Rule& rule : section.rules) {
      if (rule.expires && *rule.expires <= now) {
        found.push_back(
            Warning(rule, FormatText("has expired, at %s",
                                     absl::FormatTime(*rule.expires, absl::UTCTimeZone()))));
        continue;
      }
      if (!texts.emplace(rule.allow, rule.text).second && !rule.expires) {
        found.push_back(Warning(rule, "is there already"));
        continue;
      }
      if (!rule.allow) continue;
      const auto takes_away = [&](const Rule* deny) { return TakesAwayWhole(*deny, rule); };
      auto deny = std::find_if(everyones.begin(), everyones.end(), takes_away);
      if (deny == everyones.end()) {
        deny = std::find_if(own.begin(), own.end(), takes_away);
        if (deny == own.end()) continue;
      }
      found.push_back(Warning(rule, FormatText("never matches: '%s' at %s denies all of it",
                                               (*deny)->text, (*deny)->origin)));
    }
  }
  return found;
}

Effective Policy::For(const ComponentIdentity& identity) const {
  const std::string hash = "sha256:" + absl::AsciiStrToLower(identity.sha256);
  Effective effective;
  Quota everyones;
  Quota own;
  std::vector<Rule> own_rules;
  std::vector<std::string> everyones_signers;
  for (const Section& section : sections_) {
    const Rank rank = RankOf(section.component, identity, hash);
    if (rank == Rank::kNone) continue;
    // What is said to all comes first.
    std::vector<Rule>& rules = rank == Rank::kAll ? effective.rules : own_rules;
    rules.insert(rules.end(), section.rules.begin(), section.rules.end());
    Quota& quota = rank == Rank::kAll ? everyones : own;
    quota = Tighter(quota, section.quota);
    std::vector<std::string>& signers = rank == Rank::kAll ? everyones_signers : effective.signers;
    signers.insert(signers.end(), section.signers.begin(), section.signers.end());
  }
  effective.rules.insert(effective.rules.end(), std::make_move_iterator(own_rules.begin()),
                         std::make_move_iterator(own_rules.end()));
  effective.quota = own;
  for (const QuotaInfo& row : Quotas()) {
    if (!(own.*row.field)) effective.quota.*row.field = everyones.*row.field;
  }
  if (effective.signers.empty()) effective.signers = std::move(everyones_signers);
  return effective;
}

}  // namespace airwasm::security
