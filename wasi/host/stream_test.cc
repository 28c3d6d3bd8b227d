// Streams whose description belongs to someone else, so that nothing may be made non-blocking.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

#include "wasi/host/file_io.h"
#include "wasi/host/stdio.h"

namespace airwasm::wasi::host {
namespace {

enum class Sort { kPipe, kSocket };

struct Case {
  const char* name;
  Sort sort;
  Sharing sharing;
};

class StreamTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (GetParam().sort == Sort::kPipe) {
      ASSERT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    } else {
      ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0);
    }
  }
  void TearDown() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  Result<Descriptor> Adopt(int end, StreamUse use) {
    return AdoptStream(ends_[end], use, GetParam().sharing);
  }
  bool HostBlocks(int end) const { return (fcntl(ends_[end], F_GETFL) & O_NONBLOCK) == 0; }

  int ends_[2];
  Interrupter interrupter_;
  Waiter waiter_{&interrupter_};
};

TEST_P(StreamTest, AllIsWrittenAndRead) {
  Result<Descriptor> out = Adopt(1, StreamUse::kWrite);
  ASSERT_TRUE(out.ok());
  Result<Descriptor> in = Adopt(0, StreamUse::kRead);
  ASSERT_TRUE(in.ok());
  std::string sent(300'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 >> 2);
  std::string got;
  std::thread reader([&] {
    Waiter waiter(&interrupter_);
    while (got.size() < sent.size()) {
      char buffer[7000];
      const iovec v = {.iov_base = buffer, .iov_len = sizeof buffer};
      Result<size_t> n = Read(*in, waiter, IoVecs(&v, 1), std::nullopt);
      if (!n.ok() || *n == 0) break;
      got.append(buffer, *n);
    }
  });
  const iovec v[] = {{.iov_base = sent.data(), .iov_len = 1},
                     {.iov_base = sent.data() + 1, .iov_len = 9999},
                     {.iov_base = sent.data() + 10'000, .iov_len = sent.size() - 10'000}};
  Result<size_t> n = Write(*out, waiter_, IoVecs(v, 3), std::nullopt);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(*n, sent.size());
  reader.join();
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(HostBlocks(0));
  EXPECT_TRUE(HostBlocks(1));
}

TEST_P(StreamTest, NonblockingIsTheGuestsOwn) {
  Result<Descriptor> in = Adopt(0, StreamUse::kRead);
  Result<Descriptor> out = Adopt(1, StreamUse::kWrite);
  ASSERT_TRUE(in.ok() && out.ok());
  ASSERT_TRUE(SetFlags(*in, kFdNonblock).ok());
  ASSERT_TRUE(SetFlags(*out, kFdNonblock).ok());
  EXPECT_TRUE(HostBlocks(0));
  char byte;
  const iovec one = {.iov_base = &byte, .iov_len = 1};
  EXPECT_EQ(Read(*in, waiter_, IoVecs(&one, 1), std::nullopt).error(), Error::Posix(EAGAIN));
  std::string much(4'000'000, 'x');
  const iovec all = {.iov_base = much.data(), .iov_len = much.size()};
  Result<size_t> n = Write(*out, waiter_, IoVecs(&all, 1), std::nullopt);
  ASSERT_TRUE(n.ok());
  EXPECT_GT(*n, 0u);
  EXPECT_LT(*n, much.size());
  EXPECT_EQ(Write(*out, waiter_, IoVecs(&all, 1), std::nullopt).error(), Error::Posix(EAGAIN));
  EXPECT_EQ(*Read(*in, waiter_, IoVecs(&one, 1), std::nullopt), 1u);
  if (GetParam().sharing == Sharing::kAlways) {
    EXPECT_EQ(SetFlags(*out, kFdAppend), Error::Posix(ENOTSUP));
  }
}

TEST_P(StreamTest, AnInterruptionEndsAWriteHalfway) {
  Result<Descriptor> out = Adopt(1, StreamUse::kWrite);
  ASSERT_TRUE(out.ok());
  std::string much(4'000'000, 'x');
  const iovec all = {.iov_base = much.data(), .iov_len = much.size()};
  std::thread other([&] {
    const timespec moment = {.tv_sec = 0, .tv_nsec = 20'000'000};
    nanosleep(&moment, nullptr);
    interrupter_.Interrupt();
  });
  EXPECT_TRUE(Write(*out, waiter_, IoVecs(&all, 1), std::nullopt).error().interrupted());
  other.join();
}

TEST_P(StreamTest, TheOtherEndIsGone) {
  Result<Descriptor> in = Adopt(0, StreamUse::kRead);
  ASSERT_TRUE(in.ok());
  close(std::exchange(ends_[1], -1));
  char byte;
  const iovec one = {.iov_base = &byte, .iov_len = 1};
  EXPECT_EQ(*Read(*in, waiter_, IoVecs(&one, 1), std::nullopt), 0u);
}

INSTANTIATE_TEST_SUITE_P(Sorts, StreamTest,
                         ::testing::Values(Case{"OwnPipe", Sort::kPipe, Sharing::kAvoid},
                                           Case{"SharedPipe", Sort::kPipe, Sharing::kAlways},
                                           Case{"Socket", Sort::kSocket, Sharing::kAvoid}),
                         [](const auto& info) { return info.param.name; });

TEST(StdioTest, AStreamIsOneDirectionOfData) {
  Result<Descriptor> in = NullStream(StreamUse::kRead);
  Result<Descriptor> out = NullStream(StreamUse::kWrite);
  ASSERT_TRUE(in.ok() && out.ok());
  EXPECT_TRUE(in->Has(right::kFdRead));
  EXPECT_FALSE(in->Has(right::kFdWrite));
  EXPECT_TRUE(out->Has(right::kFdWrite));
  EXPECT_FALSE(out->Has(right::kFdRead));
  EXPECT_EQ(out->base & ChangingRights(), right::kFdWrite);
  EXPECT_EQ(AdoptStream(-1, StreamUse::kRead).error(), Error::Posix(EBADF));
  EXPECT_EQ(AdoptSocket(STDIN_FILENO).error().posix() == 0, false);
}

// The C library's isatty() asks for a character device that cannot seek.
TEST(StdioTest, ATerminalIsACharacterDeviceWithoutPosition) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) GTEST_SKIP() << "no pseudo-terminals here";
  Result<Descriptor> in = AdoptStream(terminal, StreamUse::kRead, Sharing::kAlways);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(in->type, FileType::kCharacterDevice);
  EXPECT_EQ(in->base & (right::kFdSeek | right::kFdTell), 0u);
  Result<Descriptor> null = NullStream(StreamUse::kRead);
  EXPECT_NE(null->base & (right::kFdSeek | right::kFdTell), 0u);
  close(terminal);
}

}  // namespace
}  // namespace airwasm::wasi::host
