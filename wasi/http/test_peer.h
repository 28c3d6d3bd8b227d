// For tests: a plain TCP peer that says what the test says, and waiting for a response.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "wasi/host/unique_fd.h"
#include "wasi/http/client.h"
#include "wasi/net/address.h"

namespace airwasm::wasi::http {

// However slow the machine is, a test ends.
inline constexpr int kPatienceMs = 60'000;

class TestPeer {
 public:
  explicit TestPeer(host::UniqueFd fd) : fd_(std::move(fd)) {}
  static TestPeer Connect(const SocketAddress& address) {
    host::UniqueFd fd(socket(address.is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const net::RawAddress raw = net::ToRaw(address);
    if (connect(fd.get(), raw.get(), raw.size) != 0) fd.Reset(-1);
    return TestPeer(std::move(fd));
  }
  bool valid() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  void Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }
  // Up to and with `end`; what came if the peer ends before.
  std::string ReadUntil(std::string_view end) {
    while (true) {
      if (const size_t at = in_.find(end); at != std::string::npos) {
        std::string text = in_.substr(0, at + end.size());
        in_.erase(0, at + end.size());
        return text;
      }
      if (!More()) return std::exchange(in_, {});
    }
  }
  std::string ReadBytes(size_t count) {
    while (in_.size() < count && More()) {
    }
    std::string text = in_.substr(0, count);
    in_.erase(0, text.size());
    return text;
  }
  std::string ReadAll() {
    while (More()) {
    }
    return std::exchange(in_, {});
  }
  void Close() { fd_.Reset(-1); }

 private:
  bool More() {
    pollfd entry = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, kPatienceMs) <= 0) return false;
    char buffer[16384];
    const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    in_.append(buffer, static_cast<size_t>(n));
    return true;
  }
  host::UniqueFd fd_;
  std::string in_;
};

class TestListener {
 public:
  TestListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SocketAddress any;
    any.ip = {127, 0, 0, 1};
    net::RawAddress raw = net::ToRaw(any);
    bind(fd_.get(), raw.get(), raw.size);
    listen(fd_.get(), 64);
    raw.size = sizeof raw.storage;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&raw.storage), &raw.size);
    address_ = *net::FromRaw(raw.get(), raw.size);
  }
  const SocketAddress& address() const { return address_; }
  TestPeer Accept() {
    pollfd entry = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    poll(&entry, 1, kPatienceMs);
    return TestPeer(host::UniqueFd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }

 private:
  host::UniqueFd fd_;
  SocketAddress address_;
};

// One wait at a time for anything that notifies.
class Notice {
 public:
  std::function<void()> Listener() {
    return [state = state_] {
      const std::lock_guard lock(state->mutex);
      state->set = true;
      state->changed.notify_all();
    };
  }
  // Until `ready` says so; it is asked after each notification.
  template <typename F>
  bool WaitFor(F ready) {
    while (!ready()) {
      std::unique_lock lock(state_->mutex);
      const bool woken = state_->changed.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                                  [&] { return state_->set; });
      state_->set = false;
      if (!woken) return false;
    }
    return true;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool set = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline PendingResponse::Outcome Await(PendingResponse& pending) {
  Notice notice;
  pending.SetListener(notice.Listener());
  if (!notice.WaitFor([&] { return pending.ready(); })) return HttpError{};
  return pending.Take();
}

// The whole body, and its error if it has one.
inline std::string ReadBody(BodyPipe& pipe, std::optional<HttpError>* error = nullptr) {
  Notice notice;
  pipe.SetReaderListener(notice.Listener());
  std::string text;
  BodyPipe::State state = BodyPipe::State::kOpen;
  notice.WaitFor([&] { return (state = pipe.ReadAll(&text)) != BodyPipe::State::kOpen; });
  if (state == BodyPipe::State::kFailed && error != nullptr) *error = pipe.error();
  return text;
}

}  // namespace airwasm::wasi::http
