// The interface that a compiler implements. jit/ does, in a shared object of its own that is loaded
// when the first function is compiled: so nothing else of the engine knows LLVM.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"
#include "engine/tier/code_image.h"

namespace airwasm::tier {

// What a function costs beside its own bytes of wasm, in such bytes.
inline constexpr size_t kFixedCostBytes = 125;

struct CompileOptions {
  bool signals = true;         // false: traps are calls, loops and entries test the poll word
  bool strict_traps = false;   // no load is ever left out
  bool deterministic = false;  // NaNs are canonical, relaxed SIMD has one result
};

// What an indirect call has been seen to call, often: a function of the module.
struct LikelyCallee {
  uint32_t func_index;     // of the caller
  uint32_t module_offset;  // of the call, from the start of the module
  uint32_t callee;         // FuncIdx
};

struct CompileRequest {
  const runtime::Module* module = nullptr;
  std::vector<uint32_t> functions;          // FuncIdx of defined functions with valid bodies
  const runtime::LoopEntry* osr = nullptr;  // then `functions` is the one it belongs to
  std::vector<LikelyCallee> likely_callees;
  CompileOptions options;
  // Set when nobody wants the result any more: the compiler then gives up as soon as it can. Null:
  // never.
  const std::atomic<bool>* cancelled = nullptr;
};

// What the text forms are for: performance research.
enum class TextForm : uint8_t { kIr, kOptimizedIr, kAssembly };

struct CompileResult {
  CodeImage image;
  // Those left to the interpreter, and why.
  struct Refused {
    uint32_t func_index;
    std::string reason;
    bool is_loop_only = false;  // an entry at a loop was; the function itself may do
  };
  std::vector<Refused> refused;
  bool out_of_memory = false;  // nothing was compiled: refused here and now, and not for good
  uint64_t cpu_ns = 0;         // processor time that it took, on whatever thread
};

class Compiler {
 public:
  virtual ~Compiler() = default;
  // Threads: any; each call works alone. Does not throw. What runs out of memory within ends the
  // compiler's use in this process: it refuses everything from then on.
  virtual CompileResult Compile(const CompileRequest& request) = 0;
  virtual std::string Print(const CompileRequest& request, TextForm form) = 0;
  // Processor and its features that code is made for: part of the key of cached code.
  virtual std::string Target() const = 0;
};

// The name of the entry point in the shared object, and what makes sure both sides were built
// together.
inline constexpr char kCompilerEntry[] = "airwasm_new_compiler";
using NewCompiler = Compiler* (*)(const char* engine_build);

}  // namespace airwasm::tier
