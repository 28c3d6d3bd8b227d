#include "security/policy/learn.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "airwasm/grants.h"
#include "engine/base/format.h"
#include "security/policy/glob.h"
#include "security/policy/host_pattern.h"
#include "security/policy/learn_paths.h"
#include "security/policy/object_text.h"
#include "security/policy/scope_path.h"
#include "security/policy/scope_url.h"
#include "security/policy/subject.h"
#include "security/policy/toml_document.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxPorts = 4;      // of one host, before all of them are allowed
constexpr size_t kMaxNames = 8;      // in one rule
constexpr size_t kMinFileDepth = 2;  // of a directory that is allowed as a whole
constexpr size_t kMinUrlDepth = 1;
constexpr size_t kMaxUnallowed = 20;  // that are named

// Whether the log's "" is no object of the class: the call was let through, or not, before there
// was one. The names of stores, say, may be empty.
bool IsWithoutObject(Capability c, const Object& object) {
  if (object.kind != ScopeKind::kNone) return false;
  const bool has_names =
      c == Capability::kEnvRead || c == Capability::kStdio || c == Capability::kClock;
  const ScopeKind kind = ScopeKindOf(c);
  return kind != ScopeKind::kNone && (kind != ScopeKind::kName || has_names);
}

// Without the zone of protocol, port and name that Object::ToString has.
std::string IpText(const IpAddress& ip) {
  const std::string text = Object::Address(Protocol::kTcp, ip, 0).ToString();  // "tcp:IP:0"
  return text.substr(4, text.size() - 6);
}

std::string UrlHost(const Object& object) {
  const bool is_bare_v6 = object.host.find(':') != object.host.npos && object.host[0] != '[';
  return is_bare_v6 ? FormatText("[%s]", object.host) : std::string(object.host);
}

// What one component did, class by class, and the rules that come of it.
class Learner {
 public:
  void Add(Capability c, OwnedObject object) {
    if (IsWithoutObject(c, object.object())) {
      asked_ |= SetOf(c);
    } else {
      actions_.push_back({c, std::move(object)});
    }
  }

  std::vector<std::string> Rules(CapabilitySet may_ask) {
    for (const Action& action : actions_) {
      if (action.object.object().kind == ScopeKind::kNone) whole_ |= SetOf(action.capability);
    }
    AddPaths();
    AddAddresses();
    AddUrls();
    AddNames();
    for (size_t i = 0; i < kMaxCapabilities; ++i) {
      if (const auto c = static_cast<Capability>(i); Contains(whole_, c))
        rules_.emplace_back(TextOf(c));
    }
    AddWhatIsMissing();
    AddAsked(may_ask);
    return std::move(rules_);
  }

  // After Rules.
  const std::vector<std::string>& unallowed() const { return unallowed_; }

 private:
  template <typename Visit>
  void ForEach(ScopeKind kind, const Visit& visit) {
    for (const Action& action : actions_) {
      const Object& object = action.object.object();
      if (object.kind == kind && !Contains(whole_, action.capability))
        visit(action.capability, object);
    }
  }

  void AddPaths() {
    std::map<Capability, std::set<std::string>> paths;
    ForEach(ScopeKind::kPath, [&](Capability c, const Object& object) {
      if (IsWellFormedPath(object.text)) paths[c].emplace(object.text);
    });
    std::map<std::string, std::vector<std::string>> classes;  // by pattern
    for (const auto& [c, set] : paths) {
      for (const std::string& pattern : CoveringPatterns(set, kMinFileDepth))
        classes[pattern].emplace_back(TextOf(c));
    }
    for (const auto& [pattern, texts] : classes)
      rules_.push_back(absl::StrJoin(texts, ",") + ":" + pattern);
  }

  void AddAddresses() {
    std::map<std::tuple<Capability, Protocol, std::string>, std::set<uint16_t>> ports;
    ForEach(ScopeKind::kAddress, [&](Capability c, const Object& object) {
      const std::string host = object.host.empty() ? IpText(object.ip) : std::string(object.host);
      ports[{c, object.protocol, host}].insert(object.port);
    });
    for (const auto& [key, numbers] : ports) {
      const auto& [c, protocol, host] = key;
      rules_.push_back(FormatText("%s:%s:%s:%s", TextOf(c),
                                  protocol == Protocol::kTcp ? "tcp" : "udp", host,
                                  numbers.size() > kMaxPorts ? "*" : absl::StrJoin(numbers, ",")));
    }
  }

