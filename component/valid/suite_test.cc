// The official suite as a test of validation: every component that a script defines is valid, and
// each assert_invalid is refused for the reason that the suite names.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "component/binary/decoder.h"
#include "component/text/script.h"
#include "component/valid/validator.h"

namespace airwasm::component::valid {
namespace {

namespace fs = std::filesystem;
using text::DirectiveKind;

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

// "" if the component is valid, else the error.
std::string Check(const text::ComponentSource& source, bool through_binary) {
  Options options;
  options.core_features.Set(Feature::kThreads, true);
  // Everything that the suite's files turn on, and no more: 64-bit memories change what is valid.
  options.features.Set(ComponentFeature::kMoreAsyncBuiltins, true)
      .Set(ComponentFeature::kAsyncStackful, true)
      .Set(ComponentFeature::kThreading, true)
      .Set(ComponentFeature::kFixedLengthLists, true);
  TypeRegistry registry;
  if (!through_binary && source.kind != text::ComponentSource::Kind::kBinary) {
    auto component = text::ParseComponentSource(source, options.core_features);
    if (!component.ok()) return "not parsed: " + component.error().ToString();
    auto valid = Validate(*component, options, registry);
    return valid.ok() ? "" : valid.error().ToString();
  }
  auto wasm = text::ComponentSourceToWasm(source, options.core_features);
  if (!wasm.ok()) return "not parsed: " + wasm.error().ToString();
  auto component = component::binary::Decode(*wasm, options.features, options.core_features);
  if (!component.ok()) return "not decoded: " + component.error().ToString();
  auto valid = Validate(*component, options, registry);
  return valid.ok() ? "" : valid.error().ToString();
}

class ComponentSuite : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(TextAndBinary, ComponentSuite, testing::Bool());

TEST_P(ComponentSuite, IsJudgedAsTheSuiteSays) {
  const std::vector<fs::path> files = SuiteFiles();
  if (files.empty()) {
    GTEST_SKIP() << "no official suite: set AIRWASM_SPEC_DIR to a folder that holds "
                    "component-model/**/*.wast";
  }
  size_t valid = 0;
  size_t invalid = 0;
  for (const fs::path& file : files) {
    auto script = text::ParseScript(ReadFile(file));
    ASSERT_TRUE(script.ok()) << file << ": " << script.error().ToString();
    for (const text::Directive& d : (*script).directives) {
      SCOPED_TRACE(file.filename().string() + ":" + std::to_string(d.line));
      if (d.component.kind == text::ComponentSource::Kind::kInstance) continue;
      if (d.kind == DirectiveKind::kComponent || d.kind == DirectiveKind::kAssertTrapComponent) {
        ++valid;
        EXPECT_EQ(Check(d.component, GetParam()), "");
      } else if (d.kind == DirectiveKind::kAssertInvalid) {
        ++invalid;
        const std::string error = Check(d.component, GetParam());
        EXPECT_FALSE(error.empty()) << "passed, though: " << d.message;
        EXPECT_NE(error.find(d.message), std::string::npos)
            << "expected: " << d.message << "\nfound: " << error;
      }
    }
  }
  EXPECT_GE(valid, 280u);
  EXPECT_EQ(invalid, 380u);
}

}  // namespace
}  // namespace airwasm::component::valid
