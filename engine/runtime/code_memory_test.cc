#include "engine/runtime/code_memory.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/native_code.h"

#if defined(__x86_64__)

namespace airwasm::runtime {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// mov eax, value; ret; and so many more bytes.
std::vector<uint8_t> Returning(uint32_t value, size_t more = 0) {
  std::vector<uint8_t> code = {0xB8, 0, 0, 0, 0, 0xC3};
  std::memcpy(code.data() + 1, &value, sizeof(value));
  code.resize(code.size() + more, 0xCC);
  return code;
}

[[gnu::no_sanitize("function")]] uint32_t Call(const uint8_t* code) {
  return reinterpret_cast<uint32_t (*)()>(reinterpret_cast<uintptr_t>(code))();
}

// What /proc/self/maps says of the mapping with `address` in it, "r-xs" say.
std::string PermissionsAt(const void* address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    size_t dash = 0, space = 0;
    const uint64_t begin = std::stoull(line, &dash, 16);
    const uint64_t end = std::stoull(line.substr(dash + 1), &space, 16);
    if (begin <= reinterpret_cast<uintptr_t>(address) && reinterpret_cast<uintptr_t>(address) < end)
      return line.substr(dash + 1 + space + 1, 4);
  }
  return "";
}

// Mappings of the code's file that can be written, and any that can be written and executed.
std::vector<std::string> Forbidden() {
  std::vector<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::string permissions = line.substr(line.find(' ') + 1, 4);
    const bool is_writable = permissions[1] == 'w';
    if (is_writable && (permissions[2] == 'x' || line.find("airwasm-code") != std::string::npos))
      found.push_back(line);
  }
  return found;
}

TEST(CodeMemory, RunsWhatWasWritten) {
  CodeMemory& memory = CodeMemory::Compiled();
  const size_t before = memory.bytes_in_use();
  const uint8_t* const one = memory.Allocate(Returning(1));
  const uint8_t* const two = memory.Allocate(Returning(2, 100));
  ASSERT_NE(nullptr, one);
  ASSERT_NE(nullptr, two);
  EXPECT_EQ(1u, Call(one));
  EXPECT_EQ(2u, Call(two));
  EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(one) % 64);
  EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(two) % 64);
  EXPECT_EQ(before + 64 + 128, memory.bytes_in_use());
  memory.Free(one, 6);
  memory.Free(two, 106);
  EXPECT_EQ(before, memory.bytes_in_use());
}

TEST(CodeMemory, IsKnownByItsAddress) {
  const uint8_t* const code = CodeMemory::Compiled().Allocate(Returning(1));
  ASSERT_NE(nullptr, code);
  EXPECT_TRUE(InNativeCode(code));
  EXPECT_TRUE(InNativeCode(code + 5));
  int local = 0;
  EXPECT_FALSE(InNativeCode(&local));
  EXPECT_FALSE(InNativeCode(nullptr));
  EXPECT_FALSE(InNativeCode(reinterpret_cast<const void*>(&Returning)));
  CodeMemory::Compiled().Free(code, 6);
}

TEST(CodeMemory, IsNeverWritableAndExecutable) {
  const uint8_t* const code = CodeMemory::Compiled().Allocate(Returning(7, kMiB));
  ASSERT_NE(nullptr, code);
  EXPECT_EQ("r-x", PermissionsAt(code).substr(0, 3));
  EXPECT_EQ("r-x", PermissionsAt(code + kMiB).substr(0, 3));
  EXPECT_EQ(std::vector<std::string>{}, Forbidden());
  CodeMemory::Compiled().Free(code, kMiB + 6);
}

TEST(CodeMemoryDeathTest, WritingFaults) {
  const uint8_t* const code = CodeMemory::Compiled().Allocate(Returning(7));
  ASSERT_NE(nullptr, code);
  EXPECT_DEATH(*const_cast<volatile uint8_t*>(code) = 0xC3, "");
  EXPECT_EQ(7u, Call(code));
  CodeMemory::Compiled().Free(code, 6);
}

