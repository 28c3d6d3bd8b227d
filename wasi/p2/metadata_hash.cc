#include "wasi/p2/metadata_hash.h"

#include <bit>

namespace airwasm::wasi::p2 {
namespace {

constexpr uint64_t kKey[2] = {0x8e1f64c9a2b7d053, 0x39d5f0e8714ca62b};

// Spec: Aumasson and Bernstein, "SipHash: a fast short-input PRF"; the 128-bit output of its
// reference implementation.
struct SipState {
  uint64_t v0 = kKey[0] ^ 0x736f6d6570736575;
  uint64_t v1 = kKey[1] ^ 0x646f72616e646f6d ^ 0xee;
  uint64_t v2 = kKey[0] ^ 0x6c7967656e657261;
  uint64_t v3 = kKey[1] ^ 0x7465646279746573;

  void Rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }
  void Absorb(uint64_t word) {
    v3 ^= word;
    Rounds(2);
    v0 ^= word;
  }
  uint64_t Squeeze() {
    Rounds(4);
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

MetadataHash HashObject(uint64_t device, uint64_t inode) {
  SipState state;
  state.Absorb(device);
  state.Absorb(inode);
  state.Absorb(uint64_t{16} << 56);  // the number of bytes
  MetadataHash hash;
  state.v2 ^= 0xee;
  hash.lower = state.Squeeze();
  state.v1 ^= 0xdd;
  hash.upper = state.Squeeze();
  return hash;
}

}  // namespace airwasm::wasi::p2
