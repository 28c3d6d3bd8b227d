// What one process leaves in the code cache for the next.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::Typed;
using testing::World;

// A function that runs for some microseconds. After a hundred and sixty samples, of which there is
// one a millisecond, it is worth compiling; a sixth of that will do when they are of other runs.
std::string LongFunction() {
  std::string text = R"((module (func (export "f") (param i32) (result i32))";
  for (int i = 0; i < 300; ++i)
    text += " (local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 77777)) (i32.const 99999)))";
  return text + " (local.get 0)))";
}

// Nobody runs long enough for it, but what they have met adds up.
TEST(CodeCache, ShortRunsAddUp) {
#ifdef AIRWASM_SANITIZED
  GTEST_SKIP() << "nothing is compiled by itself beside the sanitizers";
#endif
  std::string why;
  if (!CompilerIsAvailable(&why)) GTEST_SKIP() << why;
  std::string folder = std::filesystem::temp_directory_path() / "airwasm-cache-XXXXXX";
  ASSERT_NE(nullptr, mkdtemp(folder.data()));
  constexpr int kRuns = 20;
  constexpr milliseconds kRun{60}, kPatience{3000};
  bool is_compiled = false;
  for (int i = 0; i < kRuns && !is_compiled; ++i) {
    World world({.tier = Tier::kAuto, .code_cache = folder});
    const Instance instance = world.Make(LongFunction());
    const auto f = Typed<int32_t(int32_t)>(instance, "f");
    for (const auto end = steady_clock::now() + kRun; steady_clock::now() < end;)
      ASSERT_TRUE(f(1).ok());
    for (const auto end = steady_clock::now() + kPatience;
         i > 0 && !is_compiled && steady_clock::now() < end;) {
      std::this_thread::sleep_for(milliseconds(10));
      is_compiled = world.engine.stats().functions_optimized > 0;
    }
  }
  EXPECT_TRUE(is_compiled);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace airwasm
