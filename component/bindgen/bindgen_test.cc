// Headers for hosts: golden files, and what is refused.
//
// With AIRWASM_UPDATE_GOLDEN=1 the golden files are written anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "component/bindgen/generate.h"
#include "component/bindgen/names.h"
#include "component/wit/parse.h"

namespace airwasm::component::bindgen {
namespace {

const std::string kGolden = std::string(AIRWASM_SOURCE_DIR) + "/component/bindgen/golden/";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

absl::StatusOr<Header> FromText(const std::string& wit, const std::string& world = "",
                                const GenerateOptions& options = {}) {
  const auto document =
      wit::Parse({wit::PackageSources{.files = {{"test.wit", wit}}}}, wit::ParseOptions());
  if (!document.ok()) return document.status();
  const auto id = document->FindWorld(world);
  if (!id) return absl::NotFoundError("no such world");
  return Generate(*document, *id, options);
}

void ExpectGolden(const std::string& wit_path, const std::string& golden) {
  SCOPED_TRACE(golden);
  const absl::StatusOr<Header> header = FromText(ReadFile(wit_path));
  ASSERT_TRUE(header.ok()) << header.status();
  if (std::getenv("AIRWASM_UPDATE_GOLDEN") != nullptr)
    std::ofstream(kGolden + golden, std::ios::binary) << header->text;
  EXPECT_EQ(ReadFile(kGolden + golden), header->text);
}

TEST(Bindgen, Golden) {
  ExpectGolden(std::string(AIRWASM_SOURCE_DIR) + "/examples/bindgen/shop.wit", "plugin.h.golden");
  ExpectGolden(kGolden + "names.wit", "names.h.golden");
}

TEST(Bindgen, FileAndNamespace) {
  const std::string wit = "package a:b; world my-world { export f: func(); }";
  const auto header = FromText(wit);
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ("my_world.h", header->file_name);
  EXPECT_NE(std::string::npos, header->text.find("namespace my_world {"));
  const auto moved = FromText(wit, "", {.name_space = "my::app"});
  ASSERT_TRUE(moved.ok());
  EXPECT_NE(std::string::npos, moved->text.find("namespace my::app {"));
  for (const char* bad : {"a b", "::a", "a:", "1a", "a;"}) {
    SCOPED_TRACE(bad);
    EXPECT_EQ(absl::StatusCode::kInvalidArgument,
              FromText(wit, "", {.name_space = bad}).status().code());
  }
}

TEST(Bindgen, AsyncIsRefused) {
  const struct {
    const char* wit;
    const char* message;
  } kCases[] = {
      {"package a:b; world w { import f: async func(); }",
       "w#f: async functions have no C++ form yet"},
      {"package a:b; interface i { f: func(s: stream<u8>); } world w { import i; }",
       "a:b/i: stream has no C++ type yet"},
      {"package a:b; interface i { f: func() -> future<u8>; } world w { export i; }",
       "a:b/i: future has no C++ type yet"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.wit);
    const auto header = FromText(c.wit);
    EXPECT_EQ(absl::StatusCode::kUnimplemented, header.status().code());
    EXPECT_EQ(c.message, std::string(header.status().message()));
  }
}

// Documentation is someone else's text: it stays inside its comment.
TEST(Bindgen, CommentsStayComments) {
  const auto header = FromText(
      "package a:b; world w {\n  /// one \\\n  /// two\r#error three ?"
      "?/\n  export f: func();\n}");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_NE(std::string::npos, header->text.find("// one\n"));
  EXPECT_EQ(std::string::npos, header->text.find('\r'));
  EXPECT_EQ(std::string::npos, header->text.find("\n#error"));
  EXPECT_EQ(std::string::npos, header->text.find("\\\n"));
}

TEST(BindgenNames, Styles) {
  const struct {
    const char* name;
    const char* pascal;
    const char* snake;
  } kCases[] = {{"get-url", "GetUrl", "get_url"},
                {"get-URL", "GetURL", "get_URL"},
                {"class", "Class", "class_"},
                {"x1-y2", "X1Y2", "x1_y2"},
                {"stdin", "Stdin", "stdin_"}};
  for (const auto& c : kCases) {
    EXPECT_EQ(c.pascal, PascalCase(c.name));
    EXPECT_EQ(c.snake, SnakeCase(c.name));
  }
  EXPECT_EQ("std_", NamespaceCase("std"));
  EXPECT_EQ("v1_2_0_rc_1", VersionCase("1.2.0-rc.1"));
}

}  // namespace
}  // namespace airwasm::component::bindgen
