// The official suite as a test of the text format: every script parses, components written as text
// parse, and what is malformed is refused in the suite's words.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "component/binary/decoder.h"
#include "component/binary/encoder.h"
#include "component/text/parser.h"
#include "component/text/printer.h"
#include "component/text/script.h"

namespace airwasm::component::text {
namespace {

namespace fs = std::filesystem;
using Kind = ComponentSource::Kind;

std::vector<fs::path> SuiteFiles() {
  const char* env = std::getenv("AIRWASM_SPEC_DIR");
  const fs::path root =
      env != nullptr ? fs::path(env) : fs::path(AIRWASM_SOURCE_DIR) / "../shared/spec";
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root / "component-model", error), end;
       !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".wast") files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

template <typename Visit>
void ForEachDirective(Visit visit) {
  const std::vector<fs::path> files = SuiteFiles();
  if (files.empty())
    GTEST_SKIP() << "no official suite: set AIRWASM_SPEC_DIR to a folder that holds "
                    "component-model/**/*.wast";
  for (const fs::path& file : files) {
    const std::string text = ReadFile(file);
    EXPECT_TRUE(IsComponentScript(text)) << file;
    const auto script = ParseScript(text);
    EXPECT_TRUE(script.ok()) << file << ": " << script.error().ToString();
    if (!script.ok()) continue;
    for (const Directive& d : (*script).directives) {
      SCOPED_TRACE(file.filename().string() + ":" + std::to_string(d.line));
      visit(d);
    }
  }
}

TEST(ComponentSuite, TextParses) {
  size_t cases = 0;
  ForEachDirective([&](const Directive& d) {
    if (d.component.kind != Kind::kText || d.component.text.empty()) return;
    ++cases;
    const auto component = ParseComponentSource(d.component, Features());
    EXPECT_TRUE(component.ok()) << component.error().ToString();
  });
  if (!testing::Test::IsSkipped()) EXPECT_GT(cases, 600u);
}

TEST(ComponentSuite, MalformedTextIsRefusedInTheSuitesWords) {
  size_t cases = 0;
  ForEachDirective([&](const Directive& d) {
    if (d.kind != DirectiveKind::kAssertMalformed || d.component.kind != Kind::kQuote) return;
    ++cases;
    const auto component = ParseComponentSource(d.component, Features());
    ASSERT_FALSE(component.ok()) << d.component.text;
    EXPECT_TRUE(component.error().message.starts_with(d.message))
        << component.error().message << "\n"
        << d.component.text;
  });
  if (!testing::Test::IsSkipped()) EXPECT_GE(cases, 5u);
}

// Parses `text` and encodes it.
std::vector<uint8_t> ToWasm(const std::string& text) {
  const auto component = ParseComponent(text, Features());
  EXPECT_TRUE(component.ok()) << component.error().ToString() << "\n" << text;
  return component.ok() ? binary::Encode(*component) : std::vector<uint8_t>();
}

TEST(ComponentSuite, ComponentsSurviveTextAndBinary) {
  size_t cases = 0;
  ForEachDirective([&](const Directive& d) {
    const bool has_source = d.component.kind != Kind::kInstance &&
                            (!d.component.text.empty() || !d.component.bytes.empty());
    if (!has_source || d.kind == DirectiveKind::kAssertMalformed) return;
    const auto bytes = ComponentSourceToWasm(d.component, Features());
    ASSERT_TRUE(bytes.ok()) << bytes.error().ToString();
    const auto decoded = binary::Decode(*bytes, ComponentFeatures::All());
    // Some rules of validation are the decoder's.
    if (!decoded.ok() && d.kind == DirectiveKind::kAssertInvalid) return;
    ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
    ++cases;
    for (const bool fold : {false, true}) {
      PrintOptions options;
      options.fold = fold;
      const std::string printed = Print(*decoded, options);
      const std::vector<uint8_t> again = ToWasm(printed);
      // Binary components may be written in longer ways than ours.
      if (d.component.kind != Kind::kBinary) {
        ASSERT_EQ(again, *bytes) << printed;
      } else {
        ASSERT_EQ(again, binary::Encode(*decoded)) << printed;
      }
    }
  });
  if (!testing::Test::IsSkipped()) EXPECT_GT(cases, 600u);
}

}  // namespace
}  // namespace airwasm::component::text
