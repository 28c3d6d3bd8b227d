// The two streams of a TCP connection.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "wasi/host/stream.h"
#include "wasi/net/tcp_socket.h"

namespace airwasm::wasi::net {

class TcpInput : public host::InputStream {
 public:
  explicit TcpInput(std::shared_ptr<TcpConnection> connection)
      : connection_(std::move(connection)) {}
  std::optional<host::StreamEnd> Read(std::span<uint8_t> buffer, size_t* count) override;
  bool Ready() override;
  Interest interest() override;

 private:
  std::shared_ptr<TcpConnection> connection_;
  std::optional<host::StreamEnd> end_;
};

// Takes what it permitted even where the kernel takes less of it; the rest goes out as room comes,
// and until then nothing more is permitted.
class TcpOutput : public host::OutputStream {
 public:
  explicit TcpOutput(std::shared_ptr<TcpConnection> connection)
      : connection_(std::move(connection)) {}
  ~TcpOutput() override { Drain(); }
  std::optional<host::StreamEnd> CheckWrite(uint64_t* permit) override;
  std::optional<host::StreamEnd> Write(std::span<const uint8_t> bytes) override;
  std::optional<host::StreamEnd> Flush() override;
  bool Ready() override;
  Interest interest() override;

 private:
  // Sends what is left over, as far as it goes.
  void Drain();
  size_t Send(std::span<const uint8_t> bytes);

  std::shared_ptr<TcpConnection> connection_;
  std::string rest_;
  size_t sent_ = 0;  // of rest_
  std::optional<host::StreamEnd> end_;
};

}  // namespace airwasm::wasi::net
