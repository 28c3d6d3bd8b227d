// The unit of register code: a handler's address and eight bytes of operands.
//
//   | handler 8 | dst 2 | a 2 | b 2 | aux 2 |     operands are byte offsets of slots from fp
//   | handler 8 | dst 2 | a 2 |   imm 4     |     imm: a constant, a memory offset, a branch
//   distance in bytes | handler 8 |      bits 8               |     in the cells that follow one
//   with more to say
//
// A handler runs one cell and jumps to the next one's handler, so the machine's registers carry the
// state from cell to cell: pc, fp, the base of memory 0, the instance, and two accumulators.
// Operands of a translated function never change; handlers once, for copies of themselves
// (baseline.h).
//
// What always holds between cells: a slot with an i32 has a zero upper half; `acc` with an i32 too;
// f32 lies in the low half of a slot and in lane 0 of `facc`. A handler has no native frame while
// it can fault or trap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/runtime/context.h"

namespace airwasm::interp {

// Lane 0 (as f32 or f64) is the float accumulator; what the other lanes hold means nothing.
using Facc = float __attribute__((ext_vector_type(4)));

// In a stencil (stencil_operands.h) `pc` is not the register: it stands for the one cell that the
// stencil is filled in for. Further registers go through it as they are: between stencils they hold
// slots (slot_registers.h). rcx is not among them, as shifts need it.
#ifdef AIRWASM_STENCILS
#define AIRWASM_PC pc_register
#define AIRWASM_PC_UNUSED [[maybe_unused]]
#define AIRWASM_SLOT_PARAMS                                                 \
  , [[maybe_unused]] uint64_t slot_rsi, [[maybe_unused]] uint64_t slot_rdx, \
      [[maybe_unused]] uint64_t rcx, [[maybe_unused]] uint64_t slot_r8,     \
      [[maybe_unused]] uint64_t slot_r9, [[maybe_unused]] uint64_t slot_r11
#define AIRWASM_SLOT_ARGS \
  , slot_rsi, slot_rdx, ::airwasm::interp::AnyValue_rcx(), slot_r8, slot_r9, slot_r11
#else
#define AIRWASM_PC pc
#define AIRWASM_PC_UNUSED
#define AIRWASM_SLOT_PARAMS
#define AIRWASM_SLOT_ARGS
#endif
#define AIRWASM_HANDLER_PARAMS                                                             \
  AIRWASM_PC_UNUSED const ::airwasm::interp::Cell *AIRWASM_PC, uint8_t *fp, uint8_t *mem0, \
      ::airwasm::runtime::InstanceContext *ctx, uint64_t acc,                              \
      ::airwasm::interp::Facc facc AIRWASM_SLOT_PARAMS
#define AIRWASM_HANDLER_ARGS AIRWASM_PC, fp, mem0, ctx, acc, facc AIRWASM_SLOT_ARGS

using Handler = __attribute__((preserve_none)) void(AIRWASM_HANDLER_PARAMS);

struct Cell {
  Handler* handler;
  union {
    struct {
      uint16_t dst;
      uint16_t a;
      union {
        struct {
          uint16_t b;
          uint16_t aux;
        };
        int32_t imm;
      };
    };
    uint64_t bits;
    const void* pointer;
    uint32_t words[2];
  };
};
static_assert(sizeof(Cell) == 16 && offsetof(Cell, imm) == 12);

// What is called to run a cell; and by assembly, of the cell at r12.
#ifdef AIRWASM_COUNT_DISPATCHES
// Counts the cell (dispatch_counts.h) and becomes its handler.
__attribute__((preserve_none, visibility("hidden"))) void CountedDispatch(
    AIRWASM_HANDLER_PARAMS) asm("airwasm_counted_dispatch");
#define AIRWASM_DISPATCH(cell) ::airwasm::interp::CountedDispatch
#define AIRWASM_DISPATCH_TARGET "airwasm_counted_dispatch"
#else
#define AIRWASM_DISPATCH(cell) (cell).handler
#define AIRWASM_DISPATCH_TARGET "*(%r12)"
#endif

// Where an operand of a cell comes from.
enum class Src : uint8_t {
  kSlot,
  kImm,  // in the cell: 32 bits sign-extended, or an f32; 16 bits where imm is a branch distance or
         // offset
  kAcc,  // the accumulator of the operand's class
  kWide,  // 64 bits in the following cell
};
inline constexpr int kNumSrc = 4;

// Where a result goes. Results always go to the accumulator; some to a slot as well.
enum class Dst : uint8_t { kAcc, kSlot };
inline constexpr int kNumDst = 2;

}  // namespace airwasm::interp
