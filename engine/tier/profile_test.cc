#include "engine/tier/profile.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/runtime/runtime_test_util.h"
#include "engine/tier/image_test_util.h"

#if defined(__x86_64__)

namespace airwasm::tier {
namespace {

struct ProfileTest : testing::Test {
  ProfileTest() {
    char name[] = "/tmp/airwasm-profile-XXXXXX";
    EXPECT_NE(nullptr, mkdtemp(name));
    folder = name;
    path = folder + "/profile";
  }
  ~ProfileTest() override { std::filesystem::remove_all(folder); }

  std::string Read() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  runtime::World world;
  std::shared_ptr<runtime::Module> module = world.Compile(kThreeFunctions);
  std::shared_ptr<const LoadedImage> first_image = LoadedImage::Load(ImageOfThree(), *module);
  std::shared_ptr<const LoadedImage> second_image = LoadedImage::Load(ImageOfThree(), *module);
  std::string folder;
  std::string path;
  std::string why;
};

TEST_F(ProfileTest, NamesCode) {
  EXPECT_EQ("three!one [optimized]", CodeName(*module, {1, kNoLocation, 0, 16, 0}));
  EXPECT_EQ("three!two@loop+0x28 [optimized]", CodeName(*module, {2, 40, 32, 16}));
  const auto nameless = world.Compile("(module (func) (func (export \"a\\nb\\00c\\7f\")))");
  EXPECT_EQ("<func 0> [optimized]", CodeName(*nameless, {0, kNoLocation, 0, 16, 0}));
  EXPECT_EQ("a?b?c? [optimized]", CodeName(*nameless, {1, kNoLocation, 0, 16, 0}));
}

struct Line {
  uintptr_t start;
  size_t bytes;
  std::string name;
  bool operator==(const Line&) const = default;
};

TEST_F(ProfileTest, WritesPerfMap) {
  const auto map = NewPerfMap(path, &why);
  ASSERT_NE(nullptr, map) << why;
  map->Published(first_image);
  map->Published(second_image);
  std::vector<Line> lines;
  std::istringstream text(Read());
  Line line;
  while (text >> std::hex >> line.start >> line.bytes && text.get() == ' ' &&
         std::getline(text, line.name))
    lines.push_back(line);
  EXPECT_TRUE(text.eof());
  const auto first = reinterpret_cast<uintptr_t>(first_image->base());
  const auto second = reinterpret_cast<uintptr_t>(second_image->base());
  EXPECT_EQ((std::vector<Line>{{first, 16, "three!one [optimized]"},
                               {first + 16, 16, "three!two [optimized]"},
                               {first + 32, 16, "three!two@loop+0x28 [optimized]"},
                               {second, 16, "three!one [optimized]"},
                               {second + 16, 16, "three!two [optimized]"},
                               {second + 32, 16, "three!two@loop+0x28 [optimized]"}}),
            lines);
}

// Takes fields off the front; false once there are too few bytes.
struct Reader {
  std::string_view rest;
  bool ok = true;

  template <typename T>
  T Take() {
    T value = {};
    const std::string_view bytes = TakeBytes(sizeof(T));
    if (ok) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::string_view TakeBytes(size_t n) {
    ok = ok && n <= rest.size();
    if (!ok) return {};
    const std::string_view taken = rest.substr(0, n);
    rest.remove_prefix(n);
    return taken;
  }
};

TEST_F(ProfileTest, WritesJitDump) {
  {
    const auto dump = NewJitDump(path, &why);
    ASSERT_NE(nullptr, dump) << why;
    // What perf finds the file by.
    std::ifstream maps("/proc/self/maps");
    std::string mapping, line;
    while (std::getline(maps, line)) {
      if (line.ends_with(path)) mapping = line;
    }
    EXPECT_NE(std::string::npos, mapping.find(" r-xp 00000000 ")) << mapping;
    dump->Published(first_image);
    dump->Published(second_image);
  }
  const std::string bytes = Read();
  Reader file{bytes};
  EXPECT_EQ("DTiJ", file.TakeBytes(4));  // in this machine's order
  EXPECT_EQ(1u, file.Take<uint32_t>());  // version
  EXPECT_EQ(40u, file.Take<uint32_t>());
  EXPECT_EQ(uint32_t{EM_X86_64}, file.Take<uint32_t>());
  EXPECT_EQ(0u, file.Take<uint32_t>());
  EXPECT_EQ(static_cast<uint32_t>(getpid()), file.Take<uint32_t>());
  uint64_t time = file.Take<uint64_t>();
  EXPECT_EQ(0u, file.Take<uint64_t>());  // flags

  const std::string_view names[] = {
      "three!one [optimized]", "three!two [optimized]", "three!two@loop+0x28 [optimized]",
      "three!one [optimized]", "three!two [optimized]", "three!two@loop+0x28 [optimized]"};
  for (size_t i = 0; i < std::size(names); ++i) {
    SCOPED_TRACE(names[i]);
    const size_t before = file.rest.size();
    EXPECT_EQ(0u, file.Take<uint32_t>());  // JIT_CODE_LOAD
    const size_t record_bytes = file.Take<uint32_t>();
    const uint64_t then = file.Take<uint64_t>();
    EXPECT_LE(time, then);
    time = then;
    EXPECT_EQ(static_cast<uint32_t>(getpid()), file.Take<uint32_t>());
    EXPECT_EQ(static_cast<uint32_t>(gettid()), file.Take<uint32_t>());
    const uint8_t* const code = (i < 3 ? first_image : second_image)->base() + i % 3 * 16;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(code), file.Take<uint64_t>());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(code), file.Take<uint64_t>());
    EXPECT_EQ(16u, file.Take<uint64_t>());
    EXPECT_EQ(i, file.Take<uint64_t>());
    EXPECT_EQ(names[i], file.TakeBytes(names[i].size()));
    EXPECT_EQ(std::string_view("\0", 1), file.TakeBytes(1));
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(code), 16), file.TakeBytes(16));
    EXPECT_EQ(record_bytes, before - file.rest.size());
  }
  EXPECT_EQ(3u, file.Take<uint32_t>());  // JIT_CODE_CLOSE
  EXPECT_EQ(16u, file.Take<uint32_t>());
  EXPECT_LE(time, file.Take<uint64_t>());
  EXPECT_TRUE(file.ok);
  EXPECT_TRUE(file.rest.empty());
}

