// Sockets under a guard: what its scopes say to the addresses that a guest names, and what is left
// of a socket when they change.
#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "wasi/p2/io.h"
#include "wasi/p2/sockets.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {

struct TestDatagram {
  std::vector<uint8_t> data;
  std::optional<IpSocketAddress> remote_address;
};
AIRWASM_RECORD(TestDatagram, data, remote_address);

namespace {

using net::NetworkError;
using Sent = std::vector<uint8_t>;

SocketAddress Address(std::initializer_list<uint8_t> ip, uint16_t port) {
  SocketAddress address;
  address.is_ipv6 = ip.size() == 16;
  std::copy(ip.begin(), ip.end(), address.ip.begin());
  address.port = port;
  return address;
}

std::shared_ptr<const security::Grants> Granted(std::initializer_list<std::string_view> rules) {
  std::vector<security::Rule> parsed;
  for (std::string_view text : rules) {
    const bool denies = text.starts_with('!');
    auto rule = security::ParseRule(text.substr(denies ? 1 : 0), !denies, "test");
    EXPECT_TRUE(rule.ok()) << rule.status();
    if (rule.ok()) parsed.push_back(*std::move(rule));
  }
  return std::make_shared<const security::Grants>(std::move(parsed));
}

constexpr std::initializer_list<uint8_t> kLoopback = {127, 0, 0, 1};
constexpr std::initializer_list<uint8_t> kMetadata = {169, 254, 169, 254};

// What a guard's scopes say to the addresses that a guest names.
class GuardedSocketsTest : public ::testing::Test {
 protected:
  void Give(std::initializer_list<std::string_view> rules) {
    config_.network = NetworkGrant::All();
    config_.guard = security::Guard::Create({.grants = Granted(rules)});
    guest_ = std::make_unique<TestGuest>(config_, "0.2.12", With(SocketInterfaces()));
    network_ = Lend(guest_->Call<Own<Network>>("instance-network"));
  }
  // None: it went on, whether or not someone answers there.
  using Refusal = std::optional<NetworkError>;
  template <typename T>
  static Refusal Why(const SocketResult<T>& result) {
    return result.ok() ? std::nullopt : Refusal(std::get<1>(result.value));
  }
  Refusal Tcp(const std::string& start, const SocketAddress& address) {
    const auto socket = guest_->Call<SocketResult<Own<TcpSocket>>>(
        "create-tcp-socket", address.is_ipv6 ? AddressFamily::kIpv6 : AddressFamily::kIpv4);
    if (!socket.ok()) return Why(socket);
    return Why(guest_->Call<SocketStatus>(
        "[method]tcp-socket." + start, Lend(std::get<0>(socket.value)), network_, ToWit(address)));
  }
  using Streams = std::tuple<Own<IncomingDatagrams>, Own<OutgoingDatagrams>>;
  SocketResult<Streams> UdpStream(const std::optional<SocketAddress>& remote, bool is_ipv6,
                                  const SocketAddress* bind = nullptr) {
    const auto socket = guest_->Call<SocketResult<Own<UdpSocket>>>(
        "create-udp-socket", is_ipv6 ? AddressFamily::kIpv6 : AddressFamily::kIpv4);
    if (!socket.ok()) return SocketResult<Streams>::Err(std::get<1>(socket.value));
    if (bind != nullptr) {
      EXPECT_TRUE(guest_
                      ->Call<SocketStatus>("[method]udp-socket.start-bind",
                                           Lend(std::get<0>(socket.value)), network_, ToWit(*bind))
                      .ok());
      EXPECT_TRUE(guest_
                      ->Call<SocketStatus>("[method]udp-socket.finish-bind",
                                           Lend(std::get<0>(socket.value)))
                      .ok());
    }
    std::optional<IpSocketAddress> to;
    if (remote) to = ToWit(*remote);
    return guest_->Call<SocketResult<Streams>>("[method]udp-socket.stream",
                                               Lend(std::get<0>(socket.value)), to);
  }

