// The smallest useful program, for the time and memory of a whole process.
#include <stdio.h>

int main(void) {
  puts("hello");
  return 0;
}
