#include "airwasm/grants.h"

#include <algorithm>
#include <set>
#include <utility>

#include "security/base/object.h"
#include "security/policy/ip_address.h"
#include "security/policy/scope.h"
#include "security/policy/subject.h"

namespace airwasm::security {

struct Grants::Entry {
  const Rule* rule;
  const Scope* scope;  // null: all
  absl::Time expires;

  bool InForce(absl::Time now) const { return now < expires; }
  bool IsWhole() const { return scope == nullptr || scope->MatchesAll(); }
};

struct Grants::Class {
  std::vector<Entry> denies;
  std::vector<Entry> allows;
};

namespace {

constexpr CapabilitySet kPathClasses =
    SetOf(Capability::kFsRead, Capability::kFsList, Capability::kFsWrite, Capability::kFsAppend,
          Capability::kFsCreate, Capability::kFsDelete);

// "/srv" of "/srv/data"; "/" of "/srv".
std::string_view ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == path.npos ? std::string_view("/") : path.substr(0, slash);
}

bool LiesBeneathOneOf(const std::set<std::string, std::less<>>& directories,
                      std::string_view path) {
  while (path != "/") {
    path = ParentOf(path);
    if (directories.contains(path)) return true;
  }
  return false;
}

}  // namespace

Grants::Grants(std::vector<Rule> rules)
    : rules_(std::move(rules)), classes_(std::make_unique<Class[]>(kMaxCapabilities)) {
  for (const Rule& rule : rules_) {
    const Entry entry{&rule, rule.scope.get(), rule.expires.value_or(absl::InfiniteFuture())};
    for (size_t i = 0; i < kMaxCapabilities; ++i) {
      if (!Contains(rule.capabilities, static_cast<Capability>(i))) continue;
      (rule.allow ? classes_[i].allows : classes_[i].denies).push_back(entry);
    }
    const bool names_hosts = entry.scope == nullptr || (entry.scope->address() != nullptr &&
                                                        entry.scope->address()->NamesHosts());
    if (rule.allow && names_hosts && Contains(rule.capabilities, Capability::kNetConnect) &&
        !Contains(rule.capabilities, Capability::kNetLookup))
      classes_[static_cast<size_t>(Capability::kNetLookup)].allows.push_back(entry);
  }
}

Grants::~Grants() = default;

CapabilitySet Grants::Granted(absl::Time now) const {
  CapabilitySet granted = 0;
  for (size_t i = 0; i < kMaxCapabilities; ++i) {
    const Class& rules = classes_[i];
    const auto in_force = [now](const Entry& entry) { return entry.InForce(now); };
    const auto whole = [now](const Entry& entry) { return entry.InForce(now) && entry.IsWhole(); };
    if (std::any_of(rules.allows.begin(), rules.allows.end(), in_force) &&
        std::none_of(rules.denies.begin(), rules.denies.end(), whole))
      granted |= SetOf(static_cast<Capability>(i));
  }
  return granted;
}

const Rule* Grants::Find(const std::vector<Entry>& entries, const Subject& subject,
                         absl::Time now) const {
  for (const Entry& entry : entries) {
    if (entry.InForce(now) && (entry.scope == nullptr || entry.scope->Matches(subject)))
      return entry.rule;
  }
  return nullptr;
}

Verdict Grants::Decide(Capability c, const Object& object, absl::Time now) const {
  const Class& rules = classes_[static_cast<size_t>(c)];
  if (rules.allows.empty() && rules.denies.empty()) return {};
  return Decide(c, Subject(c, object), now);
}

Verdict Grants::DecideConnection(const Object& url, const IpAddress& address,
                                 absl::Time now) const {
  Subject subject(Capability::kHttpOut, url);
  subject.connected = ConnectedAddress(address);
  return Decide(Capability::kHttpOut, subject, now);
}

