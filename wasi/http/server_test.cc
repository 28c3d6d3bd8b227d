#include "wasi/http/server.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "wasi/http/test_peer.h"

namespace airwasm::wasi::http {
namespace {

using Exchange = std::shared_ptr<ServerExchange>;

void Answer(const Exchange& exchange, std::string_view text) {
  auto body = std::make_shared<BodyPipe>();
  body->Write(text);
  body->Finish();
  exchange->Respond({}, body);
}

std::unique_ptr<Server> StartServer(Server::Handler handler, ServerOptions options = {}) {
  options.address.ip = {127, 0, 0, 1};
  auto server = Server::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

// Says where the request went.
void SayTarget(const Exchange& exchange) {
  Answer(exchange, exchange->request().path_with_query.value_or("none"));
}

TEST(ServerTest, RequestsBehindEachOther) {
  const auto server = StartServer(SayTarget);
  TestPeer peer = TestPeer::Connect(server->address());
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  peer.Send(requests);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(peer.ReadUntil("\r\n\r\n").find("HTTP/1.1 200 OK\r\ncontent-length: "), 0u);
    const std::string target = "/" + std::to_string(i);
    EXPECT_EQ(peer.ReadBytes(target.size()), target);
  }
}

TEST(ServerTest, HowLongAConnectionStays) {
  const struct {
    const char* name;
    const char* request;
    bool stays;
    const char* says;
  } kCases[] = {
      {"1.1", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", true, nullptr},
      {"1.1 close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false,
       "connection: close"},
      {"1.0", "GET / HTTP/1.0\r\n\r\n", false, "connection: close"},
      {"1.0 keep", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true,
       "connection: keep-alive"},
  };
  const auto server = StartServer(SayTarget);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TestPeer peer = TestPeer::Connect(server->address());
    peer.Send(c.request);
    const std::string head = peer.ReadUntil("\r\n\r\n");
    if (c.says != nullptr) EXPECT_NE(head.find(c.says), std::string::npos) << head;
    EXPECT_EQ(peer.ReadBytes(1), "/");
    if (c.stays) {
      peer.Send(c.request);
      EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
    } else {
      EXPECT_EQ(peer.ReadAll(), "");
    }
  }
}

TEST(ServerTest, RefusedRequests) {
  const struct {
    const char* name;
    std::string request;
    const char* status;
  } kCases[] = {
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"smuggled",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"long header", "GET / HTTP/1.1\r\nHost: x\r\na: " + std::string(80'000, 'y'), "431"},
      {"large body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n", "413"},
      {"not HTTP", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 13), "400"},
  };
  ServerOptions options;
  options.limits.body_bytes = 1'000'000;
  const auto server = StartServer(SayTarget, options);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TestPeer peer = TestPeer::Connect(server->address());
    peer.Send(c.request);
    const std::string answer = peer.ReadAll();  // the connection ends
    EXPECT_EQ(answer.substr(0, 12), std::string("HTTP/1.1 ") + c.status) << answer;
  }
}

TEST(ServerTest, Targets) {
  const auto server = StartServer([](const Exchange& exchange) {
    Answer(exchange, exchange->request().authority.value_or("none") + "|" +
                         exchange->request().path_with_query.value_or("none") + "|" +
                         std::to_string(exchange->request().headers.entries().size()));
  });
  const struct {
    const char* request;
    const char* answer;
  } kCases[] = {
      {"GET /a?b=c HTTP/1.1\r\nHost: x:1\r\nA: b\r\nKeep-Alive: 5\r\n\r\n", "x:1|/a?b=c|1"},
      {"GET http://y/z?q HTTP/1.1\r\nHost: x\r\n\r\n", "y|/z?q|0"},
      {"GET http://y HTTP/1.1\r\nHost: x\r\n\r\n", "y|/|0"},
      {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "x|*|0"},
      {"CONNECT y:443 HTTP/1.1\r\nHost: y:443\r\n\r\n", "y:443|none|0"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.request);
    TestPeer peer = TestPeer::Connect(server->address());
    peer.Send(c.request);
    peer.ReadUntil("\r\n\r\n");
    EXPECT_EQ(peer.ReadBytes(std::string_view(c.answer).size()), c.answer);
  }
}

TEST(ServerTest, NoAnswerIsAnAnswer) {
  const auto server = StartServer([](const Exchange&) {});
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 500");
}

TEST(ServerTest, AnswersWithoutABody) {
  const auto server = StartServer([](const Exchange& exchange) {
    auto body = std::make_shared<BodyPipe>();
    body->Write("not sent");
    body->Finish();
    ResponseHead head;
    if (exchange->request().path_with_query == "/204") head.status = 204;
    exchange->Respond(head, body);
  });
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /204 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 204");
}

TEST(ServerTest, ABodyThatBreaksOffBreaksTheConnection) {
  const auto server = StartServer([](const Exchange& exchange) {
    auto body = std::make_shared<BodyPipe>();
    exchange->Respond({}, body);
    body->Write("half");
    body->Fail({HttpErrorKind::kInternalError, {}, {}});
  });
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string all = peer.ReadAll();
  EXPECT_EQ(all.find("0\r\n\r\n"), std::string::npos) << all;
}

TEST(ServerTest, AnAnswerBeforeTheBodyHasCome) {
  const auto server = StartServer(SayTarget);
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nbeginning");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(peer.ReadBytes(6), "/early");
  EXPECT_EQ(peer.ReadAll(), "");
}

TEST(ServerTest, ContinueIsSaidToWhoWaitsForIt) {
  const auto server = StartServer(
      [](const Exchange& exchange) { Answer(exchange, ReadBody(*exchange->request_body())); });
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.Send("abc");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(peer.ReadBytes(3), "abc");
}

TEST(ServerTest, WhoIsSlowWithAHeaderIsToldSo) {
  ServerOptions options;
  options.header_timeout = std::chrono::milliseconds(30);
  const auto server = StartServer(SayTarget, options);
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET / HT");
  EXPECT_EQ(peer.ReadAll().substr(0, 12), "HTTP/1.1 408");
}

TEST(ServerTest, WhoSaysNothingIsLetGo) {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(30);
  const auto server = StartServer(SayTarget, options);
  TestPeer peer = TestPeer::Connect(server->address());
  EXPECT_EQ(peer.ReadAll(), "");
}

// A handler that waits until it is let go, or canceled.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  int waiting = 0;
  int canceled = 0;

