// Bytes in, bytes out: encodes a buffer, decodes it again and checks that it came back.
#include "kernel.h"

enum { kSize = 3 << 15, kText = kSize / 3 * 4 };
static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t data[kSize], back[kSize], value_of[256];
static char text[kText];

NOINLINE static void Encode(void) {
  char* out = text;
  for (int i = 0; i < kSize; i += 3) {
    const uint32_t group = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
    *out++ = kDigits[group >> 18];
    *out++ = kDigits[group >> 12 & 63];
    *out++ = kDigits[group >> 6 & 63];
    *out++ = kDigits[group & 63];
  }
}

NOINLINE static void Decode(void) {
  uint8_t* out = back;
  for (int i = 0; i < kText; i += 4) {
    uint32_t group = 0;
    for (int j = 0; j < 4; ++j) group = group << 6 | value_of[(uint8_t)text[i + j]];
    *out++ = (uint8_t)(group >> 16);
    *out++ = (uint8_t)(group >> 8);
    *out++ = (uint8_t)group;
  }
}

int main(int argc, char** argv) {
  for (int i = 0; i < 64; ++i) value_of[(uint8_t)kDigits[i]] = (uint8_t)i;
  uint32_t random = 9;
  for (int i = 0; i < kSize; ++i) data[i] = (uint8_t)NextRandom(&random);
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 80); n > 0; --n) {
    Encode();
    Decode();
    if (memcmp(data, back, kSize) != 0) return 1;
    sum = Mix(sum, (uint64_t)(uint8_t)text[n]);
    data[n] ^= (uint8_t)n;
  }
  return Report("base64", sum);
}