Verdict Grants::Decide(Capability c, const Subject& subject, absl::Time now) const {
  const Class& rules = classes_[static_cast<size_t>(c)];
  if (subject.object.kind == ScopeKind::kNone) {
    // Every deny takes something from the whole.
    for (const Entry& entry : rules.denies)
      if (entry.InForce(now)) return {.allowed = false, .rule = entry.rule};
  } else if (const Rule* const deny = Find(rules.denies, subject, now)) {
    return {.allowed = false, .rule = deny};
  }
  if (!subject.well_formed) return {};
  const Rule* const allow = Find(rules.allows, subject, now);
  return {.allowed = allow != nullptr, .rule = allow};
}

std::vector<const Rule*> Grants::Matching(Capability c, const Object& object,
                                          absl::Time now) const {
  const Class& rules = classes_[static_cast<size_t>(c)];
  const Subject subject(c, object);
  std::vector<const Rule*> matching;
  for (const std::vector<Entry>* entries : {&rules.denies, &rules.allows}) {
    if (entries == &rules.allows && !subject.well_formed) break;
    for (const Entry& entry : *entries) {
      const bool matches = entry.scope == nullptr || entry.scope->Matches(subject) ||
                           (object.kind == ScopeKind::kNone && !entry.rule->allow);
      if (entry.InForce(now) && matches) matching.push_back(entry.rule);
    }
  }
  return matching;
}

absl::Time Grants::NextChange(absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  for (const Rule& rule : rules_) {
    if (rule.expires && *rule.expires > now) next = std::min(next, *rule.expires);
  }
  return next;
}

Coverage Grants::CoverageOf(Capability c, std::string_view directory, absl::Time now) const {
  return Covered(c, directory, true, now);
}

Coverage Grants::CoverageBeneath(Capability c, std::string_view directory, absl::Time now) const {
  return Covered(c, directory, false, now);
}

Coverage Grants::Covered(Capability c, std::string_view directory, bool itself,
                         absl::Time now) const {
  if (!IsWellFormedPath(directory)) return Coverage::kNone;
  const Class& rules = classes_[static_cast<size_t>(c)];
  const auto coverage = [&](const std::vector<Entry>& entries) {
    Coverage found = Coverage::kNone;
    for (const Entry& entry : entries) {
      if (!entry.InForce(now)) continue;
      const PathPattern* const path = entry.scope == nullptr ? nullptr : entry.scope->path();
      if (entry.scope == nullptr || (path != nullptr && path->CoversTree(directory)))
        return Coverage::kAll;
      const bool reaches = path == nullptr || (itself ? path->ReachesInto(directory)
                                                      : path->ReachesBeneath(directory));
      if (reaches) found = Coverage::kSome;
    }
    return found;
  };
  const Coverage denied = coverage(rules.denies);
  const Coverage allowed = coverage(rules.allows);
  if (denied == Coverage::kAll || allowed == Coverage::kNone) return Coverage::kNone;
  return denied == Coverage::kNone ? allowed : Coverage::kSome;
}

std::vector<std::string> Grants::PathRoots(absl::Time now) const {
  std::set<std::string, std::less<>> roots;
  for (const Rule& rule : rules_) {
    const PathPattern* const path = rule.scope == nullptr ? nullptr : rule.scope->path();
    if (path == nullptr || !rule.allow || (rule.expires && *rule.expires <= now)) continue;
    if ((rule.capabilities & kPathClasses) == 0) continue;
    const std::string_view prefix =
        path->prefix().empty() ? std::string_view("/") : std::string_view(path->prefix());
    roots.emplace(path->IsLiteral() ? ParentOf(prefix) : prefix);
  }
  std::vector<std::string> outermost;
  for (const std::string& root : roots) {
    if (!LiesBeneathOneOf(roots, root)) outermost.push_back(root);
  }
  return outermost;
}

uint64_t Grants::ClockQuantumNs(std::string_view name, absl::Time now) const {
  const Object object = Object::Name(name);
  const Subject subject(Capability::kClock, object);
  std::optional<uint64_t> finest;
  for (const Entry& entry : classes_[static_cast<size_t>(Capability::kClock)].allows) {
    if (!entry.InForce(now) || (entry.scope != nullptr && !entry.scope->Matches(subject))) continue;
    finest = std::min(finest.value_or(UINT64_MAX), entry.rule->clock_quantum_ns);
  }
  return finest.value_or(0);
}

}  // namespace airwasm::security
