// Sockets and HTTP as a guest sees them: what it is given, what is refused, and how its resources
// depend on each other. What the sockets themselves do is tested in wasi/net, HTTP in wasi/http.
#include "wasi/p2/io.h"
#include "wasi/p2/sockets.h"
#include "wasi/p2/test_guest.h"
#ifdef AIRWASM_WASI_HTTP
#include "wasi/p2/http.h"
#endif

namespace airwasm::wasi::p2 {

namespace {

using net::NetworkError;
using Sent = std::vector<uint8_t>;

IpSocketAddress Loopback(AddressFamily family) {
  SocketAddress address;
  address.is_ipv6 = family == AddressFamily::kIpv6;
  if (address.is_ipv6) {
    address.ip[15] = 1;
  } else {
    address.ip = {127, 0, 0, 1};
  }
  return ToWit(address);
}

class SocketsTest : public ::testing::TestWithParam<AddressFamily> {
 protected:
  TestGuest& Guest() {
    if (guest_ == nullptr) {
      guest_ = std::make_unique<TestGuest>(config_, "0.2.12", With(SocketInterfaces()));
      network_ = Lend(guest_->Call<Own<Network>>("instance-network"));
    }
    return *guest_;
  }
  SocketResult<Own<TcpSocket>> CreateTcp() {
    return Guest().Call<SocketResult<Own<TcpSocket>>>("create-tcp-socket", GetParam());
  }
  SocketStatus Bind(Borrow<TcpSocket> socket) {
    const auto started = Guest().Call<SocketStatus>("[method]tcp-socket.start-bind", socket,
                                                    network_, Loopback(GetParam()));
    if (!started.ok()) return started;
    return Guest().Call<SocketStatus>("[method]tcp-socket.finish-bind", socket);
  }

  Config config_;
  std::unique_ptr<TestGuest> guest_;
  Borrow<Network> network_;
};

TEST_P(SocketsTest, NothingIsGivenUnasked) {
  EXPECT_EQ(std::get<1>(CreateTcp().value), NetworkError::kAccessDenied);
  const auto udp = Guest().Call<SocketResult<Own<UdpSocket>>>("create-udp-socket", GetParam());
  ASSERT_FALSE(udp.ok());
  EXPECT_EQ(std::get<1>(udp.value), NetworkError::kAccessDenied);
  const auto lookup = Guest().Call<SocketResult<Own<ResolvedAddresses>>>(
      "resolve-addresses", network_, std::string("localhost"));
  ASSERT_FALSE(lookup.ok());
  EXPECT_EQ(std::get<1>(lookup.value), NetworkError::kAccessDenied);
}

TEST_P(SocketsTest, AddressesAreAskedFor) {
  config_.network = NetworkGrant::All();
  std::vector<std::pair<SocketUse, std::string>> asked;
  config_.network.check = [&](SocketUse use, const SocketAddress& address) {
    asked.emplace_back(use, address.ToString());
    return false;
  };
  const Borrow<TcpSocket> socket = Lend(std::get<0>(CreateTcp().value));
  const SocketStatus bound = Bind(socket);
  ASSERT_FALSE(bound.ok());
  EXPECT_EQ(std::get<1>(bound.value), NetworkError::kAccessDenied);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].first, SocketUse::kTcpBind);
}

TEST_P(SocketsTest, AConnectionWithItself) {
  config_.network = NetworkGrant::All();
  TestGuest& g = Guest();
  const Borrow<TcpSocket> listener = Lend(std::get<0>(CreateTcp().value));
  ASSERT_TRUE(Bind(listener).ok());
  ASSERT_TRUE(g.Call<SocketStatus>("[method]tcp-socket.start-listen", listener).ok());
  ASSERT_TRUE(g.Call<SocketStatus>("[method]tcp-socket.finish-listen", listener).ok());
  const auto address =
      g.Call<SocketResult<IpSocketAddress>>("[method]tcp-socket.local-address", listener);
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(std::get<0>(address.value).index(), GetParam() == AddressFamily::kIpv6 ? 1u : 0u);

  const Borrow<TcpSocket> client = Lend(std::get<0>(CreateTcp().value));
  ASSERT_TRUE(g.Call<SocketStatus>("[method]tcp-socket.start-connect", client, network_,
                                   std::get<0>(address.value))
                  .ok());
  for (const Borrow<TcpSocket> socket : {client, listener}) {
    const auto pollable = g.Call<Own<Pollable>>("[method]tcp-socket.subscribe", socket);
    g.Call<void>("[method]pollable.block", Lend(pollable));
  }
  using Streams = std::tuple<Own<InputStream>, Own<OutputStream>>;
  const auto streams = g.Call<SocketResult<Streams>>("[method]tcp-socket.finish-connect", client);
  ASSERT_TRUE(streams.ok());
  using Accepted = std::tuple<Own<TcpSocket>, Own<InputStream>, Own<OutputStream>>;
  const auto accepted = g.Call<SocketResult<Accepted>>("[method]tcp-socket.accept", listener);
  ASSERT_TRUE(accepted.ok());

  using StreamFailure = std::variant<Own<IoError>, std::monostate>;
  const auto written = g.Call<WitResult<std::monostate, StreamFailure>>(
      "[method]output-stream.blocking-write-and-flush",
      Lend(std::get<1>(std::get<0>(streams.value))), Sent{1, 2, 3});
  EXPECT_TRUE(written.ok());
  const auto read = g.Call<WitResult<Sent, StreamFailure>>(
      "[method]input-stream.blocking-read", Lend(std::get<1>(std::get<0>(accepted.value))),
      uint64_t{100});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(std::get<0>(read.value), (Sent{1, 2, 3}));
}

