#include "engine/tier/object_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "engine/tier/cache_test_util.h"

namespace airwasm::tier {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLarge = 64 << 20;
constexpr size_t kHeader = 48;  // of a file

class ObjectCacheTest : public testing::Test {
 protected:
  ObjectCacheTest() {
    std::string name = fs::temp_directory_path() / "airwasm-cache-XXXXXX";
    folder_ = mkdtemp(name.data());
    directory_ = folder_ + "/deep/down";
  }
  ~ObjectCacheTest() override { fs::remove_all(folder_); }

  std::unique_ptr<ObjectCache> Open(uint64_t max_bytes = kLarge) {
    std::string why;
    auto cache = ObjectCache::Open(directory_, max_bytes, &why);
    EXPECT_NE(nullptr, cache) << why;
    return cache;
  }
  std::string PathOf(uint8_t key) const { return directory_ + "/" + ToHex(TestKey(key)) + ".code"; }
  static bool Append(ObjectCache& cache, uint8_t key, const CompiledCode& code) {
    return cache.Append(TestKey(key), MakeRecord(TestKey(key), code));
  }
  static std::vector<CompiledCode> Load(ObjectCache& cache, uint8_t key) {
    return cache.Load(TestKey(key), kTestShape);
  }
  static void Write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static std::string Contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  std::string folder_;
  std::string directory_;
};

TEST_F(ObjectCacheTest, KeepsCodeByKey) {
  {
    const auto cache = Open();
    EXPECT_TRUE(Load(*cache, 1).empty());
    EXPECT_TRUE(Append(*cache, 1, TestCode(1)));
    EXPECT_TRUE(Append(*cache, 1, TestCode(2)));
    EXPECT_TRUE(Append(*cache, 2, TestCode(3)));
  }
  const auto cache = Open();
  const std::vector<CompiledCode> codes = Load(*cache, 1);
  ASSERT_EQ(2u, codes.size());
  EXPECT_EQ(Encode(TestCode(1)), Encode(codes[0]));
  EXPECT_EQ(Encode(TestCode(2)), Encode(codes[1]));
  EXPECT_EQ(1u, Load(*cache, 2).size());
  EXPECT_TRUE(Load(*cache, 3).empty());
  struct stat status;
  ASSERT_EQ(0, stat(directory_.c_str(), &status));
  EXPECT_EQ(0700u, status.st_mode & 0777);
  ASSERT_EQ(0, stat(PathOf(1).c_str(), &status));
  EXPECT_EQ(0600u, status.st_mode & 0777);
}

TEST_F(ObjectCacheTest, KeepsNothingTwice) {
  const auto cache = Open();
  EXPECT_TRUE(Append(*cache, 1, TestCode(1)));
  EXPECT_TRUE(Append(*cache, 1, TestCode(2)));
  EXPECT_TRUE(Append(*cache, 1, TestCode(1)));
  EXPECT_EQ(2u, Load(*cache, 1).size());
}

TEST_F(ObjectCacheTest, AFileUnderAnotherNameIsNotRead) {
  const auto cache = Open();
  ASSERT_TRUE(Append(*cache, 1, TestCode(1)));
  fs::copy(PathOf(1), PathOf(2));
  EXPECT_TRUE(Load(*cache, 2).empty());
  EXPECT_EQ(0u, fs::file_size(PathOf(2)));  // and is of no more use
}

// A writer that was killed leaves a part of its record.
TEST_F(ObjectCacheTest, WhatWasCutOffGoesAndTheRestStays) {
  const auto cache = Open();
  ASSERT_TRUE(Append(*cache, 1, TestCode(1)));
  const size_t one = fs::file_size(PathOf(1));
  ASSERT_TRUE(Append(*cache, 1, TestCode(2)));
  const std::string whole = Contents(PathOf(1));
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const size_t kept = size < one ? 0 : 1;
    // A reader comes first ...
    Write(PathOf(1), whole.substr(0, size));
    ASSERT_EQ(kept, Load(*cache, 1).size());
    ASSERT_EQ(kept == 1 ? one : size < kHeader ? 0 : kHeader, fs::file_size(PathOf(1)));
    // ... or a writer.
    Write(PathOf(1), whole.substr(0, size));
    ASSERT_TRUE(Append(*cache, 1, TestCode(3)));
    ASSERT_EQ(kept + 1, Load(*cache, 1).size());
  }
}

