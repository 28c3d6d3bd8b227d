#include <gtest/gtest.h>

#include <string>

#include "airwasm/policy.h"
#include "security/policy/scope.h"

namespace airwasm::security {
namespace {

TEST(Rule, Classes) {
  const struct {
    std::string_view text;
    CapabilitySet capabilities;
    bool scoped;
  } kCases[] = {
      {"fs.read", SetOf(Capability::kFsRead), false},
      {"fs.read:/srv/**", SetOf(Capability::kFsRead), true},
      {"fs.read,fs.list:/srv/**", SetOf(Capability::kFsRead, Capability::kFsList), true},
      {"kv", SetOf(Capability::kKvRead, Capability::kKvWrite), false},
      {"kv.*:cache", SetOf(Capability::kKvRead, Capability::kKvWrite), true},
      {"net", SetOf(Capability::kNetConnect, Capability::kNetListen, Capability::kNetLookup),
       false},
      {"net.connect:[::1]:80", SetOf(Capability::kNetConnect), true},
      {"http.out:GET https://h/x", SetOf(Capability::kHttpOut), true},
      {"exit", SetOf(Capability::kExit), false},
      {"stdio:out,err", SetOf(Capability::kStdio), true},
      {"stdio:*", SetOf(Capability::kStdio), true},
      {"clock:monotonic", SetOf(Capability::kClock), true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const absl::StatusOr<Rule> rule = ParseRule(c.text, true, "--allow #1");
    ASSERT_TRUE(rule.ok()) << rule.status();
    EXPECT_EQ(c.capabilities, rule->capabilities);
    EXPECT_EQ(c.scoped, rule->scope != nullptr);
    EXPECT_EQ(c.text, rule->text);
    EXPECT_EQ("--allow #1", rule->origin);
  }
  const absl::StatusOr<Rule> all = ParseRule("*", false, "");
  ASSERT_TRUE(all.ok());
  EXPECT_FALSE(all->allow);
  for (size_t i = 0; i < kMaxCapabilities; ++i)
    EXPECT_TRUE(Contains(all->capabilities, static_cast<Capability>(i)));
}

TEST(Rule, Trees) {
  constexpr CapabilitySet kBoth = SetOf(Capability::kFsRead, Capability::kFsList);
  for (const std::string directory : {"/", "/srv", "/srv/*[{\\", "/srv/\xff"}) {
    SCOPED_TRACE(directory);
    const Rule rule = TreeRule(kBoth, directory, true, "--dir");
    const absl::StatusOr<Rule> parsed = ParseRule(rule.text, true, "");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(kBoth, parsed->capabilities);
    EXPECT_TRUE(parsed->scope->Covers(*rule.scope));
    EXPECT_TRUE(rule.scope->Covers(*parsed->scope));
    EXPECT_TRUE(rule.scope->path()->CoversTree(directory));
    EXPECT_TRUE(parsed->scope->path()->CoversTree(directory));
  }
  EXPECT_FALSE(TreeRule(kBoth, "/srv/*", true, "").scope->path()->Matches("/srv/x"));
  EXPECT_EQ("fs.read,fs.list:/a b/**", TreeRule(kBoth, "/a b", true, "").text);
}

TEST(Rule, ClockResolution) {
  EXPECT_EQ(1'000'000u, ParseRule("clock:wall@1ms", true, "")->clock_quantum_ns);
  EXPECT_EQ(100'000u, ParseRule("clock:wall,monotonic@100us", true, "")->clock_quantum_ns);
  EXPECT_EQ(0u, ParseRule("clock:wall", true, "")->clock_quantum_ns);
}

TEST(Rule, Registered) {
  ASSERT_TRUE(RegisterCapability("mail.send").ok());
  const absl::StatusOr<Rule> rule = ParseRule("mail:*@example.org", true, "");
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(SetOf(*FindCapability("mail.send")), rule->capabilities);
}

TEST(Rule, Errors) {
  const struct {
    std::string_view text, message;
  } kCases[] = {
      {"", "R: '': character 1: a class is expected, as in 'fs.read'"},
      {"fs.raed:/x",
       "R: 'fs.raed:/x': character 1: there is no class 'fs.raed' (did you mean 'fs.read'?)"},
      {"fs.read,fs.lst:/x",
       "R: 'fs.read,fs.lst:/x': character 9: there is no class 'fs.lst' (did you mean 'fs.list'?)"},
      {"fs.read:", "R: 'fs.read:': character 9: a scope is expected behind ':'"},
      {"fs.read:srv", "R: 'fs.read:srv': character 9: a path begins with '/'"},
      {"fs.read:/a//b", "R: 'fs.read:/a//b': character 12: an empty segment"},
      {"fs.read: /a", "R: 'fs.read: /a': character 9: a path begins with '/'"},
      {" fs.read",
       "R: ' fs.read': character 1: there is no class ' fs.read' (did you mean 'fs.read'?)"},
      {"exit:1", "R: 'exit:1': character 6: 'exit' takes no scope"},
      {"*:/x", "R: '*:/x': character 3: '*' takes no scope; write a rule for each class"},
      {"net:db:5432",
       "R: 'net:db:5432': character 5: 'net.connect' and 'net.lookup' take scopes of different "
       "kinds; write a rule for each"},
      {"stdio:out,or",
       "R: 'stdio:out,or': character 7: 'stdio' has no 'or'; there are 'in', 'out', 'err'"},
      {"clock:wal",
       "R: 'clock:wal': character 7: 'clock' has no 'wal'; there are 'wall', 'monotonic', "
       "'process', 'thread'"},
      {"clock:wall@fast",
       "R: 'clock:wall@fast': character 12: the resolution of a clock is a time, as in '1ms', "
       "'100us'"},
      {"clock:@1ms", "R: 'clock:@1ms': character 7: a scope is expected behind ':'"},
      {"net.connect:tcp:db",
       "R: 'net.connect:tcp:db': character 19: which port? ':*' is all of them; expected "
       "HOST:PORTS, as in "
       "'db.internal:5432', '10.0.0.0/8:443', '[::1]:*'"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(c.message, std::string(ParseRule(c.text, true, "R").status().message()));
  }
  EXPECT_FALSE(ParseRule("clock:wall@1ms", false, "").ok());
  EXPECT_FALSE(ParseRule("env.read:" + std::string(100'000, 'x'), true, "").ok());
}

TEST(Quota, Values) {
  const struct {
    std::string_view name, value;
    std::optional<uint64_t> Quota::* field;
    uint64_t number;
    std::string_view text;
  } kCases[] = {
      {"memory", "64MiB", &Quota::memory, 64 << 20, "memory=64MiB"},
      {"memory", "10kB", &Quota::memory, 10'000, "memory=10kB"},
      {"memory", "4097", &Quota::memory, 4097, "memory=4097B"},
      {"memory", "0", &Quota::memory, 0, "memory=0B"},
      {"cpu-time", "10s", &Quota::cpu_time_ns, 10'000'000'000, "cpu-time=10s"},
      {"cpu-time", "200ms", &Quota::cpu_time_ns, 200'000'000, "cpu-time=200ms"},
      {"wall-time", "90s", &Quota::wall_time_ns, 90'000'000'000, "wall-time=90s"},
      {"wall-time", "2h", &Quota::wall_time_ns, 7'200'000'000'000, "wall-time=2h"},
      {"handles", "1000", &Quota::handles, 1000, "handles=1000"},
      {"output-rate", "1MiB", &Quota::output_rate, 1 << 20, "output-rate=1MiB"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.value);
    Quota quota;
    ASSERT_TRUE(SetQuota(quota, c.name, c.value).ok());
    EXPECT_EQ(c.number, quota.*c.field);
    EXPECT_EQ(c.text, ToString(quota));
  }
}

TEST(Quota, Errors) {
  const struct {
    std::string_view name, value, message;
  } kCases[] = {
      {"memroy", "1", "there is no quota 'memroy' (did you mean 'memory'?)"},
      {"memory", "", "quota 'memory' takes bytes, as in '64MiB', '10kB', '4096', not ''"},
      {"memory", "-1", "quota 'memory' takes bytes, as in '64MiB', '10kB', '4096', not '-1'"},
      {"memory", "1.5GiB",
       "quota 'memory' takes bytes, as in '64MiB', '10kB', '4096', not '1.5GiB'"},
      {"memory", "64 MiB",
       "quota 'memory' takes bytes, as in '64MiB', '10kB', '4096', not '64 MiB'"},
      {"memory", "99999999TiB",
       "quota 'memory' takes bytes, as in '64MiB', '10kB', '4096', not '99999999TiB'"},
      {"cpu-time", "10", "quota 'cpu-time' takes a time, as in '10s', '200ms', '5m', not '10'"},
      {"handles", "1k", "quota 'handles' takes a number, not '1k'"},
      {"handles", "99999999999999999999",
       "quota 'handles' takes a number, not '99999999999999999999'"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    Quota quota;
    EXPECT_EQ(c.message, std::string(SetQuota(quota, c.name, c.value).message()));
    EXPECT_EQ(Quota{}, quota);
  }
}

TEST(Quota, EveryRowIsSetByItsName) {
  for (const QuotaInfo& row : Quotas()) {
    SCOPED_TRACE(row.text);
    Quota quota;
    ASSERT_TRUE(SetQuota(quota, row.text, row.unit == QuotaUnit::kDuration ? "7ns" : "7").ok());
    EXPECT_EQ(7u, quota.*row.field);
    EXPECT_FALSE(row.summary.empty());
  }
}

TEST(Quota, TheSmallerOfTwo) {
  const Quota a{.memory = 10, .handles = 5};
  const Quota b{.memory = 20, .files = 3};
  EXPECT_EQ((Quota{.memory = 10, .handles = 5, .files = 3}), Tighter(a, b));
  EXPECT_EQ(Tighter(a, b), Tighter(b, a));
}

}  // namespace
}  // namespace airwasm::security
