// A stencil of f64: Jacobi's iteration over a plane (PolyBench), two planes that take turns.
#include "kernel.h"

enum { kN = 250 };
static double planes[2][kN][kN];

NOINLINE static void Step(double (*restrict to)[kN], double (*restrict from)[kN]) {
  for (int i = 1; i < kN - 1; ++i) {
    for (int j = 1; j < kN - 1; ++j) {
      to[i][j] =
          0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i - 1][j] + from[i + 1][j]);
    }
  }
}

int main(int argc, char** argv) {
  for (int i = 0; i < kN; ++i) {
    for (int j = 0; j < kN; ++j) {
      planes[0][i][j] = (double)i * (j + 2) / kN;
      planes[1][i][j] = (double)i * (j + 3) / kN;
    }
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 220); n > 0; --n) {
    Step(planes[1], planes[0]);
    Step(planes[0], planes[1]);
    sum = MixDouble(sum, planes[0][kN / 2][n % kN]);
  }
  return Report("jacobi2d", sum);
}
