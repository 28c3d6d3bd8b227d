// Components made to be slow, deep or big: each ends with a verdict, in time and space that grow
// with the input and no faster.
#include <gtest/gtest.h>

#include "component/valid/test_util.h"

namespace airwasm::component::valid {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// `line` with every '#' replaced by a number from 1 on, and '@' by the one before.
std::string Count(std::string_view line, int times) {
  std::string out;
  for (int i = 1; i <= times; ++i) {
    for (char c : line) {
      if (c == '#') {
        out += std::to_string(i);
      } else if (c == '@') {
        out += std::to_string(i - 1);
      } else {
        out += c;
      }
    }
  }
  return out;
}

ErrorKind KindOf(const std::string& text) {
  const auto valid = ValidateText(text);
  EXPECT_FALSE(valid.ok());
  return valid.ok() ? ErrorKind::kMalformed : valid.error().kind;
}

TEST(Hostile, DoublingTuplesAreTooLarge) {
  EXPECT_EQ(KindOf("(type $t0 u8)" + Count("(type $t# (tuple $t@ $t@))", 30)), ErrorKind::kLimit);
}

TEST(Hostile, DoublingFunctionsOfTuplesAreTooLarge) {
  EXPECT_EQ(KindOf("(type $t0 u8)" + Count("(type $t# (tuple $t@ $t@))", 18) +
                   "(type (func (param \"a\" $t18) (param \"b\" $t18) (param \"c\" $t18)))"),
            ErrorKind::kLimit);
}

TEST(Hostile, DeepValueTypes) {
  EXPECT_EQ(ProblemOf("(type $t0 u8)" + Count("(type $t# (list $t@))", 99)), "");
  EXPECT_EQ(KindOf("(type $t0 u8)" + Count("(type $t# (list $t@))", 100'000)), ErrorKind::kLimit);
}

TEST(Hostile, DoublingInstanceTypesAreTooLarge) {
  EXPECT_EQ(KindOf("(type $t0 (instance (export \"f\" (func))))" +
                   Count("(type $t# (instance (export \"a\" (instance (type $t@))) "
                         "(export \"b\" (instance (type $t@)))))",
                         40)),
            ErrorKind::kLimit);
}

TEST(Hostile, DoublingFreshResourcesAreTooLarge) {
  EXPECT_EQ(KindOf("(type $t0 (instance (export \"r\" (type (sub resource)))))" +
                   Count("(type $t# (instance (export \"a\" (instance (type $t@))) "
                         "(export \"b\" (instance (type $t@)))))",
                         40)),
            ErrorKind::kLimit);
}

TEST(Hostile, DeepBundlesOfInstances) {
  EXPECT_EQ(KindOf("(instance $i0)" + Count("(instance $i# (export \"a\" (instance $i@)))", 900)),
            ErrorKind::kLimit);
}

// Two types of the same shape, each a graph with shared parts, are compared.
TEST(Hostile, ComparingGraphs) {
  const std::string level =
      "(instance (export \"a\" (type (eq $t@))) (export \"b\" (type (eq $t@))))";
  std::string text = "(type $r (instance (export \"f\" (func (param \"x\" u8)))))";
  for (const char* name : {"p", "q"}) {
    std::string lines = "(type $t0 (instance (export \"f\" (func (param \"x\" u8)))))" +
                        Count("(type $t# " + level + ")", 15);
    std::string renamed;
    for (size_t i = 0; i < lines.size(); ++i) {
      renamed += lines[i];
      if (lines[i] == '$') renamed += name;
    }
    text += renamed;
  }
  text +=
      "(component $c (import \"x\" (type (eq $pt15))))"
      "(instance (instantiate $c (with \"x\" (type $qt15))))";
  const auto valid = ValidateText(text);
  EXPECT_TRUE(valid.ok() || valid.error().kind == ErrorKind::kLimit);
}

TEST(Hostile, ManyInstantiationsOfABigComponent) {
  const std::string exports =
      Count("(type $r# (resource (rep i32))) (export \"r#\" (type $r#))", 20'000);
  const std::string text =
      "(component $c " + exports + ")" + Repeat("(instance (instantiate $c))", 999);
  const auto valid = ValidateText(text);
  EXPECT_TRUE(valid.ok() || valid.error().kind == ErrorKind::kLimit);
}

TEST(Hostile, ManyNamedPartsInManyExports) {
  const std::string text = Count("(type $e# (enum \"a\")) (export $x# \"e#\" (type $e#))", 5'000) +
                           "(type $all (tuple " + Count("$x# ", 5'000) + "))" +
                           Count("(export \"t#\" (type $all))", 5'000);
  EXPECT_EQ(ProblemOf(text), "");
}

TEST(Hostile, NestingOfComponentsAndTypes) {
  for (const char* open : {"(component ", "(type (component ", "(type (instance "}) {
    const int closing = std::string_view(open).starts_with("(type") ? 2 : 1;
    EXPECT_EQ(ProblemOf(Repeat(open, 50) + Repeat(")", 50 * closing)), "") << open;
    EXPECT_NE(ProblemOf(Repeat(open, 2'000) + Repeat(")", 2'000 * closing)), "") << open;
  }
}

TEST(Hostile, TooManyInstances) {
  EXPECT_EQ(KindOf(Repeat("(instance)", 1'001)), ErrorKind::kLimit);
}

}  // namespace
}  // namespace airwasm::component::valid