  Config config_;
  std::unique_ptr<TestGuest> guest_;
  Borrow<Network> network_;
};

TEST_F(GuardedSocketsTest, ScopesHoldWhateverTheAddressIsCalled) {
  const SocketAddress mapped =
      Address({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254, 169, 254}, 80);
  const SocketAddress mapped_loopback =
      Address({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}, 9);
  const SocketAddress link_local =
      Address({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 80);
  const SocketAddress any_v6 = Address({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 9);
  const struct {
    std::string_view name;
    std::initializer_list<std::string_view> rules;
    SocketAddress address;
  } kCases[] = {
      {"metadata", {"net.connect:*"}, Address(kMetadata, 80)},
      {"metadata, mapped", {"net.connect:*"}, mapped},
      {"link-local", {"net.connect:*"}, link_local},
      {"a denied block, mapped", {"net.connect", "!net.connect:127.0.0.0/8:*"}, mapped_loopback},
      {"a denied block, by 0.0.0.0",
       {"net.connect", "!net.connect:127.0.0.0/8:*"},
       Address({0, 0, 0, 0}, 9)},
      {"a denied block, by ::", {"net.connect", "!net.connect:[::1]:*"}, any_v6},
      {"another port", {"net.connect:127.0.0.1:80"}, Address(kLoopback, 81)},
      {"another address", {"net.connect:127.0.0.1:80"}, Address({127, 0, 0, 2}, 80)},
      {"a name that nobody looked up", {"net.connect:db.internal:80"}, Address(kLoopback, 80)},
      {"listening is not connecting", {"net.listen"}, Address(kLoopback, 9)},
      {"nothing", {"stdio", "net.lookup"}, Address(kLoopback, 9)},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    Give(c.rules);
    EXPECT_NE(Tcp("start-connect", c.address), std::nullopt);
    // Not for want of a bind, which would be said after that.
    EXPECT_NE(Why(UdpStream(c.address, c.address.is_ipv6)), std::nullopt);
    EXPECT_NE(Why(UdpStream(c.address, c.address.is_ipv6)), NetworkError::kInvalidState);
  }
  Give({"net.connect:tcp:*"});
  EXPECT_EQ(Tcp("start-connect", Address(kLoopback, 9)), std::nullopt);
  EXPECT_EQ(Why(UdpStream(Address(kLoopback, 9), false)), NetworkError::kAccessDenied);
  EXPECT_EQ(Tcp("start-bind", Address(kLoopback, 0)), NetworkError::kAccessDenied);
  Give({"net.listen:udp:127.0.0.1:*"});
  EXPECT_EQ(Tcp("start-bind", Address(kLoopback, 0)), NetworkError::kAccessDenied);
  Give({"net.listen:tcp:127.0.0.1:*"});
  EXPECT_EQ(Tcp("start-bind", Address(kLoopback, 0)), std::nullopt);
  EXPECT_EQ(Tcp("start-bind", Address({0, 0, 0, 0}, 0)), NetworkError::kAccessDenied);
}

TEST_F(GuardedSocketsTest, ANameReachesWhatItWasFoundToBe) {
  Give({"net.connect:db.internal:9"});
  config_.guard->Pin("db.internal", ToIp(Address(kLoopback, 0)));
  config_.guard->Pin("db.internal", ToIp(Address(kMetadata, 0)));
  config_.guard->Pin("other.internal", ToIp(Address({127, 0, 0, 2}, 0)));
  EXPECT_EQ(Tcp("start-connect", Address(kLoopback, 9)), std::nullopt);
  EXPECT_EQ(Tcp("start-connect", Address(kLoopback, 10)), NetworkError::kAccessDenied);
  EXPECT_EQ(Tcp("start-connect", Address({127, 0, 0, 2}, 9)), NetworkError::kAccessDenied);
  EXPECT_EQ(Tcp("start-connect", Address(kMetadata, 9)), NetworkError::kAccessDenied);
}

TEST_F(GuardedSocketsTest, NothingIsBoundByTheWay) {
  Give({"net.connect"});
  // Neither listening nor receiving begins without a bind that was asked for.
  const auto tcp =
      guest_->Call<SocketResult<Own<TcpSocket>>>("create-tcp-socket", AddressFamily::kIpv4);
  ASSERT_TRUE(tcp.ok());
  EXPECT_EQ(Why(guest_->Call<SocketStatus>("[method]tcp-socket.start-listen",
                                           Lend(std::get<0>(tcp.value)))),
            NetworkError::kInvalidState);
  EXPECT_EQ(Why(UdpStream(std::nullopt, false)), NetworkError::kInvalidState);
}

TEST_F(GuardedSocketsTest, WhatIsRevokedIsNoLongerSentTo) {
  for (const bool by_class : {true, false}) {
    SCOPED_TRACE(by_class);
    Give({"net.connect", "net.listen"});
    const SocketAddress local = Address(kLoopback, 0);
    const auto streams = UdpStream(Address(kLoopback, 9), false, &local);
    ASSERT_TRUE(streams.ok());
    const Borrow<OutgoingDatagrams> out = Lend(std::get<1>(std::get<0>(streams.value)));
    ASSERT_TRUE(
        guest_->Call<SocketResult<uint64_t>>("[method]outgoing-datagram-stream.check-send", out)
            .ok());
    if (by_class) {
      config_.guard->Revoke(security::SetOf(security::Capability::kNetConnect));
    } else {
      config_.guard->SetGrants(Granted({"net.listen", "net.connect:127.0.0.2:*"}));
    }
    const auto sent =
        guest_->Call<SocketResult<uint64_t>>("[method]outgoing-datagram-stream.send", out,
                                             std::vector<TestDatagram>{{Sent{1}, std::nullopt}});
    EXPECT_EQ(Why(sent), NetworkError::kAccessDenied);
  }
}

}  // namespace
}  // namespace airwasm::wasi::p2
