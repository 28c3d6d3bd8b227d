// Allocations fail within the compiler, LLVM's and our own, one in each of many processes: what was
// to be compiled is interpreted, or there is an error; the process lives, nothing hangs, and the
// same goes well when there is memory again.
//
// Each in a process of its own, because the compiler is not used again after it. Left out is what
// the dynamic loader allocates, which ends the process itself when it finds no room for a thread's
// variables (SECURITY.md).
#include <gtest/gtest.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "airwasm/airwasm.h"

namespace {

// ---- An allocator that fails when it is told to

constinit thread_local bool t_is_spared = false;
constinit std::atomic<bool> g_armed{false};
constinit std::atomic<bool> g_fails_from_then_on{false};
constinit std::atomic<long> g_until_failure{0};
constinit std::atomic<bool> g_failed{false};
constinit uintptr_t g_loader_begin = 0, g_loader_end = 0;

// The allocation with this number, counted from 0, fails, of all that other threads make.
void Arm(long number) {
  t_is_spared = true;
  g_until_failure = number;
  g_armed = true;
}

bool Fails(const void* caller) {
  if (!g_armed.load(std::memory_order_relaxed) || t_is_spared) return false;
  const auto address = reinterpret_cast<uintptr_t>(caller);
  if (address >= g_loader_begin && address < g_loader_end) return false;
  const long left = g_until_failure.fetch_sub(1);
  if (left > 0 || (left < 0 && !g_fails_from_then_on)) return false;
  g_failed = true;
  errno = ENOMEM;
  return true;
}

void FindLoader() {
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void*) {
        if (std::string_view(info->dlpi_name).find("/ld-linux") == std::string_view::npos) return 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          if (info->dlpi_phdr[i].p_type != PT_LOAD || (info->dlpi_phdr[i].p_flags & PF_X) == 0)
            continue;
          g_loader_begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
          g_loader_end = g_loader_begin + info->dlpi_phdr[i].p_memsz;
        }
        return 1;
      },
      nullptr);
}

}  // namespace

extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* p, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);

void* malloc(size_t bytes) {
  return Fails(__builtin_return_address(0)) ? nullptr : __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  return Fails(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, bytes);
}
void* realloc(void* p, size_t bytes) {
  return Fails(__builtin_return_address(0)) ? nullptr : __libc_realloc(p, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  return Fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, bytes);
}
}

namespace airwasm {
namespace {

// Calls, loops with and without vectors, tables, exceptions, objects: work for each kind of pass.
constexpr std::string_view kText = R"((module
  (type $pair (struct (field $a i32) (field $b (mut i64))))
  (type $unary (func (param i32) (result i32)))
  (memory 1)
  (table funcref (elem $twice $thrice $fib))
  (tag $oops (param i32))
  (func $twice (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $thrice (type $unary) (i32.mul (local.get 0) (i32.const 3)))
  (func $fib (type $unary)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $fill (param $n i32) (local $i i32)
    (loop $more
      (i32.store (i32.mul (local.get $i) (i32.const 4)) (i32.mul (local.get $i) (local.get $i)))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                             (local.get $n)))))
  (func $sum (param $n i32) (result i32) (local $i i32) (local $s i32)
    (loop $more
      (local.set $s (i32.add (local.get $s) (i32.load (i32.mul (local.get $i) (i32.const 4)))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                             (local.get $n))))
    (local.get $s))
  (func $lanes (param i32) (result i32)
    (i32x4.extract_lane 2 (i32x4.add (i32x4.splat (local.get 0)) (v128.const i32x4 1 2 3 4))))
  (func $objects (param i32) (result i32)
    (i32.wrap_i64 (struct.get $pair $b
      (struct.new $pair (local.get 0) (i64.extend_i32_u (local.get 0))))))
  (func $throws (param i32) (throw $oops (local.get 0)))
  (func $catches (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $oops $caught) (call $throws (local.get 0)))
      (i32.const 0)))
  (func $switch (param i32) (result i32)
    (block $a (block $b (block $c (br_table $a $b $c (local.get 0)))
      (return (i32.const 30))) (return (i32.const 20)))
    (i32.const 10))
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (call $fill (i32.const 100))
    (loop $more
      (local.set $s (i32.add (local.get $s)
                             (call_indirect (type $unary) (i32.const 5) (local.get $i))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                             (i32.const 3))))
    (i32.add (local.get $s)
      (i32.add (i32.add (call $sum (i32.const 100)) (call $lanes (i32.const 7)))
        (i32.add (i32.add (call $objects (i32.const 8)) (call $catches (i32.const 9)))
                 (call $switch (i32.const 1)))))))";
// 10 + 15 + 5, 0² + ... + 99², 7 + 3, 8, 9, 20.
constexpr int32_t kResult = 30 + 328350 + 10 + 8 + 9 + 20;

