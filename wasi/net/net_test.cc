#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <string>

#include "wasi/net/name_lookup.h"
#include "wasi/net/socket_options.h"
#include "wasi/net/tcp_socket.h"
#include "wasi/net/udp_socket.h"

namespace airwasm::wasi::net {
namespace {

SocketAddress Loopback(bool is_ipv6, uint16_t port = 0) {
  SocketAddress address;
  address.is_ipv6 = is_ipv6;
  if (is_ipv6) {
    address.ip[15] = 1;
  } else {
    address.ip = {127, 0, 0, 1};
  }
  address.port = port;
  return address;
}

// Waits as a guest would; false if nothing happens for a long time.
bool Wait(host::Pollable& pollable) {
  while (!pollable.Ready()) {
    const host::Pollable::Interest interest = pollable.interest();
    pollfd entry = {.fd = interest.fd, .events = interest.events, .revents = 0};
    if (poll(&entry, 1, 60'000) <= 0) return false;
  }
  return true;
}

std::string ReadAll(host::InputStream& stream) {
  std::string text;
  while (Wait(stream)) {
    uint8_t buffer[4096];
    size_t count = 0;
    if (stream.Read(buffer, &count)) break;
    text.append(reinterpret_cast<const char*>(buffer), count);
  }
  return text;
}

void WriteAll(host::OutputStream& stream, std::string_view text) {
  while (!text.empty() && Wait(stream)) {
    uint64_t permit = 0;
    if (stream.CheckWrite(&permit)) break;
    const size_t n = std::min<uint64_t>(permit, text.size());
    if (n != 0 && stream.Write({reinterpret_cast<const uint8_t*>(text.data()), n})) break;
    text.remove_prefix(n);
  }
}

class NetTest : public ::testing::TestWithParam<bool> {
 protected:
  bool is_ipv6() const { return GetParam(); }
  std::shared_ptr<TcpSocket> Tcp() { return *TcpSocket::Create(is_ipv6()); }
  std::shared_ptr<TcpSocket> Listening() {
    auto listener = Tcp();
    EXPECT_FALSE(listener->StartBind(Loopback(is_ipv6())));
    EXPECT_FALSE(listener->FinishBind());
    EXPECT_FALSE(listener->StartListen());
    EXPECT_FALSE(listener->FinishListen());
    return listener;
  }
  std::shared_ptr<UdpSocket> BoundUdp() {
    auto socket = *UdpSocket::Create(is_ipv6());
    EXPECT_FALSE(socket->StartBind(Loopback(is_ipv6())));
    EXPECT_FALSE(socket->FinishBind());
    return socket;
  }
};

TEST_P(NetTest, MegabytesBothWays) {
  auto listener = Listening();
  auto client = Tcp();
  ASSERT_FALSE(client->StartConnect(*listener->LocalAddress()));
  ASSERT_TRUE(Wait(*listener));
  auto accepted = listener->Accept();
  ASSERT_TRUE(accepted.ok());
  ASSERT_TRUE(Wait(*client));
  auto streams = client->FinishConnect();
  ASSERT_TRUE(streams.ok());
  EXPECT_TRUE(*client->RemoteAddress() == *listener->LocalAddress());
  EXPECT_TRUE(*accepted->socket->RemoteAddress() == *client->LocalAddress());

  std::string sent(3'000'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 13 >> 2);
  // One thread: what the kernel does not take waits in the stream.
  std::string got;
  size_t at = 0;
  while (got.size() < sent.size()) {
    uint64_t permit = 0;
    ASSERT_FALSE(streams->output->CheckWrite(&permit));
    const size_t n = std::min<uint64_t>(permit, sent.size() - at);
    if (n != 0) {
      ASSERT_FALSE(streams->output->Write({reinterpret_cast<const uint8_t*>(sent.data()) + at, n}));
    }
    at += n;
    uint8_t buffer[65536];
    size_t count = 0;
    ASSERT_FALSE(accepted->streams.input->Read(buffer, &count));
    got.append(reinterpret_cast<const char*>(buffer), count);
  }
  EXPECT_TRUE(got == sent);
  ASSERT_FALSE(client->ShutDown(Shutdown::kSend));
  EXPECT_EQ(ReadAll(*accepted->streams.input), "");
  WriteAll(*accepted->streams.output, "and back");
  ASSERT_FALSE(accepted->socket->ShutDown(Shutdown::kSend));
  EXPECT_EQ(ReadAll(*streams->input), "and back");
}

TEST_P(NetTest, AStreamOutlivesItsSocket) {
  auto listener = Listening();
  auto client = Tcp();
  ASSERT_FALSE(client->StartConnect(*listener->LocalAddress()));
  ASSERT_TRUE(Wait(*client));
  auto streams = client->FinishConnect();
  ASSERT_TRUE(streams.ok());
  client.reset();
  ASSERT_TRUE(Wait(*listener));
  auto accepted = listener->Accept();
  ASSERT_TRUE(accepted.ok());
  WriteAll(*streams->output, "still here");
  streams->output.reset();
  streams->input.reset();
  EXPECT_EQ(ReadAll(*accepted->streams.input), "still here");
}

TEST_P(NetTest, WhatCanBeDoneInWhichState) {
  auto socket = Tcp();
  EXPECT_EQ(socket->FinishBind(), NetworkError::kNotInProgress);
  EXPECT_EQ(socket->FinishListen(), NetworkError::kNotInProgress);
  EXPECT_EQ(socket->FinishConnect().error(), NetworkError::kNotInProgress);
  EXPECT_EQ(socket->StartListen(), NetworkError::kInvalidState);
  EXPECT_EQ(socket->Accept().error(), NetworkError::kInvalidState);
  EXPECT_EQ(socket->ShutDown(Shutdown::kBoth), NetworkError::kInvalidState);
  EXPECT_EQ(socket->LocalAddress().error(), NetworkError::kInvalidState);
  EXPECT_EQ(socket->RemoteAddress().error(), NetworkError::kInvalidState);
  EXPECT_TRUE(socket->Ready());

  ASSERT_FALSE(socket->StartBind(Loopback(is_ipv6())));
  EXPECT_EQ(socket->StartBind(Loopback(is_ipv6())), NetworkError::kConcurrencyConflict);
  EXPECT_EQ(socket->StartConnect(Loopback(is_ipv6(), 1)), NetworkError::kConcurrencyConflict);
  ASSERT_FALSE(socket->FinishBind());
  EXPECT_EQ(socket->FinishBind(), NetworkError::kNotInProgress);
  EXPECT_EQ(socket->StartBind(Loopback(is_ipv6())), NetworkError::kInvalidState);
  EXPECT_NE(socket->LocalAddress()->port, 0);

  ASSERT_FALSE(socket->StartListen());
  EXPECT_FALSE(socket->listening());
  ASSERT_FALSE(socket->FinishListen());
  EXPECT_TRUE(socket->listening());
  EXPECT_FALSE(socket->Ready());
  EXPECT_EQ(socket->Accept().error(), NetworkError::kWouldBlock);
  EXPECT_EQ(socket->StartListen(), NetworkError::kInvalidState);
  EXPECT_EQ(socket->StartConnect(Loopback(is_ipv6(), 1)), NetworkError::kInvalidState);
}

TEST_P(NetTest, AddressesThatAreNotForThis) {
  SocketAddress any;
  any.is_ipv6 = is_ipv6();
  SocketAddress mapped = Loopback(true, 80);
  mapped.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  SocketAddress multicast;
  multicast.is_ipv6 = is_ipv6();
  multicast.port = 80;
  multicast.ip[0] = is_ipv6() ? 0xff : 224;
  auto socket = Tcp();
  for (const SocketAddress& address : {Loopback(!is_ipv6(), 80), mapped, multicast}) {
    EXPECT_EQ(socket->StartBind(address), NetworkError::kInvalidArgument) << address.ToString();
    EXPECT_EQ(socket->StartConnect(address), NetworkError::kInvalidArgument) << address.ToString();
  }
  any.port = 80;
  EXPECT_EQ(socket->StartConnect(any), NetworkError::kInvalidArgument);
  EXPECT_EQ(socket->StartConnect(Loopback(is_ipv6(), 0)), NetworkError::kInvalidArgument);
}

TEST_P(NetTest, NobodyListens) {
  uint16_t port = 0;
  {
    auto listener = Listening();
    port = listener->LocalAddress()->port;
  }
  auto socket = Tcp();
  Failure failure = socket->StartConnect(Loopback(is_ipv6(), port));
  if (!failure) {
    ASSERT_TRUE(Wait(*socket));
    failure = socket->FinishConnect().error();
  }
  EXPECT_EQ(failure, NetworkError::kConnectionRefused);
  EXPECT_EQ(socket->StartConnect(Loopback(is_ipv6(), port)), NetworkError::kInvalidState);
}

TEST_P(NetTest, Options) {
  auto socket = Tcp();
  const struct {
    const char* name;
    SocketOption option;
    uint64_t set;
    uint64_t get;
  } kCases[] = {
      {"hops", HopLimit(is_ipv6()), 42, 42},
      {"idle", kKeepAliveIdle, 5'000'000'000, 5'000'000'000},
      {"idle, rounded up", kKeepAliveIdle, 1, 1'000'000'000},
      {"idle, too much", kKeepAliveIdle, ~uint64_t{0}, 32'767'000'000'000},
      {"interval", kKeepAliveInterval, 7'000'000'000, 7'000'000'000},
      {"count", kKeepAliveCount, 3, 3},
      {"count, too much", kKeepAliveCount, 1'000'000, 127},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(SetOption(socket->fd(), c.option, 0), NetworkError::kInvalidArgument);
    EXPECT_FALSE(SetOption(socket->fd(), c.option, c.set));
    EXPECT_EQ(*GetOption(socket->fd(), c.option), c.get);
  }
  EXPECT_FALSE(*GetKeepAlive(socket->fd()));
  EXPECT_FALSE(SetKeepAlive(socket->fd(), true));
  EXPECT_TRUE(*GetKeepAlive(socket->fd()));
  for (const Buffer buffer : {Buffer::kReceive, Buffer::kSend}) {
    EXPECT_EQ(SetBufferSize(socket->fd(), buffer, 0), NetworkError::kInvalidArgument);
    EXPECT_FALSE(SetBufferSize(socket->fd(), buffer, 32768));
    EXPECT_EQ(*GetBufferSize(socket->fd(), buffer), 32768u);
    EXPECT_FALSE(SetBufferSize(socket->fd(), buffer, ~uint64_t{0}));
  }
}

TEST_P(NetTest, Datagrams) {
  auto a = BoundUdp();
  auto b = BoundUdp();
  ASSERT_FALSE(a->Stream(std::nullopt));
  ASSERT_FALSE(b->Stream(std::nullopt));
  const SocketAddress to_a = *a->LocalAddress();
  const SocketAddress to_b = *b->LocalAddress();
  const std::vector<uint8_t> hello = {1, 2, 3};
  EXPECT_TRUE(*a->Send(hello, &to_b));
  EXPECT_TRUE(*a->Send({}, &to_b));  // an empty one is one
  UdpReadiness readable(b, POLLIN);
  std::vector<Datagram> got;
  while (got.size() < 2 && Wait(readable)) {
    auto some = b->Receive(10);
    ASSERT_TRUE(some.ok());
    for (Datagram& d : *some) got.push_back(std::move(d));
  }
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].data, hello);
  EXPECT_TRUE(got[0].remote == to_a);
  EXPECT_TRUE(got[1].data.empty());
  EXPECT_TRUE(b->Receive(10)->empty());
  EXPECT_EQ(a->Send(std::vector<uint8_t>(70'000), &to_b).error(), NetworkError::kDatagramTooLarge);
}

TEST_P(NetTest, OnlyTheChosenPeerIsHeard) {
  auto a = BoundUdp();
  auto b = BoundUdp();
  auto c = BoundUdp();
  const SocketAddress to_a = *a->LocalAddress();
  const SocketAddress to_b = *b->LocalAddress();
  ASSERT_FALSE(b->Stream(std::nullopt));
  ASSERT_FALSE(c->Stream(std::nullopt));
  EXPECT_EQ(a->RemoteAddress().error(), NetworkError::kInvalidState);
  ASSERT_FALSE(a->Stream(to_b));
  EXPECT_TRUE(*a->RemoteAddress() == to_b);
  const std::vector<uint8_t> from_b = {2};
  const std::vector<uint8_t> from_c = {3};
  EXPECT_TRUE(*c->Send(from_c, &to_a));
  EXPECT_TRUE(*b->Send(from_b, &to_a));
  UdpReadiness readable(a, POLLIN);
  ASSERT_TRUE(Wait(readable));
  auto got = a->Receive(10);
  ASSERT_EQ(got->size(), 1u);
  EXPECT_EQ((*got)[0].data, from_b);
  const uint64_t generation = a->generation();
  ASSERT_FALSE(a->Stream(std::nullopt));
  EXPECT_NE(a->generation(), generation);
  EXPECT_TRUE(*a->LocalAddress() == to_a) << "the guest was told its port";
  EXPECT_EQ(a->RemoteAddress().error(), NetworkError::kInvalidState);
}

INSTANTIATE_TEST_SUITE_P(Families, NetTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Ipv6" : "Ipv4"; });

TEST(NameLookupTest, Names) {
  for (const char* name : {"example.org", "a", "a-b.c_d", "localhost.", "127.0.0.1", "::1", "[::1]",
                           "xn--mnchen-3ya.de"})
    EXPECT_TRUE(IsHostName(name)) << name;
  const std::string long_label = std::string(64, 'a') + ".org";
  for (const char* name : {"", ".", " ", "a b", "a..b", "-a", "a-", "a/b", "a:80", "1.2.3", "a<b",
                           "m\xc3\xbcnchen.de", "127.0.0.256", long_label.c_str()})
    EXPECT_FALSE(IsHostName(name)) << name;
}

TEST(NameLookupTest, AddressesAreThereAtOnce) {
  const struct {
    const char* name;
    const char* address;
  } kCases[] = {{"127.0.0.1", "127.0.0.1:0"}, {"::1", "[::1]:0"}, {"[::2]", "[::2]:0"}};
  for (const auto& c : kCases) {
    const auto lookup = NameLookup::Start(c.name, [] {});
    ASSERT_NE(lookup->result(), nullptr);
    EXPECT_EQ((**lookup->result())[0].ToString(), c.address);
  }
}

TEST(NameLookupTest, NamesCome) {
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0;
  const auto notify = [&] {
    const std::lock_guard lock(mutex);
    ++done;
    changed.notify_one();
  };
  const auto found = NameLookup::Start("localhost", notify);
  const auto missing = NameLookup::Start("name.invalid", notify);
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return done == 2; }));
  ASSERT_NE(found->result(), nullptr);
  ASSERT_TRUE(found->result()->ok());
  for (const SocketAddress& address : **found->result()) EXPECT_FALSE(IsUnspecified(address));
  ASSERT_NE(missing->result(), nullptr);
  EXPECT_FALSE(missing->result()->ok());
}

}  // namespace
}  // namespace airwasm::wasi::net
