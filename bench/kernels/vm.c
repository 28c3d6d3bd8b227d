// br_table: a bytecode machine whose loop is one switch. The guest program counts perfect squares
// and sums remainders.
#include "kernel.h"

enum Code {
  kPush,
  kLoad,
  kStore,
  kAdd,
  kSub,
  kMul,
  kRem,
  kLess,
  kEqual,
  kJump,
  kJumpIfZero,
  kDup,
  kDrop,
  kPrint,
  kHalt
};

// for (i = 1; i < n; ++i) { if (i * i % 97 == 4) ++hits; total += i % 13; }
static const int32_t kProgram[] = {
    kPush,  1, kStore, 0,                                                //  0: i = 1
    kLoad,  0, kLoad,  3,           kLess, kJumpIfZero, 45,              //  4: while (i < n)
    kLoad,  0, kDup,   kMul,        kPush, 97,          kRem,            // 11: i * i % 97
    kPush,  4, kEqual, kJumpIfZero, 30,                                  // 18:   == 4 ?
    kLoad,  1, kPush,  1,           kAdd,  kStore,      1,               // 23: ++hits
    kLoad,  2, kLoad,  0,           kPush, 13,          kRem, kAdd,      // 30: total + i % 13
    kStore, 2, kJump,  46,                                               // 38: to the increment
    kPush,  0, kDrop,                                                    // 42: never reached
    kHalt,                                                               // 45
    kLoad,  0, kPush,  1,           kAdd,  kStore,      0,    kJump, 4,  // 46: ++i
};

NOINLINE static int32_t Run(const int32_t* program, int32_t n) {
  int32_t stack[16], vars[4] = {0, 0, 0, n}, output = 0;
  int sp = 0, pc = 0;
  for (;;) {
    switch ((enum Code)program[pc++]) {
      case kPush:
        stack[sp++] = program[pc++];
        break;
      case kLoad:
        stack[sp++] = vars[program[pc++]];
        break;
      case kStore:
        vars[program[pc++]] = stack[--sp];
        break;
      case kAdd:
        --sp;
        stack[sp - 1] += stack[sp];
        break;
      case kSub:
        --sp;
        stack[sp - 1] -= stack[sp];
        break;
      case kMul:
        --sp;
        stack[sp - 1] = (int32_t)((uint32_t)stack[sp - 1] * (uint32_t)stack[sp]);
        break;
      case kRem:
        --sp;
        stack[sp - 1] %= stack[sp];
        break;
      case kLess:
        --sp;
        stack[sp - 1] = stack[sp - 1] < stack[sp];
        break;
      case kEqual:
        --sp;
        stack[sp - 1] = stack[sp - 1] == stack[sp];
        break;
      case kJump:
        pc = program[pc];
        break;
      case kJumpIfZero:
        pc = stack[--sp] == 0 ? program[pc] : pc + 1;
        break;
      case kDup:
        stack[sp] = stack[sp - 1];
        ++sp;
        break;
      case kDrop:
        --sp;
        break;
      case kPrint:
        output += stack[--sp];
        break;
      case kHalt:
        return vars[1] * 1000003 + vars[2] + output;
    }
  }
}

int main(int argc, char** argv) {
  // i * i stays below 2^31.
  uint64_t sum = 0;
  for (int i = Iterations(argc, argv, 20); i > 0; --i)
    sum = Mix(sum, (uint32_t)Run(kProgram, 30000 + i));
  return Report("vm", sum);
}
