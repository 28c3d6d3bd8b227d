#include "component/link/link_error.h"

#include <gtest/gtest.h>

#include "absl/strings/cord.h"

namespace airwasm::component::link {
namespace {

std::vector<LinkError> Two() {
  LinkError missing;
  missing.path = {"wasi:io/streams@0.2.3", "[method]input-stream.raed"};
  missing.expected = "func(self: borrow<input-stream>, len: u64) -> list<u8>";
  missing.provider = "wasi:io/streams@0.2.12";
  missing.nearest = "[method]input-stream.read";
  LinkError mistyped;
  mistyped.kind = LinkError::Kind::kMistyped;
  mistyped.path = {"f"};
  mistyped.expected = "func()";
  mistyped.found = "func(\"x\": u8)";
  mistyped.provider = "f";
  mistyped.versions = {"1.0.0", "2.0.0"};
  return {missing, mistyped};
}

TEST(LinkError, Text) {
  const absl::Status status = ToStatus(Two());
  EXPECT_EQ(absl::StatusCode::kNotFound, status.code());
  EXPECT_EQ(
      "missing import `wasi:io/streams@0.2.3#[method]input-stream.raed`: expected "
      "func(self: borrow<input-stream>, len: u64) -> list<u8>, found nothing in "
      "`wasi:io/streams@0.2.12` (did you mean `[method]input-stream.read`?)\n"
      "mistyped import `f`: expected func(), found func(\"x\": u8) (available versions: 1.0.0, "
      "2.0.0)",
      std::string(status.message()));
}

TEST(LinkError, Json) {
  const std::string expected =
      R"J({"errors": [{"kind": "missing", "import": "wasi:io/streams@0.2.3#[method]input-stream.raed", )J"
      R"J("path": ["wasi:io/streams@0.2.3", "[method]input-stream.raed"], )J"
      R"J("expected": "func(self: borrow<input-stream>, len: u64) -> list<u8>", "found": null, )J"
      R"J("provider": "wasi:io/streams@0.2.12", "nearest": "[method]input-stream.read", )J"
      R"J("available_versions": []}, {"kind": "mistyped", "import": "f", "path": ["f"], )J"
      R"J("expected": "func()", "found": "func(\"x\": u8)", "provider": "f", "nearest": null, )J"
      R"J("available_versions": ["1.0.0", "2.0.0"]}]})J";
  EXPECT_EQ(expected, ToJson(Two()));
  const auto payload = ToStatus(Two()).GetPayload(kLinkErrorsPayload.data());
  ASSERT_TRUE(payload.has_value());
  EXPECT_EQ(expected, std::string(*payload));
}

TEST(LinkError, StatusOfMistypesAlone) {
  const std::vector<LinkError> errors = {Two()[1]};
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, ToStatus(errors).code());
}

TEST(LinkError, LongListsAreCut) {
  std::vector<LinkError> many(25, Two()[1]);
  const std::string text(ToStatus(many).message());
  EXPECT_TRUE(text.ends_with("\nand 5 more")) << text;
}

TEST(LinkError, NoErrorsAreFine) {
  EXPECT_TRUE(ToStatus({}).ok());
}

}  // namespace
}  // namespace airwasm::component::link
