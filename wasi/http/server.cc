#include "wasi/http/server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "wasi/http/io_thread.h"
#include "wasi/http/server_connection.h"
#include "wasi/http/server_core.h"
#include "wasi/net/address.h"

namespace airwasm::wasi::http {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

asio::ip::tcp::endpoint ToEndpoint(const SocketAddress& address) {
  asio::ip::tcp::endpoint endpoint;
  const net::RawAddress raw = net::ToRaw(address);
  endpoint.resize(raw.size);
  std::memcpy(endpoint.data(), raw.get(), raw.size);
  return endpoint;
}

SocketAddress FromEndpoint(const asio::ip::tcp::endpoint& endpoint) {
  return net::FromRaw(endpoint.data(), static_cast<socklen_t>(endpoint.size()))
      .value_or(SocketAddress{});
}

}  // namespace

// --- ServerExchange ---

bool ServerExchange::Respond(ResponseHead head, std::shared_ptr<BodyPipe> body) {
  {
    const std::lock_guard lock(mutex_);
    if (responded_) return false;
    responded_ = true;
    answer_ = Answer{std::move(head), std::move(body)};
  }
  wake_();
  return true;
}

bool ServerExchange::RespondWith(uint16_t status) {
  return Respond({.status = status, .headers = {}}, nullptr);
}

bool ServerExchange::SendInformational(uint16_t status, const Fields& headers) {
  {
    const std::lock_guard lock(mutex_);
    if (responded_) return false;
    informational_ += "HTTP/1.1 " + std::to_string(status) + " ";
    informational_ += ReasonPhrase(status);
    informational_ += "\r\n";
    AppendFields(headers, &informational_);
    informational_ += "\r\n";
  }
  wake_();
  return true;
}

bool ServerExchange::responded() const {
  const std::lock_guard lock(mutex_);
  return responded_;
}

void ServerExchange::SetCancel(std::function<void()> cancel) {
  const std::lock_guard lock(mutex_);
  if (canceled_) return cancel();
  cancel_ = std::move(cancel);
}

void ServerExchange::ClearCancel() {
  const std::lock_guard lock(mutex_);
  cancel_ = nullptr;
}

// Under the lock, so that what it calls is not gone meanwhile.
void ServerExchange::Cancel() {
  const std::lock_guard lock(mutex_);
  canceled_ = true;
  if (const auto cancel = std::exchange(cancel_, nullptr)) cancel();
}

// --- ServerCore ---

ServerCore::ServerCore(ServerOptions options, Server::Handler handler, asio::io_context& context)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      acceptor_(context),
      sweep_timer_(context),
      retry_timer_(context) {
  std::chrono::nanoseconds shortest = std::min(options_.header_timeout, options_.idle_timeout);
  if (options_.request_timeout.count() != 0)
    shortest = std::min(shortest, options_.request_timeout);
  sweep_period_ = std::clamp<std::chrono::nanoseconds>(shortest / 4, std::chrono::milliseconds(5),
                                                       std::chrono::milliseconds(500));
}

absl::Status ServerCore::Listen() {
  error_code error;
  const asio::ip::tcp::endpoint endpoint = ToEndpoint(options_.address);
  const auto failed = [&](const char* what) {
    return absl::UnavailableError(
        absl::StrCat(what, " ", options_.address.ToString(), ": ", error.message()));
  };
  if (acceptor_.open(endpoint.protocol(), error); error) return failed("open");
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (acceptor_.bind(endpoint, error); error) return failed("bind");
  if (acceptor_.listen(asio::socket_base::max_listen_connections, error); error)
    return failed("listen on");
  acceptor_.non_blocking(true, error);
  return absl::OkStatus();
}

SocketAddress ServerCore::address() const {
  error_code error;
  return FromEndpoint(acceptor_.local_endpoint(error));
}

void ServerCore::Accept() {
  if (accepting_ || stopping_ || connections_.size() >= options_.max_connections) return;
  accepting_ = true;
  acceptor_.async_accept([self = shared_from_this()](error_code error,
                                                     asio::ip::tcp::socket socket) {
    self->accepting_ = false;
    if (self->stopping_ || error == asio::error::operation_aborted) return;
    if (error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open) {
      self->retry_timer_.expires_after(std::chrono::milliseconds(100));
      self->retry_timer_.async_wait([self](error_code) { self->Accept(); });
      return;
    }
    if (!error) {
      error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      const SocketAddress peer = FromEndpoint(socket.remote_endpoint(ignored));
      auto connection = std::make_shared<ServerConnection>(self, std::move(socket), peer);
      const bool first = self->connections_.empty();
      self->connections_.insert(connection);
      {
        const std::lock_guard lock(self->mutex_);
        self->connection_count_ = self->connections_.size();
      }
      if (first) self->Sweep();
      connection->Start();
    }
    self->Accept();
  });
}

