// Arbitrary text as a rule, as a policy and as a manifest: an error, or what decides without a
// crash. A rule that was read never allows a path with "..".
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "airwasm/grants.h"
#include "airwasm/manifest.h"
#include "security/policy/learn.h"
#include "security/policy/object_text.h"

namespace {

using namespace airwasm::security;

constexpr std::string_view kActions[] = {
    "fs.read:/srv/data/x",
    "net.connect:db.internal:5432 (10.0.0.7)",
    "net.listen:0.0.0.0:80",
    "net.lookup:db.internal",
    "http.out:GET https://h/a/%2e%2e/b",
    "http.out:POST http://[::1]:8080/x",
    "env.read:TZ",
    "exit",
    "clock:wall",
};

void DecideAll(const Grants& grants) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  for (const std::string_view text : kActions) {
    const absl::StatusOr<Action> action = ParseAction(text);
    if (!action.ok()) std::abort();
    const Verdict verdict = grants.Decide(action->capability, action->object.object(), now);
    if (verdict.allowed && !Contains(grants.Granted(now), action->capability)) std::abort();
    const Coverage coverage = grants.CoverageOf(Capability::kFsRead, "/srv", now);
    if (action->capability == Capability::kFsRead &&
        (verdict.allowed ? coverage == Coverage::kNone : coverage == Coverage::kAll))
      std::abort();
  }
  if (grants.Decide(Capability::kFsRead, Object::Path("/srv/../etc"), now).allowed) std::abort();
  (void)grants.PathRoots(now);
  (void)grants.ClockQuantumNs("wall", now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool allow : {true, false}) {
    absl::StatusOr<Rule> rule = ParseRule(text, allow, "fuzz");
    if (!rule.ok()) continue;
    std::vector<Rule> rules;
    rules.push_back(*std::move(rule));
    DecideAll(Grants(std::move(rules)));
  }
  if (const absl::StatusOr<Policy> policy = Policy::Parse(text, "fuzz"); policy.ok())
    DecideAll(Grants(policy->For({.name = "acme:billing"}).rules));
  if (const absl::StatusOr<Manifest> manifest = Manifest::Parse(text, "fuzz"); manifest.ok())
    (void)CompareRequests(*manifest, Grants(manifest->requests), absl::FromUnixSeconds(0));
  if (const absl::StatusOr<Action> action = ParseAction(text); action.ok()) {
    const ObservedAction observed{action->capability, action->object.object().ToString(), ""};
    if (!Policy::Parse(SmallestPolicy({&observed, 1}), "learned").ok()) std::abort();
  }
  return 0;
}
