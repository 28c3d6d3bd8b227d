// Reading one rule. What the classes of scoped names may hold (stdio, clock) is said here; scopes
// read themselves.
#include <array>
#include <span>
#include <utility>

#include "airwasm/policy.h"
#include "engine/base/format.h"
#include "engine/base/status_macros.h"
#include "security/policy/nearest.h"
#include "security/policy/rule.h"
#include "security/policy/scope.h"
#include "security/policy/units.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxRuleBytes = 8192;
constexpr CapabilitySet kAllCapabilities = ~CapabilitySet{0} >> 1;

// Classes whose scopes are names that are known.
struct KnownNames {
  Capability capability;
  std::span<const std::string_view> names;
};
constexpr std::array<std::string_view, 3> kStreams = {"in", "out", "err"};
constexpr std::array<std::string_view, 4> kClocks = {"wall", "monotonic", "process", "thread"};
constexpr KnownNames kKnownNames[] = {{Capability::kStdio, kStreams},
                                      {Capability::kClock, kClocks}};

std::string_view FamilyOf(std::string_view text) {
  return text.substr(0, text.find('.'));
}

CapabilitySet FindFamily(std::string_view family) {
  CapabilitySet set = 0;
  const size_t count = NumCapabilities();
  for (size_t i = 0; i < count; ++i) {
    const auto c = static_cast<Capability>(i);
    if (FamilyOf(TextOf(c)) == family) set |= SetOf(c);
  }
  return set;
}

std::string UnknownClass(std::string_view text) {
  std::vector<std::string_view> words;
  const size_t count = NumCapabilities();
  for (size_t i = 0; i < count; ++i) {
    words.push_back(TextOf(static_cast<Capability>(i)));
    words.push_back(FamilyOf(words.back()));
  }
  if (text.empty()) return "a class is expected, as in 'fs.read'";
  return FormatText("there is no class '%s'%s", text.substr(0, 64), DidYouMean(text, words));
}

Expected<CapabilitySet> ParseClasses(std::string_view text) {
  CapabilitySet set = 0;
  for (size_t start = 0;;) {
    const size_t end = std::min(text.find(',', start), text.size());
    std::string_view word = text.substr(start, end - start);
    CapabilitySet found = 0;
    if (word == "*") {
      found = kAllCapabilities;
    } else if (const std::optional<Capability> c = FindCapability(word)) {
      found = SetOf(*c);
    } else {
      found = FindFamily(word.ends_with(".*") ? word.substr(0, word.size() - 2) : word);
    }
    if (found == 0) return PatternError(start, UnknownClass(word));
    set |= found;
    if (end == text.size()) return set;
    start = end + 1;
  }
}

// The kind of scope that all of the set take; an error, at the scope, if there is no such.
Expected<ScopeKind> CommonScopeKind(CapabilitySet set, size_t scope_offset) {
  std::optional<ScopeKind> kind;
  std::string_view first;
  const size_t count = NumCapabilities();
  for (size_t i = 0; i < count; ++i) {
    const auto c = static_cast<Capability>(i);
    if (!Contains(set, c)) continue;
    const ScopeKind its = ScopeKindOf(c);
    if (its == ScopeKind::kNone)
      return PatternError(scope_offset, FormatText("'%s' takes no scope", TextOf(c)));
    if (kind && its != *kind)
      return PatternError(
          scope_offset,
          FormatText("'%s' and '%s' take scopes of different kinds; write a rule for each", first,
                     TextOf(c)));
    if (!kind) first = TextOf(c);
    kind = its;
  }
  return *kind;
}

std::string List(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words)
    text += FormatText("%s'%s'", text.empty() ? "" : ", ", word);
  return text;
}

std::optional<Error> CheckNames(CapabilitySet set, const Glob& names, size_t offset) {
  for (const KnownNames& known : kKnownNames) {
    if (set != SetOf(known.capability)) continue;
    for (const std::string& word : names.Literals()) {
      if (std::find(known.names.begin(), known.names.end(), word) == known.names.end())
        return PatternError(offset,
                            FormatText("'%s' has no '%s'; there are %s", TextOf(known.capability),
                                       word.substr(0, 32), List(known.names)));
    }
  }
  return std::nullopt;
}

// Takes "@1ms" off the end of a clock's scope.
Expected<uint64_t> TakeQuantum(std::string_view* scope, size_t offset, bool allow) {
  const size_t at = scope->rfind('@');
  if (at == scope->npos) return uint64_t{0};
  const std::optional<uint64_t> ns = ParseDurationNs(scope->substr(at + 1));
  if (!ns || *ns == 0)
    return PatternError(offset + at + 1,
                        "the resolution of a clock is a time, as in '1ms', '100us'");
  if (!allow)
    return PatternError(offset + at, "a deny takes no resolution: it takes the clock away");
  *scope = scope->substr(0, at);
  return *ns;
}

}  // namespace

Expected<Rule> ReadRule(std::string_view text, bool allow) {
  if (text.size() > kMaxRuleBytes)
    return PatternError(kMaxRuleBytes, FormatText("a rule has at most %d bytes", kMaxRuleBytes));
  const size_t colon = std::min(text.find(':'), text.size());
  ASSIGN_OR_RETURN(const CapabilitySet set, ParseClasses(text.substr(0, colon)));
  Rule rule{.allow = allow, .capabilities = set, .text = std::string(text)};
  if (colon == text.size()) return rule;
  const size_t offset = colon + 1;
  std::string_view scope_text = text.substr(offset);
  if (set == kAllCapabilities)
    return PatternError(offset, "'*' takes no scope; write a rule for each class");
  ASSIGN_OR_RETURN(const ScopeKind kind, CommonScopeKind(set, offset));
  if (set == SetOf(Capability::kClock)) {
    ASSIGN_OR_RETURN(rule.clock_quantum_ns, TakeQuantum(&scope_text, offset, allow));
  }
  if (scope_text.empty()) return PatternError(offset, "a scope is expected behind ':'");
  ASSIGN_OR_RETURN(Scope scope, Scope::Parse(kind, scope_text, offset, allow));
  if (scope.name() != nullptr) {
    if (auto error = CheckNames(set, *scope.name(), offset)) return *std::move(error);
  }
  rule.scope = std::make_shared<const Scope>(std::move(scope));
  return rule;
}

Rule TreeRule(CapabilitySet capabilities, std::string_view directory, bool allow,
              std::string origin) {
  std::string text;
  for (size_t i = 0; i < kMaxCapabilities; ++i) {
    if (const auto c = static_cast<Capability>(i); Contains(capabilities, c))
      text += FormatText("%s%s", text.empty() ? "" : ",", TextOf(c));
  }
  Rule rule{.allow = allow, .capabilities = capabilities, .origin = std::move(origin)};
  rule.text = FormatText("%s:%s/**", text, directory == "/" ? "" : EscapeGlob(directory));
  rule.scope = std::make_shared<const Scope>(Scope::Tree(directory));
  return rule;
}

absl::StatusOr<Rule> ParseRule(std::string_view text, bool allow, std::string origin) {
  Expected<Rule> rule = ReadRule(text, allow);
  if (!rule.ok()) {
    constexpr size_t kMaxShown = 200;
    return absl::InvalidArgumentError(FormatText(
        "%s: '%s%s': character %d: %s", origin, text.substr(0, kMaxShown),
        text.size() > kMaxShown ? "..." : "", rule.error().offset + 1, rule.error().message));
  }
  rule->origin = std::move(origin);
  return *std::move(rule);
}

}  // namespace airwasm::security
