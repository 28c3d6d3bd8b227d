// Dynamic programming: the edit distance of two strings, a row of the table at a time, each cell
// the least of three neighbours.
#include "kernel.h"

enum { kLength = 400 };
static char first[kLength + 1], second[kLength + 1];

NOINLINE static uint32_t Distance(const char* a, uint32_t a_length, const char* b,
                                  uint32_t b_length) {
  static uint32_t row[kLength + 1];
  for (uint32_t j = 0; j <= b_length; ++j) row[j] = j;
  for (uint32_t i = 1; i <= a_length; ++i) {
    uint32_t diagonal = row[0];
    row[0] = i;
    for (uint32_t j = 1; j <= b_length; ++j) {
      const uint32_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      const uint32_t removed = row[j] + 1, inserted = row[j - 1] + 1;
      uint32_t least = replaced < removed ? replaced : removed;
      if (inserted < least) least = inserted;
      diagonal = row[j];
      row[j] = least;
    }
  }
  return row[b_length];
}

int main(int argc, char** argv) {
  if (Distance("kitten", 6, "sitting", 7) != 3) return 1;
  uint32_t random = 13;
  for (int i = 0; i < kLength; ++i) {
    first[i] = (char)('a' + NextRandom(&random) % 6);
    second[i] = (char)('a' + NextRandom(&random) % 6);
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 150); n > 0; --n) {
    sum = Mix(sum, Distance(first, kLength, second, kLength));
    first[n % kLength] = second[n * 7 % kLength];
  }
  return Report("levenshtein", sum);
}
