#include "wasi/http/message.h"

#include <gtest/gtest.h>

namespace airwasm::wasi::http {
namespace {

TEST(FieldsTest, NamesDoNotMindTheirCase) {
  Fields fields;
  EXPECT_TRUE(fields.Append("Accept", "a"));
  EXPECT_TRUE(fields.Append("ACCEPT", "b"));
  EXPECT_TRUE(fields.Append("x", ""));
  EXPECT_TRUE(fields.Has("accept"));
  EXPECT_EQ(fields.entries()[1].name, "ACCEPT");
  fields.Delete("aCCept");
  EXPECT_EQ(fields.entries().size(), 1u);
  EXPECT_EQ(fields.bytes(), 1u);
}

TEST(FieldsTest, Limits) {
  Fields fields;
  EXPECT_FALSE(fields.Append("x", std::string(kMaxFieldBytes, 'y')));
  for (size_t i = 0; i < kMaxFieldCount; ++i) ASSERT_TRUE(fields.Append("n", ""));
  EXPECT_FALSE(fields.Append("n", ""));
}

TEST(FieldsTest, Syntax) {
  for (const char* name : {"a", "X-Y", "!#$%&'*+-.^_`|~09"}) EXPECT_TRUE(IsToken(name)) << name;
  for (const char* name : {"", " a", "a b", "a:", "a\n", "\xc3\xa9", "a(b)"})
    EXPECT_FALSE(IsToken(name)) << name;
  for (const char* value : {"", "a b", "\t", "\xc3\xa9"}) EXPECT_TRUE(IsFieldValue(value)) << value;
  EXPECT_FALSE(IsFieldValue("a\r\nb: c"));
  EXPECT_FALSE(IsFieldValue(std::string_view("\0", 1)));
  for (const char* name : {"Connection", "HOST", "Transfer-Encoding", "upgrade", "Keep-Alive"})
    EXPECT_TRUE(IsForbidden(name)) << name;
  EXPECT_FALSE(IsForbidden("content-length"));
}

TEST(MessageTest, Authorities) {
  const struct {
    const char* text;
    bool valid;
    const char* host;
    int port;
  } kCases[] = {
      {"example.org", true, "example.org", -1},
      {"example.org:8080", true, "example.org", 8080},
      {"example.org:", true, "example.org", -1},
      {"[::1]:80", true, "::1", 80},
      {"[::1]", true, "::1", -1},
      {"127.0.0.1:0", true, "127.0.0.1", 0},
      {"::1", false, "", 0},
      {"[::1", false, "", 0},
      {"[127.0.0.1]", false, "", 0},
      {"a:65536", false, "", 0},
      {"a:-1", false, "", 0},
      {"user@a", false, "", 0},
      {"", false, "", 0},
      {"a b", false, "", 0},
      {"a/b", false, "", 0},
      {"1.2.3", false, "", 0},
      {"a..b", false, "", 0},
      {"a:80:80", false, "", 0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto parsed = ParseAuthority(c.text);
    ASSERT_EQ(parsed.has_value(), c.valid);
    if (!c.valid) continue;
    EXPECT_EQ(parsed->host, c.host);
    EXPECT_EQ(parsed->port ? *parsed->port : -1, c.port);
  }
}

TEST(MessageTest, ContentLengths) {
  const struct {
    std::vector<std::string> values;
    bool valid;
    std::optional<uint64_t> length;
  } kCases[] = {
      {{}, true, {}},         {{"0"}, true, 0},
      {{"12"}, true, 12},     {{"12", "12"}, true, 12},
      {{"1", "2"}, false, 0}, {{""}, false, 0},
      {{"-1"}, false, 0},     {{"1, 1"}, false, 0},
      {{"0x1"}, false, 0},    {{"99999999999999999999"}, false, 0},
  };
  for (const auto& c : kCases) {
    Fields fields;
    for (const std::string& value : c.values) fields.Append("Content-Length", value);
    std::optional<uint64_t> length;
    EXPECT_EQ(ReadContentLength(fields, &length), c.valid);
    if (c.valid) EXPECT_EQ(length, c.length);
  }
}

TEST(MessageTest, PathsAndSchemes) {
  EXPECT_TRUE(IsPathWithQuery("/a?b=%20c"));
  EXPECT_FALSE(IsPathWithQuery("/a b"));
  EXPECT_FALSE(IsPathWithQuery("/a\r\nx: y"));
  EXPECT_FALSE(IsPathWithQuery("/a#b"));
  EXPECT_TRUE(IsScheme("svn+ssh"));
  EXPECT_FALSE(IsScheme("1a"));
  EXPECT_FALSE(IsScheme(""));
}

}  // namespace
}  // namespace airwasm::wasi::http