void ServerCore::Sweep() {
  if (connections_.empty()) return;
  sweep_timer_.expires_after(sweep_period_);
  sweep_timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error) return;
    const Clock::time_point now = Clock::now();
    const std::vector<std::shared_ptr<ServerConnection>> all(self->connections_.begin(),
                                                             self->connections_.end());
    for (const auto& connection : all) connection->CheckDeadlines(now);
    self->Sweep();
  });
}

void ServerCore::Remove(const std::shared_ptr<ServerConnection>& connection) {
  connections_.erase(connection);
  {
    const std::lock_guard lock(mutex_);
    connection_count_ = connections_.size();
    if (connection_count_ == 0) empty_.notify_all();
  }
  Accept();
}

const std::string& ServerCore::DateNow() {
  const time_t now = time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    tm parts = {};
    gmtime_r(&now, &parts);
    // Spec: RFC 9110, "Date/Time Formats"; strftime would ask the locale.
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday],
                  parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                  parts.tm_min, parts.tm_sec);
    date_ = text;
  }
  return date_;
}

bool ServerCore::Dispatch(std::shared_ptr<ServerExchange> exchange) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= options_.max_queue || workers_end_) return false;
  queue_.push_back(std::move(exchange));
  if (idle_workers_ < queue_.size() && workers_.size() < options_.max_workers) {
    workers_.emplace_back([this] { Work(); });
  } else {
    work_.notify_one();
  }
  return true;
}

void ServerCore::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_workers_;
    work_.wait(lock, [this] { return !queue_.empty() || workers_end_; });
    --idle_workers_;
    if (queue_.empty()) return;
    const std::shared_ptr<ServerExchange> exchange = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    handler_(exchange);
    exchange->ClearCancel();
    exchange->RespondWith(500);  // unless there is an answer
    lock.lock();
  }
}

void ServerCore::BeginStop() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  const std::vector<std::shared_ptr<ServerConnection>> all(connections_.begin(),
                                                           connections_.end());
  for (const auto& connection : all) connection->CloseWhenIdle();
}

void ServerCore::CloseAll() {
  const std::vector<std::shared_ptr<ServerConnection>> all(connections_.begin(),
                                                           connections_.end());
  for (const auto& connection : all) connection->Close();
  sweep_timer_.cancel();
  retry_timer_.cancel();
}

bool ServerCore::WaitForConnections(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [this] { return connection_count_ == 0; });
}

void ServerCore::JoinWorkers() {
  std::vector<std::thread> workers;
  {
    const std::lock_guard lock(mutex_);
    workers_end_ = true;
    workers.swap(workers_);
  }
  work_.notify_all();
  for (std::thread& worker : workers) worker.join();
}

// --- Server ---

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler handler) {
  IoThread& io = IoThread::Get();
  auto core = std::make_shared<ServerCore>(std::move(options), std::move(handler), io.context());
  if (absl::Status status = core->Listen(); !status.ok()) return status;
  std::unique_ptr<Server> server(new Server);
  server->address_ = core->address();
  server->core_ = core;
  io.Post([core] { core->Accept(); });
  return server;
}

void Server::Stop(std::chrono::nanoseconds drain) {
  if (core_ == nullptr) return;
  const std::shared_ptr<ServerCore> core = std::exchange(core_, nullptr);
  IoThread& io = IoThread::Get();
  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false;
  io.Post([&] {
    core->BeginStop();
    const std::lock_guard lock(mutex);
    begun = true;
    changed.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return begun; });
  }
  core->WaitForConnections(Clock::now() + drain);
  io.Post([core] { core->CloseAll(); });
  core->WaitForConnections(Clock::time_point::max());
  core->JoinWorkers();
}

Server::~Server() {
  Stop(std::chrono::nanoseconds(0));
}

}  // namespace airwasm::wasi::http
