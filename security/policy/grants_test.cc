#include "airwasm/grants.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "security/policy/ip_address.h"
#include "security/policy/object_text.h"

namespace airwasm::security {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// "+fs.read:/srv/**" allows, "-fs.read:/srv/x" denies.
std::vector<Rule> Rules(const std::vector<std::string>& texts) {
  std::vector<Rule> rules;
  for (const std::string& text : texts) {
    absl::StatusOr<Rule> rule = ParseRule(text.substr(1), text[0] == '+', text);
    EXPECT_TRUE(rule.ok()) << rule.status();
    if (rule.ok()) rules.push_back(*std::move(rule));
  }
  return rules;
}

// The origin of the rule that decided, with its sign; "" if none did, which denies.
std::string Decided(const Grants& grants, std::string_view action, absl::Time now = kNow) {
  const absl::StatusOr<Action> parsed = ParseAction(action);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const Verdict verdict = grants.Decide(parsed->capability, parsed->object.object(), now);
  if (verdict.rule == nullptr) {
    EXPECT_FALSE(verdict.allowed);
    return "";
  }
  EXPECT_EQ(verdict.allowed, verdict.rule->allow);
  return verdict.rule->origin;
}

TEST(Grants, Decide) {
  const Grants grants(
      Rules({"+fs.read:/srv/data/**", "-fs.read:/srv/data/private/**", "+fs:/tmp/x/**",
             "-fs.delete", "+stdio:out", "+net.connect:db.internal:5432", "+exit",
             "-env.read:SECRET*", "+env.read", "+http.out:GET https://h/a/*"}));
  const struct {
    std::string_view action, rule;
  } kCases[] = {
      {"fs.read:/srv/data", "+fs.read:/srv/data/**"},
      {"fs.read:/srv/data/x", "+fs.read:/srv/data/**"},
      {"fs.read:/srv/database", ""},
      {"fs.read:/srv", ""},
      {"fs.read:/srv/data/private", "-fs.read:/srv/data/private/**"},
      {"fs.read:/srv/data/private/x", "-fs.read:/srv/data/private/**"},
      {"fs.read:/srv/data/privateer", "+fs.read:/srv/data/**"},
      {"fs.read:/srv/data/../data/x", ""},
      {"fs.read:srv/data/x", ""},
      {"fs.write:/srv/data/x", ""},
      {"fs.write:/tmp/x/y", "+fs:/tmp/x/**"},
      {"fs.delete:/tmp/x/y", "-fs.delete"},
      {"stdio:out", "+stdio:out"},
      {"stdio:err", ""},
      {"stdio", ""},  // the whole is not allowed
      {"net.connect:db.internal:5432", "+net.connect:db.internal:5432"},
      {"net.connect:10.0.0.1:5432", ""},
      {"net.lookup:db.internal", "+net.connect:db.internal:5432"},
      {"net.lookup:other.internal", ""},
      {"net.listen:127.0.0.1:5432", ""},
      {"exit", "+exit"},
      {"random", ""},
      {"env.read:TZ", "+env.read"},
      {"env.read:SECRET_KEY", "-env.read:SECRET*"},
      {"env.read", "-env.read:SECRET*"},  // not the whole
      {"http.out:GET https://h/a/x", "+http.out:GET https://h/a/*"},
      {"http.out:POST https://h/a/x", ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.action);
    EXPECT_EQ(c.rule, Decided(grants, c.action));
  }
}

TEST(Grants, NothingIsAllowedUnlessSaid) {
  const Grants none;
  EXPECT_EQ(0u, none.Granted(kNow));
  for (size_t i = 0; i < kNumBuiltInCapabilities; ++i)
    EXPECT_FALSE(none.Decide(static_cast<Capability>(i), Object::None(), kNow).allowed);
}

TEST(Grants, AnObjectOfAnotherKindIsDenied) {
  const Grants grants(Rules({"+*"}));
  EXPECT_TRUE(grants.Decide(Capability::kFsRead, Object::Path("/x"), kNow).allowed);
  EXPECT_TRUE(grants.Decide(Capability::kFsRead, Object::None(), kNow).allowed);
  EXPECT_FALSE(grants.Decide(Capability::kFsRead, Object::Name("/x"), kNow).allowed);
  EXPECT_FALSE(grants.Decide(Capability::kFsRead, Object::Path("x"), kNow).allowed);
  EXPECT_FALSE(grants.Decide(Capability::kNetConnect, Object::Path("/x"), kNow).allowed);
}

TEST(Grants, ADenyWinsWhereverItStands) {
  for (const auto& rules : {std::vector<std::string>{"-fs.read:/a/**", "+fs.read:/a/b"},
                            {"+fs.read:/a/b", "-fs.read:/a/**"}}) {
    const Grants grants(Rules(rules));
    EXPECT_EQ("-fs.read:/a/**", Decided(grants, "fs.read:/a/b"));
  }
}

TEST(Grants, Granted) {
  const struct {
    std::string_view name;
    std::vector<std::string> rules;
    CapabilitySet granted;
  } kCases[] = {
      {"none", {}, 0},
      {"scoped allow", {"+fs.read:/a"}, SetOf(Capability::kFsRead)},
      {"scoped deny takes no class", {"+fs.read", "-fs.read:/a"}, SetOf(Capability::kFsRead)},
      {"unscoped deny", {"+fs.read:/a", "+exit", "-fs"}, SetOf(Capability::kExit)},
      {"deny of everything there is", {"+fs.read:/a", "-fs.read:/**"}, 0},
      {"deny of every name", {"+env.read", "-env.read:*"}, 0},
      {"deny of every address", {"+net.connect", "-net.connect:*"}, SetOf(Capability::kNetLookup)},
      {"names may be looked up",
       {"+net.connect:db:1"},
       SetOf(Capability::kNetConnect, Capability::kNetLookup)},
      {"blocks are no names", {"+net.connect:10.0.0.0/8:1"}, SetOf(Capability::kNetConnect)},
      {"only denies", {"-fs"}, 0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.granted, Grants(Rules(c.rules)).Granted(kNow));
  }
}

TEST(Grants, Expiry) {
  std::vector<Rule> rules = Rules({"+fs.read:/a", "-fs.read:/a", "+exit"});
  rules[0].expires = kNow + absl::Hours(2);
  rules[1].expires = kNow + absl::Hours(1);
  const Grants grants(std::move(rules));
  EXPECT_EQ("-fs.read:/a", Decided(grants, "fs.read:/a", kNow));
  EXPECT_EQ("+fs.read:/a",
            Decided(grants, "fs.read:/a", kNow + absl::Hours(1)));  // from that moment on
  EXPECT_EQ("", Decided(grants, "fs.read:/a", kNow + absl::Hours(2)));
  EXPECT_EQ(SetOf(Capability::kExit), grants.Granted(kNow + absl::Hours(2)));
  EXPECT_EQ(kNow + absl::Hours(1), grants.NextChange(kNow));
  EXPECT_EQ(kNow + absl::Hours(2), grants.NextChange(kNow + absl::Hours(1)));
  EXPECT_EQ(absl::InfiniteFuture(), grants.NextChange(kNow + absl::Hours(2)));
}

TEST(Grants, CoverageOf) {
  const Grants grants(Rules({"+fs.read:/srv/**", "-fs.read:/srv/data/private/**", "+fs.list:/srv/*",
                             "+fs.write", "-fs.write:/etc/**"}));
  const struct {
    Capability c;
    std::string_view directory;
    Coverage coverage;
  } kCases[] = {
      {Capability::kFsRead, "/srv", Coverage::kSome},
      {Capability::kFsRead, "/srv/data", Coverage::kSome},
      {Capability::kFsRead, "/srv/data/private", Coverage::kNone},
      {Capability::kFsRead, "/srv/data/private/x", Coverage::kNone},
      {Capability::kFsRead, "/srv/data/public", Coverage::kAll},
      {Capability::kFsRead, "/", Coverage::kSome},
      {Capability::kFsRead, "/home", Coverage::kNone},
      {Capability::kFsList, "/srv", Coverage::kSome},
      {Capability::kFsList, "/srv/x", Coverage::kSome},
      {Capability::kFsList, "/srv/x/y", Coverage::kNone},
      {Capability::kFsWrite, "/srv", Coverage::kAll},
      {Capability::kFsWrite, "/", Coverage::kSome},
      {Capability::kFsWrite, "/etc", Coverage::kNone},
      {Capability::kFsDelete, "/srv", Coverage::kNone},
      {Capability::kFsRead, "srv", Coverage::kNone},
      {Capability::kFsRead, "/srv/x/../data/private", Coverage::kNone},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.directory);
    EXPECT_EQ(c.coverage, grants.CoverageOf(c.c, c.directory, kNow));
  }
}