TEST(CodeMemory, IsUsedAgain) {
  CodeMemory& memory = CodeMemory::Compiled();
  const uint8_t* const parts[] = {memory.Allocate(Returning(1, kMiB)),
                                  memory.Allocate(Returning(2, kMiB)),
                                  memory.Allocate(Returning(3, kMiB))};
  // Neighbours become one range, in whichever order they come.
  for (const int i : {0, 2, 1}) memory.Free(parts[i], kMiB + 6);
  const uint8_t* const whole = memory.Allocate(Returning(4, 3 * kMiB));
  ASSERT_NE(nullptr, whole);
  EXPECT_LE(whole, parts[0]);
  EXPECT_EQ(4u, Call(whole));
  memory.Free(whole, 3 * kMiB + 6);
}

TEST(CodeMemory, HasAnEnd) {
  CodeMemory& memory = CodeMemory::Compiled();
  const size_t before = memory.bytes_in_use();
  // Not touched: only its size matters.
  const std::span<const uint8_t> huge(reinterpret_cast<const uint8_t*>(&memory), size_t{3} << 30);
  EXPECT_EQ(nullptr, memory.Allocate(huge));
  EXPECT_EQ(before, memory.bytes_in_use());
}

TEST(CodeMemory, ServesManyThreads) {
  CodeMemory& memory = CodeMemory::Compiled();
  const size_t before = memory.bytes_in_use();
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&memory, t] {
      std::vector<std::pair<const uint8_t*, size_t>> mine;
      for (uint32_t i = 0; i < 200; ++i) {
        const std::vector<uint8_t> code = Returning(t * 1000 + i, (i * 37) % 500);
        mine.emplace_back(memory.Allocate(code), code.size());
        ASSERT_NE(nullptr, mine.back().first);
        if (i % 3 == 2) {
          memory.Free(mine[i / 2].first, mine[i / 2].second);
          const std::vector<uint8_t> other = Returning(t * 1000 + i / 2, mine[i / 2].second - 6);
          mine[i / 2].first = memory.Allocate(other);
        }
      }
      for (uint32_t i = 0; i < mine.size(); ++i) {
        EXPECT_EQ(t * 1000 + i, Call(mine[i].first));
        memory.Free(mine[i].first, mine[i].second);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(before, memory.bytes_in_use());
}

TEST(CodeMemory, OfTheParentIsNotWrittenByAChild) {
  const uint8_t* const code = CodeMemory::Compiled().Allocate(Returning(5));
  ASSERT_NE(nullptr, code);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0)
    _exit(Call(code) == 5 && CodeMemory::Compiled().Allocate(Returning(6)) == nullptr ? 0 : 1);
  int status = 0;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  EXPECT_EQ(0, status);
  CodeMemory::Compiled().Free(code, 6);
}

// ---- Without a file. In processes of their own, where code memory is not open yet.

void RefuseMemfd() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {.len = std::size(filter), .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    std::exit(2);
}

void LimitFiles() {
  const rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) std::exit(2);
}

// Ends the process, with 0 if all is well.
void UseWithoutFile() {
  CodeMemory& memory = CodeMemory::Compiled();
  const uint8_t* const one = memory.Allocate(Returning(1));
  const uint8_t* const two = memory.Allocate(Returning(2, 10'000));
  if (one == nullptr || two == nullptr || Call(one) != 1 || Call(two) != 2) std::exit(3);
  if (!InNativeCode(one) || !InNativeCode(two)) std::exit(4);
  if (PermissionsAt(one) != "r-xp" || PermissionsAt(two) != "r-xp") std::exit(5);
  memory.Free(one, 6);
  const uint8_t* const three = memory.Allocate(Returning(3));
  if (three != one || Call(three) != 3 || Call(two) != 2) std::exit(6);
  if (!Forbidden().empty()) std::exit(7);
  std::exit(0);
}

class CodeMemoryWithoutFileDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

TEST_F(CodeMemoryWithoutFileDeathTest, MemfdIsRefused) {
  EXPECT_EXIT((RefuseMemfd(), UseWithoutFile()), testing::ExitedWithCode(0), "");
}

TEST_F(CodeMemoryWithoutFileDeathTest, FileIsLeftOut) {
  const auto leave_out = [] {
    if (!CodeMemory::Compiled().LeaveFileOut()) std::exit(8);
  };
  EXPECT_EXIT((leave_out(), UseWithoutFile()), testing::ExitedWithCode(0), "");
}

TEST_F(CodeMemoryWithoutFileDeathTest, FilesAreLimited) {
  EXPECT_EXIT((LimitFiles(), UseWithoutFile()), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace airwasm::runtime

#endif
