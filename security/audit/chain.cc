#include "security/audit/chain.h"

#include <sodium.h>

namespace airwasm::security::audit {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Digest KeyedHashOf(std::string_view text, const Digest& key) {
  static const bool ready = sodium_init() >= 0;  // once, whoever is first
  (void)ready;
  Digest hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const uint8_t*>(text.data()),
                     text.size(), key.data(), key.size());
  return hash;
}

std::optional<Digest> ParseHex(std::string_view text) {
  if (text.size() != kDigestTextBytes) return std::nullopt;
  Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) {
    const int high = HexValue(text[2 * i]);
    const int low = HexValue(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return digest;
}

}  // namespace airwasm::security::audit
