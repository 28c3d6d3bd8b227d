#include "security/policy/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace airwasm::security {
namespace {

TEST(Glob, Matches) {
  const struct {
    std::string_view name, pattern, word;
    bool matches;
  } kCases[] = {
      {"literal", "abc", "abc", true},
      {"literal is whole", "abc", "abcd", false},
      {"case counts", "abc", "Abc", false},
      {"star, none", "a*", "a", true},
      {"star, some", "a*c", "abbc", true},
      {"star goes on", "a*bc", "abbbc", true},
      {"two stars", "*a*b", "xxayyb", true},
      {"two stars, out of order", "*a*b", "xxbyya", false},
      {"star star is star", "a**b", "axb", true},
      {"question mark", "a?c", "abc", true},
      {"question mark is no nothing", "a?c", "ac", false},
      {"question mark is one byte", "?", "\xc3\xa4", false},
      {"class", "[a-c]x", "bx", true},
      {"class, outside", "[a-c]x", "dx", false},
      {"class, several", "[a-c0-9_]", "_", true},
      {"class, negated", "[!a-c]", "d", true},
      {"class, negated with ^", "[^a-c]", "a", false},
      {"class with ]", "[]a]", "]", true},
      {"class with - at its end", "[a-]", "-", true},
      {"class with an escape", "[\\]]", "]", true},
      {"alternatives, first", "{a,b}x", "ax", true},
      {"alternatives, second", "{a,b}x", "bx", true},
      {"alternatives, none", "{a,b}x", "cx", false},
      {"alternatives, empty one", "x{,y}", "x", true},
      {"alternatives, nested", "{a{1,2},b}", "a2", true},
      {"alternatives with wildcards", "*.{txt,md}", "a.md", true},
      {"escaped star", "\\*", "*", true},
      {"escaped star is no star", "\\*", "a", false},
      {"escaped byte", "\\xff", "\xff", true},
      {"comma is a byte", "a,b", "a,b", true},
      {"not normalised", "\xc3\xa4", "a\xcc\x88", false},
      {"empty", "", "", true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Expected<Glob> glob = Glob::Parse(c.pattern, 0);
    ASSERT_TRUE(glob.ok()) << glob.error().message;
    EXPECT_EQ(c.matches, glob->Matches(c.word));
  }
}

TEST(Glob, Lists) {
  const Expected<Glob> list = Glob::Parse("in,o*,{a,b}", 0, /*list=*/true);
  ASSERT_TRUE(list.ok());
  for (const char* word : {"in", "out", "a", "b"}) EXPECT_TRUE(list->Matches(word)) << word;
  for (const char* word : {"in,o", "i", "err", ""}) EXPECT_FALSE(list->Matches(word)) << word;
  EXPECT_TRUE(list->Literals().empty());
  EXPECT_EQ((std::vector<std::string>{"x", "y"}), Glob::Parse("x,y", 0, true)->Literals());
  EXPECT_TRUE(Glob::Parse("a,*", 0, true)->MatchesAll());
}

TEST(Glob, Errors) {
  const struct {
    std::string_view name, pattern;
    size_t offset;
    std::string_view message;
  } kCases[] = {
      {"open class", "a[b", 1, "'[' without ']'"},
      {"empty class", "[]", 0, "'[' without ']'"},
      {"reversed range", "[z-a]", 1, "a range that ends before it begins"},
      {"lone ]", "ab]", 2, "']' without '['"},
      {"open brace", "a{b,c", 1, "'{' without '}'"},
      {"lone }", "ab}", 2, "'}' without '{'"},
      {"nothing escaped", "ab\\", 2, "nothing behind the backslash"},
      {"letter escaped", "a\\n", 1, "a backslash takes the meaning"},
      {"half a byte", "\\x1", 0, "a backslash takes the meaning"},
      {"zero byte", std::string_view("a\0b", 3), 1, "a zero byte"},
      {"deep braces", "{{{{{a}}}}}", 4, "braces are nested more than 4 deep"},
      {"too many alternatives", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", 34,
       "more than 64 alternatives"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Expected<Glob> glob = Glob::Parse(c.pattern, 100);
    ASSERT_FALSE(glob.ok());
    EXPECT_EQ(100 + c.offset, glob.error().offset);
    EXPECT_EQ(c.message, glob.error().message.substr(0, c.message.size()));
  }
  EXPECT_FALSE(Glob::Parse(std::string(kMaxPatternBytes + 1, 'a'), 0).ok());
}

TEST(Glob, EscapedMatchesItselfAlone) {
  std::string all;
  for (int i = 1; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& word :
       {all, std::string("*"), std::string("a{b,c}"), std::string("[x]"), std::string("\\")}) {
    const Expected<Glob> glob = Glob::Parse(EscapeGlob(word), 0, /*list=*/true);
    ASSERT_TRUE(glob.ok()) << glob.error().message;
    EXPECT_EQ(std::vector<std::string>{word}, glob->Literals());
  }
}

// With backtracking over every star this would take longer than anyone waits.
TEST(Glob, ManyStarsOnALongWord) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  pattern += "*b";
  const Expected<Glob> glob = Glob::Parse(pattern, 0);
  ASSERT_TRUE(glob.ok());
  EXPECT_FALSE(glob->Matches(std::string(4096, 'a')));
  EXPECT_TRUE(glob->Matches(std::string(4095, 'a') + "b"));
}

}  // namespace
}  // namespace airwasm::security
