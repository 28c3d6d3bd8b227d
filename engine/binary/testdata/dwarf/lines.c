// The source of version4.wasm and version5.wasm, which dwarf_line_test.cc asks for lines. To make
// them again, here:
//
//   for v in 4 5; do
//     clang --target=wasm32 -gdwarf-$v -O1 -fdebug-compilation-dir=/src -c lines.c -o lines.o
//     wasm-ld --no-entry --export=run lines.o -o version$v.wasm
//   done
#include "inc/half.h"

int g;

static int Unused(int x) {
  return x * x;
}

int run(int a, int b) {
  if (a > b) g = Half(a);
  return g / b;
}
