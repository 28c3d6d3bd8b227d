// Byte stores with a stride, and counting: the sieve of Eratosthenes.
#include "kernel.h"

enum { kSize = 1 << 20 };
static uint8_t composite[kSize];

NOINLINE static uint32_t Primes(void) {
  memset(composite, 0, sizeof composite);
  for (uint32_t i = 2; i * i < kSize; ++i) {
    if (composite[i]) continue;
    for (uint32_t j = i * i; j < kSize; j += i) composite[j] = 1;
  }
  uint32_t count = 0;
  for (uint32_t i = 2; i < kSize; ++i) {
    if (!composite[i]) ++count;
  }
  return count;
}

int main(int argc, char** argv) {
  uint64_t sum = 0;
  for (int i = Iterations(argc, argv, 20); i > 0; --i) sum = Mix(sum, Primes());
  return Report("sieve", sum);
}
