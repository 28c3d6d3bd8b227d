#include "airwasm/manifest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/format.h"
#include "security/policy/nearest.h"
#include "security/policy/policy_reader.h"
#include "security/policy/rule.h"
#include "security/policy/scope.h"
#include "security/policy/toml_document.h"

namespace airwasm::security {
namespace {

constexpr std::string_view kKeys[] = {"name", "version", "description", "requests"};
constexpr size_t kMaxRequests = 1000;

absl::Status ErrorAt(const std::string& file, uint32_t line, uint32_t column,
                     std::string_view message) {
  return absl::InvalidArgumentError(FormatText("%s:%d:%d: %s", file, line, column, message));
}

absl::Status ReadRequests(const TomlValue& list, const std::string& file,
                          std::vector<Rule>& requests) {
  if (list.kind != TomlValue::Kind::kArray)
    return ErrorAt(file, list.line, list.column, "'requests' takes an array of rules");
  for (const TomlValue& value : list.array) {
    if (value.kind != TomlValue::Kind::kString)
      return ErrorAt(file, value.line, value.column,
                     FormatText("'requests' takes rules, not %s", NameOf(value.kind)));
    if (requests.size() == kMaxRequests)
      return ErrorAt(file, value.line, value.column,
                     FormatText("more than %d requests", kMaxRequests));
    Expected<Rule> rule = ReadRule(value.string, /*allow=*/true);
    if (!rule.ok()) {
      const auto offset = static_cast<uint32_t>(rule.error().offset);
      return ErrorAt(file, value.line, value.column + (value.is_plain ? offset + 1 : 0),
                     FormatText("'%s': %s", value.string.substr(0, 100), rule.error().message));
    }
    rule->origin = FormatText("%s:%d:%d", file, value.line, value.column);
    requests.push_back(*std::move(rule));
  }
  return absl::OkStatus();
}

bool InForce(const Rule& rule, absl::Time now) {
  return !rule.expires || now < *rule.expires;
}

// Who may connect to a name may look it up.
Coverage LookupReached(const Rule& rule, const Rule& request) {
  if (!rule.allow || !Contains(rule.capabilities, Capability::kNetConnect)) return Coverage::kNone;
  if (rule.scope == nullptr) return Coverage::kAll;
  const HostPattern* const names = rule.scope->address()->host();
  if (names == nullptr) return Coverage::kNone;
  const HostPattern* const requested = request.scope == nullptr ? nullptr : request.scope->host();
  if (names->kind() == HostPattern::Kind::kAny) return Coverage::kAll;
  if (requested == nullptr) return Coverage::kSome;
  if (names->Covers(*requested)) return Coverage::kAll;
  return names->MayOverlap(*requested) ? Coverage::kSome : Coverage::kNone;
}

// How much of `request`, as far as it is of class `c`, one rule reaches.
Coverage Reached(const Rule& rule, const Rule& request, Capability c) {
  if (!Contains(rule.capabilities, c))
    return c == Capability::kNetLookup ? LookupReached(rule, request) : Coverage::kNone;
  // A clock that is coarser than was asked for.
  const Coverage whole = rule.allow && rule.clock_quantum_ns > request.clock_quantum_ns
                             ? Coverage::kSome
                             : Coverage::kAll;
  if (rule.scope == nullptr || rule.scope->MatchesAll()) return whole;
  if (request.scope == nullptr) return Coverage::kSome;
  if (rule.scope->Covers(*request.scope)) return whole;
  return rule.scope->MayOverlap(*request.scope) ? Coverage::kSome : Coverage::kNone;
}

RequestStatus Compare(const Rule& request, Capability c, const Grants& grants, absl::Time now) {
  RequestStatus status{.request = &request};
  Coverage denied = Coverage::kNone;
  for (const Rule& rule : grants.rules()) {
    if (!InForce(rule, now)) continue;
    const Coverage reached = Reached(rule, request, c);
    if (reached == Coverage::kNone) continue;
    if (rule.allow) {
      status.granted = std::max(status.granted, reached);
    } else if (reached > denied) {
      denied = reached;
      status.denied_by = &rule;
    }
  }
  if (denied == Coverage::kAll) {
    status.granted = Coverage::kNone;
  } else if (denied == Coverage::kSome && status.granted == Coverage::kAll) {
    status.granted = Coverage::kSome;
  }
  return status;
}

}  // namespace

absl::StatusOr<Manifest> Manifest::Load(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadTomlFile(path);
  if (!text.ok()) return text.status();
  return Parse(*text, path);
}

absl::StatusOr<Manifest> Manifest::Parse(std::string_view text, std::string file) {
  const Expected<TomlValue> document = ParseToml(text);
  if (!document.ok())
    return ErrorAt(file, document.error().line, document.error().column, document.error().message);
  Manifest manifest;
  const std::pair<std::string_view, std::string*> strings[] = {
      {"name", &manifest.name},
      {"version", &manifest.version},
      {"description", &manifest.description}};
  for (const TomlValue::Member& member : document->table) {
    if (member.key == "requests") {
      if (absl::Status status = ReadRequests(member.value, file, manifest.requests); !status.ok())
        return status;
      continue;
    }
    std::string* field = nullptr;
    for (const auto& [key, target] : strings) {
      if (member.key == key) field = target;
    }
    if (field == nullptr)
      return ErrorAt(file, member.line, member.column,
                     FormatText("unknown key '%s'%s", member.key.substr(0, 64),
                                DidYouMean(member.key, kKeys)));
    if (member.value.kind != TomlValue::Kind::kString)
      return ErrorAt(
          file, member.value.line, member.value.column,
          FormatText("'%s' takes a string, not %s", member.key, NameOf(member.value.kind)));
    *field = member.value.string;
  }
  return manifest;
}

std::vector<RequestStatus> CompareRequests(const Manifest& manifest, const Grants& grants,
                                           absl::Time now) {
  std::vector<RequestStatus> statuses;
  for (const Rule& request : manifest.requests) {
    std::optional<RequestStatus> whole;
    for (size_t i = 0; i < NumCapabilities(); ++i) {
      const auto c = static_cast<Capability>(i);
      if (!Contains(request.capabilities, c)) continue;
      const RequestStatus one = Compare(request, c, grants, now);
      if (!whole) {
        whole = one;
      } else {
        if (whole->granted != one.granted) whole->granted = Coverage::kSome;
        if (whole->denied_by == nullptr) whole->denied_by = one.denied_by;
      }
    }
    statuses.push_back(whole.value_or(RequestStatus{.request = &request}));
  }
  return statuses;
}

}  // namespace airwasm::security
