// Memory bandwidth: STREAM's copy, scale, add and triad, and BLAS's axpy and dot, over arrays that
// fit no second-level cache.
#include "kernel.h"

enum { kCount = 1 << 18 };
static double a[kCount], b[kCount], c[kCount];
static float x[kCount], y[kCount];

NOINLINE static void Copy(void) {
  for (int i = 0; i < kCount; ++i) c[i] = a[i];
}
NOINLINE static void Scale(double by) {
  for (int i = 0; i < kCount; ++i) b[i] = by * c[i];
}
NOINLINE static void Add(void) {
  for (int i = 0; i < kCount; ++i) c[i] = a[i] + b[i];
}
NOINLINE static void Triad(double by) {
  for (int i = 0; i < kCount; ++i) a[i] = b[i] + by * c[i];
}
NOINLINE static void Axpy(float by) {
  for (int i = 0; i < kCount; ++i) y[i] += by * x[i];
}
NOINLINE static float Dot(void) {
  // Four sums, as the order of the additions is the program's.
  float sums[4] = {0, 0, 0, 0};
  for (int i = 0; i < kCount; i += 4) {
    for (int j = 0; j < 4; ++j) sums[j] += x[i + j] * y[i + j];
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

int main(int argc, char** argv) {
  for (int i = 0; i < kCount; ++i) {
    a[i] = 1.0 + (i & 7);
    x[i] = (float)(i & 15) / 16.0f;
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 60); n > 0; --n) {
    Copy();
    Scale(0.25);
    Add();
    Triad(0.6);  // which brings a[i] back to what it was
    Axpy(0.125f);
    sum = MixDouble(sum, (double)Dot());
    sum = MixDouble(sum, a[n * 997 % kCount]);
  }
  return Report("stream", sum);
}
