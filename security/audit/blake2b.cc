#include "security/audit/blake2b.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace airwasm::security::audit {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

using State = std::array<uint64_t, 8>;
constexpr size_t kBlockBytes = 128;

// Spec: RFC 7693, 2.6.
constexpr State kIv = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                       0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                       0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
// Spec: RFC 7693, 2.5: no key, 32 bytes of hash.
constexpr uint64_t kParameters = 0x01010000 ^ sizeof(Digest);
// Spec: RFC 7693, 2.7.
constexpr uint8_t kSigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

// Spec: RFC 7693, 3.1.
[[gnu::always_inline]] inline void Mix(uint64_t& a, uint64_t& b, uint64_t& c, uint64_t& d,
                                       uint64_t x, uint64_t y) {
  a += b + x;
  d = std::rotr(d ^ a, 32);
  c += d;
  b = std::rotr(b ^ c, 24);
  a += b + y;
  d = std::rotr(d ^ a, 16);
  c += d;
  b = std::rotr(b ^ c, 63);
}

template <int round>
[[gnu::always_inline]] inline void Round(uint64_t (&v)[16], const uint64_t (&m)[16]) {
  constexpr const auto& s = kSigma[round % 10];
  Mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
  Mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
  Mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
  Mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
  Mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
  Mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
  Mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
  Mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

// Spec: RFC 7693, 3.2. `bytes`: how many have gone in, with this block.
void Compress(State& h, const char* block, uint64_t bytes, bool is_last) {
  uint64_t m[16];
  std::memcpy(m, block, sizeof m);
  uint64_t v[16];
  for (size_t i = 0; i < h.size(); ++i) {
    v[i] = h[i];
    v[i + 8] = kIv[i];
  }
  v[12] ^= bytes;
  if (is_last) v[14] = ~v[14];
  [&]<int... round>(std::integer_sequence<int, round...>) {
    (Round<round>(v, m), ...);
  }(std::make_integer_sequence<int, 12>());
  for (size_t i = 0; i < h.size(); ++i) h[i] ^= v[i] ^ v[i + 8];
}

}  // namespace

Digest Blake2b256(std::string_view text) {
  State h = kIv;
  h[0] ^= kParameters;
  uint64_t bytes = 0;
  // The last block, full or not, is marked as such; there is one even of an empty text.
  while (text.size() > kBlockBytes) {
    bytes += kBlockBytes;
    Compress(h, text.data(), bytes, /*is_last=*/false);
    text.remove_prefix(kBlockBytes);
  }
  char last[kBlockBytes] = {};
  if (!text.empty()) std::memcpy(last, text.data(), text.size());
  Compress(h, last, bytes + text.size(), /*is_last=*/true);
  Digest digest;
  std::memcpy(digest.data(), h.data(), digest.size());
  return digest;
}

}  // namespace airwasm::security::audit