TEST_F(ObjectCacheTest, WhatIsDamagedGoesWithAllThatFollows) {
  const auto cache = Open();
  ASSERT_TRUE(Append(*cache, 1, TestCode(1)));
  const size_t one = fs::file_size(PathOf(1));
  ASSERT_TRUE(Append(*cache, 1, TestCode(2)));
  const std::string whole = Contents(PathOf(1));
  for (size_t i = 0; i < whole.size(); ++i) {
    SCOPED_TRACE(i);
    std::string bent = whole;
    bent[i] = static_cast<char>(bent[i] ^ (1 << i % 8));
    Write(PathOf(1), bent);
    ASSERT_EQ(i < one ? 0u : 1u, Load(*cache, 1).size());
    ASSERT_EQ(i >= one ? one : i < kHeader ? 0 : kHeader, fs::file_size(PathOf(1)));
    ASSERT_TRUE(Append(*cache, 1, TestCode(2)));
    ASSERT_EQ(i < one ? 1u : 2u, Load(*cache, 1).size());
  }
}

TEST_F(ObjectCacheTest, RemovesWhatWasUsedLongestAgo) {
  const size_t record = MakeRecord(TestKey(1), TestCode(1)).size() + 48;
  const auto cache = Open(4 * record);
  const auto set_age = [&](uint8_t key, time_t seconds) {
    const timespec times[2] = {{time(nullptr) - seconds, 0}, {time(nullptr) - seconds, 0}};
    ASSERT_EQ(0, utimensat(AT_FDCWD, PathOf(key).c_str(), times, 0));
  };
  for (const uint8_t key : {1, 2, 3, 4}) ASSERT_TRUE(Append(*cache, key, TestCode(1)));
  for (const uint8_t key : {1, 2, 3, 4}) EXPECT_TRUE(fs::exists(PathOf(key)));
  set_age(1, 4000), set_age(2, 5000), set_age(3, 3000), set_age(4, 2000);
  Write(directory_ + "/notes.txt", "not ours");
  ASSERT_EQ(1u, Load(*cache, 2).size());  // used just now
  ASSERT_TRUE(Append(*cache, 5, TestCode(1)));
  EXPECT_FALSE(fs::exists(PathOf(1)));
  EXPECT_TRUE(fs::exists(PathOf(2)));
  EXPECT_FALSE(fs::exists(PathOf(3)));
  EXPECT_TRUE(fs::exists(PathOf(4)));
  EXPECT_TRUE(fs::exists(PathOf(5)));
  EXPECT_TRUE(fs::exists(directory_ + "/notes.txt"));
}

TEST_F(ObjectCacheTest, RefusesDirectoriesThatOthersCanWriteTo) {
  fs::create_directories(directory_);
  for (const mode_t mode : {0720, 0702, 0777}) {
    ASSERT_EQ(0, chmod(directory_.c_str(), mode));
    std::string why;
    EXPECT_EQ(nullptr, ObjectCache::Open(directory_, kLarge, &why));
    EXPECT_EQ(directory_ + ": other users can write to it (chmod go-w makes it safe)", why);
  }
  ASSERT_EQ(0, chmod(directory_.c_str(), 0755));
  EXPECT_NE(nullptr, ObjectCache::Open(directory_, kLarge));
}

TEST_F(ObjectCacheTest, RefusesDirectoriesOfOthers) {
  // Root can make one; nobody else can write to the root directory, which is root's.
  std::string theirs = "/";
  if (geteuid() == 0) {
    theirs = directory_;
    fs::create_directories(theirs);
    ASSERT_EQ(0, chown(theirs.c_str(), 1, 1));
  }
  std::string why;
  EXPECT_EQ(nullptr, ObjectCache::Open(theirs, kLarge, &why));
  EXPECT_EQ(theirs + ": it belongs to another user", why);
}

TEST_F(ObjectCacheTest, SaysWhyThereIsNone) {
  Write(folder_ + "/file", "");
  std::string why;
  EXPECT_EQ(nullptr, ObjectCache::Open(folder_ + "/file", kLarge, &why));
  EXPECT_EQ(folder_ + "/file: Not a directory", why);
  EXPECT_EQ(nullptr, ObjectCache::Open(folder_ + "/file/below", kLarge, &why));
  EXPECT_EQ(folder_ + "/file/below: Not a directory", why);
  EXPECT_EQ(nullptr, ObjectCache::Open("", kLarge, &why));
}

