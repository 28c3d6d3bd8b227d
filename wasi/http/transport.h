// A connection to a server, plain or under TLS. Inside wasi/http only; on the network's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "wasi/http/http_error.h"

namespace airwasm::wasi::http {

class Transport : public std::enable_shared_from_this<Transport> {
 public:
  using Done = std::function<void(boost::system::error_code)>;
  using Transferred = std::function<void(boost::system::error_code, size_t)>;
  virtual ~Transport() = default;

  virtual boost::asio::ip::tcp::socket& socket() = 0;
  // After the socket is connected. `host` is who the certificate has to name.
  virtual void Handshake(const std::string& host, Done done) = 0;
  // The memory stays good until `done`.
  virtual void Read(char* to, size_t size, Transferred done) = 0;
  virtual void Write(std::string_view bytes, Done done) = 0;
  void Close() {
    boost::system::error_code ignored;
    socket().close(ignored);
  }

  static std::shared_ptr<Transport> Plain(boost::asio::io_context& context);
  static std::shared_ptr<Transport> Tls(boost::asio::io_context& context);
};

// What the guest is told of a failure of the transport.
HttpError TransportError(boost::system::error_code error);

}  // namespace airwasm::wasi::http
