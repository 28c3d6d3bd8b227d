// The official suite as a test of validation: every module that the suite takes for valid passes,
// and every other one is refused in the suite's words. All modules go through the binary format.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/binary/decoder.h"
#include "engine/text/script.h"
#include "engine/valid/validator.h"

namespace airwasm::valid {
namespace {

namespace fs = std::filesystem;
using text::Directive;
using text::DirectiveKind;

std::vector<fs::path> SuiteFiles() {
  const char* env = std::getenv("AIRWASM_SPEC_DIR");
  const fs::path root =
      (env != nullptr ? fs::path(env) : fs::path(AIRWASM_SOURCE_DIR) / "../shared/spec") / "core";
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    // The proposal adds types and instructions that this engine does not have.
    if (it->path().extension() == ".wast" &&
        it->path().string().find("custom-descriptors") == std::string::npos) {
      files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The threads proposal's suite was written against WebAssembly 1.0: one memory, one table.
Features FeaturesFor(const fs::path& file) {
  Features features;
  if (file.string().find("proposals/threads") != std::string::npos) {
    features.Set(Feature::kMultiMemory, false);
    features.Set(Feature::kReferenceTypes, false);
    features.Set(Feature::kMemory64, false);
  }
  return features;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

Checked Check(const text::ModuleSource& source, const Features& features) {
  const auto wasm = text::ModuleSourceToWasm(source, features);
  if (!wasm.ok()) return wasm.error();
  const auto module = binary::Decode(*wasm, features);
  if (!module.ok()) return module.error();
  TypeRegistry registry;
  return Validate(*module, features, registry);
}

bool IsValid(DirectiveKind kind) {
  return kind == DirectiveKind::kModule || kind == DirectiveKind::kAssertUnlinkable ||
         kind == DirectiveKind::kAssertTrapModule;
}

TEST(SuiteTest, ModulesAreJudgedAsTheSuiteDoes) {
  const std::vector<fs::path> files = SuiteFiles();
  if (files.empty())
    GTEST_SKIP() << "no official suite: set AIRWASM_SPEC_DIR to a folder that holds core/*.wast";
  size_t valid = 0, invalid = 0, malformed = 0;
  for (const fs::path& file : files) {
    const auto script = text::ParseScript(ReadFile(file));
    ASSERT_TRUE(script.ok()) << file << ": " << script.error().ToString();
    const Features features = FeaturesFor(file);
    for (const Directive& d : (*script).directives) {
      const bool is_invalid = d.kind == DirectiveKind::kAssertInvalid;
      const bool is_malformed = d.kind == DirectiveKind::kAssertMalformed;
      if (d.module.kind == text::ModuleSource::Kind::kInstance) continue;
      if (!IsValid(d.kind) && !is_invalid && !is_malformed) continue;
      SCOPED_TRACE(file.lexically_relative(file.parent_path().parent_path()).string() + ":" +
                   std::to_string(d.line));
      const Checked result = Check(d.module, features);
      if (IsValid(d.kind)) {
        ++valid;
        EXPECT_TRUE(result.ok()) << result.error().ToString();
        continue;
      }
      ++(is_invalid ? invalid : malformed);
      EXPECT_FALSE(result.ok()) << "expected: " << d.message;
      if (result.ok()) continue;
      EXPECT_TRUE(result.error().message.starts_with(d.message))
          << "\"" << result.error().message << "\" does not begin with \"" << d.message << "\"";
    }
  }
  EXPECT_GT(valid, 2500u);
  EXPECT_GT(invalid, 2500u);
  EXPECT_GT(malformed, 1500u);
}

}  // namespace
}  // namespace airwasm::valid
