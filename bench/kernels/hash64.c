// i64 arithmetic: multiply, rotate and shift, as hash functions and ciphers do.
#include "kernel.h"

static inline uint64_t Rotate(uint64_t x, int n) {
  return (x << n) | (x >> (64 - n));
}

int main(int argc, char** argv) {
  uint64_t a = 0x243F6A8885A308D3u, b = 0x13198A2E03707344u, c = 0xA4093822299F31D0u,
           d = 0x082EFA98EC4E6C89u;
  for (int i = Iterations(argc, argv, 12000000); i > 0; --i) {
    a += b;
    d = Rotate(d ^ a, 32);
    c += d;
    b = Rotate(b ^ c, 24);
    a += b * 0x9E3779B97F4A7C15u;
    d = Rotate(d ^ a, 16);
    c += d;
    b = Rotate(b ^ c, 63) + (a >> 33);
  }
  return Report("hash64", a ^ b ^ c ^ d);
}
