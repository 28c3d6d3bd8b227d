// What blocks: streams, FIFOs, devices, sleeping, poll_oneoff, sockets; and that an interruption
// ends all of them.
//
// No test here asserts a time. Where a guest must be waiting, an interruption that comes early ends
// it just the same.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "wasi/host/system.h"
#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  void CloseReader() { close(std::exchange(ends[0], -1)); }
  void CloseWriter() { close(std::exchange(ends[1], -1)); }
  int reader() const { return ends[0]; }
  int writer() const { return ends[1]; }
  int ends[2];
};

// Streams of every sort: `shared` keeps the host from making a description of its own, as with a
// pipe of another user.
Config OnStreams(int in, int out) {
  Config config;
  if (in >= 0) config.stdin_stream = Stdio::Fd(in);
  if (out >= 0) config.stdout_stream = Stdio::Fd(out);
  return config;
}

// Runs `call` while another thread interrupts.
P1Result Interrupted(Guest& guest, const std::function<P1Result()>& call) {
  std::thread other([&] {
    const timespec moment = {.tv_sec = 0, .tv_nsec = 20'000'000};
    nanosleep(&moment, nullptr);
    guest.context().interrupter()->Interrupt();
  });
  const P1Result result = call();
  other.join();
  return result;
}

// A subscription at place `i` of the list at kData.
void SubscribeClock(Guest& guest, uint32_t i, uint64_t userdata, uint32_t clock, uint64_t timeout,
                    uint16_t flags = 0) {
  const uint32_t at = Guest::kData + i * kSnapshot1.subscription_bytes;
  guest.Put(at, std::string(kSnapshot1.subscription_bytes, '\0'));
  guest.memory().Store<uint64_t>(at + kSnapshot1.userdata, userdata);
  guest.memory().Store<uint8_t>(at + kSnapshot1.tag, kEventClock);
  guest.memory().Store<uint32_t>(at + kSnapshot1.clock_id, clock);
  guest.memory().Store<uint64_t>(at + kSnapshot1.clock_timeout, timeout);
  guest.memory().Store<uint16_t>(at + kSnapshot1.clock_flags, flags);
}

void SubscribeFd(Guest& guest, uint32_t i, uint64_t userdata, uint8_t type, uint32_t fd) {
  const uint32_t at = Guest::kData + i * kSnapshot1.subscription_bytes;
  guest.Put(at, std::string(kSnapshot1.subscription_bytes, '\0'));
  guest.memory().Store<uint64_t>(at + kSnapshot1.userdata, userdata);
  guest.memory().Store<uint8_t>(at + kSnapshot1.tag, type);
  guest.memory().Store<uint32_t>(at + kSnapshot1.fd, fd);
}

constexpr uint32_t kEvents = 0x40000;
struct Event {
  uint64_t userdata;
  Errno error;
  uint8_t type;
  uint64_t bytes;
  uint16_t flags;
};
Event EventAt(Guest& guest, uint32_t i) {
  const uint32_t at = kEvents + i * event_at::kSize;
  return {guest.U64(at), static_cast<Errno>(guest.memory().Load<uint16_t>(at + event_at::kError)),
          guest.memory().Load<uint8_t>(at + event_at::kType), guest.U64(at + event_at::kNbytes),
          guest.memory().Load<uint16_t>(at + event_at::kFlags)};
}

constexpr uint64_t kHour = 3'600'000'000'000;

