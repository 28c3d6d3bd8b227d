// Output under quotas: of bytes, and at a rate.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "airwasm/meter.h"
#include "wasi/host/fd_stream.h"
#include "wasi/host/file_io.h"
#include "wasi/host/stdio.h"

namespace airwasm::wasi::host {
namespace {

constexpr int64_t kMs = 1'000'000;

class MeteredOutputTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  void TearDown() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  Result<Descriptor> Make(const security::Quota& quota) {
    Result<Descriptor> d = AdoptStream(ends_[1], StreamUse::kWrite);
    meter_ = std::make_shared<security::Meter>(
        security::Meter::Options{.quota = quota, .guard = nullptr, .component = nullptr});
    if (d.ok()) d->meter = meter_;
    return d;
  }
  Result<size_t> Put(Descriptor& d, size_t bytes) {
    std::string text(bytes, 'x');
    const iovec v = {.iov_base = text.data(), .iov_len = text.size()};
    return Write(d, waiter_, IoVecs(&v, 1), std::nullopt);
  }

  int ends_[2];
  std::shared_ptr<security::Meter> meter_;
  Interrupter interrupter_;
  Waiter waiter_{&interrupter_};
};

TEST_F(MeteredOutputTest, WhatFitsIsWrittenBeforeTheBreach) {
  security::Quota quota;
  quota.output_bytes = 1000;
  Result<Descriptor> d = Make(quota);
  ASSERT_TRUE(d.ok());
  EXPECT_EQ(600u, *Put(*d, 600));
  EXPECT_FALSE(meter_->EndsGuest());
  EXPECT_EQ(EDQUOT, Put(*d, 600).error().posix());
  EXPECT_TRUE(meter_->EndsGuest());
  EXPECT_EQ(1000u, meter_->usage().output_bytes);
  char buffer[2000];
  EXPECT_EQ(1000, read(ends_[0], buffer, sizeof buffer));
}

TEST_F(MeteredOutputTest, OverTheRateABlockingGuestWaits) {
  security::Quota quota;
  quota.output_rate = 10'000;
  Result<Descriptor> d = Make(quota);
  ASSERT_TRUE(d.ok());
  const Deadline begin = MonotonicNow();
  EXPECT_EQ(11'000u, *Put(*d, 11'000));  // a second's worth at once, and the rest at the rate
  EXPECT_GE(MonotonicNow() - begin, 95 * kMs);
  EXPECT_GT(meter_->usage().output_waits, 0u);
}

TEST_F(MeteredOutputTest, AGuestThatWaitsForTheRateIsInterrupted) {
  security::Quota quota;
  quota.output_rate = 0;
  Result<Descriptor> d = Make(quota);
  ASSERT_TRUE(d.ok());
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    interrupter_.Interrupt();
  });
  EXPECT_TRUE(Put(*d, 1).error().interrupted());
  other.join();
}

TEST_F(MeteredOutputTest, OverTheRateANonblockingGuestIsToldToComeBack) {
  security::Quota quota;
  quota.output_rate = 10'000;
  Result<Descriptor> d = Make(quota);
  ASSERT_TRUE(d.ok());
  d->flags |= kFdNonblock;
  EXPECT_EQ(10'000u, *Put(*d, 20'000));
  EXPECT_EQ(EAGAIN, Put(*d, 1000).error().posix());
}

TEST_F(MeteredOutputTest, AStreamPermitsWhatTheRateAllows) {
  security::Quota quota;
  quota.output_rate = 2000;
  Result<Descriptor> d = Make(quota);
  ASSERT_TRUE(d.ok());
  d->flags |= kFdNonblock;
  const auto stream = SequentialOutput(std::make_shared<Descriptor>(std::move(*d)), waiter_);
  uint64_t permit = 0;
  ASSERT_FALSE(stream->CheckWrite(&permit));
  EXPECT_EQ(2000u, permit);
  const std::string text(permit, 'x');
  ASSERT_FALSE(stream->Write({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  ASSERT_FALSE(stream->CheckWrite(&permit));
  EXPECT_EQ(0u, permit);
  EXPECT_FALSE(stream->Ready());
  // It is time, not the descriptor, that is waited for.
  const Pollable::Interest interest = stream->interest();
  EXPECT_EQ(-1, interest.fd);
  EXPECT_LT(interest.deadline, MonotonicNow() + 1000 * kMs);
  ASSERT_TRUE(waiter_.Sleep(interest.deadline + kMs).ok());
  EXPECT_TRUE(stream->Ready());
  ASSERT_FALSE(stream->CheckWrite(&permit));
  EXPECT_GE(permit, 512u);
}

}  // namespace
}  // namespace airwasm::wasi::host