TEST_P(SocketsTest, NoMoreThanTheLimit) {
  config_.network = NetworkGrant::All();
  config_.network.max_sockets = 2;
  EXPECT_TRUE(CreateTcp().ok());
  EXPECT_TRUE(CreateTcp().ok());
  const auto third = CreateTcp();
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(std::get<1>(third.value), NetworkError::kNewSocketLimit);
}

TEST_P(SocketsTest, AddressesOfText) {
  config_.network = NetworkGrant::All();
  const bool is_ipv6 = GetParam() == AddressFamily::kIpv6;
  using Resolved = SocketResult<Own<ResolvedAddresses>>;
  const auto lookup = Guest().Call<Resolved>("resolve-addresses", network_,
                                             std::string(is_ipv6 ? "::1" : "127.0.0.1"));
  ASSERT_TRUE(lookup.ok());
  using Next = SocketResult<std::optional<IpAddress>>;
  const auto next = [&] {
    return Guest().Call<Next>("[method]resolve-address-stream.resolve-next-address",
                              Lend(std::get<0>(lookup.value)));
  };
  const Next first = next();
  ASSERT_TRUE(first.ok() && std::get<0>(first.value));
  EXPECT_EQ(std::get<0>(first.value)->index(), is_ipv6 ? 1u : 0u);
  EXPECT_EQ(std::get<0>(next().value), std::nullopt);
  const auto bad = Guest().Call<Resolved>("resolve-addresses", network_, std::string("a b"));
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(std::get<1>(bad.value), NetworkError::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Families, SocketsTest,
                         ::testing::Values(AddressFamily::kIpv4, AddressFamily::kIpv6),
                         [](const auto& info) {
                           return info.param == AddressFamily::kIpv6 ? "Ipv6" : "Ipv4";
                         });

#ifdef AIRWASM_WASI_HTTP

#define FIELDS "(param \"self\" (borrow $fields))"
#define NAME "(param \"name\" string)"
#define CHANGED "(result (result (error $header-error)))"

std::vector<TestInterface> HttpInterfaces() {
  return {
      {"wasi:http/types",
       {{"header-error",
         "(variant (case \"invalid-syntax\") (case \"forbidden\") (case \"immutable\"))"},
        {"fields", ""},
        {"outgoing-request", ""},
        {"outgoing-body", ""},
        {"output-stream", "use"}},
       {{"[constructor]fields", "(result (own $fields))", ":i"},
        {"[method]fields.append", FIELDS NAME "(param \"value\" (list u8))" CHANGED, "biiii:r"},
        {"[method]fields.set", FIELDS NAME "(param \"value\" (list (list u8)))" CHANGED, "biiii:r"},
        {"[method]fields.delete", FIELDS NAME CHANGED, "bii:r"},
        {"[method]fields.get", FIELDS NAME "(result (list (list u8)))", "bii:r"},
        {"[method]fields.clone", FIELDS "(result (own $fields))", "b:i"},
        {"[constructor]outgoing-request",
         "(param \"headers\" (own $fields)) (result (own $outgoing-request))", "i:i"},
        {"[method]outgoing-request.headers",
         "(param \"self\" (borrow $outgoing-request)) (result (own $fields))", "b:i"},
        {"[method]outgoing-request.body",
         "(param \"self\" (borrow $outgoing-request)) (result (result (own $outgoing-body)))",
         "b:r"},
        {"[method]outgoing-request.set-authority",
         "(param \"self\" (borrow $outgoing-request)) (param \"authority\" (option string)) "
         "(result (result))",
         "biii:i"},
        {"[method]outgoing-body.write",
         "(param \"self\" (borrow $outgoing-body)) (result (result (own $output-stream)))",
         "b:r"}}}};
}

using Changed = WitResult<std::monostate, HeaderError>;
constexpr size_t kInvalidSyntax = 0;
constexpr size_t kForbidden = 1;
constexpr size_t kImmutable = 2;

Sent Bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(HttpTypesTest, WhatFieldsTake) {
  TestGuest g(Config{}, "0.2.12", With(HttpInterfaces()));
  const Borrow<HttpFields> fields = Lend(g.Call<Own<HttpFields>>("[constructor]fields"));
  const struct {
    const char* name;
    std::string value;
    int error;  // -1: none
  } kCases[] = {
      {"x-a", "b", -1},
      {"X-A", "", -1},
      {"", "b", kInvalidSyntax},
      {"a b", "c", kInvalidSyntax},
      {"a", "b\r\nc: d", kInvalidSyntax},
      {"a", std::string("\0", 1), kInvalidSyntax},
      {"Host", "x", kForbidden},
      {"connection", "close", kForbidden},
      {"transfer-encoding", "chunked", kForbidden},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto changed =
        g.Call<Changed>("[method]fields.append", fields, std::string(c.name), Bytes(c.value));
    EXPECT_EQ(changed.ok() ? -1 : static_cast<int>(std::get<1>(changed.value).index()), c.error);
  }
  using Values = std::vector<Sent>;
  EXPECT_EQ(g.Call<Values>("[method]fields.get", fields, std::string("X-a")),
            (Values{Bytes("b"), {}}));
  EXPECT_TRUE(
      g.Call<Changed>("[method]fields.set", fields, std::string("x-a"), Values{Bytes("c")}).ok());
  EXPECT_EQ(g.Call<Values>("[method]fields.get", fields, std::string("x-a")), Values{Bytes("c")});
}

TEST(HttpTypesTest, AMessagesFieldsAreImmutable) {
  TestGuest g(Config{}, "0.2.12", With(HttpInterfaces()));
  const auto fields = g.Call<Own<HttpFields>>("[constructor]fields");
  const auto request = g.Call<Own<OutgoingRequest>>("[constructor]outgoing-request", fields);
  const auto headers = g.Call<Own<HttpFields>>("[method]outgoing-request.headers", Lend(request));
  const auto append = [&](Own<HttpFields> to) {
    return g.Call<Changed>("[method]fields.append", Lend(to), std::string("a"), Bytes("b"));
  };
  const Changed refused = append(headers);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(std::get<1>(refused.value).index(), kImmutable);
  EXPECT_TRUE(append(g.Call<Own<HttpFields>>("[method]fields.clone", Lend(headers))).ok());
}

TEST(HttpTypesTest, BodiesAndStreamsAreTakenOnce) {
  TestGuest g(Config{}, "0.2.12", With(HttpInterfaces()));
  const auto fields = g.Call<Own<HttpFields>>("[constructor]fields");
  const auto request = g.Call<Own<OutgoingRequest>>("[constructor]outgoing-request", fields);
  using Body = WitResult<Own<OutgoingBody>, std::monostate>;
  const Body body = g.Call<Body>("[method]outgoing-request.body", Lend(request));
  ASSERT_TRUE(body.ok());
  EXPECT_FALSE(g.Call<Body>("[method]outgoing-request.body", Lend(request)).ok());
  using Stream = WitResult<Own<OutputStream>, std::monostate>;
  const Borrow<OutgoingBody> lent = Lend(std::get<0>(body.value));
  EXPECT_TRUE(g.Call<Stream>("[method]outgoing-body.write", lent).ok());
  EXPECT_FALSE(g.Call<Stream>("[method]outgoing-body.write", lent).ok());
}

TEST(HttpTypesTest, Authorities) {
  TestGuest g(Config{}, "0.2.12", With(HttpInterfaces()));
  const auto fields = g.Call<Own<HttpFields>>("[constructor]fields");
  const auto request = g.Call<Own<OutgoingRequest>>("[constructor]outgoing-request", fields);
  using Authority = std::optional<std::string>;
  for (const auto& [text, valid] : {std::pair<Authority, bool>("example.org:1", true),
                                    {std::nullopt, true},
                                    {"a b", false},
                                    {"user@host", false}}) {
    EXPECT_EQ(g.Call<Done>("[method]outgoing-request.set-authority", Lend(request), text).ok(),
              valid)
        << text.value_or("none");
  }
}

TEST(HttpTypesTest, ErrorsGoThereAndBack) {
  for (size_t i = 0; i < std::variant_size_v<ErrorCode>; ++i) {
    SCOPED_TRACE(i);
    const http::HttpError error = {static_cast<http::HttpErrorKind>(i), {}, {}};
    EXPECT_EQ(ToWit(error).index(), i);
    EXPECT_EQ(FromWit(ToWit(error)), error);
  }
  const http::HttpError alert = {http::HttpErrorKind::kTlsAlertReceived, "handshake failure", 40};
  EXPECT_EQ(FromWit(ToWit(alert)), alert);
  const http::HttpError size = {http::HttpErrorKind::kRequestBodySize, {}, uint64_t{1} << 40};
  EXPECT_EQ(FromWit(ToWit(size)), size);
}

#endif

}  // namespace
}  // namespace airwasm::wasi::p2
