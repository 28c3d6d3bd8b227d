// The middle of a JPEG coder: blocks of 8 by 8 through an integer cosine transform, quantised, put
// in zigzag order and counted as runs of zeros.
#include "kernel.h"

enum { kBlocks = 256 };
static int16_t pixels[kBlocks][64];
static uint8_t zigzag[64];
// round(cos(k * pi / 16) * 2^13), halved by sqrt(2) for the constant term.
static const int32_t kCosine[8] = {5793, 8035, 7568, 6811, 5793, 4551, 3135, 1598};

// One dimension: the elements of `v` that lie `step` apart.
static inline void Transform(int32_t* v, int step, int shift) {
  int32_t even[4], odd[4];
  for (int i = 0; i < 4; ++i) {
    even[i] = v[i * step] + v[(7 - i) * step];
    odd[i] = v[i * step] - v[(7 - i) * step];
  }
  const int32_t half = 1 << (shift - 1);
  const int32_t* c = kCosine;
  const int32_t outer = even[0] + even[3], inner = even[1] + even[2];
  const int32_t e = even[0] - even[3], f = even[1] - even[2];
  v[0 * step] = ((outer + inner) * c[4] + half) >> shift;
  v[4 * step] = ((outer - inner) * c[4] + half) >> shift;
  v[2 * step] = (e * c[2] + f * c[6] + half) >> shift;
  v[6 * step] = (e * c[6] - f * c[2] + half) >> shift;
  v[1 * step] = (odd[0] * c[1] + odd[1] * c[3] + odd[2] * c[5] + odd[3] * c[7] + half) >> shift;
  v[3 * step] = (odd[0] * c[3] - odd[1] * c[7] - odd[2] * c[1] - odd[3] * c[5] + half) >> shift;
  v[5 * step] = (odd[0] * c[5] - odd[1] * c[1] + odd[2] * c[7] + odd[3] * c[3] + half) >> shift;
  v[7 * step] = (odd[0] * c[7] - odd[1] * c[5] + odd[2] * c[3] - odd[3] * c[1] + half) >> shift;
}

NOINLINE static void Forward(const int16_t* block, int32_t* v) {
  for (int i = 0; i < 64; ++i) v[i] = block[i] - 128;
  for (int row = 0; row < 8; ++row) Transform(v + 8 * row, 1, 11);
  for (int column = 0; column < 8; ++column) Transform(v + column, 8, 15);
}

NOINLINE static uint32_t Code(const int32_t* v) {
  uint32_t code = 0, run = 0;
  for (uint32_t i = 0; i < 64; ++i) {
    const int32_t quantum = 8 + (int32_t)i / 4 * 3;
    const int32_t value = v[zigzag[i]] / quantum;
    if (value == 0) {
      ++run;
      continue;
    }
    code = code * 31 + (run << 12 ^ (uint32_t)value);
    run = 0;
  }
  return code * 31 + run;
}

int main(int argc, char** argv) {
  for (int i = 0, row = 0, column = 0; i < 64; ++i) {
    zigzag[i] = (uint8_t)(8 * row + column);
    const int up = (row + column) % 2 == 0;
    if (up ? column == 7 : row == 7) {
      up ? ++row : ++column;
    } else if (up) {
      ++column;
      if (row > 0) --row;
    } else {
      ++row;
      if (column > 0) --column;
    }
  }
  uint32_t random = 19;
  for (int b = 0; b < kBlocks; ++b) {
    for (int i = 0; i < 64; ++i) {
      pixels[b][i] = (int16_t)((i / 8 * b + i % 8 * 9 + (int)(NextRandom(&random) & 15)) & 255);
    }
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 400); n > 0; --n) {
    uint32_t code = 0;
    for (int b = 0; b < kBlocks; ++b) {
      int32_t v[64];
      Forward(pixels[b], v);
      code ^= Code(v) * (uint32_t)(b + 1);
    }
    sum = Mix(sum, code);
    pixels[n % kBlocks][n % 64] ^= 0x40;
  }
  return Report("dct", sum);
}
