// The inner loop of a quantised neural network: a product of i8 matrices into i32, with a bias, a
// scale and a clamp back to i8.
#include "kernel.h"

enum { kN = 128 };
static int8_t left[kN][kN], right[kN][kN], product[kN][kN];
static int32_t bias[kN];

// `right` holds columns, so that both operands are read in order.
NOINLINE static void Multiply(void) {
  for (int i = 0; i < kN; ++i) {
    for (int j = 0; j < kN; ++j) {
      int32_t sum = bias[j];
      for (int k = 0; k < kN; ++k) sum += left[i][k] * right[j][k];
      sum = (sum * 5 + 512) >> 10;
      product[i][j] = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
    }
  }
}

int main(int argc, char** argv) {
  uint32_t random = 23;
  for (int i = 0; i < kN; ++i) {
    bias[i] = (int32_t)(NextRandom(&random) & 0xFFF) - 0x800;
    for (int j = 0; j < kN; ++j) {
      left[i][j] = (int8_t)NextRandom(&random);
      right[i][j] = (int8_t)NextRandom(&random);
    }
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 40); n > 0; --n) {
    Multiply();
    memcpy(left, product, sizeof left);
    left[n % kN][n % 7] ^= (int8_t)n;
    sum = Mix(sum, (uint8_t)product[n % kN][n % 5]);
  }
  for (int i = 0; i < kN; ++i) sum = Mix(sum, (uint8_t)product[i][i]);
  return Report("gemm_i8", sum);
}
