// Compiled code as plain data: what a compiler hands to the engine, what the object cache and
// `airwasm compile` write to disk, and what code memory maps. Position independent; needs no
// LLVM to be loaded.
#pragma once

#include <cstdint>
#include <vector>

namespace airwasm::tier {

inline constexpr uint32_t kNoLocation = UINT32_MAX;

// A wasm instruction that machine code stands for. Where its function was inlined, `parent` is the
// call in the function around it.
struct CodeLocationEntry {
  uint32_t func_index = 0;
  uint32_t module_offset = 0;  // from the start of the wasm module
  uint32_t parent = kNoLocation;
  bool operator==(const CodeLocationEntry&) const = default;
};

// From `code_offset` on, until the next entry, code belongs to `location` (index into
// CodeImage::locations).
struct CodeLine {
  uint32_t code_offset;
  uint32_t location;
};

// Calls whose exceptions are caught, those that stand in [begin, end), and where these go on.
struct LandingPad {
  uint32_t begin_offset;
  uint32_t end_offset;
  uint32_t pad_offset;
};

// Where the function at `code_offset` saves the registers that it must preserve: bytes from its
// frame pointer, 0 for those that it leaves alone (x86-64: rbx, r12 to r15).
struct FrameSaves {
  uint32_t code_offset;
  int32_t saved[5];
};

// A 64-bit word in the image that holds the address of a function of the C library.
enum class LibraryFunction : uint32_t { kMemcpy, kMemmove, kMemset, kFma, kFmaf };
struct CodeReloc {
  uint32_t offset;
  LibraryFunction function;
};

struct CompiledFunction {
  uint32_t func_index;
  uint32_t osr_loop_offset;  // kNoLocation: the function itself, else its entry at that loop
  uint32_t code_offset;
  uint32_t code_bytes;
  uint32_t
      entry_offset;  // of a function, not a loop: what has the entry signature (native.h) for it
};

// Code that stands for no wasm function: what has the entry signature for functions of a type, and
// what calls host functions of a type.
struct Trampoline {
  uint32_t code_offset;
  uint32_t code_bytes;
};

struct CodeImage {
  std::vector<uint8_t> bytes;  // code and constants; 64-byte aligned
  std::vector<CodeReloc> relocs;
  std::vector<CompiledFunction> functions;
  std::vector<Trampoline> trampolines;
  std::vector<CodeLocationEntry> locations;
  std::vector<CodeLine> lines;           // by rising code_offset
  std::vector<FrameSaves> frame_saves;   // by rising code_offset
  std::vector<LandingPad> landing_pads;  // disjoint, by rising begin_offset
};

}  // namespace airwasm::tier
