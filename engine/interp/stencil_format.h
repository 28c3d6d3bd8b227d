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
};

// How: 64 bits; 32 that the processor extends by zeros or by the sign; the distance from the place
// to what it refers to.
enum class HoleKind : uint8_t { kWord64, kUnsigned32, kSigned32, kDistance32 };

struct HoleUse {
  uint16_t at;        // in the stencil's code
  int16_t addend;     // to what is filled in
  uint16_t constant;  // index
  Hole hole;
  HoleKind kind;
};
static_assert(sizeof(HoleUse) == 8);

struct Stencil {
  int32_t handler;  // from the address of this field to the handler
  uint32_t code;    // its first byte and its first use of a hole, from the start of all
  uint32_t uses;
  uint16_t code_bytes;
  uint16_t num_uses;
};
static_assert(sizeof(Stencil) == 16);

inline constexpr size_t kConstantBytes = 16;  // each is a multiple of that from the first

}  // namespace airwasm::interp

extern "C" {
extern const airwasm::interp::Stencil airwasm_stencils[];
extern const uint32_t airwasm_num_stencils;
extern const uint8_t airwasm_stencil_code[];
extern const airwasm::interp::HoleUse airwasm_stencil_uses[];
extern const uint8_t airwasm_stencil_constants[];
}
