// The table of stencils: pieces of machine code, each of a handler, with the places that are filled
// in for a cell. stencil_maker.cc writes it, baseline.cc copies from it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airwasm::interp {

// What is filled in.
enum class Hole : uint8_t {
#define AIRWASM_HOLE(name) name,
#include "engine/interp/stencil_holes.def"
#undef AIRWASM_HOLE
  go_next,     // the code of the cell behind
  go_target,   // of the branch's target
  go_handler,  // the handler of the cell itself, which does all of it
  table,       // of where a br_table goes: 32 bits each, from its start
  constant,    // HoleUse::constant, of the table
  inside,      // of this stencil: HoleUse::constant bytes from its start
};

// How.
enum class HoleKind : uint8_t {
  kWord64,
  kByte,        // of whose bits the processor takes as many as it needs
  kUnsigned32,  // the processor extends it by zeros
  kSigned32,    // by the sign
  // Likewise, behind the opcode 81 and a ModRM byte that names a register.
  kArithmetic32,  // of 32 bits, without an extension
  kArithmetic64,  // by the sign
  kDistance8,     // from the place to what it refers to
  kDistance32,
  // The displacement, 32 bits, of an instruction's memory operand with a base and an index.
  kDisplacement,
  // The same behind a ModRM byte with fp as the base: a slot (x86::Access).
  kSlotRead,      // with a register in its place the instruction does the same
  kSlotReadElse,  // with a register it would be another
  kSlotMove,      // a register of 64 bits is stored
  kSlotWrite,     // up to 16 bytes are written otherwise
};

struct HoleUse {
  uint16_t at;        // in the stencil's code
  int16_t addend;     // to what is filled in
  uint16_t constant;  // index, or a place
  Hole hole;
  HoleKind kind;
};
static_assert(sizeof(HoleUse) == 8);

// The registers that go through stencils as they are (AIRWASM_SLOT_PARAMS), as the processor
// numbers them.
inline constexpr uint8_t kSlotRegisters[] = {6, 2, 8, 9, 11};  // rsi, rdx, r8, r9, r11
inline constexpr size_t kNumSlotRegisters = sizeof kSlotRegisters;

struct Stencil {
  int32_t handler;  // from the address of this field to the handler
  uint32_t code;    // its first byte and its first use of a hole, from the start of all
  uint32_t uses;
  uint16_t code_bytes;
  uint8_t num_uses;
  uint8_t busy;              // a bit for each of kSlotRegisters that it keeps elsewhere for a while
  bool goes_on;              // to the next cell, at its end or before
  bool is_straight;          // it jumps nowhere but at its end, and to its handler
  bool writes_slots_unseen;  // other than by kSlotMove and kSlotWrite
  uint8_t unused;
};
static_assert(sizeof(Stencil) == 20);

inline constexpr size_t kConstantBytes = 16;  // each is a multiple of that from the first

}  // namespace airwasm::interp

extern "C" {
extern const airwasm::interp::Stencil airwasm_stencils[];
extern const uint32_t airwasm_num_stencils;
extern const uint8_t airwasm_stencil_code[];
extern const airwasm::interp::HoleUse airwasm_stencil_uses[];
extern const uint8_t airwasm_stencil_constants[];
}
