#include "wasi/http/client.h"

#include <gtest/gtest.h>

#include <thread>

#include "wasi/http/server.h"
#include "wasi/http/test_peer.h"

namespace airwasm::wasi::http {
namespace {

RequestHead Get(const SocketAddress& address, std::string path = "/") {
  RequestHead head;
  head.scheme = "http";
  head.authority = address.ToString();
  head.path_with_query = std::move(path);
  return head;
}

HttpErrorKind ErrorOf(const PendingResponse::Outcome& outcome) {
  const auto* const error = std::get_if<HttpError>(&outcome);
  EXPECT_NE(error, nullptr);
  return error == nullptr ? HttpErrorKind::kInternalError : error->kind;
}

TEST(ClientTest, WhatASmallServerSays) {
  const struct {
    const char* name;
    std::string response;
    uint16_t status;
    const char* body;
    std::optional<HttpErrorKind> error;  // of the response, or of the body if there is a status
  } kCases[] = {
      {"length", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, "hello", {}},
      {"chunks",
       "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
       404,
       "ab",
       {}},
      {"until the end", "HTTP/1.0 200 OK\r\n\r\nall", 200, "all", {}},
      {"early hints first",
       "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: "
       "0\r\n\r\n",
       201,
       "",
       {}},
      {"cut in the body", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", 200, "hel",
       HttpErrorKind::kResponseIncomplete},
      {"cut in the head", "HTTP/1.1 200 OK\r\ncont", 0, "", HttpErrorKind::kConnectionTerminated},
      {"nothing", "", 0, "", HttpErrorKind::kConnectionTerminated},
      {"no HTTP", "220 mail.example.org\r\n\r\n", 0, "", HttpErrorKind::kProtocolError},
      {"upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", 0, "", HttpErrorKind::kUpgradeFailed},
      {"coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", 0, "",
       HttpErrorKind::kResponseTransferCoding},
      {"long header", "HTTP/1.1 200 OK\r\nx: " + std::string(70'000, 'y') + "\r\n\r\n", 0, "",
       HttpErrorKind::kResponseHeaderSectionSize},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TestListener listener;
    std::thread server([&] {
      TestPeer peer = listener.Accept();
      EXPECT_EQ(peer.ReadUntil("\r\n\r\n").find("GET /x HTTP/1.1\r\nhost: 127.0.0.1:"), 0u);
      peer.Send(c.response);
      shutdown(peer.fd(), SHUT_WR);
    });
    const auto pending = SendRequest(Get(listener.address(), "/x"), nullptr, {});
    PendingResponse::Outcome outcome = Await(*pending);
    if (c.status == 0) {
      EXPECT_EQ(ErrorOf(outcome), *c.error);
    } else if (auto* const response = std::get_if<PendingResponse::Response>(&outcome)) {
      EXPECT_EQ(response->head.status, c.status);
      std::optional<HttpError> error;
      const std::string body = ReadBody(*response->body, &error);
      if (!c.error) EXPECT_EQ(body, c.body);
      EXPECT_EQ(error.has_value(), c.error.has_value());
      if (error && c.error) EXPECT_EQ(error->kind, *c.error);
    } else {
      ADD_FAILURE() << ToString(std::get<HttpError>(outcome));
    }
    server.join();
  }
}

TEST(ClientTest, TimeoutsAndRefusals) {
  SocketAddress nobody;
  {
    TestListener gone;
    nobody = gone.address();
  }
  EXPECT_EQ(ErrorOf(Await(*SendRequest(Get(nobody), nullptr, {}))),
            HttpErrorKind::kConnectionRefused);

  TestListener silent;
  ClientOptions quick;
  quick.first_byte_timeout = std::chrono::milliseconds(20);
  EXPECT_EQ(ErrorOf(Await(*SendRequest(Get(silent.address()), nullptr, quick))),
            HttpErrorKind::kConnectionReadTimeout);

  ClientOptions denied;
  denied.check = [](const SocketAddress&) { return false; };
  EXPECT_EQ(ErrorOf(Await(*SendRequest(Get(silent.address()), nullptr, denied))),
            HttpErrorKind::kDestinationIpProhibited);

  RequestHead nowhere = Get(silent.address());
  nowhere.authority = "name.invalid";
  EXPECT_EQ(ErrorOf(Await(*SendRequest(nowhere, nullptr, {}))), HttpErrorKind::kDnsError);
}

TEST(ClientTest, RequestsThatCannotBeSent) {
  const struct {
    const char* name;
    void (*change)(RequestHead&);
    HttpErrorKind error;
  } kCases[] = {
      {"connect", [](RequestHead& r) { r.method = "CONNECT"; },
       HttpErrorKind::kRequestMethodInvalid},
      {"method", [](RequestHead& r) { r.method = "GE T"; }, HttpErrorKind::kRequestMethodInvalid},
      {"scheme", [](RequestHead& r) { r.scheme = "ftp"; }, HttpErrorKind::kRequestUriInvalid},
      {"no authority", [](RequestHead& r) { r.authority.reset(); },
       HttpErrorKind::kRequestUriInvalid},
      {"user", [](RequestHead& r) { r.authority = "a@b"; }, HttpErrorKind::kRequestUriInvalid},
      {"path", [](RequestHead& r) { r.path_with_query = "/ HTTP/1.1\r\nx: y"; },
       HttpErrorKind::kRequestUriInvalid},
      {"long path", [](RequestHead& r) { r.path_with_query = std::string(100'000, 'x'); },
       HttpErrorKind::kRequestUriTooLong},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    RequestHead head;
    head.authority = "example.org";
    EXPECT_FALSE(CheckRequest(head));
    c.change(head);
    const auto error = CheckRequest(head);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, c.error);
  }
}

// Echoes bodies, in its own server.
class EchoTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.address.is_ipv6 = GetParam();
    if (GetParam()) {
      options.address.ip[15] = 1;
    } else {
      options.address.ip = {127, 0, 0, 1};
    }
    auto server = Server::Start(options, [this](const std::shared_ptr<ServerExchange>& exchange) {
      {
        const std::lock_guard lock(mutex_);
        ports_.push_back(exchange->peer().port);
      }
      ResponseHead head;
      head.headers.Append("x-method", exchange->request().method);
      auto body = std::make_shared<BodyPipe>();
      Notice notice;
      body->SetWriterListener(notice.Listener());
      exchange->Respond(head, body);
      if (exchange->request_body() != nullptr) {
        Notice more;
        BodyPipe& from = *exchange->request_body();
        from.SetReaderListener(more.Listener());
        BodyPipe::State state = BodyPipe::State::kOpen;
        while (state == BodyPipe::State::kOpen) {
          std::string bytes;
          more.WaitFor([&] {
            state = from.ReadAll(&bytes);
            return state != BodyPipe::State::kOpen || !bytes.empty();
          });
          notice.WaitFor([&] { return body->Room() != 0; });
          body->Write(bytes);
        }
        if (state == BodyPipe::State::kFailed) return body->Fail(from.error());
        body->Finish(from.trailers());
      }
      body->Finish();
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<Server> server_;
  std::mutex mutex_;
  std::vector<uint16_t> ports_;
};

TEST_P(EchoTest, OneConnectionServesManyRequests) {
  for (int i = 0; i < 5; ++i) {
    auto outcome = Await(*SendRequest(Get(server_->address()), nullptr, {}));
    auto* const response = std::get_if<PendingResponse::Response>(&outcome);
    ASSERT_NE(response, nullptr) << ToString(std::get<HttpError>(outcome));
    EXPECT_EQ(*response->head.headers.Find("x-method"), "GET");
    EXPECT_EQ(ReadBody(*response->body), "");
  }
  ASSERT_EQ(ports_.size(), 5u);
  EXPECT_EQ(ports_[0], ports_[4]);
}

TEST_P(EchoTest, BodiesOfEverySizeWithTrailers) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{16384}, size_t{5'000'000}}) {
    for (const bool announced : {false, true}) {
      SCOPED_TRACE(size);
      SCOPED_TRACE(announced);
      RequestHead head = Get(server_->address());
      head.method = "POST";
      if (announced) head.headers.Append("content-length", std::to_string(size));
      auto body = std::make_shared<BodyPipe>();
      Notice room;
      body->SetWriterListener(room.Listener());
      const auto pending = SendRequest(head, body, {});
      std::string sent(size, '\0');
      for (size_t i = 0; i < size; ++i) sent[i] = static_cast<char>(i * 31 >> 3);
      std::thread writer([&] {
        size_t at = 0;
        while (at < size) {
          room.WaitFor([&] { return body->Room() != 0; });
          const size_t n = std::min(size - at, body->Room());
          body->Write(std::string_view(sent).substr(at, n));
          at += n;
        }
        std::optional<Fields> trailers;
        if (!announced) trailers.emplace().Append("x-sum", "17");
        body->Finish(trailers);
      });
      auto outcome = Await(*pending);
      writer.join();
      auto* const response = std::get_if<PendingResponse::Response>(&outcome);
      ASSERT_NE(response, nullptr) << ToString(std::get<HttpError>(outcome));
      EXPECT_TRUE(ReadBody(*response->body) == sent);
      const std::optional<Fields> trailers = response->body->trailers();
      EXPECT_EQ(trailers.has_value(), !announced);
      if (trailers) EXPECT_EQ(*trailers->Find("x-sum"), "17");
    }
  }
}

TEST_P(EchoTest, ABodyThatBreaksOff) {
  RequestHead head = Get(server_->address());
  head.method = "POST";
  auto body = std::make_shared<BodyPipe>();
  const auto pending = SendRequest(head, body, {});
  body->Write("some");
  body->Fail({HttpErrorKind::kInternalError, "no more", {}});
  auto outcome = Await(*pending);
  if (auto* const response = std::get_if<PendingResponse::Response>(&outcome)) {
    std::optional<HttpError> error;
    ReadBody(*response->body, &error);
    EXPECT_TRUE(error);
  }
}

TEST_P(EchoTest, NobodyWantsTheResponse) {
  for (int i = 0; i < 20; ++i) SendRequest(Get(server_->address()), nullptr, {});
  auto outcome = Await(*SendRequest(Get(server_->address()), nullptr, {}));
  EXPECT_TRUE(std::holds_alternative<PendingResponse::Response>(outcome));
}

INSTANTIATE_TEST_SUITE_P(Families, EchoTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace airwasm::wasi::http
