// Calls: two recursive calls per step and almost nothing else.
#include "kernel.h"

NOINLINE static uint32_t Fib(uint32_t n) {
  return n < 2 ? n : Fib(n - 1) + Fib(n - 2);
}

int main(int argc, char** argv) {
  return Report("fib", Fib((uint32_t)Iterations(argc, argv, 35)));
}
