#include "component/link/versions.h"

#include <gtest/gtest.h>

namespace airwasm::component::link {
namespace {

TEST(Version, Parses) {
  const struct {
    std::string_view text;
    bool good;
  } kCases[] = {
      {"0.2.0", true},
      {"1.22.333", true},
      {"1.0.0-rc.1", true},
      {"1.0.0+build.5", true},
      {"1.0.0-rc.1+b", true},
      {"", false},
      {"1", false},
      {"1.2", false},
      {"1.2.", false},
      {"01.2.3", false},
      {"1.2.3.4", false},
      {"1.2.3-", false},
      {"a.b.c", false},
      {"1.2.3x", false},
      {"99999999999999999999.0.0", false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(c.good, Version::Parse(c.text).has_value());
  }
}

TEST(Version, Orders) {
  // Ascending.
  const std::string_view kOrder[] = {"0.2.0",      "0.2.9",        "0.2.12",     "0.3.0-alpha",
                                     "0.3.0-rc.1", "0.3.0-rc.1.0", "0.3.0-rc.2", "0.3.0-rc.11",
                                     "0.3.0-rc.a", "0.3.0",        "1.0.0",      "10.0.0"};
  for (size_t i = 0; i < std::size(kOrder); ++i) {
    for (size_t j = 0; j < std::size(kOrder); ++j) {
      SCOPED_TRACE(std::string(kOrder[i]) + " and " + std::string(kOrder[j]));
      EXPECT_EQ(i <=> j, *Version::Parse(kOrder[i]) <=> *Version::Parse(kOrder[j]));
    }
  }
}

TEST(Version, Tracks) {
  const struct {
    std::string_view a, b;
    bool same;
  } kCases[] = {
      {"0.2.0", "0.2.12", true},      {"0.2.0", "0.3.0", false},          {"1.0.0", "1.9.4", true},
      {"1.0.0", "2.0.0", false},      {"0.0.1", "0.0.2", false},          {"0.0.1", "0.0.1", true},
      {"0.2.0", "0.2.0-rc.1", false}, {"0.2.0-rc.1", "0.2.0-rc.1", true}, {"0.1.0", "1.1.0", false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.a) + " and " + std::string(c.b));
    EXPECT_EQ(c.same, Version::Parse(c.a)->SameTrack(*Version::Parse(c.b)));
    EXPECT_EQ(c.same, Version::Parse(c.b)->SameTrack(*Version::Parse(c.a)));
  }
}

TEST(Version, Splits) {
  EXPECT_EQ("wasi:io/streams", SplitVersion("wasi:io/streams@0.2.3").base);
  EXPECT_EQ("0.2.3", SplitVersion("wasi:io/streams@0.2.3").version);
  EXPECT_EQ("", SplitVersion("plain-name").version);
}

}  // namespace
}  // namespace airwasm::component::link
