// The grammar of names, and which of them conflict.
#include "component/valid/names.h"

#include <gtest/gtest.h>

namespace airwasm::component::valid {
namespace {

TEST(Names, Labels) {
  for (const char* label : {"a", "a-b-c", "a1-2-3", "A", "A-B-C", "A1-2-3", "a11-w0rds",
                            "A11-4CR0NYMS", "m1x3d-4CR0NYMS", "is-XML"}) {
    EXPECT_TRUE(IsLabel(label)) << label;
  }
  for (const char* label :
       {"", "1", "1-2-3", "-a", "a-", "a--b", "aB", "Ab", "a_b", "a.b", "ä", "a ", "a-bC"}) {
    EXPECT_FALSE(IsLabel(label)) << label;
  }
  EXPECT_TRUE(IsWords("ns-1-a"));
  EXPECT_FALSE(IsWords("ns-A"));
}

TEST(Names, Semver) {
  for (const char* version : {"0.0.0", "1.2.3", "123456.7890.488", "1.0.0-rc.1", "1.0.0-0a.x-y",
                              "1.0.0+001", "1.0.0--", "0.0.0-abcd.1.2+efg.4.ee.5"}) {
    EXPECT_EQ(CheckSemver(version), "") << version;
  }
  for (const char* version :
       {"", "1", "1.2", "1.2.", "01.2.3", "1.02.3", "1.2.3.4", "1.2.3-01", "1.2.3-", "1.2.3+",
        "1.2.3-a..b", "1.2.3-a_b", "1.2.3 ", "v1.2.3", "999999999999999999999.0.0"}) {
    EXPECT_NE(CheckSemver(version), "") << version;
  }
  for (const char* version : {"1", "12", "0.1", "0.0.1", "0.0.0"}) {
    EXPECT_TRUE(IsCanonicalVersion(version)) << version;
  }
  for (const char* version : {"", "0", "0.0", "01", "1.2", "0.01", "1.", "0.0.0.1"}) {
    EXPECT_FALSE(IsCanonicalVersion(version)) << version;
  }
}

TEST(Names, ExternNames) {
  using Kind = ParsedName::Kind;
  const struct {
    const char* name;
    Kind kind;
    const char* resource;
    const char* label;
  } kValid[] = {
      {"get-JSON", Kind::kLabel, "", "get-JSON"},
      {"[constructor]a", Kind::kConstructor, "a", ""},
      {"[method]a.b", Kind::kMethod, "a", "b"},
      {"[static]a-b.C", Kind::kStatic, "a-b", "C"},
      {"wasi:http/types", Kind::kInterface, "", ""},
      {"ns-1:p/Q-r@1.2.3-rc.1+b", Kind::kInterface, "", ""},
  };
  for (const auto& row : kValid) {
    SCOPED_TRACE(row.name);
    ParsedName parsed;
    EXPECT_EQ(ParseExternName(row.name, false, parsed), "");
    EXPECT_EQ(parsed.kind, row.kind);
    EXPECT_EQ(parsed.resource, row.resource);
    EXPECT_EQ(parsed.label, row.label);
  }
  const struct {
    const char* name;
    const char* problem;
  } kInvalid[] = {
      {"", "`` is not in kebab case"},
      {"[constructor]", "`` is not in kebab case"},
      {"[constructor]a.b", "`a.b` is not in kebab case"},
      {"[method]a", "failed to find `.` character"},
      {"[method]a.b.c", "`b.c` is not in kebab case"},
      {"[getter]a", "`[getter]a` is not in kebab case"},
      {"a:b", "expected `/` after package name"},
      {"a:b:c/d", "expected `/` after package name"},
      {"a:b/c/d", "trailing characters found: `/d`"},
      {"a:b/", "`` is not in kebab case"},
      {"A:b/c", "`A` is not in lowercase"},
      {"a:b/c@1",
       "failed to parse version `1`: unexpected end of input while parsing major "
       "version number"},
  };
  for (const auto& row : kInvalid) {
    ParsedName parsed;
    EXPECT_EQ(ParseExternName(row.name, false, parsed), row.problem) << row.name;
  }
  ParsedName parsed;
  EXPECT_EQ(ParseExternName("a:b/c@1", true, parsed), "");
}

// The examples of Explainer, "Name Uniqueness".
TEST(Names, StrongUniqueness) {
  NameSet names;
  for (const char* name : {"foo", "foo-bar", "[constructor]foo", "[method]foo.bar",
                           "[static]foo.baz", "foo:bar/baz"}) {
    EXPECT_EQ(names.Add(name), nullptr) << name;
  }
  for (const char* name :
       {"foo", "FOO", "foo-BAR", "[constructor]FOO", "[method]foo.BAR", "[static]foo.bar",
        "[method]foo.baz", "[method]foo.foo", "[static]FOO.foo", "foo:bar/BAZ"}) {
    EXPECT_NE(names.Add(name), nullptr) << name;
  }
  EXPECT_EQ(names.Add("foo:bar/baz@1.0.0"), nullptr);
  EXPECT_EQ(names.Add("foo:bar/baz@2.0.0"), nullptr);
}

}  // namespace
}  // namespace airwasm::component::valid
