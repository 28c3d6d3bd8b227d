// Strings: words are made, hashed byte by byte, looked up in an open table, compared and counted.
#include "kernel.h"

enum { kSlots = 4096, kLongest = 12 };
typedef struct {
  char word[kLongest];
  uint32_t count;
} Entry;
static Entry table[kSlots];

NOINLINE static Entry* Find(const char* word) {
  uint32_t hash = 2166136261u;
  for (const char* c = word; *c; ++c) hash = (hash ^ (uint8_t)*c) * 16777619u;
  uint32_t slot = hash % kSlots;
  while (table[slot].count != 0 && strcmp(table[slot].word, word) != 0) slot = (slot + 1) % kSlots;
  return &table[slot];
}

int main(int argc, char** argv) {
  static const char* const kSyllables[] = {"ka", "lo", "mi", "ne", "ru", "so",
                                           "ta", "vi", "zu", "em", "or"};
  uint32_t random = 42;
  for (int n = Iterations(argc, argv, 700000); n > 0; --n) {
    char word[kLongest];
    word[0] = 0;
    const uint32_t r = NextRandom(&random);
    strcat(word, kSyllables[r % 11]);
    strcat(word, kSyllables[(r >> 8) % 11]);
    if (r & 0x10000) strcat(word, kSyllables[(r >> 20) % 11]);
    Entry* entry = Find(word);
    if (entry->count == 0) strcpy(entry->word, word);
    ++entry->count;
  }
  uint64_t sum = 0;
  for (int i = 0; i < kSlots; ++i) {
    if (table[i].count != 0) sum = Mix(sum, table[i].count * 31u + strlen(table[i].word));
  }
  return Report("strings", sum);
}
