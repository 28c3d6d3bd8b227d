// Table lookups chained through a value: CRC-32 of a buffer, a byte at a time.
#include "kernel.h"

enum { kSize = 1 << 18 };
static uint32_t table[256];
static uint8_t data[kSize];

NOINLINE static uint32_t Crc(uint32_t crc) {
  for (int i = 0; i < kSize; ++i) crc = table[(crc ^ data[i]) & 0xFF] ^ (crc >> 8);
  return crc;
}

int main(int argc, char** argv) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  uint32_t random = 3;
  for (int i = 0; i < kSize; ++i) data[i] = (uint8_t)NextRandom(&random);
  uint32_t crc = 0xFFFFFFFFu;
  for (int i = Iterations(argc, argv, 120); i > 0; --i) crc = Crc(crc);
  return Report("crc32", ~crc);
}
