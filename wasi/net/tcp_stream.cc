#include "wasi/net/tcp_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace airwasm::wasi::net {
namespace {

// Of one write; what the kernel does not take of it is held here.
constexpr uint64_t kPermitBytes = 64 * 1024;

bool PollNow(int fd, short events) {
  pollfd entry = {.fd = fd, .events = events, .revents = 0};
  return poll(&entry, 1, 0) > 0;
}

host::StreamEnd FailedWith(int error) {
  return host::StreamEnd::Failed(std::make_shared<host::PosixStreamError>(error));
}

}  // namespace

std::optional<host::StreamEnd> TcpInput::Read(std::span<uint8_t> buffer, size_t* count) {
  *count = 0;
  if (!end_ && connection_->receive_shut) end_ = host::StreamEnd::Closed();
  if (end_) return end_;
  if (buffer.empty()) return std::nullopt;
  ssize_t n = 0;
  do n = recv(connection_->fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0) {
    *count = static_cast<size_t>(n);
    return std::nullopt;
  }
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  end_ = n == 0 ? host::StreamEnd::Closed() : FailedWith(errno);
  return end_;
}

bool TcpInput::Ready() {
  return end_ || connection_->receive_shut || PollNow(connection_->fd.get(), POLLIN);
}

host::Pollable::Interest TcpInput::interest() {
  return {.fd = connection_->fd.get(), .events = POLLIN};
}

size_t TcpOutput::Send(std::span<const uint8_t> bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(connection_->fd.get(), bytes.data() + sent, bytes.size() - sent,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      if (errno == EPIPE) {
        end_ = host::StreamEnd::Closed();
      } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
        end_ = FailedWith(errno);
      }
      break;
    }
  }
  return sent;
}

void TcpOutput::Drain() {
  if (rest_.empty() || end_) return;
  sent_ += Send({reinterpret_cast<const uint8_t*>(rest_.data()) + sent_, rest_.size() - sent_});
  if (sent_ == rest_.size() || end_) {
    rest_.clear();
    sent_ = 0;
  }
}

std::optional<host::StreamEnd> TcpOutput::CheckWrite(uint64_t* permit) {
  *permit = 0;
  Drain();
  if (!end_ && connection_->send_shut) end_ = host::StreamEnd::Closed();
  if (end_) return end_;
  if (rest_.empty() && PollNow(connection_->fd.get(), POLLOUT)) *permit = kPermitBytes;
  return std::nullopt;
}

std::optional<host::StreamEnd> TcpOutput::Write(std::span<const uint8_t> bytes) {
  Drain();
  if (!end_ && connection_->send_shut) end_ = host::StreamEnd::Closed();
  if (end_) return end_;
  const size_t sent = rest_.empty() ? Send(bytes) : 0;
  if (end_) return end_;
  rest_.append(reinterpret_cast<const char*>(bytes.data()) + sent, bytes.size() - sent);
  return std::nullopt;
}

std::optional<host::StreamEnd> TcpOutput::Flush() {
  Drain();
  return end_;
}

bool TcpOutput::Ready() {
  Drain();
  if (end_ || connection_->send_shut) return true;
  return rest_.empty() && PollNow(connection_->fd.get(), POLLOUT);
}

host::Pollable::Interest TcpOutput::interest() {
  return {.fd = connection_->fd.get(), .events = POLLOUT};
}

}  // namespace airwasm::wasi::net
