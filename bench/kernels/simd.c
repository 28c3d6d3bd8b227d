// SIMD through the compiler's portable vectors: a stencil of floats, and bytes blended with
// saturation. Compiled with -msimd128 for wasm and with the baseline's 128-bit registers for
// native.
#include "kernel.h"

typedef float F32x4 __attribute__((vector_size(16)));
typedef uint8_t U8x16 __attribute__((vector_size(16)));
typedef int32_t I32x4 __attribute__((vector_size(16)));

enum { kFloats = 4096, kBytes = 16384 };
static F32x4 field[kFloats / 4 + 2], next[kFloats / 4 + 2];
static U8x16 front[kBytes / 16], behind[kBytes / 16];

NOINLINE static void Stencil(void) {
  for (int i = 1; i <= kFloats / 4; ++i) {
    const F32x4 blurred = (field[i - 1] + field[i] * 2.0f + field[i + 1]) * 0.25f;
    const I32x4 large = blurred > 8.0f;
    next[i] = (F32x4)(((I32x4)(blurred * 0.5f) & large) | ((I32x4)blurred & ~large));
  }
  memcpy(&field[1], &next[1], kFloats * sizeof(float));
}

NOINLINE static void Blend(void) {
  for (int i = 0; i < kBytes / 16; ++i) {
    const U8x16 sum = front[i] + behind[i];
    const U8x16 carried = (U8x16)(sum < front[i]);
    behind[i] = (sum | carried) ^ (front[i] >> 1);
    front[i] = __builtin_shufflevector(front[i], front[i], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                       13, 14, 15, 0);
  }
}

int main(int argc, char** argv) {
  uint32_t random = 5;
  for (int i = 1; i <= kFloats / 4; ++i) {
    for (int j = 0; j < 4; ++j) field[i][j] = (float)(NextRandom(&random) & 0xFFF) / 16.0f;
  }
  for (int i = 0; i < kBytes / 16; ++i) {
    for (int j = 0; j < 16; ++j) {
      front[i][j] = (uint8_t)NextRandom(&random);
      behind[i][j] = (uint8_t)NextRandom(&random);
    }
  }
  for (int n = Iterations(argc, argv, 5000); n > 0; --n) {
    Stencil();
    Blend();
  }
  uint64_t sum = 0;
  for (int i = 1; i <= kFloats / 4; ++i) sum = MixDouble(sum, field[i][i & 3]);
  for (int i = 0; i < kBytes / 16; ++i) sum = Mix(sum, behind[i][i & 15]);
  return Report("simd", sum);
}
