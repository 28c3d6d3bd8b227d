#include "security/policy/learn.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "airwasm/grants.h"
#include "security/policy/object_text.h"

namespace airwasm::security {
namespace {

// The rules of the only section, or of the component's.
std::vector<std::string> Learned(const std::vector<ObservedAction>& actions,
                                 const std::string& component = "", CapabilitySet may_ask = 0) {
  const std::string text = SmallestPolicy(actions, may_ask);
  const absl::StatusOr<Policy> policy = Policy::Parse(text, "learned");
  EXPECT_TRUE(policy.ok()) << policy.status() << "\n" << text;
  std::vector<std::string> rules;
  if (policy.ok())
    for (const Rule& rule : policy->For({.name = component}).rules) rules.push_back(rule.text);
  return rules;
}

using Lines = std::vector<std::string>;

TEST(Learn, Paths) {
  constexpr Capability kRead = Capability::kFsRead;
  EXPECT_EQ((Lines{"fs.read:/etc/hosts", "fs.read:/srv/data/a"}),
            Learned({{kRead, "/srv/data/a"}, {kRead, "/etc/hosts"}, {kRead, "/etc/hosts"}}));
  EXPECT_EQ(Lines{"fs.read:/srv/data/*"},
            Learned({{kRead, "/srv/data/a"}, {kRead, "/srv/data/b"}, {kRead, "/srv/data/c"}}));
  // Three files of /etc are not all of /etc.
  EXPECT_EQ((Lines{"fs.read:/etc/a", "fs.read:/etc/b", "fs.read:/etc/c"}),
            Learned({{kRead, "/etc/a"}, {kRead, "/etc/b"}, {kRead, "/etc/c"}}));
  std::vector<ObservedAction> tree;
  for (const char* directory : {"/srv/d/x", "/srv/d/y", "/srv/d/z/z"})
    for (const char* file : {"/1", "/2", "/3"})
      tree.push_back({kRead, std::string(directory) + file});
  EXPECT_EQ(Lines{"fs.read:/srv/d/**"}, Learned(tree));
  EXPECT_EQ(Lines{"fs.read,fs.write:/srv/data/a"},
            Learned({{kRead, "/srv/data/a"}, {Capability::kFsWrite, "/srv/data/a"}}));
  EXPECT_EQ(Lines{"fs.read:/srv/\\*\\x0a\\xff\"\\{"}, Learned({{kRead, "/srv/*\n\xff\"{"}}));
}

TEST(Learn, Network) {
  constexpr Capability kConnect = Capability::kNetConnect;
  EXPECT_EQ(Lines{"net.connect:tcp:db.internal:80,5432"},
            Learned({{kConnect, "tcp:db.internal:5432 (10.0.0.7)"},
                     {kConnect, "tcp:db.internal:80 (10.0.0.7)"},
                     {Capability::kNetLookup, "db.internal"}}));
  std::vector<ObservedAction> ports;
  for (int port = 1; port < 9; ++port)
    ports.push_back({kConnect, "udp:h:" + std::to_string(port) + " (10.0.0.7)"});
  EXPECT_EQ(Lines{"net.connect:udp:h:*"}, Learned(ports));
  EXPECT_EQ((Lines{"net.connect:tcp:[::1]:80", "net.listen:tcp:0.0.0.0:80"}),
            Learned({{kConnect, "tcp:[::1]:80"}, {Capability::kNetListen, "tcp:0.0.0.0:80"}}));
  EXPECT_EQ(Lines{"net.lookup:other"}, Learned({{Capability::kNetLookup, "other"}}));
  // No name stands for a link-local address.
  EXPECT_EQ((Lines{"net.connect:tcp:meta:80", "net.connect:tcp:169.254.169.254:80"}),
            Learned({{kConnect, "tcp:meta:80 (169.254.169.254)"}}));
}

TEST(Learn, Urls) {
  constexpr Capability kHttp = Capability::kHttpOut;
  EXPECT_EQ((Lines{"http.out:GET https://h/a", "http.out:GET,POST https://h/b"}),
            Learned({{kHttp, "GET https://h:443/a"},
                     {kHttp, "GET https://h:443/b"},
                     {kHttp, "POST https://h:443/b"}}));
  EXPECT_EQ(Lines{"http.out:GET http://h:8080/v1/*"}, Learned({{kHttp, "GET http://h:8080/v1/a"},
                                                               {kHttp, "GET http://h:8080/v1/b"},
                                                               {kHttp, "GET http://h:8080/v1/c"}}));
  EXPECT_EQ(Lines{"http.out:GET https://h"},
            Learned({{kHttp, "GET https://h/a/../b"}, {kHttp, "GET https://h/c"}}));
  EXPECT_EQ(Lines{"http.out:GET https://h/a b"}, Learned({{kHttp, "GET https://h:443/a%20b"}}));
}

TEST(Learn, NamesAndClasses) {
  EXPECT_EQ((Lines{"env.read:HOME,TZ", "stdio:err,out", "exit"}),
            Learned({{Capability::kEnvRead, "TZ"},
                     {Capability::kEnvRead, "HOME"},
                     {Capability::kStdio, "out"},
                     {Capability::kStdio, "err"},
                     {Capability::kExit, ""}}));
  EXPECT_EQ(Lines{"kv.read"}, Learned({{Capability::kKvRead, "a"}, {Capability::kKvRead, ""}}));
}

// A program lists its directories and its environment when it starts: that is no reason to give it
// all files and all variables.
TEST(Learn, CallsWithoutAnObjectTakeNoWholeClass) {
  constexpr Capability kRead = Capability::kFsRead;
  constexpr Capability kEnv = Capability::kEnvRead;
  EXPECT_EQ((Lines{"fs.read:/srv/data/a", "env.read:TZ"}),
            Learned({{kRead, ""}, {kEnv, ""}, {kRead, "/srv/data/a"}, {kEnv, "TZ"}}));
  EXPECT_EQ(Lines{"net.connect:tcp:h:80"}, Learned({{Capability::kNetConnect, ""},
                                                    {Capability::kNetConnect, "tcp:h:80"},
                                                    {Capability::kNetLookup, ""}}));
  EXPECT_EQ(Lines{"fs.list"}, Learned({{Capability::kFsList, ""}, {kRead, ""}}, "", SetOf(kRead)));
  EXPECT_EQ(Lines{"fs.read"}, Learned({{kRead, ""}}, "", SetOf(kEnv)));
  EXPECT_EQ(Lines{}, Learned({{kRead, ""}, {kEnv, ""}}, "", SetOf(kRead, kEnv)));
}

TEST(Learn, Components) {
  const std::vector<ObservedAction> actions = {{Capability::kExit, "", "acme:billing"},
                                               {Capability::kRandom, "", "a*\"\n"},
                                               {Capability::kWait, "", "sha256:x"},
                                               {Capability::kClock, "wall", ""}};
  EXPECT_EQ((Lines{"clock:wall", "exit"}), Learned(actions, "acme:billing"));
  EXPECT_EQ((Lines{"clock:wall", "random"}), Learned(actions, "a*\"\n"));
  EXPECT_EQ((Lines{"clock:wall", "wait"}), Learned(actions, "sha256:x"));
  EXPECT_EQ(Lines{"clock:wall"}, Learned(actions, "other"));
}

TEST(Learn, WhatAClassWithoutScopesWasUsedOnDoesNotMatter) {
  const std::vector<ObservedAction> actions = {{Capability::kHttpIn, "POST http://x:80/a", ""},
                                               {Capability::kHttpIn, "", ""}};
  EXPECT_EQ(Lines{"http.in"}, Learned(actions));
  EXPECT_EQ(std::string::npos, SmallestPolicy(actions).find("not understood"));
}

TEST(Learn, WhatNoPolicyAllowsIsNamed) {
  const std::string policy = SmallestPolicy(std::vector<ObservedAction>{
      {Capability::kFsRead, "a/../b\nc"}, {Capability::kNetConnect, "x"}});
  EXPECT_NE(std::string::npos, policy.find("# no policy allows: fs.read:a/../b?c\n")) << policy;
  EXPECT_NE(std::string::npos, policy.find("# not understood: net.connect:x\n")) << policy;
  EXPECT_TRUE(Policy::Parse(policy, "p").ok());
}

// Whatever was seen, the policy that comes of it allows it.
TEST(Learn, AllowsAllThatWasObserved) {
  std::mt19937 random(1);
  const auto pick = [&](std::initializer_list<const char*> words) {
    return std::string(words.begin()[random() % words.size()]);
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<ObservedAction> actions;
    for (int i = 0; i < 60; ++i) {
      std::string path;
      const size_t depth = random() % 5 + 1;
      for (size_t d = 0; d < depth; ++d)
        path += "/" + pick({"a", "b", "c*", "d,e", "[x]", "{", "\\", "f g", "\xff", "?", "\n"});
      const std::string host =
          pick({"h", "x.org", "10.0.0.1", "[::1]", "a.x.org", "169.254.169.254", "127.0.0.1"});
      const std::string port = std::to_string(random() % 3 == 0 ? random() % 65536 : 80);
      const std::string ip =
          pick({"", " (10.0.0.1)", " (169.254.169.254)", " ([::1])", " ([::ffff:10.0.0.1])"});
      const ObservedAction all[] = {
          {Capability::kFsRead, path},
          {Capability::kFsDelete, path},
          {Capability::kNetConnect,
           pick({"tcp:", "udp:"}) + host + ":" + port + (host[0] < 'a' ? "" : ip)},
          {Capability::kNetListen, "tcp:" + pick({"0.0.0.0", "[::]", "127.0.0.1"}) + ":" + port},
          {Capability::kNetLookup, pick({"h", "x.org", "1.2.3.4", "::1"})},
          {Capability::kHttpOut,
           pick({"GET", "POST", "get", "X-Y"}) + " " + pick({"http", "https"}) + "://" + host +
               ":" + port +
               pick({"/", "/a", "/a/b", "/a/%2e%2e/b", "/a%20b/c", "/*", "//", "/a/", "/%25"})},
          {Capability::kEnvRead, pick({"A", "B*", "C,D", "E\\", "F\x80"})},
          {Capability::kStdio, pick({"in", "out", "err"})},
          {Capability::kClock, pick({"wall", "monotonic"})},
          {Capability::kKvRead, pick({"store", "", "x:y@z"})},
          {Capability::kRandom, ""},
      };
      ObservedAction action = all[random() % std::size(all)];
      action.component = pick({"", "acme:x", "acme:*", "sha256:1"});
      actions.push_back(action);
    }
    const std::string text = SmallestPolicy(actions);
    const absl::StatusOr<Policy> policy = Policy::Parse(text, "learned");
    ASSERT_TRUE(policy.ok()) << policy.status() << "\n" << text;
    EXPECT_EQ(std::string::npos, text.find("# no")) << text;
    for (const ObservedAction& action : actions) {
      const Grants grants(policy->For({.name = action.component}).rules);
      const absl::StatusOr<OwnedObject> object =
          OwnedObject::Parse(action.capability, action.object);
      ASSERT_TRUE(object.ok()) << object.status();
      EXPECT_TRUE(grants.Decide(action.capability, object->object(), absl::Now()).allowed)
          << TextOf(action.capability) << ":" << action.object << " of " << action.component << "\n"
          << text;
    }
  }
}

TEST(ObjectText, ComesBackAsItWasWritten) {
  const struct {
    Capability c;
    std::string_view text, back;
  } kCases[] = {
      {Capability::kFsRead, "/srv/a", ""},
      {Capability::kNetConnect, "tcp:10.0.0.7:5432", ""},
      {Capability::kNetConnect, "udp:[::1]:53", ""},
      {Capability::kNetConnect, "tcp:db.internal:5432 (10.0.0.7)", ""},
      {Capability::kNetConnect, "db.internal:5432", "tcp:db.internal:5432 (192.0.2.1)"},
      {Capability::kHttpOut, "GET https://example.org:443/a", ""},
      {Capability::kHttpOut, "https://example.org/a?b", "GET https://example.org:443/a"},
      {Capability::kEnvRead, "TZ", ""},
      {Capability::kExit, "", ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const absl::StatusOr<OwnedObject> object = OwnedObject::Parse(c.c, c.text);
    ASSERT_TRUE(object.ok()) << object.status();
    EXPECT_EQ(c.back.empty() ? c.text : c.back, object->object().ToString());
  }
  for (const char* action : {"fs.raed:/x", "exit:1", "net.connect:x", "net.connect:x:y",
                             "http.out:h/x", "", "net.connect:h:1 (x)"})
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, ParseAction(action).status().code()) << action;
}

}  // namespace
}  // namespace airwasm::security