TEST(WaitTest, AnInterruptionEndsEveryWait) {
  Pipe in, out, full;
  fcntl(full.writer(), F_SETFL, O_NONBLOCK);
  while (write(full.writer(), "x", 1) == 1) {
  }
  fcntl(full.writer(), F_SETFL, 0);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(listen(listener, 1), 0);
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  Config config = OnStreams(in.reader(), full.writer());
  config.sockets = {listener, pair[0]};

  const struct {
    std::string_view name;
    std::function<P1Result(Guest&)> call;
  } kCases[] = {
      {"reading a silent pipe", [](Guest& g) { return g.RawRead(0, 10); }},
      {"writing a pipe that is full", [](Guest& g) { return g.RawWrite(1, "more"); }},
      {"sleeping",
       [](Guest& g) {
         SubscribeClock(g, 0, 1, 1, kHour);
         return g.Raw("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kOut});
       }},
      {"sleeping for ever",
       [](Guest& g) {
         SubscribeClock(g, 0, 1, 1, ~uint64_t{0});
         return g.Raw("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kOut});
       }},
      {"sleeping by the wall clock",
       [](Guest& g) {
         SubscribeClock(g, 0, 1, 0, ~uint64_t{0}, kClockAbstime);
         return g.Raw("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kOut});
       }},
      {"polling",
       [](Guest& g) {
         SubscribeFd(g, 0, 1, kEventFdRead, 0);
         SubscribeFd(g, 1, 2, kEventFdWrite, 1);
         return g.Raw("poll_oneoff", {Guest::kData, kEvents, 2, Guest::kOut});
       }},
      {"accepting", [](Guest& g) { return g.Raw("sock_accept", {3, 0, Guest::kOut}); }},
      {"receiving",
       [](Guest& g) {
         g.memory().Store<uint32_t>(Guest::kIovs, Guest::kData);
         g.memory().Store<uint32_t>(Guest::kIovs + 4, 10);
         return g.Raw("sock_recv", {4, Guest::kIovs, 1, 0, Guest::kOut, Guest::kOut + 4});
       }},
      {"sending more than anyone takes",
       [](Guest& g) {
         g.memory().Store<uint32_t>(Guest::kIovs, 0);
         g.memory().Store<uint32_t>(Guest::kIovs + 4, Guest::kMemoryBytes);
         P1Result r;
         do {
           r = g.Raw("sock_send", {4, Guest::kIovs, 1, 0, Guest::kOut});
         } while (r.outcome == Outcome::kReturn && r.code == 0);
         return r;
       }},
      {"yielding without end",
       [](Guest& g) {
         P1Result r;
         do {
           r = g.Raw("sched_yield", {});
         } while (r.outcome == Outcome::kReturn);
         return r;
       }},
      {"random numbers without end",
       [](Guest& g) {
         P1Result r;
         do {
           r = g.Raw("random_get", {0, Guest::kMemoryBytes});
         } while (r.outcome == Outcome::kReturn);
         return r;
       }},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    Guest guest(config);
    EXPECT_EQ(Interrupted(guest, [&] { return c.call(guest); }).outcome, Outcome::kInterrupted);
    // It stays so until cleared, and then the guest could go on.
    EXPECT_EQ(c.call(guest).outcome, Outcome::kInterrupted);
    guest.context().interrupter()->Clear();
    EXPECT_EQ(guest.Call("sched_yield", {}), Errno::kSuccess);
  }
  close(listener);
  close(pair[0]);
  close(pair[1]);
}

TEST(WaitTest, ReadingWaitsForData) {
  Pipe in;
  Guest guest(OnStreams(in.reader(), -1));
  std::thread writer([&] {
    const timespec moment = {.tv_sec = 0, .tv_nsec = 10'000'000};
    nanosleep(&moment, nullptr);
    EXPECT_EQ(write(in.writer(), "hello", 5), 5);
  });
  EXPECT_EQ(guest.Read(0), "hello");
  writer.join();
  // Whoever shares the pipe does not notice that the guest's end does not block.
  EXPECT_EQ(fcntl(in.reader(), F_GETFL) & O_NONBLOCK, 0);
  in.CloseWriter();
  EXPECT_EQ(guest.Read(0), "");
}

TEST(WaitTest, WritingWaitsForTheReader) {
  Pipe out;
  Guest guest(OnStreams(-1, out.writer()));
  std::string got;
  std::thread reader([&] {
    char buffer[10'000];
    while (got.size() < 500'000) {
      const ssize_t n = read(out.reader(), buffer, sizeof buffer);
      if (n <= 0) break;
      got.append(buffer, static_cast<size_t>(n));
    }
  });
  std::string sent(500'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 3);
  EXPECT_EQ(guest.Write(1, sent), Errno::kSuccess);
  reader.join();
  EXPECT_EQ(got, sent);
  EXPECT_EQ(fcntl(out.writer(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(WaitTest, NonblockingStreamsSayAgain) {
  Pipe in, out;
  Guest guest(OnStreams(in.reader(), out.writer()));
  ASSERT_EQ(guest.Call("fd_fdstat_set_flags", {0, host::kFdNonblock}), Errno::kSuccess);
  ASSERT_EQ(guest.Call("fd_fdstat_set_flags", {1, host::kFdNonblock}), Errno::kSuccess);
  EXPECT_EQ(static_cast<Errno>(guest.RawRead(0, 10).code), Errno::kAgain);
  const std::string much(500'000, 'x');
  EXPECT_EQ(static_cast<Errno>(guest.RawWrite(1, much).code), Errno::kSuccess);
  EXPECT_GT(guest.U32(Guest::kOut), 0u);
  EXPECT_LT(guest.U32(Guest::kOut), much.size());
  EXPECT_EQ(static_cast<Errno>(guest.RawWrite(1, much).code), Errno::kAgain);
  EXPECT_EQ(write(in.writer(), "x", 1), 1);
  EXPECT_EQ(guest.Read(0), "x");
}

TEST(WaitTest, APipeThatNobodyReadsIsAnErrorNotASignal) {
  Pipe out;
  Guest guest(OnStreams(-1, out.writer()));
  // The default action would end this process.
  ASSERT_NE(std::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  out.CloseReader();
  EXPECT_EQ(guest.Write(1, "x"), Errno::kPipe);
  EXPECT_EQ(guest.Write(1, "x"), Errno::kPipe);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(WaitTest, StreamsHaveNoPosition) {
  Pipe in;
  Guest guest(OnStreams(in.reader(), in.writer()));
  for (uint64_t fd : {0, 1}) {
    EXPECT_EQ(guest.Call("fd_seek", {fd, 0, 1, Guest::kOut}), Errno::kSpipe);
    EXPECT_EQ(guest.Call("fd_tell", {fd, Guest::kOut}), Errno::kSpipe);
    EXPECT_EQ(guest.Call("fd_pread", {fd, Guest::kIovs, 0, 0, Guest::kOut}), Errno::kSpipe);
    EXPECT_EQ(guest.Call("fd_pwrite", {fd, Guest::kIovs, 0, 0, Guest::kOut}), Errno::kSpipe);
    EXPECT_EQ(guest.Call("sock_shutdown", {fd, 1}), Errno::kNotsock);
  }
  EXPECT_EQ(static_cast<Errno>(guest.RawRead(1, 1).code), Errno::kNotcapable);
  EXPECT_EQ(static_cast<Errno>(guest.RawWrite(0, "x").code), Errno::kNotcapable);
}

// A file as a stream: the guest moves through it, but its size and times are the embedder's.
TEST(WaitTest, AFileAsStandardInput) {
  TempTree tree;
  tree.MakeFile("in", "0123456789");
  const int fd = open(tree.At("in").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  Guest guest(OnStreams(fd, -1));
  EXPECT_EQ(guest.Read(0, 4), "0123");
  EXPECT_EQ(guest.Call("fd_seek", {0, 8, 0, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest.Read(0, 4), "89");
  EXPECT_EQ(guest.Call("fd_filestat_set_size", {0, 0}), Errno::kNotcapable);
  EXPECT_EQ(guest.Call("fd_filestat_set_times", {0, 0, 0, kSetMtimNow}), Errno::kNotcapable);
  close(fd);
}

class FifoTest : public ::testing::TestWithParam<bool> {};

TEST_P(FifoTest, OpeningNeverWaits) {
  TempTree tree;
  tree.MakeFifo("fifo");
  tree.MakeLink("fifo", "link");
  Guest guest(tree, GetParam());
  uint32_t reader, writer;
  // Nobody there to read: told at once.
  EXPECT_EQ(guest.PathOpen("fifo", {.base = right::kFdWrite}), Errno::kNxio);
  EXPECT_EQ(guest.PathOpen("fifo", {.oflags = kOpenTrunc, .base = 0}), Errno::kNxio);
  ASSERT_EQ(guest.PathOpen("link", {.base = right::kFdRead}, &reader), Errno::kSuccess);
  ASSERT_EQ(guest.PathOpen("fifo", {.base = right::kFdWrite}, &writer), Errno::kSuccess);
  EXPECT_EQ(guest.Write(writer, "through"), Errno::kSuccess);
  EXPECT_EQ(guest.Read(reader), "through");
  // The guest did not ask for kFdNonblock, so it waits; and can be interrupted.
  EXPECT_EQ(Interrupted(guest, [&] { return guest.RawRead(reader, 10); }).outcome,
            Outcome::kInterrupted);
  guest.context().interrupter()->Clear();
  EXPECT_EQ(guest.Call("fd_close", {writer}), Errno::kSuccess);
  EXPECT_EQ(guest.Read(reader), "");
  EXPECT_EQ(guest.Stat("fifo", true), Errno::kSuccess);
  EXPECT_EQ(guest.OnPath("path_unlink_file", "fifo"), Errno::kSuccess);
}

TEST_P(FifoTest, DevicesAndSockets) {
  Config config;
  config.preopens = {{.host_path = "/dev", .guest_path = "/dev"}};
  config.force_fallback_resolver = GetParam();
  Guest guest(config);
  uint32_t fd;
  ASSERT_EQ(guest.PathOpen("zero", {}, &fd), Errno::kSuccess);
  // Endless, and still answered.
  EXPECT_EQ(guest.Read(fd, 100), std::string(100, '\0'));
  ASSERT_EQ(guest.PathOpen("null", {.base = right::kFdWrite}, &fd), Errno::kSuccess);
  EXPECT_EQ(guest.Write(fd, "x"), Errno::kSuccess);
  ASSERT_EQ(guest.PathOpen("full", {.base = right::kFdWrite}, &fd), Errno::kSuccess);
  EXPECT_EQ(guest.Write(fd, "x"), Errno::kNospc);
  TempTree tree;
  const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // A path that fits the address, whatever the temporary directory is called.
  const int here = open(tree.path().c_str(), O_PATH | O_CLOEXEC);
  const std::string name = "/proc/self/fd/" + std::to_string(here) + "/s";
  sockaddr_storage address = {};
  address.ss_family = AF_UNIX;
  std::copy(name.begin(), name.end(), reinterpret_cast<char*>(&address) + sizeof(sa_family_t));
  ASSERT_EQ(bind(s, reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(sizeof(sa_family_t) + name.size())),
            0);
  Guest other(tree, GetParam());
  EXPECT_EQ(other.PathOpen("s", {}), Errno::kNxio);
  EXPECT_EQ(other.Stat("s", true), Errno::kSuccess);
  close(s);
  close(here);
}

INSTANTIATE_TEST_SUITE_P(Resolvers, FifoTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Walk" : "Auto"; });

TEST(PollTest, ReportsWhatHasHappened) {
  TempTree tree;
  tree.MakeFile("file", "0123456789");
  Pipe in, out;
  Config config = OnStreams(in.reader(), out.writer());
  config.preopens = {{.host_path = tree.path(), .guest_path = "/"}};
  Guest guest(config);
  uint32_t file;
  ASSERT_EQ(guest.OpenAll("file", 0, &file), Errno::kSuccess);
  ASSERT_EQ(guest.Read(file, 3), "012");
  const auto poll = [&](uint32_t count) {
    EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, count, Guest::kOut}),
              Errno::kSuccess);
    return guest.U32(Guest::kOut);
  };
  SubscribeFd(guest, 0, 10, kEventFdRead, 0);
  SubscribeClock(guest, 1, 11, 1, 1000);
  ASSERT_EQ(poll(2), 1u);
  EXPECT_EQ(EventAt(guest, 0).userdata, 11u);
  EXPECT_EQ(EventAt(guest, 0).type, kEventClock);

  EXPECT_EQ(write(in.writer(), "hello", 5), 5);
  SubscribeFd(guest, 0, 10, kEventFdRead, 0);
  SubscribeFd(guest, 1, 12, kEventFdWrite, 1);
  SubscribeFd(guest, 2, 13, kEventFdRead, file);
  SubscribeFd(guest, 3, 14, kEventFdWrite, file);
  SubscribeFd(guest, 4, 15, kEventFdRead, 0);  // once more
  SubscribeClock(guest, 5, 16, 1, kHour);
  ASSERT_EQ(poll(6), 5u);
  const uint64_t kUserdata[] = {10, 12, 13, 14, 15};
  for (uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(EventAt(guest, i).userdata, kUserdata[i]);
    EXPECT_EQ(EventAt(guest, i).error, Errno::kSuccess);
    EXPECT_EQ(EventAt(guest, i).flags, 0);
  }
  EXPECT_EQ(EventAt(guest, 0).bytes, 5u);
  EXPECT_EQ(EventAt(guest, 2).bytes, 7u);

  guest.Read(0);
  in.CloseWriter();
  SubscribeFd(guest, 0, 10, kEventFdRead, 0);
  ASSERT_EQ(poll(1), 1u);
  EXPECT_EQ(EventAt(guest, 0).flags, kEventHangup);
}

TEST(PollTest, ErrorsComeAsEvents) {
  TempTree tree;
  Guest guest(tree, false);
  SubscribeFd(guest, 0, 1, kEventFdRead, 99);
  SubscribeFd(guest, 1, 2, kEventFdRead, Guest::kRoot);  // a directory is not read
  SubscribeFd(guest, 2, 3, kEventFdRead, 1);
  SubscribeClock(guest, 3, 4, 9, 0);
  SubscribeClock(guest, 4, 5, 2, 0);
  SubscribeClock(guest, 5, 6, 1, 0, 2);
  SubscribeClock(guest, 6, 7, 1, kHour);
  ASSERT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 7, Guest::kOut}), Errno::kSuccess);
  ASSERT_EQ(guest.U32(Guest::kOut), 6u);
  const Errno kExpected[] = {Errno::kBadf,  Errno::kNotcapable, Errno::kNotcapable,
                             Errno::kInval, Errno::kNotsup,     Errno::kInval};
  for (uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(EventAt(guest, i).userdata, i + 1);
    EXPECT_EQ(EventAt(guest, i).error, kExpected[i]);
  }
}

TEST(PollTest, BadCalls) {
  Guest guest{Config()};
  SubscribeClock(guest, 0, 1, 1, 0);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 0, Guest::kOut}), Errno::kInval);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 10'000'000, Guest::kOut}),
            Errno::kInval);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 60'000, Guest::kOut}), Errno::kFault);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kMemoryBytes - 47, kEvents, 1, Guest::kOut}),
            Errno::kFault);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, Guest::kMemoryBytes - 31, 1, Guest::kOut}),
            Errno::kFault);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kMemoryBytes - 3}),
            Errno::kFault);
  guest.memory().Store<uint8_t>(Guest::kData + kSnapshot1.tag, 3);
  EXPECT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kOut}), Errno::kInval);
  // Events written over the subscriptions they answer.
  for (uint32_t i = 0; i < 20; ++i) SubscribeClock(guest, i, 100 + i, 1, 0);
  ASSERT_EQ(guest.Call("poll_oneoff", {Guest::kData, Guest::kData, 20, Guest::kOut}),
            Errno::kSuccess);
  ASSERT_EQ(guest.U32(Guest::kOut), 20u);
  for (uint32_t i = 0; i < 20; ++i)
    EXPECT_EQ(guest.U64(Guest::kData + i * event_at::kSize), 100 + i);
}

