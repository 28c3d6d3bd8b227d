// C++ with -fwasm-exceptions: thrown values, destructors on the way, rethrowing, and a stack of a
// thousand frames.
//
// Debian's libc++abi for wasm is built without exceptions, so the few functions that `throw` and
// `catch (...)` need are here; compiled for this machine the program uses the system's. Compiled
// once with the older exception instructions and once with try_table.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __wasm__
__asm__(
    ".tagtype __cpp_exception i32\n"
    ".globl __cpp_exception\n"
    "__cpp_exception:\n");

namespace {
void* caught[64];
int caught_count = 0;
}  // namespace

extern "C" {
void* __cxa_allocate_exception(size_t size) {
  return malloc(size);
}
void __cxa_throw(void* object, void*, void* (*)(void*)) {
  __builtin_wasm_throw(0, object);
}
void* __cxa_begin_catch(void* object) {
  return caught[caught_count++] = object;
}
void __cxa_end_catch() {
  --caught_count;
}
void __cxa_rethrow() {
  __builtin_wasm_throw(0, caught[caught_count - 1]);
}
}
namespace std {
[[noreturn]] void terminate() noexcept {
  abort();
}
}  // namespace std
#endif

namespace {

struct Guard {
  explicit Guard(const char* name) : name(name) {}
  ~Guard() { printf("leaving %s\n", name); }
  const char* name;
};

int unwound = 0;
struct Counter {
  ~Counter() { ++unwound; }
};

[[gnu::noinline]] int Deep(int depth) {
  Counter counter;
  if (depth == 0) throw 42;
  return Deep(depth - 1) + 1;
}

[[gnu::noinline]] int Middle(int value) {
  Guard guard("middle");
  try {
    Guard inner("inner");
    if (value % 3 == 0) throw value;
    return value * 2;
  } catch (...) {
    printf("passing %d on\n", value);
    if (value % 2 == 0) throw;
    return -1;
  }
}

}  // namespace

int main() {
  int sum = 0;
  for (int i = 0; i < 8; ++i) {
    try {
      sum += Middle(i);
    } catch (...) {
      printf("caught at %d\n", i);
      sum += 100;
    }
  }
  printf("sum %d\n", sum);
  for (int i = 0; i < 1000; ++i) {
    try {
      Deep(i);
    } catch (...) {
    }
  }
  printf("unwound %d frames\n", unwound);
  return sum == 0;
}