TEST(Grants, CoverageBeneath) {
  const Grants grants(Rules({"+fs.read:/srv/**", "-fs.read:/srv/x", "-fs.read:/srv/y/z",
                             "+fs.list:/srv/*", "+fs.write:/srv/**/*.txt", "+fs.delete"}));
  const struct {
    Capability c;
    std::string_view directory;
    Coverage coverage;
  } kCases[] = {
      {Capability::kFsRead, "/srv/x", Coverage::kAll},
      {Capability::kFsRead, "/srv/y", Coverage::kSome},
      {Capability::kFsRead, "/srv/y/z", Coverage::kAll},
      {Capability::kFsRead, "/", Coverage::kSome},
      {Capability::kFsRead, "/home", Coverage::kNone},
      {Capability::kFsList, "/srv", Coverage::kSome},
      {Capability::kFsList, "/srv/x", Coverage::kNone},
      {Capability::kFsList, "/srv/x/y", Coverage::kNone},
      {Capability::kFsWrite, "/srv/a.txt", Coverage::kSome},
      {Capability::kFsDelete, "/", Coverage::kAll},
      {Capability::kFsDelete, "x", Coverage::kNone},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.directory);
    EXPECT_EQ(c.coverage, grants.CoverageBeneath(c.c, c.directory, kNow));
  }
}

