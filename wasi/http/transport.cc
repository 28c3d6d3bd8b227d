#include "wasi/http/transport.h"

#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "wasi/net/address.h"

namespace airwasm::wasi::http {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(asio::io_context& context) : socket_(context) {}
  asio::ip::tcp::socket& socket() override { return socket_; }
  void Handshake(const std::string&, Done done) override { done({}); }
  void Read(char* to, size_t size, Transferred done) override {
    socket_.async_read_some(
        asio::buffer(to, size),
        [self = shared_from_this(), d = std::move(done)](error_code e, size_t n) { d(e, n); });
  }
  void Write(std::string_view bytes, Done done) override {
    asio::async_write(
        socket_, asio::buffer(bytes.data(), bytes.size()),
        [self = shared_from_this(), d = std::move(done)](error_code e, size_t) { d(e); });
  }

 private:
  asio::ip::tcp::socket socket_;
};

// One for the process: reading the system's certificates takes milliseconds. SSL_CERT_FILE and
// SSL_CERT_DIR are looked at when it is made.
ssl::context& TlsContext() {
  static ssl::context* const context = [] {
    auto* const made = new ssl::context(ssl::context::tls_client);
    error_code ignored;
    made->set_default_verify_paths(ignored);
    made->set_verify_mode(ssl::verify_peer, ignored);
    SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
    static constexpr unsigned char kProtocols[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(made->native_handle(), kProtocols, sizeof kProtocols - 1);
    // An end of the connection without a goodbye is the business of HTTP, which knows whether its
    // message was complete.
    SSL_CTX_set_options(made->native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    return made;
  }();
  return *context;
}

class TlsTransport final : public Transport {
 public:
  explicit TlsTransport(asio::io_context& context) : stream_(context, TlsContext()) {}
  asio::ip::tcp::socket& socket() override { return stream_.next_layer(); }

  void Handshake(const std::string& host, Done done) override {
    SSL* const tls = stream_.native_handle();
    // Spec: RFC 6066, "Server Name Indication": names only, no addresses.
    const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    if (!net::ParseIp(name)) SSL_set_tlsext_host_name(tls, name.c_str());
    error_code error;
    stream_.set_verify_callback(ssl::host_name_verification(name), error);
    if (error) return done(error);
    stream_.async_handshake(
        ssl::stream_base::client,
        [self = shared_from_this(), d = std::move(done)](error_code e) { d(e); });
  }
  void Read(char* to, size_t size, Transferred done) override {
    stream_.async_read_some(
        asio::buffer(to, size),
        [self = shared_from_this(), d = std::move(done)](error_code e, size_t n) { d(e, n); });
  }
  void Write(std::string_view bytes, Done done) override {
    asio::async_write(
        stream_, asio::buffer(bytes.data(), bytes.size()),
        [self = shared_from_this(), d = std::move(done)](error_code e, size_t) { d(e); });
  }

 private:
  ssl::stream<asio::ip::tcp::socket> stream_;
};

}  // namespace

std::shared_ptr<Transport> Transport::Plain(asio::io_context& context) {
  return std::make_shared<PlainTransport>(context);
}
std::shared_ptr<Transport> Transport::Tls(asio::io_context& context) {
  return std::make_shared<TlsTransport>(context);
}

HttpError TransportError(error_code error) {
  if (error.category() == asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
      return {HttpErrorKind::kTlsCertificateError, {}, {}};
    // OpenSSL numbers what a peer's alert said from here.
    if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
      return {HttpErrorKind::kTlsAlertReceived, error.message(),
              static_cast<uint64_t>(reason - SSL_AD_REASON_OFFSET)};
    }
    return {HttpErrorKind::kTlsProtocolError, {}, {}};
  }
  if (error == asio::error::connection_refused) return {HttpErrorKind::kConnectionRefused, {}, {}};
  if (error == asio::error::timed_out) return {HttpErrorKind::kConnectionTimeout, {}, {}};
  if (error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
      error == asio::error::network_down)
    return {HttpErrorKind::kDestinationIpUnroutable, {}, {}};
  if (error == asio::error::no_descriptors) return {HttpErrorKind::kConnectionLimitReached, {}, {}};
  return {HttpErrorKind::kConnectionTerminated, {}, {}};
}

}  // namespace airwasm::wasi::http
