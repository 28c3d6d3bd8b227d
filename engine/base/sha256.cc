// OpenSSL's, which uses the processor's instructions for it, and where this build has none
// libsodium's, which takes some twice as long.
//
// Of OpenSSL's the three functions below rather than EVP: they need no state of the library, so
// that the first digest costs no set-up (half a millisecond of providers and configuration), and a
// thread may be in one while the process exits.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/base/sha256.h"

#include <cstring>

#ifdef AIRWASM_HAS_OPENSSL
#include <openssl/sha.h>
#else
#include <sodium.h>
#endif

namespace airwasm {
namespace {

// FAST: a line of an audit log has 64 digits (security_audit_bench, FormatLine).
constexpr auto kHexPairs = [] {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 15]};
  return pairs;
}();

}  // namespace

Digest Sha256(std::initializer_list<std::span<const uint8_t>> parts) {
  Digest digest;
#ifdef AIRWASM_HAS_OPENSSL
  static_assert(sizeof(digest) == SHA256_DIGEST_LENGTH);
  SHA256_CTX context;
  SHA256_Init(&context);
  for (const auto part : parts) SHA256_Update(&context, part.data(), part.size());
  SHA256_Final(digest.data(), &context);
#else
  static_assert(sizeof(digest) == crypto_hash_sha256_BYTES);
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const auto part : parts) crypto_hash_sha256_update(&state, part.data(), part.size());
  crypto_hash_sha256_final(&state, digest.data());
#endif
  return digest;
}

char* WriteHex(const Digest& digest, char* to) {
  for (const uint8_t byte : digest) {
    std::memcpy(to, kHexPairs[byte].data(), 2);
    to += 2;
  }
  return to;
}

std::string ToHex(const Digest& digest) {
  std::string text(kDigestTextBytes, '\0');
  WriteHex(digest, text.data());
  return text;
}

}  // namespace airwasm
