// Memory: products of square matrices, i32 and f64, in the plain order that strides through one
// operand.
#include "kernel.h"

enum { kN = 96 };
static int32_t ia[kN][kN], ib[kN][kN], ic[kN][kN];
static double da[kN][kN], db[kN][kN], dc[kN][kN];

NOINLINE static void MultiplyInts(void) {
  for (int i = 0; i < kN; ++i) {
    for (int j = 0; j < kN; ++j) {
      uint32_t sum = 0;
      for (int k = 0; k < kN; ++k) sum += (uint32_t)ia[i][k] * (uint32_t)ib[k][j];
      ic[i][j] = (int32_t)sum;
    }
  }
}

NOINLINE static void MultiplyDoubles(void) {
  for (int i = 0; i < kN; ++i) {
    for (int j = 0; j < kN; ++j) {
      double sum = 0;
      for (int k = 0; k < kN; ++k) sum += da[i][k] * db[k][j];
      dc[i][j] = sum;
    }
  }
}

int main(int argc, char** argv) {
  uint32_t random = 1;
  for (int i = 0; i < kN; ++i) {
    for (int j = 0; j < kN; ++j) {
      ia[i][j] = (int32_t)NextRandom(&random);
      ib[i][j] = (int32_t)NextRandom(&random);
      da[i][j] = (double)(NextRandom(&random) & 0xFFFF) / 65536.0;
      db[i][j] = (double)(NextRandom(&random) & 0xFFFF) / 65536.0;
    }
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 20); n > 0; --n) {
    MultiplyInts();
    MultiplyDoubles();
    sum = Mix(sum, (uint64_t)(uint32_t)ic[n % kN][n % 7]);
    sum = MixDouble(sum, dc[n % kN][n % 5]);
    ia[n % kN][0] ^= n;
    da[n % kN][0] += 1.0;
  }
  return Report("matmul", sum);
}
