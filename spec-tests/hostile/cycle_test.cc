// A guest made, run and dropped over and over leaves nothing behind: neither memory nor
// descriptors.
//
//   cycle_test [CYCLES]     20,000 unless given; a million for the figure that is promised
#include <dirent.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "airwasm/airwasm.h"
#include "airwasm/guard_store.h"
#include "airwasm/meter.h"
#include "airwasm/wasi.h"

namespace airwasm {
namespace {

int g_cycles = 20'000;
// By then caches and pools are as large as they get.
constexpr int kWarmUpShare = 10;
// Pages come and go with the allocator: less than this is not told apart from nothing. Of few
// cycles, a block of 64 KiB more or less is as much as 1 % of all.
constexpr int kManyCycles = 1'000'000;
constexpr double kMaxDriftPercent = 1;
constexpr double kMaxDriftPercentOfFew = 4;
// As sanitizers do, to find its use.
#ifdef AIRWASM_SANITIZED
constexpr bool kKeepsWhatWasFreed = true;
#else
constexpr bool kKeepsWhatWasFreed = false;
#endif

constexpr char kGuest[] = R"((module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (memory (export "memory") 2 16)
  (table 10 funcref)
  (func (export "_start")
    (drop (call $now (i32.const 0) (i64.const 0) (i32.const 8)))
    (drop (memory.grow (i32.const 2)))
    (memory.fill (i32.const 65536) (i32.const 7) (i32.const 65536)))))";

long ResidentPages() {
  long all = 0;
  long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%ld %ld", &all, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident;
}

int OpenDescriptors() {
  DIR* const directory = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

void Cycle(const Engine& engine, const Module& module) {
  security::Quota quota;
  quota.cpu_time_ns = 10'000'000'000;
  quota.memory = 1 << 20;
  quota.host_bytes = 1 << 20;
  wasi::Config config;
  config.guard = security::Guard::Create({});
  config.meter = std::make_shared<security::Meter>(
      security::Meter::Options{.quota = quota, .guard = config.guard, .component = nullptr});
  Store store(engine, WithQuota({}, quota));
  MeterStore(store, config.meter);
  Linker linker(engine);
  ASSERT_TRUE(DefineWasi(linker, config).ok());
  const security::Meter::Run run(config.meter,
                                 [interrupter = store.interrupter()] { interrupter.Interrupt(); });
  absl::StatusOr<Instance> instance = linker.Instantiate(store, module);
  ASSERT_TRUE(instance.ok()) << instance.status();
  const absl::StatusOr<TypedFunc<void()>> start = instance->Get<void()>("_start");
  ASSERT_TRUE(start.ok()) << start.status();
  const Result<void> result = (*start)();
  ASSERT_TRUE(result.ok()) << result.trap().ToString();
}

TEST(Cycles, LeaveNothingBehind) {
  // Interpreted: what the compiler takes when it is loaded is no drift.
  const Engine engine({.tier = Tier::kInterp});
  const absl::StatusOr<Module> module = Module::Create(engine, kGuest);
  ASSERT_TRUE(module.ok()) << module.status();
  const int warm_up = g_cycles / kWarmUpShare;
  for (int i = 0; i < warm_up; ++i) ASSERT_NO_FATAL_FAILURE(Cycle(engine, *module));
  // Measured once for nothing: what measures has to be resident too.
  malloc_trim(0);
  (void)ResidentPages();
  (void)OpenDescriptors();
  for (int i = 0; i < warm_up; ++i) ASSERT_NO_FATAL_FAILURE(Cycle(engine, *module));
  malloc_trim(0);
  const long pages = ResidentPages();
  const int descriptors = OpenDescriptors();
  for (int i = 0; i < g_cycles; ++i) ASSERT_NO_FATAL_FAILURE(Cycle(engine, *module));
  malloc_trim(0);
  const long pages_after = ResidentPages();
  const double drift =
      100.0 * static_cast<double>(pages_after - pages) / static_cast<double>(pages);
  std::printf("%d cycles: resident %ld KiB, then %ld KiB (%+.2f %%)\n", g_cycles,
              pages * getpagesize() / 1024, pages_after * getpagesize() / 1024, drift);
  EXPECT_EQ(descriptors, OpenDescriptors());
  if (!kKeepsWhatWasFreed)
    EXPECT_LT(drift, g_cycles < kManyCycles ? kMaxDriftPercentOfFew : kMaxDriftPercent);
}

}  // namespace
}  // namespace airwasm

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) airwasm::g_cycles = std::atoi(argv[1]);
  return RUN_ALL_TESTS();
}
