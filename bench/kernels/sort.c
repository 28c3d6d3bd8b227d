// call_indirect: heap sort and insertion sort through a comparator chosen at run time.
#include "kernel.h"

typedef int (*Compare)(const void* a, const void* b);

static int Ascending(const void* a, const void* b) {
  const uint32_t x = *(const uint32_t*)a, y = *(const uint32_t*)b;
  return (x > y) - (x < y);
}
static int Descending(const void* a, const void* b) {
  return Ascending(b, a);
}
static int ByLowByte(const void* a, const void* b) {
  const uint32_t x = *(const uint32_t*)a & 0xFF, y = *(const uint32_t*)b & 0xFF;
  return x != y ? (x > y) - (x < y) : Ascending(a, b);
}
static Compare const volatile kOrders[] = {Ascending, Descending, ByLowByte};

enum { kCount = 8192 };
static uint32_t values[kCount];

NOINLINE static void Sift(uint32_t* v, int from, int count, Compare compare) {
  const uint32_t moved = v[from];
  for (;;) {
    int child = 2 * from + 1;
    if (child >= count) break;
    if (child + 1 < count && compare(&v[child + 1], &v[child]) > 0) ++child;
    if (compare(&moved, &v[child]) >= 0) break;
    v[from] = v[child];
    from = child;
  }
  v[from] = moved;
}

NOINLINE static void HeapSort(uint32_t* v, int count, Compare compare) {
  for (int i = count / 2 - 1; i >= 0; --i) Sift(v, i, count, compare);
  for (int i = count - 1; i > 0; --i) {
    const uint32_t top = v[0];
    v[0] = v[i];
    v[i] = top;
    Sift(v, 0, i, compare);
  }
}

int main(int argc, char** argv) {
  uint32_t random = 7;
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 36); n > 0; --n) {
    for (int i = 0; i < kCount; ++i) values[i] = NextRandom(&random);
    HeapSort(values, kCount, kOrders[n % 3]);
    for (int i = 0; i < kCount; i += 512) sum = Mix(sum, values[i]);
  }
  return Report("sort", sum);
}
