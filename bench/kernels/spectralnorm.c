// f64 division and sums: the spectral norm of an infinite matrix by the power method (Benchmarks
// Game). The matrix is computed wherever it is needed, so each element costs an integer
// multiplication, a conversion and a division.
#include <math.h>

#include "kernel.h"

enum { kN = 100 };
static double u[kN], v[kN], between[kN];

static inline double Element(int i, int j) {
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

NOINLINE static void Multiply(const double* from, double* to) {
  for (int i = 0; i < kN; ++i) {
    double sum = 0;
    for (int j = 0; j < kN; ++j) sum += Element(i, j) * from[j];
    to[i] = sum;
  }
}

NOINLINE static void MultiplyTransposed(const double* from, double* to) {
  for (int i = 0; i < kN; ++i) {
    double sum = 0;
    for (int j = 0; j < kN; ++j) sum += Element(j, i) * from[j];
    to[i] = sum;
  }
}

int main(int argc, char** argv) {
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 70); n > 0; --n) {
    for (int i = 0; i < kN; ++i) u[i] = 1 + (i == n % kN);
    for (int round = 0; round < 10; ++round) {
      Multiply(u, between);
      MultiplyTransposed(between, v);
      Multiply(v, between);
      MultiplyTransposed(between, u);
    }
    double uv = 0, vv = 0;
    for (int i = 0; i < kN; ++i) {
      uv += u[i] * v[i];
      vv += v[i] * v[i];
    }
    const double norm = sqrt(uv / vv);
    if (norm < 1.2742 || norm > 1.2743) return 1;
    sum = MixDouble(sum, norm);
  }
  return Report("spectralnorm", sum);
}
