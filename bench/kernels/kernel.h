// What the kernels share: the iteration count from the command line and the checksum at the end.
//
// A kernel is a program that computes for a while and prints one line, "NAME CHECKSUM". The same
// source is compiled to wasm32-wasi and to native code; equal lines mean equal work. The default
// count is set so that an interpreter needs some tenths of a second, long against the start of a
// process.
#ifndef BENCH_KERNELS_KERNEL_H_
#define BENCH_KERNELS_KERNEL_H_

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

static inline int Iterations(int argc, char** argv, int otherwise) {
  return argc > 1 ? atoi(argv[1]) : otherwise;
}

// FNV-1a over the eight bytes of `value`.
static inline uint64_t Mix(uint64_t sum, uint64_t value) {
  for (int i = 0; i < 8; ++i) {
    sum ^= (value >> (8 * i)) & 0xFF;
    sum *= 0x100000001B3u;
  }
  return sum;
}

static inline uint64_t MixDouble(uint64_t sum, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return Mix(sum, bits);
}

static inline int Report(const char* name, uint64_t sum) {
  printf("%s %08x%08x\n", name, (unsigned)(sum >> 32), (unsigned)sum);
  return 0;
}

// xorshift32: the same stream of inputs everywhere.
static inline uint32_t NextRandom(uint32_t* state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

#endif  // BENCH_KERNELS_KERNEL_H_
