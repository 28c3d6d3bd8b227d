#include "spec-tests/wast/expected_failures.h"

#include <gtest/gtest.h>

namespace airwasm::wast {
namespace {

TEST(ExpectedFailuresTest, IsExact) {
  const absl::StatusOr<ExpectedFailures> list =
      ExpectedFailures::Parse("# why\nasync/a.wast:3\n\nasync/a.wast:9  # and why not\nb.wast:1\n");
  ASSERT_TRUE(list.ok()) << list.status();
  ScriptResult result{.passed = 1, .failures = {{3, "assert_return", "x"}, {5, "invoke", "y"}}};
  EXPECT_EQ(list->Apply("/suite/async/a.wast", result), 1u);
  ASSERT_EQ(result.failures.size(), 2u);
  EXPECT_EQ(result.failures[0].line, 5u);
  EXPECT_EQ(result.failures[1].line, 9u);  // listed, and it holds
  ScriptResult other{.passed = 0, .failures = {{1, "assert_return", "x"}}};
  EXPECT_EQ(list->Apply("/suite/ab.wast", other), 0u);
  EXPECT_EQ(other.failures.size(), 1u);
  EXPECT_EQ(list->Apply("b.wast", other), 1u);
  EXPECT_TRUE(other.failures.empty());
}

TEST(ExpectedFailuresTest, Errors) {
  for (const char* text : {"a.wast", "a.wast:", "a.wast:x", "\n\na.wast 5"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(ExpectedFailures::Parse(text).ok());
  }
}

}  // namespace
}  // namespace airwasm::wast
