// How much is done with a function, by its size and its loops.
//
// The numbers are measured: spec-tests/hostile/compile_hostile.py shows what a compilation takes
// right below them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "llvm/IR/Function.h"

namespace airwasm::jit {

enum class Effort : uint8_t {
  kLean,       // few passes, nothing that makes values live longer, and a simple back end
  kPlain,      // few passes: what compilers have made is good wasm already
  kOptimized,  // vectors and unrolled loops too
};

// What is to be done with the function; kPlain where nothing was said.
void SetEffort(llvm::Function& function, Effort effort);
Effort EffortOf(const llvm::Function& function);

// Of a lowered function, or several together.
struct Size {
  size_t blocks = 0;
  size_t instructions = 0;  // phis included
  size_t phi_operands = 0;
  size_t calls = 0;
  size_t loops = 0;
  size_t largest_block = 0;  // instructions

  // Values that live through the function are looked at in each of its blocks, and split at each
  // call.
  uint64_t Crossings() const { return uint64_t{blocks} * calls; }
};

// Sets the effort of a function that has just been lowered, or says why LLVM is not to have it at
// all; empty if it is. `optimized` is the size of those that are compiled with it as kOptimized,
// which it is added to if it becomes one.
std::string Judge(llvm::Function& function, Size& optimized);

}  // namespace airwasm::jit
