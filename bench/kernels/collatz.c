// Branches: i64 arithmetic steered by a test that no predictor learns.
#include "kernel.h"

int main(int argc, char** argv) {
  const int last = Iterations(argc, argv, 500000);
  uint64_t sum = 0, longest = 0;
  for (int start = 1; start <= last; ++start) {
    uint64_t n = (uint64_t)start, steps = 0;
    while (n != 1) {
      if (n & 1) {
        n = 3 * n + 1;
      } else {
        n >>= 1;
      }
      ++steps;
    }
    if (steps > longest) longest = steps;
    sum += steps;
  }
  return Report("collatz", Mix(sum, longest));
}
