#include "engine/tier/ahead.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

#include "engine/runtime/runtime_test_util.h"

namespace airwasm::tier {
namespace {

constexpr uint32_t kFunctions = 1000;  // some batches

struct Many {
  Many() {
    std::string text = "(module (import \"m\" \"f\" (func))";
    for (uint32_t i = 0; i < kFunctions; ++i) text += " (func)";
    module = world.Compile(text + ")");
  }
  bool Compile(const std::function<bool(const CompileRequest&)>& compile) {
    return CompileAll(*module, {}, [](uint32_t func_index) { return func_index != 7; }, compile);
  }
  runtime::World world;
  std::shared_ptr<runtime::Module> module;
};

TEST(CompileAll, CompilesWhatIsWantedOnceInBatches) {
  Many many;
  std::mutex mutex;
  std::multiset<uint32_t> compiled;
  size_t batches = 0;
  EXPECT_TRUE(many.Compile([&](const CompileRequest& request) {
    const std::lock_guard lock(mutex);
    ++batches;
    compiled.insert(request.functions.begin(), request.functions.end());
    return true;
  }));
  std::multiset<uint32_t> expected;
  for (uint32_t i = 1; i <= kFunctions; ++i) {
    if (i != 7) expected.insert(i);
  }
  EXPECT_EQ(expected, compiled);
  EXPECT_GT(batches, 2u);
  EXPECT_LT(batches, kFunctions / 10);
}

TEST(CompileAll, EndsWhenOneFails) {
  Many many;
  EXPECT_FALSE(
      many.Compile([&](const CompileRequest& request) { return request.functions.front() != 1; }));
  EXPECT_THROW(many.Compile([&](const CompileRequest& request) -> bool {
    if (request.functions.back() == kFunctions) throw std::runtime_error("the last");
    return true;
  }),
               std::runtime_error);
}

}  // namespace
}  // namespace airwasm::tier
