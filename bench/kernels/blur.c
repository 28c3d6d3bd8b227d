// An image of bytes: a box filter of three by three, along the rows and then along the columns, and
// a threshold for edges.
#include "kernel.h"

enum { kWidth = 320, kHeight = 240 };
static uint8_t image[kHeight][kWidth], blurred[kHeight][kWidth];
static uint16_t rows[kHeight][kWidth];

NOINLINE static void Blur(void) {
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 1; x < kWidth - 1; ++x) {
      rows[y][x] = (uint16_t)(image[y][x - 1] + image[y][x] + image[y][x + 1]);
    }
  }
  for (int y = 1; y < kHeight - 1; ++y) {
    for (int x = 1; x < kWidth - 1; ++x) {
      // 57 / 512 is a ninth, near enough for sums up to 9 * 255.
      const uint32_t sum = (uint32_t)rows[y - 1][x] + rows[y][x] + rows[y + 1][x];
      blurred[y][x] = (uint8_t)(sum * 57 >> 9);
    }
  }
}

NOINLINE static uint32_t Sharpen(void) {
  uint32_t edges = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const int difference = image[y][x] - blurred[y][x];
      edges += difference > 40 || difference < -40;
      const int sharp = image[y][x] + difference / 4;
      image[y][x] = (uint8_t)(sharp < 0 ? 0 : sharp > 255 ? 255 : sharp);
    }
  }
  return edges;
}

int main(int argc, char** argv) {
  uint32_t random = 17;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) image[y][x] = (uint8_t)NextRandom(&random);
  }
  uint64_t sum = 0;
  for (int n = Iterations(argc, argv, 100); n > 0; --n) {
    Blur();
    sum = Mix(sum, Sharpen());
    image[n % kHeight][n % kWidth] ^= 0x80;
  }
  for (int y = 1; y < kHeight; ++y) sum = Mix(sum, image[y][y] | (uint32_t)blurred[y][y] << 8);
  return Report("blur", sum);
}
