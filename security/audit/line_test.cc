#include "security/audit/line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "security/audit/filter.h"

namespace airwasm::security::audit {
namespace {

constexpr int64_t kTime = 1'786'959'000'000'000'123;  // 2026-08-17T09:30:00.000000123Z

LineParts Deny() {
  return {.time_ns = kTime,
          .component = "shop",
          .instance = 3,
          .function = "wasi:filesystem/types@0.2.0#[method]descriptor.open-at",
          .capability = "fs.read",
          .object = "/etc/\"passwd\"\n",
          .allow = false,
          .rule = "default",
          .backtrace = "0: a\n1: b"};
}

std::string LineOf(const LineParts& parts, const Link& last = {}) {
  std::string line(kMaxLineBytes, '\0');
  LineWriter writer(last);
  line.resize(static_cast<size_t>(writer.Write(parts, line.data()) - line.data()));
  EXPECT_EQ('\n', line.back());
  line.pop_back();
  EXPECT_EQ(last.seq + 1, writer.last().seq);
  EXPECT_EQ(HashOf(line), writer.last().hash);
  return line;
}

TEST(Line, Form) {
  EXPECT_EQ(
      "{\"seq\":1,\"time\":\"2026-08-17T09:30:00.000000123Z\",\"component\":\"shop\",\"instance\":"
      "3,"
      "\"function\":\"wasi:filesystem/"
      "types@0.2.0#[method]descriptor.open-at\",\"class\":\"fs.read\","
      "\"object\":\"/etc/\\\"passwd\\\"\\n\",\"decision\":\"deny\",\"rule\":\"default\","
      "\"backtrace\":\"0: a\\n1: b\",\"prev\":"
      "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
      LineOf(Deny()));
}

TEST(Line, IsJsonAndIsReadAgain) {
  LineParts cut = Deny();
  cut.object_full_bytes = 5000;
  cut.backtrace_full_bytes = 70000;
  LineParts empty;
  empty.allow = true;
  for (const LineParts& parts : {Deny(), cut, empty}) {
    const Link last{.seq = 41, .hash = HashOf("before")};
    const std::string line = LineOf(parts, last);
    const nlohmann::json json = nlohmann::json::parse(line);
    EXPECT_EQ(42, json["seq"]);
    EXPECT_EQ(parts.object, json["object"].get<std::string>());
    EXPECT_EQ(parts.allow ? "allow" : "deny", json["decision"].get<std::string>());
    EXPECT_EQ(parts.object_full_bytes != 0, json.contains("object_bytes"));
    const std::optional<ParsedLine> parsed = ParseLine(line, nullptr);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(42u, parsed->seq);
    EXPECT_EQ(last.hash, parsed->prev);
    EXPECT_EQ(parts.component, parsed->component);
    EXPECT_EQ(parts.instance, parsed->instance);
    EXPECT_EQ(parts.object, UnescapeJson(parsed->object));
    EXPECT_EQ(parts.backtrace, UnescapeJson(parsed->backtrace));
    EXPECT_EQ(parts.object_full_bytes, parsed->object_bytes);
    EXPECT_EQ(parts.backtrace_full_bytes, parsed->backtrace_bytes);
  }
}

TEST(Line, Longest) {
  LineParts parts;
  const std::string name(MaxEscapedBytes(kMaxNameBytes), 'n');
  const std::string object(kMaxObjectBytes, '\x01');
  const std::string backtrace(kMaxBacktraceBytes, '\x01');
  parts.component = parts.function = parts.rule = name;
  parts.capability = "0123456789012345678901234567890123456789012345678901234567890123";
  parts.object = object;
  parts.backtrace = backtrace;
  parts.instance = parts.object_full_bytes = parts.backtrace_full_bytes = UINT64_MAX;
  const std::string line = LineOf(parts, {.seq = UINT64_MAX - 1});
  EXPECT_LT(line.size(), kMaxLineBytes);
  EXPECT_TRUE(ParseLine(line, nullptr).has_value());
}

TEST(Line, CutAtEachLengthIsRefused) {
  const std::string line = LineOf(Deny());
  for (size_t length = 0; length < line.size(); ++length) {
    size_t offset = 0;
    EXPECT_FALSE(ParseLine(line.substr(0, length), &offset).has_value()) << length;
    EXPECT_LE(offset, length);
  }
  EXPECT_FALSE(ParseLine(line + " ", nullptr).has_value());
}

TEST(Line, OtherFormsAreRefused) {
  const std::string line = LineOf(Deny());
  const struct {
    std::string_view from, to;
  } kChanges[] = {
      {"\"seq\":1", "\"seq\":01"},
      {"\"seq\":1", "\"seq\": 1"},
      {"\"seq\":1", "\"seq\":-1"},
      {"\"seq\":1", "\"seq\":99999999999999999999"},
      {"2026-08", "2026:08"},
      {"\"deny\"", "\"denied\""},
      {"\"deny\"", "\"allowed\""},
      {"\"prev\":\"0", "\"prev\":\"g"},
      {"\"prev\":\"0", "\"prev\":\""},
      {"\"class\"", "\"Class\""},
      {"\"instance\":3", "\"instance\":"},
      {"shop", "sh\nop"},
  };
  for (const auto& change : kChanges) {
    std::string other = line;
    other.replace(other.find(change.from), change.from.size(), change.to);
    EXPECT_FALSE(ParseLine(other, nullptr).has_value()) << other;
  }
}

TEST(Line, Times) {
  const struct {
    int64_t ns;
    std::string_view text;
  } kCases[] = {
      {0, "1970-01-01T00:00:00.000000000Z"},
      {-1, "1969-12-31T23:59:59.999999999Z"},
      {951'782'400'000'000'000, "2000-02-29T00:00:00.000000000Z"},
      {kTime, "2026-08-17T09:30:00.000000123Z"},
      {kTime + 999'999'000, "2026-08-17T09:30:00.999999123Z"},
  };
  TimeFormatter formatter;
  for (const auto& c : kCases) {
    char text[kTimeTextBytes];
    EXPECT_EQ(text + kTimeTextBytes, formatter.Write(c.ns, text));
    EXPECT_EQ(c.text, std::string_view(text, kTimeTextBytes));
  }
}

TEST(Line, ClockAgreesWithTheTimeOfDay) {
  Clock clock;
  for (int i = 0; i < 5; ++i) {
    const uint64_t ticks = Ticks();
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const timespec pause{.tv_nsec = 3'000'000};
    nanosleep(&pause, nullptr);
    clock.Synchronize();
    const int64_t expected = now.tv_sec * 1'000'000'000 + now.tv_nsec;
    // A thread may lose its processor between any two of these lines.
    EXPECT_NEAR(static_cast<double>(clock.TimeOf(ticks) - expected), 0, 50e6);
  }
}

TEST(Filter, Globs) {
  const struct {
    std::string_view pattern, text;
    bool matches;
  } kCases[] = {
      {"", "", true},
      {"*", "", true},
      {"*", "a/b", true},
      {"a", "a", true},
      {"a", "ab", false},
      {"a*", "ab", true},
      {"/srv/**", "/srv/a/b", true},
      {"/srv/*", "/srvx", false},
      {"*.txt", "a.txt.txt", true},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"*a*b*", "xxaxxb", true},
      {"*a*b", "ba", false},
      {"**", "x", true},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(c.matches, MatchesGlob(c.pattern, c.text)) << c.pattern << " " << c.text;
}

TEST(Filter, Since) {
  const struct {
    std::string_view text, expected;
  } kCases[] = {
      {"2026-08-17", "2026-08-17T00:00:00.000000000Z"},
      {"2026-08-17T09:30", "2026-08-17T09:30:00.000000000Z"},
      {"2026-08-17T09:30:05Z", "2026-08-17T09:30:05.000000000Z"},
      {"2026-08-17T09:30:05.25Z", "2026-08-17T09:30:05.250000000Z"},
      {"10s", "2026-08-17T09:29:50.000000123Z"},
      {"1d", "2026-08-16T09:30:00.000000123Z"},
      {"0s", "2026-08-17T09:30:00.000000123Z"},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<std::string> time = ParseSince(c.text, kTime);
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_EQ(c.expected, *time);
  }
  for (const std::string_view text :
       {"", "s", "-1s", "10", "10x", "2026", "2026-08-17T09:30:05.", "99999999d", "2026/08/17"})
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, ParseSince(text, kTime).status().code()) << text;
}

TEST(Filter, Matches) {
  const std::string line = LineOf(Deny());
  const ParsedLine parsed = *ParseLine(line, nullptr);
  const struct {
    Filter filter;
    bool matches;
  } kCases[] = {
      {{}, true},
      {{.component = "shop"}, true},
      {{.component = "sho"}, false},
      {{.function = "*open-at"}, true},
      {{.capability = "fs.*"}, true},
      {{.capability = "net.*"}, false},
      {{.object = "/etc/\"passwd\"\n"}, true},
      {{.object = "/etc/*"}, true},
      {{.decision = "deny"}, true},
      {{.decision = "allow"}, false},
      {{.since = "2026-08-17T09:30:00.000000123Z"}, true},
      {{.since = "2026-08-17T09:30:00.000000124Z"}, false},
      {{.component = "shop", .decision = "allow"}, false},
  };
  for (const auto& c : kCases) EXPECT_EQ(c.matches, c.filter.Matches(parsed));
}

}  // namespace
}  // namespace airwasm::security::audit
