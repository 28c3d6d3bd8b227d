// Compiled code as gdb wants it told: an object file in memory for each image, in a list that gdb
// reads when a function of ours is called, at which it has a breakpoint.
//
// Spec: gdb manual, JIT compilation interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tier/image_listener.h"

// The interface, word for word: gdb knows it by these names and layouts.
extern "C" {
enum jit_actions_t : uint32_t { JIT_NOACTION = 0, JIT_REGISTER_FN, JIT_UNREGISTER_FN };
struct jit_code_entry {
  jit_code_entry* next_entry;
  jit_code_entry* prev_entry;
  const char* symfile_addr;
  uint64_t symfile_size;
};
struct jit_descriptor {
  uint32_t version;
  uint32_t action_flag;  // jit_actions_t
  jit_code_entry* relevant_entry;
  jit_code_entry* first_entry;
};
// LLVM's libraries have the same two; where a program links both, one of them is used.
extern jit_descriptor __jit_debug_descriptor;
void __jit_debug_register_code();
}

namespace airwasm::tier {

// An ELF file with a symbol for each function of `image` at its address, named as in profiles
// (profile.h), and a frame description for those whose saved registers are known (FrameSaves). Of
// others gdb reads the frame pointer's way by itself.
std::vector<uint8_t> MakeGdbElf(const LoadedImage& image);

// In the list while it lives. Threads: any.
class GdbRegistration {
 public:
  explicit GdbRegistration(std::vector<uint8_t> elf);
  ~GdbRegistration();
  GdbRegistration(const GdbRegistration&) = delete;
  GdbRegistration& operator=(const GdbRegistration&) = delete;

 private:
  const std::vector<uint8_t> elf_;
  jit_code_entry entry_;
};

// Registers each image for as long as its code is there.
ImageListener* GdbListener();

}  // namespace airwasm::tier
