#include "airwasm/meter.h"

#include <gtest/gtest.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "security/guard/time_watch.h"

namespace airwasm::security {
namespace {

using std::chrono::milliseconds;

std::shared_ptr<Meter> With(const Quota& quota) {
  return std::make_shared<Meter>(
      Meter::Options{.quota = quota, .guard = nullptr, .component = nullptr});
}

TEST(Meter, HostBytesAreChargedFirstAndRefunded) {
  Quota quota;
  quota.host_bytes = 100;
  const auto meter = With(quota);
  {
    const HostBytes first(meter.get(), 60);
    EXPECT_TRUE(first.ok());
    EXPECT_EQ(60u, meter->usage().host_bytes.now);
    EXPECT_FALSE(meter->EndsGuest());
    const HostBytes second(meter.get(), 41);
    EXPECT_FALSE(second.ok());
    EXPECT_TRUE(meter->EndsGuest());
  }
  EXPECT_EQ(0u, meter->usage().host_bytes.now);
  EXPECT_EQ(60u, meter->usage().host_bytes.peak);
  EXPECT_EQ("quota host-bytes of 100B is used up", meter->EndText());
  EXPECT_FALSE(meter->ChargeHostBytes(UINT64_MAX));
  EXPECT_EQ(1u, meter->usage().breaches);  // of one quota, however often
}

TEST(Meter, OutputUpToTheLastByte) {
  Quota quota;
  quota.output_bytes = 10;
  const auto meter = With(quota);
  EXPECT_EQ(7u, meter->AskOutput(7).bytes);
  meter->CountOutput(7);
  EXPECT_EQ(3u, meter->AskOutput(7).bytes);
  meter->CountOutput(3);
  EXPECT_FALSE(meter->AskOutput(0).breach);
  EXPECT_FALSE(meter->EndsGuest());
  EXPECT_TRUE(meter->AskOutput(1).breach);
  EXPECT_TRUE(meter->EndsGuest());
}

TEST(Meter, OutputRateSaysWhenToComeBack) {
  Quota quota;
  quota.output_rate = 10'000;
  const auto meter = With(quota);
  EXPECT_EQ(10'000u, meter->AskOutput(1 << 20).bytes);  // a second's worth at once
  EXPECT_EQ(0u, meter->usage().output_rate_peak);
  meter->CountOutput(10'000);
  EXPECT_EQ(10'000u, meter->usage().output_rate_peak);
  const Meter::OutputPermit later = meter->AskOutput(100);
  EXPECT_EQ(0u, later.bytes);
  EXPECT_FALSE(later.breach);
  EXPECT_GT(later.retry_at_ns, NowOf(CLOCK_MONOTONIC) - 1'000'000);
  EXPECT_LT(later.retry_at_ns, NowOf(CLOCK_MONOTONIC) + 20'000'000);
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(100u, meter->AskOutput(100).bytes);
  EXPECT_FALSE(meter->EndsGuest());
}

TEST(Meter, ProcessorTimeIsThatOfTheThread) {
  Quota quota;
  quota.cpu_time_ns = 20'000'000;
  const auto meter = With(quota);
  std::atomic<int> interrupts = 0;
  {
    const Meter::Run run(meter, [&] { ++interrupts; });
    std::this_thread::sleep_for(milliseconds(60));  // uses none
    EXPECT_EQ(0, interrupts);
    const int64_t end = NowOf(CLOCK_MONOTONIC) + 10'000'000'000;
    while (interrupts == 0 && NowOf(CLOCK_MONOTONIC) < end) {
    }
  }
  EXPECT_EQ(1, interrupts);
  EXPECT_EQ("quota cpu-time of 20ms is used up", meter->EndText());
  EXPECT_TRUE(meter->ended_by_time());
  EXPECT_GE(meter->usage().cpu_time_ns, 20'000'000u);
}

TEST(Meter, WallTimePassesInWaits) {
  Quota quota;
  quota.wall_time_ns = 30'000'000;
  const auto meter = With(quota);
  std::atomic<int> interrupts = 0;
  const int64_t begin = NowOf(CLOCK_MONOTONIC);
  const Meter::Run run(meter, [&] { ++interrupts; });
  while (interrupts == 0 && NowOf(CLOCK_MONOTONIC) < begin + 10'000'000'000)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(1, interrupts);
  EXPECT_GE(NowOf(CLOCK_MONOTONIC) - begin, 30'000'000);
  EXPECT_EQ("quota wall-time of 30ms is used up", meter->EndText());
}

TEST(Meter, ARunThatEndsInTimeIsNotInterrupted) {
  Quota quota;
  quota.wall_time_ns = 20'000'000;
  const auto meter = With(quota);
  std::atomic<int> interrupts = 0;
  {
    const Meter::Run run(meter, [&] { ++interrupts; });
  }
  std::this_thread::sleep_for(milliseconds(40));
  EXPECT_EQ(0, interrupts);
  EXPECT_FALSE(meter->EndsGuest());
}

TEST(Meter, WhatHasNoQuotaIsNoBreach) {
  const auto component = std::make_shared<ComponentUsage>();
  {
    Meter meter({.quota = {}, .guard = nullptr, .component = component});
    meter.Breach(QuotaRow::stack);
    EXPECT_FALSE(meter.EndsGuest());
    EXPECT_TRUE(meter.ChargeHostBytes(1 << 20));
    meter.SetMemory(65536);
    EXPECT_EQ(65536, component->memory_bytes);
    EXPECT_EQ(1, component->instances);
  }
  EXPECT_EQ(0, component->memory_bytes);
  EXPECT_EQ(0, component->host_bytes);
  EXPECT_EQ(0, component->instances);
  EXPECT_EQ(0u, component->breaches);
}

}  // namespace
}  // namespace airwasm::security
