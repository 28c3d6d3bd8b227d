// Compression as LZ4 does it: matches found through a table of hashes, copied back by the decoder.
#include "kernel.h"

enum { kSize = 1 << 16, kHashBits = 12, kLeast = 4 };
static uint8_t data[kSize], packed[kSize + kSize / 128 + 16], back[kSize];

static inline uint32_t Load(const uint8_t* at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static uint8_t* PutLength(uint8_t* out, uint32_t length) {
  for (; length >= 255; length -= 255) *out++ = 255;
  *out++ = (uint8_t)length;
  return out;
}

// Sequences of: a byte of two lengths of four bits, more length if they are 15, literals, an offset
// of 16 bits. The last one has literals only.
NOINLINE static uint32_t Pack(void) {
  static uint32_t table[1 << kHashBits];
  memset(table, 0, sizeof table);
  uint8_t* out = packed;
  uint32_t at = 1, anchor = 0;
  while (at + 12 < kSize) {
    const uint32_t hash = Load(data + at) * 2654435761u >> (32 - kHashBits);
    const uint32_t found = table[hash];
    table[hash] = at;
    if (at - found > 0xFFFF || Load(data + found) != Load(data + at)) {
      at += 1 + ((at - anchor) >> 6);
      continue;
    }
    uint32_t match = kLeast;
    while (at + match < kSize - 5 && data[found + match] == data[at + match]) ++match;
    const uint32_t literals = at - anchor, extra = match - kLeast;
    *out++ = (uint8_t)((literals < 15 ? literals : 15) << 4 | (extra < 15 ? extra : 15));
    if (literals >= 15) out = PutLength(out, literals - 15);
    memcpy(out, data + anchor, literals);
    out += literals;
    *out++ = (uint8_t)(at - found);
    *out++ = (uint8_t)((at - found) >> 8);
    if (extra >= 15) out = PutLength(out, extra - 15);
    at += match;
    anchor = at;
  }
  const uint32_t literals = kSize - anchor;
  *out++ = (uint8_t)((literals < 15 ? literals : 15) << 4);
  if (literals >= 15) out = PutLength(out, literals - 15);
  memcpy(out, data + anchor, literals);
  return (uint32_t)(out + literals - packed);
}

static uint32_t GetLength(const uint8_t** in, uint32_t length) {
  if (length < 15) return length;
  uint8_t byte;
  do {
    byte = *(*in)++;
    length += byte;
  } while (byte == 255);
  return length;
}

NOINLINE static uint32_t Unpack(uint32_t packed_size) {
  const uint8_t *in = packed, *end = packed + packed_size;
  uint8_t* out = back;
  for (;;) {
    const uint8_t token = *in++;
    const uint32_t literals = GetLength(&in, token >> 4);
    memcpy(out, in, literals);
    in += literals;
    out += literals;
    if (in >= end) return (uint32_t)(out - back);
    const uint8_t* from = out - (in[0] | in[1] << 8);
    in += 2;
    for (uint32_t left = kLeast + GetLength(&in, token & 15); left > 0; --left) *out++ = *from++;
  }
}

int main(int argc, char** argv) {
  // Words of a small vocabulary, with some noise between them.
  static const char* const kWords[] = {"memory ", "table ",  "global ",  "function ",   "import ",
                                       "export ", "module ", "validate", "instantiate", "\n"};
  uint32_t random = 37;
  for (uint32_t at = 0; at < kSize;) {
    const uint32_t r = NextRandom(&random);
    for (const char* c = kWords[r % 10]; *c && at < kSize; ++c) data[at++] = (uint8_t)*c;
    if ((r >> 16) % 5 == 0 && at < kSize) data[at++] = (uint8_t)(r >> 8);
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 160); n > 0; --n) {
    const uint32_t size = Pack();
    if (Unpack(size) != kSize || memcmp(data, back, kSize) != 0) return 1;
    sum = Mix(sum, size);
    data[(uint32_t)n * 641 % kSize] ^= (uint8_t)n;
  }
  return Report("lz", sum);
}