  void Wait(const Exchange& exchange) {
    exchange->SetCancel([this] {
      const std::lock_guard lock(mutex);
      ++canceled;
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    const int before = canceled;
    changed.wait(lock, [&] { return open || canceled > before; });
    lock.unlock();
    exchange->ClearCancel();
  }
  void WaitForWaiting(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting >= count; });
  }
  void WaitForCanceled() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return canceled > 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
};

TEST(ServerTest, ARequestThatTakesTooLong) {
  Gate gate;
  ServerOptions options;
  options.request_timeout = std::chrono::milliseconds(30);
  const auto server = StartServer([&](const Exchange& e) { gate.Wait(e); }, options);
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(peer.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 504");
  gate.WaitForCanceled();
}

TEST(ServerTest, AClientThatGoesAwayCancels) {
  Gate gate;
  const auto server = StartServer([&](const Exchange& e) { gate.Wait(e); });
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.WaitForWaiting(1);
  peer.Close();
  gate.WaitForCanceled();
}

TEST(ServerTest, MoreThanItCanTake) {
  Gate gate;
  ServerOptions options;
  options.max_workers = 1;
  options.max_queue = 1;
  const auto server = StartServer(
      [&](const Exchange& e) {
        gate.Wait(e);
        SayTarget(e);
      },
      options);
  TestPeer first = TestPeer::Connect(server->address());
  first.Send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.WaitForWaiting(1);
  // One of these waits, the other is told that there is no room.
  TestPeer second = TestPeer::Connect(server->address());
  second.Send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  TestPeer third = TestPeer::Connect(server->address());
  third.Send("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  pollfd entries[] = {{.fd = second.fd(), .events = POLLIN, .revents = 0},
                      {.fd = third.fd(), .events = POLLIN, .revents = 0}};
  ASSERT_EQ(poll(entries, 2, kPatienceMs), 1);
  TestPeer& refused = entries[0].revents != 0 ? second : third;
  TestPeer& queued = entries[0].revents != 0 ? third : second;
  EXPECT_EQ(refused.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 503");
  gate.Open();
  EXPECT_EQ(first.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(queued.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
}

TEST(ServerTest, ConnectionsBeyondTheLimitWait) {
  ServerOptions options;
  options.max_connections = 1;
  const auto server = StartServer(SayTarget, options);
  TestPeer first = TestPeer::Connect(server->address());
  first.Send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
  TestPeer second = TestPeer::Connect(server->address());  // by the kernel
  second.Send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  pollfd entry = {.fd = second.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&entry, 1, 50), 0);
  first.Close();
  EXPECT_EQ(second.ReadUntil("\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
}

TEST(ServerTest, StoppingLetsRequestsEnd) {
  Gate gate;
  auto server = StartServer([&](const Exchange& e) {
    gate.Wait(e);
    SayTarget(e);
  });
  TestPeer idle = TestPeer::Connect(server->address());
  TestPeer busy = TestPeer::Connect(server->address());
  busy.Send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.WaitForWaiting(1);
  std::thread stopper([&] { server->Stop(std::chrono::seconds(60)); });
  EXPECT_EQ(idle.ReadAll(), "");
  gate.Open();
  EXPECT_NE(busy.ReadUntil("\r\n\r\n").find("connection: close"), std::string::npos);
  EXPECT_EQ(busy.ReadAll(), "/busy");
  busy.Close();
  stopper.join();
  EXPECT_FALSE(TestPeer::Connect(server->address()).valid());
}

TEST(ServerTest, StoppingCancelsWhatDoesNotEnd) {
  Gate gate;
  auto server = StartServer([&](const Exchange& e) { gate.Wait(e); });
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.WaitForWaiting(1);
  server->Stop(std::chrono::milliseconds(10));
  EXPECT_EQ(gate.canceled, 1);
}

TEST(ServerTest, EachRequestIsLoggedOnce) {
  std::mutex mutex;
  std::vector<std::string> lines;
  ServerOptions options;
  options.log = [&](const AccessRecord& r) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::string(r.method) + " " + std::string(r.target) + " " +
                    std::to_string(r.status) + " " + std::to_string(r.body_bytes));
  };
  auto server = StartServer(SayTarget, options);
  TestPeer peer = TestPeer::Connect(server->address());
  peer.Send("GET /log HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  peer.ReadAll();
  peer.Close();
  server->Stop(std::chrono::seconds(60));
  EXPECT_EQ(lines, std::vector<std::string>{"GET /log 200 4"});
}

}  // namespace
}  // namespace airwasm::wasi::http