TEST(PollTest, DeadlinesOfEitherSort) {
  Guest guest{Config()};
  for (uint32_t clock : {0u, 1u}) {
    auto now = host::ClockNow(static_cast<host::ClockId>(clock));
    ASSERT_TRUE(now.ok());
    const uint64_t due = *now + 2'000'000;
    SubscribeClock(guest, 0, 1, clock, due, kClockAbstime);
    ASSERT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kOut}), Errno::kSuccess);
    now = host::ClockNow(static_cast<host::ClockId>(clock));
    EXPECT_GE(*now, due);
    // Long past.
    SubscribeClock(guest, 0, 1, clock, 1, kClockAbstime);
    ASSERT_EQ(guest.Call("poll_oneoff", {Guest::kData, kEvents, 1, Guest::kOut}), Errno::kSuccess);
    EXPECT_EQ(guest.U32(Guest::kOut), 1u);
  }
}

TEST(SockTest, AcceptReceiveSendShutdown) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 4), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  Config config;
  config.sockets = {listener};
  Guest guest(config);
  constexpr uint32_t kListener = 3;
  EXPECT_EQ(guest.Call("fd_prestat_get", {kListener, Guest::kOut}), Errno::kBadf);
  ASSERT_EQ(guest.Call("fd_fdstat_set_flags", {kListener, host::kFdNonblock}), Errno::kSuccess);
  EXPECT_EQ(guest.Call("sock_accept", {kListener, 0, Guest::kOut}), Errno::kAgain);
  EXPECT_EQ(guest.Call("sock_accept", {kListener, host::kFdAppend, Guest::kOut}), Errno::kInval);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(guest.Call("fd_fdstat_set_flags", {kListener, 0}), Errno::kSuccess);
  ASSERT_EQ(guest.Call("sock_accept", {kListener, 0, Guest::kOut}), Errno::kSuccess);
  const uint32_t s = guest.U32(Guest::kOut);
  ASSERT_EQ(guest.Call("fd_fdstat_get", {s, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest.memory().Load<uint8_t>(Guest::kOut), 6);

  const auto receive = [&](uint32_t length, uint32_t flags) {
    guest.memory().Store<uint32_t>(Guest::kIovs, Guest::kData);
    guest.memory().Store<uint32_t>(Guest::kIovs + 4, 2);
    guest.memory().Store<uint32_t>(Guest::kIovs + 8, Guest::kData + 2);
    guest.memory().Store<uint32_t>(Guest::kIovs + 12, length - 2);
    EXPECT_EQ(guest.Call("sock_recv", {s, Guest::kIovs, 2, flags, Guest::kOut, Guest::kOut + 8}),
              Errno::kSuccess);
    return guest.Get(Guest::kData, guest.U32(Guest::kOut));
  };
  ASSERT_EQ(send(client, "hello", 5, 0), 5);
  EXPECT_EQ(receive(4, kRecvPeek), "hell");
  EXPECT_EQ(receive(100, 0), "hello");
  std::thread later([&] {
    EXPECT_EQ(send(client, "abc", 3, 0), 3);
    const timespec moment = {.tv_sec = 0, .tv_nsec = 5'000'000};
    nanosleep(&moment, nullptr);
    EXPECT_EQ(send(client, "def", 3, 0), 3);
  });
  EXPECT_EQ(receive(6, kRecvWaitall), "abcdef");
  later.join();
  guest.Put(Guest::kData, "answer");
  guest.memory().Store<uint32_t>(Guest::kIovs, Guest::kData);
  guest.memory().Store<uint32_t>(Guest::kIovs + 4, 6);
  EXPECT_EQ(guest.Call("sock_send", {s, Guest::kIovs, 1, 0, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest.Call("sock_send", {s, Guest::kIovs, 1, 1, Guest::kOut}), Errno::kInval);
  EXPECT_EQ(guest.Write(s, " more"), Errno::kSuccess);
  char buffer[100];
  EXPECT_EQ(recv(client, buffer, 11, MSG_WAITALL), 11);
  EXPECT_EQ(std::string(buffer, 11), "answer more");
  EXPECT_EQ(guest.Call("sock_shutdown", {s, 0}), Errno::kInval);
  EXPECT_EQ(guest.Call("sock_shutdown", {s, 4}), Errno::kInval);
  EXPECT_EQ(guest.Call("sock_shutdown", {s, kShutdownWrite}), Errno::kSuccess);
  EXPECT_EQ(recv(client, buffer, 1, 0), 0);
  EXPECT_EQ(guest.Write(s, "x"), Errno::kPipe);
  close(client);
  EXPECT_EQ(guest.Read(s), "");
  EXPECT_EQ(guest.Call("sock_accept", {s, 0, Guest::kOut}), Errno::kNotcapable);
  EXPECT_EQ(guest.Call("sock_accept", {0, 0, Guest::kOut}), Errno::kNotsock);
  EXPECT_EQ(guest.Call("sock_accept", {77, 0, Guest::kOut}), Errno::kBadf);
  EXPECT_EQ(guest.Call("sock_recv", {0, Guest::kIovs, 1, 0, Guest::kOut, Guest::kOut}),
            Errno::kNotsock);
  EXPECT_EQ(guest.Call("sock_send", {1, Guest::kIovs, 1, 0, Guest::kOut}), Errno::kNotsock);
  close(listener);
}

TEST(SockTest, ADatagramThatIsTooLong) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
  Config config;
  config.sockets = {pair[0]};
  Guest guest(config);
  ASSERT_EQ(send(pair[1], "0123456789", 10, 0), 10);
  guest.memory().Store<uint32_t>(Guest::kIovs, Guest::kData);
  guest.memory().Store<uint32_t>(Guest::kIovs + 4, 4);
  ASSERT_EQ(guest.Call("sock_recv", {3, Guest::kIovs, 1, 0, Guest::kOut, Guest::kOut + 8}),
            Errno::kSuccess);
  EXPECT_EQ(guest.U32(Guest::kOut), 4u);
  EXPECT_EQ(guest.memory().Load<uint16_t>(Guest::kOut + 8), kRecvDataTruncated);
  ASSERT_EQ(guest.Call("fd_fdstat_get", {3, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest.memory().Load<uint8_t>(Guest::kOut), 5);
  close(pair[0]);
  close(pair[1]);
}

}  // namespace
}  // namespace airwasm::wasi::p1
