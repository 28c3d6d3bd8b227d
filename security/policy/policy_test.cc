#include "airwasm/policy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "airwasm/manifest.h"
#include "security/policy/policy_reader.h"

namespace airwasm::security {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15

constexpr std::string_view kHash =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr std::string_view kSigner = "ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

// A folder of files that is gone when the test is.
class Files {
 public:
  Files() {
    std::string name = testing::TempDir() + "policy_test_XXXXXX";
    EXPECT_NE(nullptr, mkdtemp(name.data()));
    folder_ = std::filesystem::canonical(name);
  }
  ~Files() { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

// "+TEXT @ORIGIN" of each rule.
std::vector<std::string> Lines(const Effective& effective) {
  std::vector<std::string> lines;
  for (const Rule& rule : effective.rules)
    lines.push_back((rule.allow ? "+" : "-") + rule.text + " @" + rule.origin);
  return lines;
}

constexpr std::string_view kExample = R"(
[[grant]]                      # to everything that this policy is applied to
allow = "fs.read:/srv/data/**"
expires = 2027-01-01T00:00:00Z
[[deny]]
deny = "fs.read:/srv/data/private/**"
[component."acme:billing"]
allow = ["net.connect:db.internal:5432", "env.read:TZ"]
quota = { memory = "64MiB", cpu-time = "10s", handles = 1000 }
)";

TEST(Policy, Example) {
  const absl::StatusOr<Policy> policy = Policy::Parse(kExample, "p.toml");
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Effective billing = policy->For({.name = "acme:billing"});
  EXPECT_EQ((std::vector<std::string>{
                "+fs.read:/srv/data/** @p.toml:3:9", "-fs.read:/srv/data/private/** @p.toml:6:8",
                "+net.connect:db.internal:5432 @p.toml:8:10", "+env.read:TZ @p.toml:8:42"}),
            Lines(billing));
  EXPECT_EQ((Quota{.memory = 64 << 20, .cpu_time_ns = 10'000'000'000, .handles = 1000}),
            billing.quota);
  const Effective other = policy->For({.name = "acme:mail"});
  EXPECT_EQ(2u, other.rules.size());
  EXPECT_EQ(Quota{}, other.quota);
  EXPECT_EQ(absl::FromCivil(absl::CivilSecond(2027, 1, 1), absl::UTCTimeZone()),
            other.rules[0].expires);
  EXPECT_FALSE(other.rules[1].expires);
}

TEST(Policy, Components) {
  const std::string text =
      "quota = { memory = '1GiB', handles = 7 }\nsigners = ['" + std::string(kSigner) + "']\n" +
      "[component.'acme:*']\nallow = 'exit'\nquota = { memory = '2GiB' }\n" +
      "[component.'acme:mail']\nallow = 'random'\nquota = { memory = '3GiB' }\n" +
      "[component.'sha256:" + std::string(kHash) + "']\nallow = 'clock'\n";
  const absl::StatusOr<Policy> policy = Policy::Parse(text, "p");
  ASSERT_TRUE(policy.ok()) << policy.status();
  const struct {
    std::string_view name;
    ComponentIdentity identity;
    std::vector<std::string> rules;
    uint64_t memory;
  } kCases[] = {
      {"no name", {}, {}, uint64_t{1} << 30},
      {"pattern", {.name = "acme:billing"}, {"exit"}, uint64_t{2} << 30},
      {"several, the smallest quota", {.name = "acme:mail"}, {"exit", "random"}, uint64_t{2} << 30},
      {"hash", {.sha256 = std::string(kHash)}, {"clock"}, uint64_t{1} << 30},
      {"hash in capitals",
       {.sha256 = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"},
       {"clock"},
       uint64_t{1} << 30},
      {"a name that looks like the hash",
       {.name = "sha256:" + std::string(kHash)},
       {},
       uint64_t{1} << 30},
      {"longer name", {.name = "xacme:mail"}, {}, uint64_t{1} << 30},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Effective effective = policy->For(c.identity);
    std::vector<std::string> texts;
    for (const Rule& rule : effective.rules) texts.push_back(rule.text);
    EXPECT_EQ(c.rules, texts);
    EXPECT_EQ(c.memory, effective.quota.memory);
    EXPECT_EQ(7u, effective.quota.handles);
    EXPECT_EQ(std::vector<std::string>{std::string(kSigner)}, effective.signers);
  }
}

TEST(Policy, FormsOfRules) {
  const absl::StatusOr<Policy> policy = Policy::Parse(R"(
allow = "exit"
deny = ["random", { deny = ["clock"], expires = 2030-01-01T00:00:00+01:00 }]
[[grant]]
allow = ["wait", "stdio"]
description = "why"
[component.x]
expires = 2029-01-01T00:00:00Z
[[component.x.grant]]
allow = "fs.read:/a"
[[component.x.grant]]
allow = "fs.read:/b"
expires = 2028-01-01T00:00:00Z
[[component.x.deny]]
deny = "fs.read:/c"
)",
                                                      "p");
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Effective x = policy->For({.name = "x"});
  std::vector<std::string> lines;
  for (const Rule& rule : x.rules) {
    lines.push_back(
        (rule.allow ? "+" : "-") + rule.text +
        (rule.expires ? " " + absl::FormatTime("%F %R", *rule.expires, absl::UTCTimeZone()) : ""));
  }
  EXPECT_EQ(
      (std::vector<std::string>{"+exit", "-random", "-clock 2029-12-31 23:00", "+wait", "+stdio",
                                "+fs.read:/a 2029-01-01 00:00", "+fs.read:/b 2028-01-01 00:00",
                                "-fs.read:/c 2029-01-01 00:00"}),
      lines);
}

TEST(Policy, Errors) {
  const struct {
    std::string_view name, text, message;
  } kCases[] = {
      {"no TOML", "allow = \n", "p:1:9: "},
      {"unknown key", "alow = 'exit'", "p:1:1: unknown key 'alow' (did you mean 'allow'?)"},
      {"rule", "allow = [\n  'exit',\n  'fs.raed:/x',\n]",
       "p:3:4: 'fs.raed:/x': there is no class 'fs.raed' (did you mean 'fs.read'?)"},
      {"place within a rule", "allow = 'fs.read:/a//b'",
       "p:1:21: 'fs.read:/a//b': an empty segment"},
      {"place of a rule with escapes", "allow = \"fs.read:/\\u0061//b\"",
       "p:1:9: 'fs.read:/a//b': an empty segment"},
      {"rule of another type", "allow = 5",
       "p:1:9: 'allow' takes a rule or an array of rules, not an integer"},
      {"rules of another type", "allow = ['exit', 5]",
       "p:1:18: 'allow' takes rules, not an integer"},
      {"grant without rules", "[[grant]]\nexpires = 2027-01-01T00:00:00Z",
       "p:1:1: 'allow' is missing"},
      {"grant with a deny", "[[grant]]\ndeny = 'exit'\nallow = 'exit'",
       "p:2:1: unknown key 'deny'"},
      {"grant is a string", "grant = 'exit'", "p:1:9: 'grant' takes tables, not a string"},
      {"expires without an offset", "[[grant]]\nallow = 'exit'\nexpires = 2027-01-01T00:00:00",
       "p:3:11: 'expires' takes a time with an offset, as in 2027-01-01T00:00:00Z, not a time "
       "without an offset"},
      {"expires is a string", "[[grant]]\nallow = 'exit'\nexpires = '2027'",
       "p:3:11: 'expires' takes a time with an offset"},
      {"expires of the file", "expires = 2027-01-01T00:00:00Z",
       "p:1:1: 'expires' stands in a [[grant]]"},
      {"quota name", "quota = { memroy = 1 }",
       "p:1:11: there is no quota 'memroy' (did you mean 'memory'?)"},
      {"quota value", "quota = { memory = '1XB' }", "p:1:11: quota 'memory' takes bytes"},
      {"quota below zero", "quota = { memory = -1 }", "p:1:11: quota 'memory' takes bytes"},
      {"quota of another type", "quota = { memory = 1.5 }",
       "p:1:20: 'memory' takes a string or an integer, not a number with"},
      {"hash", "[component.'sha256:12']\nallow = 'exit'",
       "p:1:12: expected 64 hexadecimal digits behind 'sha256:'"},
      {"component key", "[component.x]\nallows = 'exit'",
       "p:2:1: unknown key 'allows' (did you mean 'allow'?)"},
      {"component is a string", "component = 'x'", "p:1:13: 'component' takes tables"},
      {"component without name", "[component.'']", "p:1:12: a component has a name"},
      {"component's name", "[component.'a[']", "p:1:12: 'a[': '[' without ']'"},
      {"signer", "signers = ['ed25519:AAAA']",
       "p:1:12: expected 'ed25519:' and a key of 32 bytes in base64"},
      {"include", "include = 'x.toml'", "p:1:1: only a file can include others"},
      {"two errors", "allow = ['x', 'y']", "p:1:11: 'x': there is no class 'x' (and 1 more)"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const absl::Status status = Policy::Parse(c.text, "p").status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    EXPECT_EQ(c.message, std::string(status.message()).substr(0, c.message.size()));
  }
}

TEST(Policy, EveryCutIsAnErrorOrAPolicy) {
  for (size_t size = 0; size <= kExample.size(); ++size)
    (void)Policy::Parse(kExample.substr(0, size), "p");
}

TEST(Policy, Includes) {
  Files files;
  files.Write("common/base.toml", "include = '../more.toml'\nallow = 'exit'");
  files.Write("more.toml", "allow = 'random'");
  const std::string main =
      files.Write("main.toml", "include = ['common/base.toml', 'more.toml']\nallow = 'wait'");
  const absl::StatusOr<Policy> policy = Policy::Load(main);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ((std::vector<std::string>{"+random @" + files.Path("common/../more.toml") + ":1:9",
                                      "+exit @" + files.Path("common/base.toml") + ":2:9",
                                      "+wait @" + main + ":2:9"}),
            Lines(policy->For({})));
}

TEST(Policy, IncludeErrors) {
  Files files;
  files.Write("bad.toml", "allow = 'x'");
  files.Write("a.toml", "include = 'b.toml'");
  files.Write("b.toml", "include = 'a.toml'");
  files.Write("self.toml", "include = './self.toml'");
  for (int i = 0; i < 40; ++i)
    files.Write("d" + std::to_string(i), "include = 'd" + std::to_string(i + 1) + "'");
  std::string many = "include = [";
  for (int i = 0; i < 100; ++i) {
    files.Write("m" + std::to_string(i), "");
    many += "'m" + std::to_string(i) + "',";
  }
  many += "]";
  const struct {
    std::string_view name, text, message;
  } kCases[] = {
      {"missing", "include = 'none.toml'", "main.toml:1:11: cannot read '"},
      {"error within", "include = 'bad.toml'", "bad.toml:1:10: 'x': there is no class 'x'"},
      {"cycle", "include = 'a.toml'", "b.toml:1:11: '"},
      {"itself", "include = 'self.toml'", "self.toml:1:11: '"},
      {"deep", "include = 'd0'", "d14:1:11: files include each other more than 16 deep"},
      {"many", many, "main.toml:1:"},
      {"folder", "include = '.'", "main.toml:1:11: '"},
      {"number", "include = 1",
       "main.toml:1:11: 'include' takes a path or an array of paths, not an integer"},
      {"empty", "include = ''", "main.toml:1:11: no path to include"},
      {"device", "include = '/dev/zero'", "main.toml:1:11: '/dev/zero' is no regular file"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const absl::Status status = Policy::Load(files.Write("main.toml", c.text)).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    const std::string expected = files.Path(std::string(c.message));
    EXPECT_EQ(expected, std::string(status.message()).substr(0, expected.size()));
  }
  EXPECT_EQ(absl::StatusCode::kNotFound, Policy::Load(files.Path("none.toml")).status().code());
  ASSERT_EQ(0, mkfifo(files.Path("fifo").c_str(), 0600));
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, Policy::Load(files.Path("fifo")).status().code());
}

TEST(Policy, HostileTexts) {
  const auto repeated = [](std::string_view part, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += part;
    return text;
  };
  const struct {
    std::string_view name;
    std::string text;
    std::string_view message;
  } kCases[] = {
      {"ten megabytes", repeated("# comment\n", 1'000'000),
       "p:1:1: the file has 10000000 bytes; at most 1048576 are read"},
      {"deep array", "allow = " + repeated("[", 100'000), "p:1:"},
      {"deep table", "a = " + repeated("{a=", 100'000), "p:1:"},
      {"deep key", repeated("a.", 500'000) + "a = 1", "p:1:64: a key has at most 32 parts"},
      {"deep header", "[" + repeated("a.", 500'000) + "a]", "p:1:65: a key has at most 32 parts"},
      {"deep quoted key", "''' '''\n" + repeated("'a' . ", 1000) + "a = 1", "p:2:"},
      {"deep key in a table", "x = {" + repeated("a.", 100) + "a = 1}",
       "p:1:69: a key has at most 32 parts"},
      {"a hundred thousand rules", "allow = [" + repeated("'exit',", 100'000) + "]",
       "p:1:70010: more than 10000 rules"},
      {"a hundred thousand grants", repeated("[[grant]]\n", 100'000),
       "p:1:1: 'allow' is missing (and 99 more)"},
      {"a long string", "allow = '" + repeated("x", 1'000'000) + "'", "p:1:8202: 'xxx"},
      {"zero bytes", std::string(1000, '\0'), "p:1:1: "},
      {"not ASCII outside of strings", "# \u00e9\nallow\u00e9 = 'exit'", "p:2:"},
      {"header in headers", "[[[a]]]", "p:1:3: "},
      {"not UTF-8", "allow = '\xff'", "p:1:"},
      {"alternatives", "allow = 'env.read:" + repeated("{a,b}", 100) + "'", "p:1:"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const absl::Status status = Policy::Parse(c.text, "p").status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    EXPECT_EQ(c.message, std::string(status.message()).substr(0, c.message.size()));
  }
  EXPECT_TRUE(Policy::Parse("\xef\xbb\xbf# \u00e9\nallow = 'env.read:\u00e9'", "p").ok());
  // Dots elsewhere are not counted.
  EXPECT_TRUE(
      Policy::Parse("allow = ['env.read:" + repeated("a.", 100) + "'] # " + repeated(".", 100), "p")
          .ok());
}

TEST(Policy, CheckFindsAllThatIsWrong) {
  Files files;
  files.Write("other.toml", "alow = 1");
  const std::string path = files.Write("p.toml", R"(include = "other.toml"
allow = ["x", "exit", "exit", "fs.read:/srv/data/private/x", "env.read:TZ", "random"]
deny = ["fs.read:/srv/data/private/**", "env"]
[[grant]]
allow = "clock"
expires = 2020-01-01T00:00:00Z
[component.c]
allow = ["env.read:HOME", "wait"]
deny = ["wait", "random"]
)");
  std::vector<std::string> found;
  for (const Diagnostic& d : Policy::Check(path, kNow)) {
    const std::string text = d.ToString();
    found.push_back((d.is_error ? "error " : "warning ") +
                    text.substr(text.rfind('/', text.find(':')) + 1));
  }
  const std::string where = files.Path("p.toml");
  EXPECT_EQ(
      (std::vector<std::string>{
          "error other.toml:1:1: unknown key 'alow' (did you mean 'allow'?)",
          "error p.toml:2:11: 'x': there is no class 'x'",
          "warning p.toml:8:10: 'env.read:HOME' never matches: 'env' at " + where +
              ":3:41 denies all of it",
          "warning p.toml:8:27: 'wait' never matches: 'wait' at " + where + ":9:9 denies all of it",
          "warning p.toml:2:23: 'exit' is there already",
          "warning p.toml:2:31: 'fs.read:/srv/data/private/x' never matches: "
          "'fs.read:/srv/data/private/**' at " +
              where + ":3:9 denies all of it",
          "warning p.toml:2:62: 'env.read:TZ' never matches: 'env' at " + where +
              ":3:41 denies all of it",
          "warning p.toml:5:9: 'clock' has expired, at 2020-01-01T00:00:00+00:00",
      }),
      found);
  EXPECT_EQ(1u, Policy::Check(files.Path("none"), kNow).size());
}

// What stands between fences of ```toml.
std::vector<std::string> TomlBlocks(const std::string& text) {
  std::vector<std::string> blocks;
  for (size_t at = 0; (at = text.find("```toml\n", at)) != text.npos;) {
    const size_t start = at + 8;
    at = text.find("```", start);
    blocks.push_back(text.substr(start, at - start));
  }
  return blocks;
}

TEST(Policy, WhatIsDocumentedIsRead) {
  const std::string readme = ReadTomlFile(AIRWASM_SOURCE_DIR "/security/policy/README.md").value();
  const std::vector<std::string> blocks = TomlBlocks(readme);
  ASSERT_EQ(2u, blocks.size());
  Files files;
  files.Write("base.toml", "");
  const absl::StatusOr<Policy> policy = Policy::Load(files.Write("p.toml", blocks[0]));
  EXPECT_TRUE(policy.ok()) << policy.status();
  const absl::StatusOr<Manifest> manifest = Manifest::Parse(blocks[1], "component.toml");
  EXPECT_TRUE(manifest.ok()) << manifest.status();
  // The last column of the table of scopes.
  size_t count = 0;
  std::istringstream lines(readme.substr(readme.find("## Rules"),
                                         readme.find("### Patterns") - readme.find("## Rules")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string examples = line.substr(line.rfind(" | ") + 3);
    for (size_t open = 0; (open = examples.find('`', open)) != examples.npos;) {
      const size_t close = examples.find('`', open + 1);
      const absl::StatusOr<Rule> rule =
          ParseRule(examples.substr(open + 1, close - open - 1), true, "README.md");
      EXPECT_TRUE(rule.ok()) << rule.status();
      open = close + 1;
      ++count;
    }
  }
  EXPECT_EQ(13u, count);
}

TEST(Manifest, RequestsAndGrants) {
  const absl::StatusOr<Manifest> manifest = Manifest::Parse(R"(
name = "acme:billing"
version = "1.2.0"
description = "Writes invoices"
requests = ["fs.read:/srv/data/**", "fs.read:/etc/hosts", "fs.read:/srv/private/x", "net.connect:db.internal:5432", "exit",
            "net.lookup:db.internal", "fs.read:/srv/**", "env.read:TZ,HOME", "fs:/srv/data/x", "random", "clock:wall"]
)",
                                                            "component.toml");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ("acme:billing", manifest->name);
  EXPECT_EQ("1.2.0", manifest->version);
  EXPECT_EQ("Writes invoices", manifest->description);
  const absl::StatusOr<Policy> policy = Policy::Parse(R"(
allow = ["fs.read:/srv/**", "net.connect:*.internal:*", "exit", "env.read:TZ", "clock:wall@1ms"]
deny = ["fs.read:/srv/private/**", "random"]
)",
                                                      "p");
  ASSERT_TRUE(policy.ok()) << policy.status();
  const Grants grants(policy->For({}).rules);
  const std::vector<RequestStatus> statuses = CompareRequests(*manifest, grants, kNow);
  const struct {
    Coverage granted;
    std::string_view denied_by;
  } kExpected[] = {
      {Coverage::kAll, ""},
      {Coverage::kNone, ""},
      {Coverage::kNone, "fs.read:/srv/private/**"},
      {Coverage::kAll, ""},
      {Coverage::kAll, ""},
      {Coverage::kAll, ""},
      {Coverage::kSome, "fs.read:/srv/private/**"},
      {Coverage::kSome, ""},
      {Coverage::kSome, ""},
      {Coverage::kNone, "random"},
      {Coverage::kSome, ""},
  };
  ASSERT_EQ(std::size(kExpected), statuses.size());
  for (size_t i = 0; i < statuses.size(); ++i) {
    SCOPED_TRACE(statuses[i].request->text);
    EXPECT_EQ(kExpected[i].granted, statuses[i].granted);
    EXPECT_EQ(kExpected[i].denied_by,
              statuses[i].denied_by == nullptr ? "" : statuses[i].denied_by->text);
  }
}

TEST(Manifest, Errors) {
  const struct {
    std::string_view text, message;
  } kCases[] = {
      {"nme = 'x'", "c:1:1: unknown key 'nme' (did you mean 'name'?)"},
      {"name = 1", "c:1:8: 'name' takes a string, not an integer"},
      {"requests = 'exit'", "c:1:12: 'requests' takes an array of rules"},
      {"requests = ['exit:1']", "c:1:19: 'exit:1': 'exit' takes no scope"},
      {"requests = [1]", "c:1:13: 'requests' takes rules, not an integer"},
      {"allow = ['exit']", "c:1:1: unknown key 'allow'"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(c.message, std::string(Manifest::Parse(c.text, "c").status().message()));
  }
  EXPECT_EQ(absl::StatusCode::kNotFound, Manifest::Load("/none/component.toml").status().code());
}

}  // namespace
}  // namespace airwasm::security