TEST(Grants, PathRoots) {
  const struct {
    std::string_view name;
    std::vector<std::string> rules, roots;
  } kCases[] = {
      {"tree", {"+fs.read:/srv/data/**"}, {"/srv/data"}},
      {"file", {"+fs.read:/etc/hosts"}, {"/etc"}},
      {"file of the root", {"+fs.read:/x"}, {"/"}},
      {"wildcard", {"+fs.read:/srv/*/x"}, {"/srv"}},
      {"star", {"+fs.read:/srv/*"}, {"/srv"}},
      {"nested",
       {"+fs.read:/srv/**", "+fs.write:/srv/data/x", "+fs.list:/srv-x/**"},
       {"/srv", "/srv-x"}},
      {"everything", {"+fs.read:/**", "+fs.read:/srv/**"}, {"/"}},
      {"without a scope", {"+fs.read"}, {}},
      {"other classes", {"+env.read:/x", "+exit"}, {}},
      {"denies", {"-fs.read:/srv/**"}, {}},
      {"none", {}, {}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.roots, Grants(Rules(c.rules)).PathRoots(kNow));
  }
}

TEST(Grants, ClockQuantum) {
  const Grants grants(Rules({"+clock:wall@1ms", "+clock:wall,monotonic@100us", "+clock:process"}));
  EXPECT_EQ(100'000u, grants.ClockQuantumNs("wall", kNow));
  EXPECT_EQ(100'000u, grants.ClockQuantumNs("monotonic", kNow));
  EXPECT_EQ(0u, grants.ClockQuantumNs("process", kNow));
  EXPECT_EQ(0u, grants.ClockQuantumNs("thread", kNow));
}

TEST(Grants, DecideConnection) {
  const struct {
    std::string_view name;
    std::vector<std::string> rules;
    std::string_view url, address;
    bool allowed;
  } kCases[] = {
      {"name", {"+http.out:https://h"}, "https://h/", "10.0.0.1", true},
      {"name, loopback", {"+http.out:https://h"}, "https://h/", "127.0.0.1", true},
      {"name, metadata", {"+http.out:https://h"}, "https://h/", "169.254.169.254", false},
      {"name, metadata mapped",
       {"+http.out:https://h"},
       "https://h/",
       "::ffff:169.254.169.254",
       false},
      {"any, metadata", {"+http.out:*"}, "https://h/", "169.254.169.254", false},
      {"whole class", {"+http.out"}, "https://h/", "169.254.169.254", true},
      {"subdomain, loopback",
       {"+http.out:https://*.x.org"},
       "https://a.x.org/",
       "127.0.0.1",
       false},
      {"subdomain, unspecified",
       {"+http.out:https://*.x.org"},
       "https://a.x.org/",
       "0.0.0.0",
       false},
      {"subdomain", {"+http.out:https://*.x.org"}, "https://a.x.org/", "1.2.3.4", true},
      {"another allow reaches it",
       {"+http.out:https://*.x.org", "+http.out:https://a.x.org"},
       "https://a.x.org/",
       "::1",
       true},
      {"address",
       {"+http.out:http://169.254.169.254"},
       "http://169.254.169.254/",
       "169.254.169.254",
       true},
      {"localhost elsewhere",
       {"+http.out:http://localhost"},
       "http://localhost/",
       "10.0.0.1",
       false},
      {"denied address",
       {"+http.out:*", "-http.out:https://10.0.0.1"},
       "https://h/",
       "10.0.0.1",
       false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Grants grants(Rules(c.rules));
    const absl::StatusOr<OwnedObject> url = OwnedObject::Parse(Capability::kHttpOut, c.url);
    ASSERT_TRUE(url.ok());
    EXPECT_TRUE(grants.Decide(Capability::kHttpOut, url->object(), kNow).allowed);
    EXPECT_EQ(c.allowed,
              grants.DecideConnection(url->object(), *ParseIpAddress(c.address), kNow).allowed);
  }
}

TEST(Grants, Matching) {
  const Grants grants(Rules({"+fs.read:/a/**", "-fs.read:/a/b", "+fs.read", "+fs.read:/c"}));
  const std::vector<const Rule*> matching =
      grants.Matching(Capability::kFsRead, Object::Path("/a/b"), kNow);
  ASSERT_EQ(3u, matching.size());
  EXPECT_EQ("-fs.read:/a/b", matching[0]->origin);
  EXPECT_EQ("+fs.read:/a/**", matching[1]->origin);
  EXPECT_EQ("+fs.read", matching[2]->origin);
}

TEST(Grants, AThousandRulesOnALongPath) {
  std::vector<std::string> texts;
  for (int i = 0; i < 500; ++i)
    texts.push_back("+fs.read:/srv/tenant" + std::to_string(i) + "/**/*.txt");
  for (int i = 0; i < 500; ++i) texts.push_back("-fs.read:/srv/*/" + std::to_string(i) + "/**");
  const Grants grants(Rules(texts));
  const std::string path = "/srv/tenant7/" + std::string(4000, 'a') + "/x.txt";
  EXPECT_EQ("+fs.read:/srv/tenant7/**/*.txt", Decided(grants, "fs.read:" + path));
}

}  // namespace
}  // namespace airwasm::security
