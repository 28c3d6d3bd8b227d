#include "security/policy/scope_path.h"

#include <gtest/gtest.h>

#include <string>

namespace airwasm::security {
namespace {

PathPattern Parse(std::string_view text) {
  Expected<PathPattern> pattern = PathPattern::Parse(text, 0);
  EXPECT_TRUE(pattern.ok()) << text << ": " << pattern.error().message;
  return *std::move(pattern);
}

TEST(PathPattern, Matches) {
  const struct {
    std::string_view name, pattern, path;
    bool matches;
  } kCases[] = {
      {"itself", "/data/a", "/data/a", true},
      {"a longer name", "/data/a", "/data/ab", false},
      {"what lies beneath a literal", "/data/a", "/data/a/b", false},
      {"what lies above", "/data/a", "/data", false},
      {"tree, itself", "/srv/data/**", "/srv/data", true},
      {"tree, child", "/srv/data/**", "/srv/data/x", true},
      {"tree, deep", "/srv/data/**", "/srv/data/x/y/z", true},
      {"tree, neighbour", "/srv/data/**", "/srv/database", false},
      {"tree, neighbour's child", "/srv/data/**", "/srv/database/x", false},
      {"tree, above", "/srv/data/**", "/srv", false},
      {"everything", "/**", "/", true},
      {"everything, deep", "/**", "/a/b", true},
      {"root", "/", "/", true},
      {"root is no tree", "/", "/a", false},
      {"star, child", "/srv/*", "/srv/x", true},
      {"star, not itself", "/srv/*", "/srv", false},
      {"star, not deeper", "/srv/*", "/srv/x/y", false},
      {"star within", "/srv/*/x", "/srv/a/x", true},
      {"star within, deeper", "/srv/*/x", "/srv/a/b/x", false},
      {"star is no slash", "/srv/a*b", "/srv/a/b", false},
      {"sensitive", "/sensitive/*", "/sensitive-x", false},
      {"question mark is no slash", "/srv?x", "/srv/x", false},
      {"class is no slash", "/srv[!a]x", "/srv/x", false},
      {"tree in the middle, none", "/a/**/b", "/a/b", true},
      {"tree in the middle, some", "/a/**/b", "/a/x/y/b", true},
      {"tree in the middle, twice", "/a/**/b/**/c", "/a/b/x/b/c", true},
      {"tree in the middle, missing", "/a/**/b/**/c", "/a/x/c", false},
      {"tree, then suffix", "/a/**/*.txt", "/a/b/c.txt", true},
      {"tree, then suffix, other", "/a/**/*.txt", "/a/b/c.md", false},
      {"tree has to end at the last", "/a/**/b", "/a/b/c", false},
      {"braces", "/a/{b,c}/d", "/a/c/d", true},
      {"escaped", "/a/\\*", "/a/*", true},
      {"escaped, other", "/a/\\*", "/a/b", false},
      {"case", "/Data", "/data", false},
      {"bytes", "/\xff*", "/\xff\xfe", true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.matches, Parse(c.pattern).Matches(c.path));
  }
}

TEST(PathPattern, Errors) {
  const struct {
    std::string_view name, pattern;
    size_t offset;
    std::string_view message;
  } kCases[] = {
      {"relative", "srv", 0, "a path begins with '/'"},
      {"empty", "", 0, "a path begins with '/'"},
      {"home", "~/x", 0, "a path begins with '/'"},
      {"dot", "/a/./b", 3, "a segment '.'"},
      {"dot dot", "/a/../b", 3, "a segment '..'"},
      {"dot dot in braces", "/a/{..,b}/c", 3, "a segment '..'"},
      {"dot dot escaped", "/a/\\.\\./c", 3, "a segment '..'"},
      {"empty segment", "/a//b", 3, "an empty segment"},
      {"slash at the end", "/a/", 3, "a path does not end with '/'"},
      {"tree in a segment", "/a/b**", 4, "'**' stands alone between slashes"},
      {"tree before a suffix", "/a/**.txt", 3, "'**' stands alone between slashes"},
      {"slash in braces", "/a/{b/c}", 3, "'{' without '}'"},
      {"escaped slash", "/a\\x2fb", 1, "a segment holds no '/'"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Expected<PathPattern> pattern = PathPattern::Parse(c.pattern, 0);
    ASSERT_FALSE(pattern.ok());
    EXPECT_EQ(c.offset, pattern.error().offset);
    EXPECT_EQ(c.message, pattern.error().message.substr(0, c.message.size()));
  }
}

TEST(PathPattern, Urls) {
  const struct {
    std::string_view name, pattern, path;
    bool matches;
  } kCases[] = {
      {"root", "/", "/", true},
      {"root, other", "/", "/a", false},
      {"everything", "/**", "/", true},
      {"slash at the end", "/v1/", "/v1/", true},
      {"slash at the end, without", "/v1/", "/v1", false},
      {"slash at the end, deeper", "/v1/", "/v1/x", false},
      {"tree, itself", "/v1/**", "/v1", true},
      {"tree, with a slash", "/v1/**", "/v1/", true},
      {"tree, deep", "/v1/**", "/v1/x/", true},
      {"tree, neighbour", "/v1/**", "/v11", false},
      {"star", "/v1/*", "/v1/x", true},
      {"star, deeper", "/v1/*", "/v1/x/", false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Expected<PathPattern> pattern = PathPattern::Parse(c.pattern, 0, PathPattern::Of::kUrl);
    ASSERT_TRUE(pattern.ok()) << pattern.error().message;
    EXPECT_EQ(c.matches, pattern->Matches(c.path));
  }
  EXPECT_FALSE(PathPattern::Parse("/a?q=1", 0, PathPattern::Of::kUrl).ok());
  EXPECT_FALSE(PathPattern::Parse("/a%20b", 0, PathPattern::Of::kUrl).ok());
}

TEST(PathPattern, Trees) {
  const struct {
    std::string_view pattern, directory;
    bool covers, reaches;
  } kCases[] = {
      {"/srv/data/**", "/srv/data", true, true},
      {"/srv/data/**", "/srv/data/x/y", true, true},
      {"/srv/data/**", "/srv", false, true},
      {"/srv/data/**", "/", false, true},
      {"/srv/data/**", "/srv/database", false, false},
      {"/srv/data", "/srv/data", false, true},
      {"/srv/data", "/srv/data/x", false, false},
      {"/srv/*/x", "/srv/a", false, true},
      {"/srv/*/x", "/srv/a/x", false, true},
      {"/srv/*/x", "/srv/a/y", false, false},
      {"/srv/*/x/**", "/srv/a/x", true, true},
      {"/**/x", "/a/b", false, true},
      {"/**", "/", true, true},
      {"/a/**/b/**", "/a/b/c", true, true},
      {"/", "/", false, true},
      {"/", "/a", false, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.pattern) + " " + std::string(c.directory));
    EXPECT_EQ(c.covers, Parse(c.pattern).CoversTree(c.directory));
    EXPECT_EQ(c.reaches, Parse(c.pattern).ReachesInto(c.directory));
  }
}

TEST(PathPattern, CoversAndOverlaps) {
  const struct {
    std::string_view a, b;
    bool covers, overlaps;
  } kCases[] = {
      {"/srv/**", "/srv/data/**", true, true},  {"/srv/data/**", "/srv/**", false, true},
      {"/srv/*", "/srv/x", true, true},         {"/srv/*", "/srv/x/y", false, false},
      {"/srv/a/**", "/srv/b/**", false, false}, {"/srv/a*", "/srv/b", false, false},
      {"/srv/**", "/srv/*/x", true, true},      {"/a", "/a", true, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.a) + " " + std::string(c.b));
    EXPECT_EQ(c.covers, Parse(c.a).Covers(Parse(c.b)));
    EXPECT_EQ(c.overlaps, Parse(c.a).MayOverlap(Parse(c.b)));
    EXPECT_EQ(c.overlaps, Parse(c.b).MayOverlap(Parse(c.a)));
  }
}

TEST(PathPattern, WellFormed) {
  for (const char* path : {"/", "/a", "/a/b", "/...", "/.a", "/a.."})
    EXPECT_TRUE(IsWellFormedPath(path)) << path;
  for (const char* path : {"", "a", "/a/", "//", "/a//b", "/.", "/..", "/a/..", "/a/./b", "./a"})
    EXPECT_FALSE(IsWellFormedPath(path)) << path;
  EXPECT_FALSE(IsWellFormedPath(std::string_view("/a\0b", 4)));
}

// What a guest chooses costs at most its length times the pattern's.
TEST(PathPattern, ManyTreesOnALongPath) {
  std::string pattern;
  std::string path;
  for (int i = 0; i < 120; ++i) pattern += "/**/a";
  for (int i = 0; i < 2048; ++i) path += "/a";
  EXPECT_TRUE(Parse(pattern).Matches(path));
  EXPECT_FALSE(Parse(pattern + "/b").Matches(path));
  EXPECT_FALSE(Parse("/**/*a*a*a*a*b/**/*a*a*a*a*b").Matches("/" + std::string(4095, 'a')));
}

}  // namespace
}  // namespace airwasm::security
