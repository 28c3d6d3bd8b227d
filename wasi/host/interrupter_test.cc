#include "wasi/host/interrupter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace airwasm::wasi::host {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

TEST(InterrupterTest, AnInterruptionBeforeTheWaitIsNotLost) {
  Interrupter interrupter;
  const Waiter waiter(&interrupter);
  Pipe pipe;
  interrupter.Interrupt();
  interrupter.Interrupt();
  EXPECT_TRUE(waiter.Sleep(kNever).interrupted());
  EXPECT_TRUE(waiter.WaitReadable(pipe.ends[0]).error().interrupted());
  EXPECT_TRUE(waiter.Check().interrupted());
  // Interrupted is interrupted, also when there is something to read.
  EXPECT_EQ(write(pipe.ends[1], "x", 1), 1);
  EXPECT_TRUE(waiter.WaitReadable(pipe.ends[0]).error().interrupted());
  interrupter.Clear();
  EXPECT_TRUE(waiter.Check().ok());
  EXPECT_TRUE(*waiter.WaitReadable(pipe.ends[0]));
  interrupter.Clear();
  EXPECT_TRUE(waiter.Check().ok());
}

TEST(InterrupterTest, WaitsForTheDescriptorOrTheDeadline) {
  Interrupter interrupter;
  const Waiter waiter(&interrupter);
  Pipe pipe;
  EXPECT_FALSE(*waiter.WaitReadable(pipe.ends[0], 0));
  EXPECT_FALSE(*waiter.WaitReadable(pipe.ends[0], MonotonicNow() + 1'000'000));
  EXPECT_TRUE(*waiter.WaitWritable(pipe.ends[1]));
  EXPECT_EQ(write(pipe.ends[1], "x", 1), 1);
  EXPECT_TRUE(*waiter.WaitReadable(pipe.ends[0]));
  const Deadline soon = MonotonicNow() + 1'000'000;
  EXPECT_TRUE(waiter.Sleep(soon).ok());
  EXPECT_GE(MonotonicNow(), soon);
  std::vector<pollfd> fds = {{.fd = pipe.ends[0], .events = POLLIN, .revents = 0},
                             {.fd = pipe.ends[1], .events = POLLOUT, .revents = 0}};
  EXPECT_EQ(*waiter.Poll(fds, kNever), 2);
  EXPECT_EQ(fds.size(), 2u);
  fds = {};
  EXPECT_EQ(*waiter.Poll(fds, 0), 0);
}

TEST(InterrupterTest, EndsAWaitOfAnotherThread) {
  Interrupter interrupter;
  for (int i = 0; i < 200; ++i) {
    Error error;
    std::thread guest([&] { error = Waiter(&interrupter).Sleep(kNever); });
    interrupter.Interrupt();
    guest.join();
    EXPECT_TRUE(error.interrupted());
    interrupter.Clear();
  }
}

}  // namespace
}  // namespace airwasm::wasi::host
