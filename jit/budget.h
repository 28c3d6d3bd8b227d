// What compiling a function may cost. LLVM's passes are not linear, and nothing may compile for
// minutes or take all memory, whatever the function is: what does not fit stays with the
// interpreter, or has to do with fewer passes.
//
// The numbers are measured: spec-tests/hostile/compile_hostile.py shows what a compilation takes
// right below them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace airwasm::jit {

// ---- Before anything is lowered.

// Of wasm: lowered and made into machine code with few passes within a second or two.
inline constexpr size_t kMaxBodyBytes = 256 << 10;
// The interpreter's frame is read in whole when a loop is entered, and all are phis in every loop
// that they live through.
inline constexpr uint32_t kMaxLocals = 20'000;

// Of bodies together: an entry at a loop is lowered once more for each loop around that one.
inline constexpr size_t kMaxCopiedBytes = 64 << 10;

// ---- While it is lowered. A unit is what takes a word or so to note down: an instruction, an
// operand that a branch or a call hands on, a local's value in a block; a phi is some.

// Some hundred megabytes of LLVM values, and less than a second.
inline constexpr uint64_t kMaxUnits = 3'000'000;
inline constexpr uint64_t kUnitsOfPhi = 4;
inline constexpr uint64_t kUnitsOfArgument = 4;  // or a result: on its way through memory
inline constexpr uint64_t kUnitsOfBlock = 100;   // so there are 30,000 at most

// When it is lowered its size decides: jit/effort.h.

// Processor time of the calling thread.
uint64_t ThreadTimeNs();

// ---- While LLVM works. Its passes cannot be stopped, but most can be left out: that is what
// becomes of the rest of them after this much processor time. What has to follow takes some seconds
// at worst.
inline constexpr uint64_t kMaxOptimizeNs = 1'000'000'000;

// What is spent. One thread.
class Budget {
 public:
  explicit Budget(const std::atomic<bool>* cancelled);
  // False: that was too much, now and from now on.
  bool Spend(uint64_t units) {
    spent_ += units;
    return !IsSpent();
  }
  bool IsSpent() const { return spent_ > kMaxUnits; }
  // Nobody waits for the result.
  bool IsCancelled() const {
    return cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed);
  }
  bool MustStop() const { return IsSpent() || IsCancelled(); }
  // Also when the time is up, from the budget's making on.
  bool IsLate() const;

 private:
  uint64_t spent_ = 0;
  const uint64_t begin_ns_;  // processor time of the thread
  const std::chrono::steady_clock::time_point begin_;
  const std::atomic<bool>* cancelled_;
};

}  // namespace airwasm::jit
