// Butterflies of f32: a fast Fourier transform of radix two, forth and back.
#include "kernel.h"

enum { kBits = 11, kN = 1 << kBits };
typedef struct {
  float re, im;
} Complex;
static Complex signal[kN], roots[kN / 2];

NOINLINE static void Reverse(void) {
  for (uint32_t i = 0, j = 0; i < kN; ++i) {
    if (i < j) {
      const Complex swapped = signal[i];
      signal[i] = signal[j];
      signal[j] = swapped;
    }
    uint32_t bit = kN >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
}

NOINLINE static void Transform(float direction) {
  Reverse();
  for (int half = 1; half < kN; half *= 2) {
    const int stride = kN / 2 / half;
    for (int start = 0; start < kN; start += 2 * half) {
      for (int k = 0; k < half; ++k) {
        const Complex w = roots[k * stride];
        Complex* a = &signal[start + k];
        Complex* b = a + half;
        const float wi = w.im * direction;
        const float re = b->re * w.re - b->im * wi, im = b->re * wi + b->im * w.re;
        b->re = a->re - re;
        b->im = a->im - im;
        a->re += re;
        a->im += im;
      }
    }
  }
}

// The roots of unity from half angles, with nothing but square roots, so that no library's rounding
// comes in: the root in the middle of two known ones is their sum, brought to length one.
static void FindRoots(void) {
  static double re[kN / 2 + 1], im[kN / 2 + 1];
  re[0] = 1;
  re[kN / 2] = -1;
  im[kN / 4] = 1;
  for (int step = kN / 4; step > 1; step /= 2) {
    for (int i = step / 2; i < kN / 2; i += step) {
      const double x = re[i - step / 2] + re[i + step / 2], y = im[i - step / 2] + im[i + step / 2];
      const double length = __builtin_sqrt(x * x + y * y);
      re[i] = x / length;
      im[i] = y / length;
    }
  }
  for (int i = 0; i < kN / 2; ++i) roots[i] = (Complex){(float)re[i], (float)im[i]};
}

int main(int argc, char** argv) {
  FindRoots();
  uint32_t random = 29;
  for (int i = 0; i < kN; ++i) signal[i].re = (float)(NextRandom(&random) & 0xFFFF) / 65536.0f;
  const float before = signal[1].re;
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 500); n > 0; --n) {
    Transform(-1.0f);
    sum = MixDouble(sum, (double)signal[n % kN].im);
    Transform(1.0f);
    for (int i = 0; i < kN; ++i) {
      signal[i].re *= 1.0f / kN;
      signal[i].im *= 1.0f / kN;
    }
    if (signal[1].re - before > 0.01f || before - signal[1].re > 0.01f) return 1;
  }
  return Report("fft", sum);
}
