#include "engine/tier/busy_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace airwasm::tier {
namespace {

using std::chrono::milliseconds;

TEST(BusyClockTest, CountsNothingUntilSomethingIsDone) {
  BusyClock clock;
  std::this_thread::sleep_for(milliseconds(2));
  EXPECT_EQ(0u, clock.times().all_threads_ns);
  {
    const BusyClock::Span span(clock);
  }
  const BusyClock::Times times = clock.times();
  std::this_thread::sleep_for(milliseconds(2));
  EXPECT_EQ(times.all_threads_ns, clock.times().all_threads_ns);
  EXPECT_EQ(times.wall_ns, clock.times().wall_ns);
}

TEST(BusyClockTest, ThreadsTogetherAreMoreThanTheWall) {
  BusyClock clock;
  {
    const BusyClock::Span one(clock);
    std::this_thread::sleep_for(milliseconds(2));
    const BusyClock::Span two(clock);
    std::this_thread::sleep_for(milliseconds(2));
    EXPECT_GE(clock.times().wall_ns, 4'000'000u) << "of spans that have not ended";
  }
  const BusyClock::Times times = clock.times();
  EXPECT_GE(times.wall_ns, 4'000'000u);
  EXPECT_GE(times.all_threads_ns, times.wall_ns + 2'000'000u);
  EXPECT_LE(times.all_threads_ns, 2 * times.wall_ns);
}

}  // namespace
}  // namespace airwasm::tier