// So large that two threads compile at a time.
std::string LargeText() {
  std::string text(kText);
  for (int i = 0; i < 150; ++i)
    text += R"((func (param $n i32) (result i32) (local $i i32) (local $s i32)
      (loop $more
        (local.set $s (i32.add (call $switch (local.get $s))
                               (i32.load (i32.mul (local.get $i) (i32.const 4)))))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                               (local.get $n))))
      (call $catches (local.get $s))))";
  return text;
}

enum class End { kRight, kExhausted, kWrong };

End Live(const std::string& text) {
  const Engine engine({.tier = Tier::kJit});
  const absl::StatusOr<Module> module = Module::Create(engine, text + ")");
  if (!module.ok())
    return absl::IsResourceExhausted(module.status()) ? End::kExhausted : End::kWrong;
  Store store(engine);
  const absl::StatusOr<Instance> instance = Linker(engine).Instantiate(store, *module);
  if (!instance.ok()) return End::kWrong;
  const absl::StatusOr<TypedFunc<int32_t()>> run = instance->Get<int32_t()>("run");
  if (!run.ok()) return End::kWrong;
  const Result<int32_t> result = (*run)();
  return result.ok() && *result == kResult ? End::kRight : End::kWrong;
}

// ---- A process for each

enum ExitCode { kEndedWell, kHadAnError, kNoSuchAllocation, kWrongThen, kWrongAfterwards };

struct Shared {
  long allocations;
};

// Lives with one allocation failing; what came of it.
ExitCode Try(const std::string& text, long number) {
  alarm(60);  // what hangs is ended
  Arm(number);
  const End end = Live(text);
  g_armed = false;
  if (!g_failed) return kNoSuchAllocation;
  if (end == End::kWrong) return kWrongThen;
  if (Live(text) != End::kRight) return kWrongAfterwards;
  return end == End::kExhausted ? kHadAnError : kEndedWell;
}

// The exit code of a process that tries it; -1 if a signal ended it.
int TryInProcess(const std::string& text, long number, Shared& shared) {
  const pid_t child = fork();
  if (child == 0) {
    const ExitCode code = Try(text, number);
    shared.allocations = number - g_until_failure;
    _exit(code);
  }
  int status = 0;
  EXPECT_EQ(child, waitpid(child, &status, 0));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void FailInEach(const char* name, const std::string& text, long samples) {
  if (const char* const only = std::getenv("AIRWASM_TEST_ALLOCATION"); only != nullptr) {
    ASSERT_LT(Try(text, std::atol(only)), kWrongThen);  // here, for a debugger
    return;
  }
  auto& shared = *static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  constexpr long kMany = 1'000'000'000;
  ASSERT_EQ(kNoSuchAllocation, TryInProcess(text, kMany, shared));
  const long count = shared.allocations;
  ASSERT_GT(count, samples);
  long ends[5] = {};
  for (long i = 0; i < samples; ++i) {
    const long number = count * i / samples;
    const int end = TryInProcess(text, number, shared);
    EXPECT_GE(end, 0) << "the process ended when allocation " << number << " of " << count
                      << " failed";
    EXPECT_LT(end, kWrongThen) << "when allocation " << number << " of " << count << " failed";
    if (end >= 0) ++ends[end];
  }
  std::printf(
      "%s: of %ld allocations on the compiler's threads %ld failed: %ld lives ended well, %ld in "
      "an "
      "error, %ld did not meet it\n",
      name, count, samples, ends[kEndedWell], ends[kHadAnError], ends[kNoSuchAllocation]);
  EXPECT_GT(ends[kEndedWell], 0);
  munmap(&shared, sizeof(Shared));
}

class CompilerOutOfMemory : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    if (!CompilerIsAvailable(&why)) GTEST_SKIP() << why;
    FindLoader();
    ASSERT_NE(0u, g_loader_end);
    const char* const asked = std::getenv("AIRWASM_TEST_SAMPLES");
    if (asked != nullptr) samples_ = std::atol(asked);
  }
  void TearDown() override { g_fails_from_then_on = false; }

  const std::string text_{kText};
  long samples_ = 300;
};

// Before any other test of this file makes LLVM set itself up.
TEST_F(CompilerOutOfMemory, AtItsFirstUse) {
  FailInEach("first use", text_, samples_);
}

TEST_F(CompilerOutOfMemory, AtItsFirstUseFromThenOn) {
  g_fails_from_then_on = true;
  FailInEach("first use, from then on", text_, samples_);
}

TEST_F(CompilerOutOfMemory, Later) {
  ASSERT_EQ(End::kRight, Live(text_));
  FailInEach("later use", text_, samples_);
}

TEST_F(CompilerOutOfMemory, WhileOthersCompile) {
  FailInEach("two threads", LargeText(), samples_ / 4);
  g_fails_from_then_on = true;
  FailInEach("two threads, from then on", LargeText(), samples_ / 4);
}

}  // namespace
}  // namespace airwasm