  void AddUrls() {
    // Host to path to methods; an empty path is one that scopes cannot be narrowed to.
    std::map<std::pair<Capability, std::string>, std::map<std::string, std::set<std::string>>>
        hosts;
    ForEach(ScopeKind::kUrl, [&](Capability c, const Object& object) {
      const Subject subject(c, object);
      const bool known = DefaultPort(object.scheme) != 0;
      std::string host = FormatText("%s://%s", known ? object.scheme : "*", UrlHost(object));
      if (object.port != DefaultPort(object.scheme) || !known)
        host += FormatText(":%d", object.port);
      hosts[{c, host}][subject.url_path_is_ambiguous ? "" : std::string(subject.url_path)].emplace(
          object.method);
    });
    for (const auto& [key, methods_by_path] : hosts) {
      const auto& [c, host] = key;
      std::map<std::string, std::set<std::string>> paths_by_methods;
      for (const auto& [path, methods] : methods_by_path)
        paths_by_methods[absl::StrJoin(methods, ",")].insert(path);
      for (auto& [methods, paths] : paths_by_methods) {
        std::vector<std::string> patterns;
        if (paths.erase("") > 0) {
          patterns = {""};
        } else {
          patterns = CoveringPatterns(paths, kMinUrlDepth);
        }
        for (const std::string& pattern : patterns)
          rules_.push_back(FormatText("%s:%s %s%s", TextOf(c), methods, host, pattern));
      }
    }
  }

  void AddNames() {
    std::map<Capability, std::set<std::string>> names;
    ForEach(ScopeKind::kName,
            [&](Capability c, const Object& object) { names[c].insert(EscapeGlob(object.text)); });
    for (const auto& [c, set] : names) {
      const std::vector<std::string> list(set.begin(), set.end());
      for (size_t i = 0; i < list.size(); i += kMaxNames) {
        const auto end =
            list.begin() + static_cast<ptrdiff_t>(std::min(i + kMaxNames, list.size()));
        rules_.push_back(FormatText(
            "%s:%s", TextOf(c), absl::StrJoin(list.begin() + static_cast<ptrdiff_t>(i), end, ",")));
      }
    }
  }

  // Tries the rules on every action: names that were looked up and not connected to, names that
  // were found to be addresses that no name stands for, methods that cannot be written down.
  void AddWhatIsMissing() {
    std::vector<Rule> parsed;
    std::vector<std::string> good;
    for (std::string& text : rules_) {
      absl::StatusOr<Rule> rule = ParseRule(text, /*allow=*/true, "");
      if (!rule.ok()) continue;
      parsed.push_back(*std::move(rule));
      good.push_back(std::move(text));
    }
    rules_ = std::move(good);
    const Grants grants(std::move(parsed));
    std::set<std::string> more;
    for (const Action& action : actions_) {
      const Object& object = action.object.object();
      if (grants.Decide(action.capability, object, absl::InfinitePast()).allowed) continue;
      const std::string text = LiteralRule(action.capability, object);
      absl::StatusOr<Rule> rule = ParseRule(text, /*allow=*/true, "");
      bool allowed = false;
      if (rule.ok()) {
        std::vector<Rule> one;
        one.push_back(*std::move(rule));
        allowed =
            Grants(std::move(one)).Decide(action.capability, object, absl::InfinitePast()).allowed;
      }
      if (allowed) {
        more.insert(text);
      } else if (unallowed_.size() < kMaxUnallowed) {
        unallowed_.push_back(FormatText("%s:%s", TextOf(action.capability), object.ToString()));
      }
    }
    // What this says of single names as well.
    const std::string every_lookup = FormatText("%s:*", TextOf(Capability::kNetLookup));
    const bool looks_up_all = more.contains(every_lookup);
    for (const std::string& text : more) {
      if (text == every_lookup || !looks_up_all || !text.starts_with("net.lookup:"))
        rules_.push_back(text);
    }
  }

