// Recursion with bit sets: all ways to put queens on a board so that none attacks another.
#include "kernel.h"

NOINLINE static uint32_t Place(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == all) return 1;
  uint32_t found = 0;
  for (uint32_t free = all & ~(columns | left | right); free != 0; free &= free - 1) {
    const uint32_t queen = free & -free;
    found += Place(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return found;
}

int main(int argc, char** argv) {
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 600); n > 0; --n) {
    sum = Mix(sum, Place((1u << (8 + n % 3)) - 1, 0, 0, 0));
  }
  return Report("nqueens", sum);
}
