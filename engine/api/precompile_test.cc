// What is refused without a compiler, and the code cache's directory. What needs a compiler is in
// spec-tests/cli/cache_test.py.
#include <stdlib.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

#include "engine/api/api_test_util.h"
#include "engine/api/engine_impl.h"
#include "engine/tier/artifact.h"
#include "engine/tier/code_cache.h"

namespace airwasm {
namespace {

const EngineOptions kAuto{.tier = Tier::kAuto};
const EngineOptions kJit{.tier = Tier::kJit};
constexpr uint8_t kEmptyModule[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

// Sanitizer builds do not with Tier::kAuto.
bool RunsCompiledCode(const Engine& engine) {
  return engine.impl()->tiering != nullptr;
}

// As Precompile makes it of a module without functions.
std::string Artifact(const EngineOptions& options, std::span<const uint8_t> wasm = kEmptyModule) {
  const std::string settings = tier::SettingsOf(
      {.features = options.features, .fuel = options.fuel, .guard_pages = options.guard_pages},
      {.signals = options.guard_pages});
  return tier::MakeArtifact(wasm, settings, {});
}

TEST(Precompiled, RunsWithItsOptionsOnly) {
  const std::string bytes = Artifact(kAuto);
  EXPECT_TRUE(Module::IsPrecompiled(bytes));
  if (RunsCompiledCode(Engine(kAuto))) {
    EXPECT_TRUE(Module::FromPrecompiled(Engine(kAuto), bytes).ok());
  } else {
    std::puts("skipped: Tier::kAuto, which this build interprets");
  }
  EXPECT_TRUE(Module::FromPrecompiled(Engine(kJit), bytes).ok());
  EngineOptions fuel = kJit;
  fuel.fuel = true;
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            Module::FromPrecompiled(Engine(fuel), bytes).status().code());
  EngineOptions mvp = kJit;
  mvp.features = Features::Mvp();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            Module::FromPrecompiled(Engine(mvp), bytes).status().code());
  const absl::Status interp =
      Module::FromPrecompiled(Engine({.tier = Tier::kInterp}), bytes).status();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, interp.code());
  EXPECT_EQ("an engine with Tier::kInterp runs no compiled code", interp.message());
}

TEST(Precompiled, IsNotTakenForAModule) {
  const absl::Status status = Module::Create(Engine(kAuto), Artifact(kAuto)).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_NE(std::string::npos, std::string(status.message()).find("Module::FromPrecompiled"));
  EXPECT_EQ(absl::StatusCode::kInvalidArgument,
            Module::Precompile(Engine(kAuto), Artifact(kAuto)).status().code());
}

TEST(Precompiled, ModulesAreStillValidated) {
  // Sound as an artifact; its module is not.
  const uint8_t wasm[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 2};
  const absl::Status status = Module::FromPrecompiled(Engine(kJit), Artifact(kJit, wasm)).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_TRUE(std::string(status.message()).starts_with("offset 0x")) << status;
  for (const std::string_view bytes : {"", "\0asm", "(module)", "airwasm cwasm"})
    EXPECT_EQ(absl::StatusCode::kInvalidArgument,
              Module::FromPrecompiled(Engine(kJit), bytes).status().code());
}

TEST(CodeCache, SaysWhyItCannotBeUsed) {
  std::string folder = std::filesystem::temp_directory_path() / "airwasm-api-XXXXXX";
  ASSERT_NE(nullptr, mkdtemp(folder.data()));
  std::string why;
  EXPECT_TRUE(CodeCacheIsUsable(folder + "/a/b", &why)) << why;
  ASSERT_EQ(0, chmod(folder.c_str(), 0777));
  EXPECT_FALSE(CodeCacheIsUsable(folder, &why));
  EXPECT_EQ(folder + ": other users can write to it (chmod go-w makes it safe)", why);
  EXPECT_FALSE(CodeCacheIsUsable(folder));
  // An engine does without.
  EngineOptions options = kAuto;
  options.code_cache = folder;
  EXPECT_TRUE(Module::Create(Engine(options), "(module (func))").ok());
  std::filesystem::remove_all(folder);
}

TEST(CodeCache, IsWhereTheEnvironmentSays) {
  ASSERT_EQ(0, setenv("XDG_CACHE_HOME", "/x", 1));
  ASSERT_EQ(0, setenv("HOME", "/home/me", 1));
  EXPECT_EQ("/x/airwasm", DefaultCodeCache());
  ASSERT_EQ(0, setenv("XDG_CACHE_HOME", "relative", 1));
  EXPECT_EQ("/home/me/.cache/airwasm", DefaultCodeCache());
  ASSERT_EQ(0, unsetenv("XDG_CACHE_HOME"));
  EXPECT_EQ("/home/me/.cache/airwasm", DefaultCodeCache());
  ASSERT_EQ(0, unsetenv("HOME"));
  EXPECT_EQ("", DefaultCodeCache());
}

}  // namespace
}  // namespace airwasm
