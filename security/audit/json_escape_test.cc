#include "security/audit/json_escape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "engine/base/utf8.h"

namespace airwasm::security::audit {
namespace {

std::string Escape(std::string_view text) {
  std::string out(MaxEscapedBytes(text.size()), '\0');
  out.resize(static_cast<size_t>(EscapeJson(text, out.data()) - out.data()));
  return out;
}

TEST(JsonEscape, Table) {
  using namespace std::string_view_literals;
  const struct {
    std::string_view name, text, escaped;
  } kCases[] = {
      {"empty", "", ""},
      {"plain", "/srv/a b~", "/srv/a b~"},
      {"quote", "a\"b", "a\\\"b"},
      {"backslash", "a\\b", "a\\\\b"},
      {"newline and tab", "a\nb\tc", "a\\nb\\tc"},
      {"carriage return", "a\rb", "a\\u000db"},
      {"NUL", "a\0b"sv, "a\\u0000b"},
      {"terminal escape", "\x1b[2J", "\\u001b[2J"},
      {"DEL", "\x7f", "\\u007f"},
      {"C1 control", "\xc2\x9b", "\\u009b"},
      {"umlaut", "\xc3\xa4", "\xc3\xa4"},
      {"four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"right to left",
       "a\xe2\x80\xae"
       "b",
       "a\\u202eb"},
      {"line separator", "\xe2\x80\xa8", "\\u2028"},
      {"byte order mark", "\xef\xbb\xbf", "\\ufeff"},
      {"replacement", "\xef\xbf\xbd", "\\ufffd"},
      {"lone continuation",
       "a\x80"
       "b",
       "a\\ufffdb"},
      {"overlong quote", "\xc0\xa2", "\\ufffd\\ufffd"},
      {"surrogate", "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
      {"above the last", "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
      {"lead byte swallows nothing", "\xe2\"", "\\ufffd\\\""},
      {"cut short", "a\xe2\x82", "a\\ufffd\\ufffd"},
      {"0xff", "\xff", "\\ufffd"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.escaped, Escape(c.text));
  }
}

TEST(JsonEscape, WhateverGoesInOneStringComesOut) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 24, '\0');
    for (char& c : text)
      c = static_cast<char>(random() % 3 == 0 ? "\"\\\n\xe2\x80\xae{}:,\xc3"[random() % 11]
                                              : random());
    const std::string escaped = Escape(text);
    for (const char c : escaped) ASSERT_TRUE(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
    ASSERT_TRUE(IsUtf8({reinterpret_cast<const uint8_t*>(escaped.data()), escaped.size()}));
    const nlohmann::json parsed = nlohmann::json::parse("\"" + escaped + "\"");
    const std::optional<std::string> again = UnescapeJson(escaped);
    ASSERT_TRUE(again.has_value()) << escaped;
    ASSERT_EQ(parsed.get<std::string>(), *again);
    if (IsUtf8({reinterpret_cast<const uint8_t*>(text.data()), text.size()})) {
      ASSERT_EQ(text, *again);
    }
  }
}

TEST(JsonEscape, OnlyWhatItWritesIsRead) {
  for (const std::string_view text :
       {"\\", "\\x", "\\u12", "\\u00zz", "\\ud800", "\\u0041", "\\u000A", "\\/", "\n", "\x80"})
    EXPECT_EQ(std::nullopt, UnescapeJson(text)) << text;
}

}  // namespace
}  // namespace airwasm::security::audit
