// The official suite as a test of the text format: every script parses, every malformed quote is
// refused in the suite's words, and every module survives text → binary → text → binary.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/binary/decoder.h"
#include "engine/text/parser.h"
#include "engine/text/printer.h"
#include "engine/text/script.h"
#include "engine/text/wat.h"

namespace airwasm::text {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> SuiteFiles() {
  const char* env = std::getenv("AIRWASM_SPEC_DIR");
  const fs::path root =
      env != nullptr ? fs::path(env) : fs::path(AIRWASM_SOURCE_DIR) / "../shared/spec";
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root / "core", error), end; !error && it != end;
       it.increment(error)) {
    // The proposal adds types and instructions that this engine does not have.
    if (it->path().extension() == ".wast" &&
        it->path().string().find("custom-descriptors") == std::string::npos)
      files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What the proposals' suites were written against.
Features FeaturesFor(const fs::path& file) {
  Features features;
  if (file.string().find("proposals/threads") != std::string::npos)
    features.Set(Feature::kMemory64, false);
  return features;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

template <typename Visit>
void ForEachDirective(Visit visit) {
  const std::vector<fs::path> files = SuiteFiles();
  if (files.empty())
    GTEST_SKIP() << "no official suite: set AIRWASM_SPEC_DIR to a folder that holds core/*.wast";
  for (const fs::path& file : files) {
    const std::string text = ReadFile(file);
    const auto script = ParseScript(text);
    EXPECT_TRUE(script.ok()) << file << ": " << script.error().ToString();
    if (!script.ok()) continue;
    for (const Directive& d : (*script).directives) {
      SCOPED_TRACE(file.filename().string() + ":" + std::to_string(d.line));
      visit(d, FeaturesFor(file));
    }
  }
}

TEST(Suite, MalformedTextIsRefusedInTheSuitesWords) {
  size_t cases = 0;
  ForEachDirective([&](const Directive& d, const Features& features) {
    const bool malformed = d.kind == DirectiveKind::kAssertMalformed ||
                           d.kind == DirectiveKind::kAssertMalformedCustom;
    if (!malformed || d.module.kind != ModuleSource::Kind::kQuote) return;
    ++cases;
    const auto module = ParseModuleSource(d.module, features);
    ASSERT_FALSE(module.ok()) << d.module.text;
    EXPECT_TRUE(module.error().message.starts_with(d.message))
        << "\"" << module.error().message << "\" is not \"" << d.message << "\": " << d.module.text;
  });
  if (!testing::Test::IsSkipped()) EXPECT_GT(cases, 1000u);
}

bool IsWellFormed(DirectiveKind kind) {
  return kind == DirectiveKind::kModule || kind == DirectiveKind::kAssertTrapModule ||
         kind == DirectiveKind::kAssertInvalid || kind == DirectiveKind::kAssertUnlinkable;
}

TEST(Suite, ModulesSurviveTextAndBinary) {
  size_t cases = 0;
  ForEachDirective([&](const Directive& d, const Features& features) {
    if (!IsWellFormed(d.kind) || d.module.kind == ModuleSource::Kind::kInstance) return;
    const auto bytes = ModuleSourceToWasm(d.module, features);
    if (!bytes.ok() && d.kind == DirectiveKind::kAssertInvalid &&
        bytes.error().kind == ErrorKind::kInvalid)
      return;
    ASSERT_TRUE(bytes.ok()) << bytes.error().ToString();
    const auto module = binary::Decode(*bytes, features);
    // Some rules of validation are checked by the decoder.
    if (!module.ok() && d.kind == DirectiveKind::kAssertInvalid) return;
    ASSERT_TRUE(module.ok()) << module.error().ToString();
    ++cases;
    for (const bool fold : {false, true}) {
      PrintOptions options;
      options.fold = fold;
      const std::string printed = Print(*module, options);
      const auto again = WatToWasm(printed, features);
      ASSERT_TRUE(again.ok()) << again.error().ToString() << "\n" << printed;
      // Binary modules may be written in longer ways than ours; their second round must be stable.
      if (d.module.kind != ModuleSource::Kind::kBinary) {
        ASSERT_EQ(*again, *bytes) << printed;
      } else {
        const auto second = binary::Decode(*again, features);
        ASSERT_TRUE(second.ok());
        const auto last = WatToWasm(Print(*second, options), features);
        ASSERT_TRUE(last.ok());
        ASSERT_EQ(*again, *last) << printed;
      }
    }
  });
  if (!testing::Test::IsSkipped()) EXPECT_GT(cases, 2000u);
}

}  // namespace
}  // namespace airwasm::text
