#include "engine/tier/loaded_image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "engine/runtime/code_memory.h"
#include "engine/runtime/native_code.h"
#include "engine/runtime/runtime_test_util.h"
#include "engine/tier/image_test_util.h"

#if defined(__x86_64__)

namespace airwasm::tier {
namespace {

std::vector<std::pair<uint32_t, size_t>> LocationsOf(const void* pc, bool is_return_address) {
  std::vector<runtime::CodeLocation> locations;
  runtime::native_code.load()->Locate(pc, is_return_address, locations);
  std::vector<std::pair<uint32_t, size_t>> plain;
  for (const runtime::CodeLocation& location : locations)
    plain.emplace_back(location.code->func_index, location.module_offset);
  return plain;
}

[[gnu::no_sanitize("function")]] uint32_t Call(const void* code) {
  return reinterpret_cast<uint32_t (*)()>(reinterpret_cast<uintptr_t>(code))();
}
[[gnu::no_sanitize("function")]] void* CallMemset(const void* code, void* to, int byte,
                                                  size_t bytes) {
  using Memset = void* (*)(void*, int, size_t);
  return reinterpret_cast<Memset>(reinterpret_cast<uintptr_t>(code))(to, byte, bytes);
}

struct LoadedImageTest : testing::Test {
  runtime::World world;
  std::shared_ptr<runtime::Module> module = world.Compile(kThreeFunctions);
  std::shared_ptr<const LoadedImage> loaded = LoadedImage::Load(ImageOfThree(), *module);
  const uint8_t* base = loaded->base();
};

TEST_F(LoadedImageTest, Runs) {
  EXPECT_EQ(1u, Call(loaded->Address(loaded->image().functions[0])));
  EXPECT_EQ(2u, Call(loaded->Address(loaded->image().functions[1])));
  EXPECT_EQ(64u, loaded->bytes());
  EXPECT_TRUE(loaded->image().bytes.empty());
}

TEST_F(LoadedImageTest, CallsTheLibrary) {
  char text[] = "abcdef";
  EXPECT_EQ(text + 1, CallMemset(base + 48, text + 1, 'x', 3));
  EXPECT_STREQ("axxxef", text);
}

TEST_F(LoadedImageTest, FindsCode) {
  const std::optional<CodeAt> one = FindCode(base + 3);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(&module->func_code(1), one->code);
  EXPECT_FALSE(one->is_loop());
  const std::optional<CodeAt> loop = FindCode(base + 47);
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(&module->func_code(2), loop->code);
  EXPECT_TRUE(loop->is_loop());
  EXPECT_FALSE(FindCode(base + 50).has_value());  // in the image, in none of its functions
  EXPECT_FALSE(FindCode(&world).has_value());
}

TEST_F(LoadedImageTest, FindsLocations) {
  using List = std::vector<std::pair<uint32_t, size_t>>;
  EXPECT_EQ((List{}), LocationsOf(base + 1, false)) << "before the first line";
  EXPECT_EQ((List{{1, 100}}), LocationsOf(base + 2, false));
  EXPECT_EQ((List{{0, 30}, {1, 100}}), LocationsOf(base + 5, false)) << "inlined";
  EXPECT_EQ((List{{1, 100}}), LocationsOf(base + 5, true)) << "the call stands before it";
  EXPECT_EQ((List{{0, 30}, {1, 100}}), LocationsOf(base + 16, true));
  EXPECT_EQ((List{{2, 200}}), LocationsOf(base + 16, false));
  EXPECT_EQ((List{}), LocationsOf(&world, false));
}

TEST_F(LoadedImageTest, FindsLandingPads) {
  const runtime::NativeCode& code = *runtime::native_code.load();
  EXPECT_EQ(nullptr, code.Unwind(base + 4).landing_pad) << "the call ends before the range";
  EXPECT_EQ(base + 12, code.Unwind(base + 5).landing_pad);
  EXPECT_EQ(base + 12, code.Unwind(base + 8).landing_pad) << "the last call of the range";
  EXPECT_EQ(nullptr, code.Unwind(base + 9).landing_pad);
  EXPECT_EQ(base + 28, code.Unwind(base + 24).landing_pad);
  EXPECT_EQ(nullptr, code.Unwind(&world).landing_pad);
}

TEST_F(LoadedImageTest, KnowsSavedRegisters) {
  const runtime::UnwindStep one = runtime::native_code.load()->Unwind(base + 9);
  EXPECT_EQ(-8, one.saved[0]);
  EXPECT_EQ(-16, one.saved[4]);
  const runtime::UnwindStep two = runtime::native_code.load()->Unwind(base + 17);
  EXPECT_EQ(0, two.saved[0]);
  EXPECT_EQ(0, two.saved[4]);
}

TEST_F(LoadedImageTest, IsForgottenWhenItGoes) {
  const size_t in_use = runtime::CodeMemory::Compiled().bytes_in_use();
  loaded.reset();
  EXPECT_EQ(in_use - 64, runtime::CodeMemory::Compiled().bytes_in_use());
  EXPECT_FALSE(FindCode(base).has_value());
  EXPECT_TRUE(LocationsOf(base + 2, false).empty());
}

TEST_F(LoadedImageTest, LoadsOnManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const std::shared_ptr<const LoadedImage> mine = LoadedImage::Load(ImageOfThree(), *module);
        ASSERT_NE(nullptr, mine);
        const std::optional<CodeAt> found = FindCode(mine->base());
        ASSERT_TRUE(found.has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace airwasm::tier

#endif