  // Functions of these classes can be called as soon as anything of the class is granted.
  void AddAsked(CapabilitySet may_ask) {
    std::vector<Rule> parsed;
    for (const std::string& text : rules_) {
      if (absl::StatusOr<Rule> rule = ParseRule(text, /*allow=*/true, ""); rule.ok())
        parsed.push_back(*std::move(rule));
    }
    const CapabilitySet left =
        asked_ & ~may_ask & ~Grants(std::move(parsed)).Granted(absl::InfinitePast());
    for (size_t i = 0; i < kMaxCapabilities; ++i) {
      if (const auto c = static_cast<Capability>(i); Contains(left, c))
        rules_.emplace_back(TextOf(c));
    }
  }

  static std::string LiteralRule(Capability c, const Object& object) {
    switch (object.kind) {
      case ScopeKind::kAddress:
        return FormatText("%s:%s:%s:%d", TextOf(c),
                          object.protocol == Protocol::kTcp ? "tcp" : "udp", IpText(object.ip),
                          object.port);
      case ScopeKind::kUrl:
        return FormatText("%s:*://%s:%d", TextOf(c), UrlHost(object), object.port);
      case ScopeKind::kHost:
        // An address is looked up too, but no pattern of names matches it except '*'.
        return FormatText("%s:%s", TextOf(c), IsHostName(object.text) ? object.text : "*");
      case ScopeKind::kNone:
      case ScopeKind::kPath:
      case ScopeKind::kName:
        break;
    }
    return std::string(TextOf(c));
  }

  std::vector<Action> actions_;
  CapabilitySet whole_ = 0;
  CapabilitySet asked_ = 0;  // of which functions were called without an object
  std::vector<std::string> rules_;
  std::vector<std::string> unallowed_;
};

// A component's name as the pattern of its section.
std::string SectionName(const std::string& component) {
  const std::string escaped = EscapeGlob(component);
  const bool is_hash = escaped.starts_with("sha256:");
  const bool is_whole_hash = is_hash && escaped.size() == 7 + 64 &&
                             escaped.find_first_not_of("0123456789abcdefABCDEF", 7) == escaped.npos;
  return is_hash && !is_whole_hash ? "[s]" + escaped.substr(1) : escaped;
}

// On one line of a comment.
std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text.substr(0, 200)) printable += c >= 0x20 && c < 0x7f ? c : '?';
  return printable;
}

}  // namespace

std::string SmallestPolicy(std::span<const ObservedAction> actions, CapabilitySet may_ask) {
  std::map<std::string, Learner> learners;
  std::set<std::tuple<std::string_view, Capability, std::string_view>> seen;
  std::string comments;
  for (const ObservedAction& action : actions) {
    // What a class without scopes was used on is there to be read.
    const std::string_view used_on =
        ScopeKindOf(action.capability) == ScopeKind::kNone ? std::string_view() : action.object;
    if (!seen.emplace(action.component, action.capability, used_on).second) continue;
    absl::StatusOr<OwnedObject> object = OwnedObject::Parse(action.capability, used_on);
    if (object.ok()) {
      learners[action.component].Add(action.capability, *std::move(object));
    } else {
      comments += FormatText("# not understood: %s:%s\n", TextOf(action.capability),
                             Printable(action.object));
    }
  }
  std::string policy = FormatText("# What %d observed actions need.\n", actions.size()) + comments;
  for (auto& [component, learner] : learners) {
    const std::vector<std::string> rules = learner.Rules(may_ask);
    policy += component.empty()
                  ? std::string("\n[[grant]]\n")
                  : FormatText("\n[component.%s]\n", TomlString(SectionName(component)));
    for (const std::string& action : learner.unallowed())
      policy += FormatText("# no policy allows: %s\n", Printable(action));
    policy += "allow = [\n";
    for (const std::string& rule : rules) policy += FormatText("  %s,\n", TomlString(rule));
    policy += "]\n";
  }
  return policy;
}

}  // namespace airwasm::security
