// What the runtime asks about compiled code, without knowing who makes it: engine/tier implements
// NativeCode.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/runtime/executor.h"

namespace airwasm::runtime {

inline constexpr int kNumSavedRegisters = 5;  // rbx, r12, r13, r14, r15

struct UnwindStep {
  const void* landing_pad = nullptr;  // where it goes on; null: it leaves the frame
  // Where the frame keeps the registers of its caller, in bytes from its frame pointer; 0: it does
  // not change that one.
  int32_t saved[kNumSavedRegisters] = {};
};

class NativeCode {
 public:
  virtual ~NativeCode() = default;
  // Appends the wasm instructions that native `pc` stands for, the innermost inlined one first.
  virtual void Locate(const void* pc, bool is_return_address,
                      std::vector<CodeLocation>& locations) const = 0;
  // How an exception passes the frame whose call returns to `return_pc`.
  virtual UnwindStep Unwind(const void* return_pc) const = 0;
};

// One for the process, set before the first code is published.
inline constinit std::atomic<const NativeCode*> native_code{nullptr};

// Where all code of a kind lies (code_memory.h). Async-signal-safe.
struct CodeRange {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> bytes{0};
  bool Contains(const void* pc) const {
    return reinterpret_cast<uintptr_t>(pc) - begin.load(std::memory_order_acquire) <
           bytes.load(std::memory_order_acquire);
  }
};
inline constinit CodeRange compiled_code_range;
inline constinit CodeRange baseline_code_range;  // of the interpreter (engine/interp/baseline.h)
inline bool InNativeCode(const void* pc) {
  return compiled_code_range.Contains(pc);
}

}  // namespace airwasm::runtime
