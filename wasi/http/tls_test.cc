// The client against a server with a certificate of the test's own, and against one that it does
// not trust.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "wasi/http/client.h"
#include "wasi/http/test_peer.h"

namespace airwasm::wasi::http {
namespace {

struct Identity {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

// Signed by itself, for localhost.
void Make(Identity& identity) {
  identity.key = EVP_EC_gen("P-256");
  X509* const certificate = identity.certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, identity.key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("airwasm test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  for (const auto& [id, value] : {std::pair(NID_subject_alt_name, "DNS:localhost"),
                                  std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
    ASSERT_NE(extension, nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  ASSERT_NE(X509_sign(certificate, identity.key, EVP_sha256()), 0);
}

// Answers one connection, as far as it gets.
void ServeOne(TestListener& listener, const Identity& identity) {
  TestPeer peer = listener.Accept();
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context, identity.certificate);
  SSL_CTX_use_PrivateKey(context, identity.key);
  SSL* const tls = SSL_new(context);
  SSL_set_fd(tls, peer.fd());
  if (SSL_accept(tls) == 1) {
    std::string in;
    char buffer[4096];
    while (in.find("\r\n\r\n") == std::string::npos) {
      const int n = SSL_read(tls, buffer, sizeof buffer);
      if (n <= 0) break;
      in.append(buffer, static_cast<size_t>(n));
    }
    const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret";
    SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(tls);
  }
  SSL_free(tls);
  SSL_CTX_free(context);
}

class TlsTest : public ::testing::Test {
 protected:
  // The client reads the trusted certificates once, so all tests share one.
  static void SetUpTestSuite() {
    trusted_ = new Identity;
    Make(*trusted_);
    char path[] = "airwasm_tls_test_XXXXXX";
    const int fd = mkstemp(path);
    ASSERT_GE(fd, 0);
    FILE* const file = fdopen(fd, "w");
    PEM_write_X509(file, trusted_->certificate);
    std::fclose(file);
    path_ = path;
    setenv("SSL_CERT_FILE", path, 1);
  }
  static void TearDownTestSuite() {
    unlink(path_.c_str());
    delete trusted_;
  }

  PendingResponse::Outcome Ask(const Identity& identity, const std::string& host) {
    TestListener listener;
    std::thread server([&] { ServeOne(listener, identity); });
    RequestHead head;
    head.authority = host + ":" + std::to_string(listener.address().port);
    ClientOptions options;
    PendingResponse::Outcome outcome = Await(*SendRequest(head, nullptr, options));
    server.join();
    return outcome;
  }

  static Identity* trusted_;
  static std::string path_;
};
Identity* TlsTest::trusted_;
std::string TlsTest::path_;

TEST_F(TlsTest, WithoutASchemeTlsIsMeant) {
  auto outcome = Ask(*trusted_, "localhost");
  auto* const response = std::get_if<PendingResponse::Response>(&outcome);
  ASSERT_NE(response, nullptr) << ToString(std::get<HttpError>(outcome));
  EXPECT_EQ(ReadBody(*response->body), "secret");
}

TEST_F(TlsTest, TheNameHasToBeTheCertificates) {
  auto outcome = Ask(*trusted_, "127.0.0.1");
  ASSERT_TRUE(std::holds_alternative<HttpError>(outcome));
  EXPECT_EQ(std::get<HttpError>(outcome).kind, HttpErrorKind::kTlsCertificateError);
}

TEST_F(TlsTest, TheCertificateHasToBeTrusted) {
  Identity stranger;
  Make(stranger);
  auto outcome = Ask(stranger, "localhost");
  ASSERT_TRUE(std::holds_alternative<HttpError>(outcome));
  EXPECT_EQ(std::get<HttpError>(outcome).kind, HttpErrorKind::kTlsCertificateError);
}

TEST_F(TlsTest, NotTlsAtAll) {
  TestListener listener;
  std::thread server([&] {
    TestPeer peer = listener.Accept();
    peer.Send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    peer.ReadAll();
  });
  RequestHead head;
  head.scheme = "https";
  head.authority = listener.address().ToString();
  auto outcome = Await(*SendRequest(head, nullptr, {}));
  server.join();
  ASSERT_TRUE(std::holds_alternative<HttpError>(outcome));
  EXPECT_EQ(std::get<HttpError>(outcome).kind, HttpErrorKind::kTlsProtocolError);
}

}  // namespace
}  // namespace airwasm::wasi::http
