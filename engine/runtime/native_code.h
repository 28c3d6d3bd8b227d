// What the runtime asks about compiled code, without knowing who makes it: engine/tier implements
// NativeCode.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/runtime/executor.h"

namespace airwasm::runtime {

class NativeCode {
 public:
  virtual ~NativeCode() = default;
  // Appends the wasm instructions that native `pc` stands for, the innermost inlined one first.
  virtual void Locate(const void* pc, bool is_return_address,
                      std::vector<CodeLocation>& locations) const = 0;
  // Where an exception goes on that comes out of the call returning to `return_pc`; null: it passes
  // through.
  virtual const void* FindLandingPad(const void* return_pc) const = 0;
};

// One for the process, set before the first code is published.
inline constinit std::atomic<const NativeCode*> native_code{nullptr};

// All compiled code of the process lies in this range. Async-signal-safe.
inline constinit std::atomic<uintptr_t> native_code_begin{0};
inline constinit std::atomic<uintptr_t> native_code_bytes{0};
inline bool InNativeCode(const void* pc) {
  return reinterpret_cast<uintptr_t>(pc) - native_code_begin.load(std::memory_order_acquire) <
         native_code_bytes.load(std::memory_order_acquire);
}

}  // namespace airwasm::runtime
