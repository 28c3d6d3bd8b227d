// Small arrays reversed over and over: fannkuch-redux (Benchmarks Game). Every permutation of a few
// cards is flipped until a one is on top.
#include "kernel.h"

enum { kCards = 9 };

NOINLINE static int Flips(const int* permutation) {
  int cards[kCards];
  memcpy(cards, permutation, sizeof cards);
  int flips = 0;
  for (int top = cards[0]; top != 0; top = cards[0]) {
    for (int low = 0, high = top; low < high; ++low, --high) {
      const int card = cards[low];
      cards[low] = cards[high];
      cards[high] = card;
    }
    ++flips;
  }
  return flips;
}

// The next permutation in the order in which prefixes are rotated; false after the last.
static int Next(int* permutation, int* turns) {
  for (int last = 1; last < kCards; ++last) {
    const int first = permutation[0];
    for (int i = 0; i < last; ++i) permutation[i] = permutation[i + 1];
    permutation[last] = first;
    if (++turns[last] <= last) return 1;
    turns[last] = 0;
  }
  return 0;
}

int main(int argc, char** argv) {
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 2); n > 0; --n) {
    int permutation[kCards], turns[kCards] = {0}, most = 0, checksum = 0, sign = 1;
    for (int i = 0; i < kCards; ++i) permutation[i] = (i + n) % kCards;
    do {
      const int flips = Flips(permutation);
      if (flips > most) most = flips;
      checksum += sign * flips;
      sign = -sign;
    } while (Next(permutation, turns));
    sum = Mix(sum, (uint64_t)(uint32_t)checksum << 8 | (uint32_t)most);
  }
  return Report("fannkuch", sum);
}
