// f64 in a tight loop that carries all its state in locals.
#include "kernel.h"

int main(int argc, char** argv) {
  const int size = Iterations(argc, argv, 560);
  uint64_t sum = 0;
  for (int row = 0; row < size; ++row) {
    const double ci = 2.4 * row / size - 1.2;
    for (int column = 0; column < size; ++column) {
      const double cr = 3.0 * column / size - 2.1;
      double zr = 0, zi = 0;
      int left = 200;
      while (left > 0 && zr * zr + zi * zi <= 4.0) {
        const double next = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = next;
        --left;
      }
      sum += (uint64_t)left * (uint64_t)(row + 1);
    }
  }
  return Report("mandelbrot", sum);
}