TEST_F(ObjectCacheTest, UsesNoFileOfDoubtfulKind) {
  const auto cache = Open();
  ASSERT_TRUE(Append(*cache, 1, TestCode(1)));
  ASSERT_EQ(0, chmod(PathOf(1).c_str(), 0620));
  EXPECT_TRUE(Load(*cache, 1).empty());
  EXPECT_FALSE(Append(*cache, 1, TestCode(2)));
  ASSERT_EQ(0, chmod(PathOf(1).c_str(), 0600));
  EXPECT_EQ(1u, Load(*cache, 1).size());

  ASSERT_EQ(0, symlink(PathOf(1).c_str(), PathOf(2).c_str()));
  EXPECT_TRUE(Load(*cache, 2).empty());
  EXPECT_FALSE(Append(*cache, 2, TestCode(2)));
  ASSERT_EQ(0, mkfifo(PathOf(3).c_str(), 0600));
  EXPECT_TRUE(Load(*cache, 3).empty());
  EXPECT_FALSE(Append(*cache, 3, TestCode(2)));
  fs::create_directory(PathOf(4));
  EXPECT_TRUE(Load(*cache, 4).empty());
}

// The subjects that `writers` wrote, each of its own and some that all write.
CompiledCode NumberedCode(uint32_t number) {
  CompiledCode code = TestCode(1);
  code.image.functions[1].osr_loop_offset = number;
  return code;
}
constexpr uint32_t kEach = 12;
constexpr uint32_t kShared = 4;
void WriteAll(ObjectCache& cache, uint32_t writer) {
  for (uint32_t i = 0; i < kEach + kShared; ++i) {
    const uint32_t number = i < kEach ? writer * kEach + i : 1000 + i;
    const std::string record = MakeRecord(TestKey(1), NumberedCode(number));
    while (!cache.Append(TestKey(1), record)) std::this_thread::yield();  // others are writing
  }
}
void ExpectAll(ObjectCache& cache, uint32_t num_writers) {
  std::multiset<uint32_t> numbers;
  for (const CompiledCode& code : cache.Load(TestKey(1), kTestShape))
    numbers.insert(code.image.functions[1].osr_loop_offset);
  EXPECT_EQ(num_writers * kEach + kShared, numbers.size());
  EXPECT_EQ(numbers.size(), std::set(numbers.begin(), numbers.end()).size());
}

TEST_F(ObjectCacheTest, ThreadsWriteAtOnce) {
  const auto cache = Open();
  std::vector<std::thread> threads;
  for (uint32_t writer = 0; writer < 6; ++writer)
    threads.emplace_back([&, writer] { WriteAll(*cache, writer); });
  for (std::thread& thread : threads) thread.join();
  ExpectAll(*cache, 6);
}

TEST_F(ObjectCacheTest, ProcessesWriteAtOnceAndReadersSeeWholeRecords) {
  std::vector<pid_t> children;
  for (uint32_t writer = 0; writer < 6; ++writer) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto cache = ObjectCache::Open(directory_, kLarge);
      WriteAll(*cache, writer);
      _exit(0);
    }
    children.push_back(child);
  }
  const auto cache = Open();
  for (int i = 0; i < 50; ++i) {
    for (const CompiledCode& code : cache->Load(TestKey(1), kTestShape))
      ASSERT_EQ(Encode(NumberedCode(code.image.functions[1].osr_loop_offset)), Encode(code));
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(child, waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
  ExpectAll(*cache, 6);
}

TEST_F(ObjectCacheTest, AKilledWriterLeavesNothingThatIsRead) {
  const auto cache = Open(uint64_t{1} << 40);
  uint32_t expected = 0;
  for (uint32_t round = 0; round < 10; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto own = ObjectCache::Open(directory_, uint64_t{1} << 40);
      for (uint32_t i = 0;; ++i) {
        CompiledCode code = TestCode(1, 256 << 10);
        code.image.functions[1].osr_loop_offset = round * 100 + i % 6;
        Append(*own, 1, code);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + round));
    ASSERT_EQ(0, kill(child, SIGKILL));
    int status = 0;
    ASSERT_EQ(child, waitpid(child, &status, 0));
    for (const CompiledCode& code : Load(*cache, 1)) {
      if (code.image.bytes.size() == 64) continue;
      CompiledCode whole = TestCode(1, 256 << 10);
      whole.image.functions[1].osr_loop_offset = code.image.functions[1].osr_loop_offset;
      ASSERT_EQ(Encode(whole), Encode(code));
    }
    ASSERT_TRUE(Append(*cache, 1, NumberedCode(10'000 + round)));
    ++expected;
    uint32_t found = 0;
    for (const CompiledCode& code : Load(*cache, 1)) found += code.image.bytes.size() == 64;
    ASSERT_EQ(expected, found);
  }
}

}  // namespace
}  // namespace airwasm::tier
