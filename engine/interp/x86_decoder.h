// Instructions of x86-64 taken apart, as far as stencil_maker.cc asks: those that a compiler makes
// of handlers for x86-64-v2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace airwasm::interp::x86 {

enum Register : uint8_t {
  rax,
  rcx,
  rdx,
  rbx,
  rsp,
  rbp,
  rsi,
  rdi,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15
};
inline constexpr uint8_t kNone = 0xFF;

// A bit for each register.
constexpr uint16_t Bit(Register r) {
  return static_cast<uint16_t>(1u << r);
}

struct Instruction {
  uint8_t bytes = 0;   // 0: not known
  uint8_t prefix = 0;  // the last of 0x66, 0xF0, 0xF2, 0xF3; 0: none
  uint8_t rex = 0;
  uint8_t map = 0;  // of opcodes: 1 for 0F, 2 for 0F 38, 3 for 0F 3A
  uint8_t opcode = 0;
  bool has_modrm = false;
  uint8_t modrm = 0;
  uint8_t displacement_at = 0;  // 0: it has none
  uint8_t immediate_at = 0;     // likewise; relative distances too
  uint8_t immediate_bytes = 0;
  uint8_t base = kNone;  // of the memory operand; kNone also for rip
  uint8_t index = kNone;

  bool is_wide() const { return (rex & 8) != 0; }
  bool has_memory() const { return has_modrm && modrm < 0xC0; }
  // The field beside the operand that may be memory: a register, or more of the opcode.
  uint8_t field() const { return modrm >> 3 & 7; }
  bool Is(uint8_t of_map, uint8_t of_opcode) const { return map == of_map && opcode == of_opcode; }
};

// The first instruction of `code`.
Instruction Decode(std::span<const uint8_t> code);

// A jump by a distance, conditional or not.
bool IsJump(const Instruction& instruction);
// General registers that it names, or uses unnamed. Of memory operands, the base and the index.
uint16_t RegistersOf(const Instruction& instruction);

// What it does with its memory operand.
enum class Access : uint8_t {
  kRead,      // reads it, and its bits are no floats
  kReadElse,  // likewise; a register in its place needs another instruction
  kMove,      // moves a register of 64 bits there
  kWrite,     // writes 16 bytes at most
  kUnknown,   // all else, its address too
};
Access AccessOf(const Instruction& instruction);

}  // namespace airwasm::interp::x86