TEST_F(ProfileTest, ReplacesWhatWasThere) {
  std::ofstream(path) << "of a process of the same id\n";
  ASSERT_NE(nullptr, NewPerfMap(path, &why)) << why;
  EXPECT_EQ("", Read());
}

TEST_F(ProfileTest, WritesToNoFileOfOthers) {
  const std::string other = folder + "/other";
  std::ofstream(other) << "kept";
  std::filesystem::create_symlink(other, path);
  EXPECT_EQ(nullptr, NewPerfMap(path, &why));
  EXPECT_EQ("cannot write '" + path + "': Too many levels of symbolic links", why);
  EXPECT_EQ(4u, std::filesystem::file_size(other));

  std::filesystem::remove(path);
  EXPECT_EQ(nullptr, NewJitDump(folder + "/no/such", &why));
  EXPECT_EQ("cannot write '" + folder + "/no/such': No such file or directory", why);
}

TEST_F(ProfileTest, HardLinksAreNotWrittenThrough) {
  const std::string other = folder + "/other";
  std::ofstream(other) << "kept";
  std::filesystem::create_hard_link(other, path);
  EXPECT_EQ(nullptr, NewPerfMap(path, &why));
  EXPECT_EQ("cannot write '" + path + "': it is not a file of this user alone", why);
  EXPECT_EQ("kept", Read());
}

TEST_F(ProfileTest, PerfMapOfTheProcessComesBeforeCode) {
  EXPECT_EQ(nullptr, ProcessProfile(ProfileFormat::kPerfMap, &why));
  EXPECT_EQ("code was compiled before the perf map was asked for, where perf finds no names", why);
}

// In a process of its own, where no code is loaded yet. Ends it, with 0 if all is well.
void UsePerfMapOfTheProcess() {
  std::string why;
  ImageListener* const map = ProcessProfile(ProfileFormat::kPerfMap, &why);
  if (map == nullptr || map != ProcessProfile(ProfileFormat::kPerfMap)) std::exit(2);
  runtime::World world;
  const auto module = world.Compile(kThreeFunctions);
  const auto loaded = LoadedImage::Load(ImageOfThree(), *module);
  map->Published(loaded);
  const std::string path = "/tmp/perf-" + std::to_string(getpid()) + ".map";
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  if (text.find(" three!one [optimized]\n") == text.npos) std::exit(3);
  // perf takes code in a mapped file for that file's.
  char begin[32];
  std::snprintf(begin, sizeof(begin), "%zx-", reinterpret_cast<size_t>(loaded->base()));
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    if (line.starts_with(begin))
      std::exit(line.find(" r-xp 00000000 00:00 0") != line.npos ? 0 : 4);
  }
  std::exit(5);
}

TEST(ProcessProfileDeathTest, PerfMapIsOneForTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(UsePerfMapOfTheProcess(), testing::ExitedWithCode(0), "");
  GTEST_FLAG_SET(death_test_style, "fast");
}

}  // namespace
}  // namespace airwasm::tier

#endif
