// The three functions below rather than OpenSSL's EVP: they need no state of the library, so that
// the first digest costs no set-up (half a millisecond of providers and configuration), and a
// thread may be in one while the process exits.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/tier/digest.h"

#ifdef AIRWASM_HAS_SHA256
#include <openssl/sha.h>
#endif

namespace airwasm::tier {

#ifdef AIRWASM_HAS_SHA256
Digest Sha256(std::initializer_list<std::span<const uint8_t>> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (const std::span<const uint8_t> part : parts)
    SHA256_Update(&context, part.data(), part.size());
  Digest digest;
  static_assert(sizeof(digest) == SHA256_DIGEST_LENGTH);
  SHA256_Final(digest.data(), &context);
  return digest;
}
bool HasSha256() {
  return true;
}
#else
Digest Sha256(std::initializer_list<std::span<const uint8_t>>) {
  return {};
}
bool HasSha256() {
  return false;
}
#endif

std::string ToHex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace airwasm::tier
