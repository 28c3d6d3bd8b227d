// A stream cipher: ChaCha20 (RFC 8439) over a buffer, sixteen words of state per block.
#include "kernel.h"

enum { kSize = 1 << 15 };
static uint8_t data[kSize];

static inline uint32_t Rotate(uint32_t x, int n) {
  return x << n | x >> (32 - n);
}

static inline void Quarter(uint32_t* x, int a, int b, int c, int d) {
  x[a] += x[b];
  x[d] = Rotate(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = Rotate(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = Rotate(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = Rotate(x[b] ^ x[c], 7);
}

NOINLINE static void Block(const uint32_t* input, uint32_t* x) {
  for (int i = 0; i < 16; ++i) x[i] = input[i];
  for (int round = 0; round < 10; ++round) {
    Quarter(x, 0, 4, 8, 12);
    Quarter(x, 1, 5, 9, 13);
    Quarter(x, 2, 6, 10, 14);
    Quarter(x, 3, 7, 11, 15);
    Quarter(x, 0, 5, 10, 15);
    Quarter(x, 1, 6, 11, 12);
    Quarter(x, 2, 7, 8, 13);
    Quarter(x, 3, 4, 9, 14);
  }
  for (int i = 0; i < 16; ++i) x[i] += input[i];
}

NOINLINE static void Encrypt(uint32_t* input) {
  for (int at = 0; at < kSize; at += 64) {
    uint32_t stream[16];
    Block(input, stream);
    ++input[12];
    for (int i = 0; i < 64; ++i) data[at + i] ^= (uint8_t)(stream[i / 4] >> (8 * (i % 4)));
  }
}

int main(int argc, char** argv) {
  // "expand 32-byte k", the key 00 01 02 ... 1f, counter 1 and the nonce of the RFC's example.
  uint32_t input[16] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, 0,          0, 0, 0, 0, 0,
                        0,          0,          1,          0x09000000, 0x4A000000, 0};
  for (uint32_t i = 0; i < 8; ++i) input[4 + i] = 0x03020100u + i * 0x04040404u;
  uint32_t block[16];
  Block(input, block);
  if (block[0] != 0xE4E7F110u || block[15] != 0x4E3C50A2u) return 1;
  for (int n = Iterations(argc, argv, 350); n > 0; --n) Encrypt(input);
  uint64_t sum = 0;
  for (int i = 0; i < kSize; i += 8) sum = Mix(sum, data[i] | (uint32_t)data[i + 5] << 8);
  return Report("chacha20", sum);
}
