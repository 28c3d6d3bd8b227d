// From an instruction and the places of its operands to the handler: the tables that the
// handlers_*.cc files define and the translator reads.
//
// A missing combination is a null pointer; the translator knows how to reach one that exists.
#pragma once

#include "engine/instr/op.h"
#include "engine/interp/cell.h"

namespace airwasm::interp {

// Of one scalar numeric instruction: [Src of a][Src of b][Dst]; b is kSlot (0) for unary ones.
struct NumericRow {
  Handler* handlers[kNumSrc][kNumSrc][kNumDst];
};
// Of a comparison fused with a branch: [Src of a][Src of b][taken when true][backward].
struct BranchRow {
  Handler* handlers[kNumSrc][kNumSrc][2][2];
};

// Where an address comes from.
enum class AddrMode : uint8_t {
  kSlot,       // slot a + imm
  kAcc,        // acc + imm
  kConst,      // imm
  kSum,        // (slot a + slot b) mod 2^32 + aux
  kSumAcc,     // (slot a + acc) mod 2^32 + aux
  kOffset,     // (slot a + (i16)b) mod 2^32 + aux
  kOffsetAcc,  // (acc + (i16)b) mod 2^32 + aux
  // (slot a + (x << k) mod 2^32) mod 2^32 + aux, where x is slot b, or acc
  kScaled1,
  kScaled2,
  kScaled3,
  kScaledAcc1,
  kScaledAcc2,
  kScaledAcc3,
  // ((x << k) mod 2^32 + imm) mod 2^32, where x is slot a, or acc
  kScaledImm0,
  kScaledImm1,
  kScaledImm2,
  kScaledImm3,
  kScaledImmAcc0,
  kScaledImmAcc1,
  kScaledImmAcc2,
  kScaledImmAcc3,
  kChecked,  // any memory: slot a + the wide offset in the next cell, against the bounds of the
             // memory at context offset imm
};
inline constexpr int kNumAddrModes = 22;

constexpr bool UsesAcc(AddrMode mode) {
  return mode == AddrMode::kAcc || mode == AddrMode::kSumAcc || mode == AddrMode::kOffsetAcc ||
         (mode >= AddrMode::kScaledAcc1 && mode <= AddrMode::kScaledAcc3) ||
         (mode >= AddrMode::kScaledImmAcc0 && mode <= AddrMode::kScaledImmAcc3);
}

struct LoadRow {
  Handler* handlers[kNumAddrModes][kNumDst];
};
// [mode][Src of the value: kSlot, kImm, kAcc]. The value's slot or 16-bit constant is in `dst`.
struct StoreRow {
  Handler* handlers[kNumAddrModes][3];
};

// Of select: [value a is a constant][b is][condition in acc][Dst]. Constants have 16 bits.
extern Handler* const kSelectInt[2][2][2][kNumDst];
extern Handler* const kSelectFloat[2][kNumDst];  // [condition in acc][Dst]
extern Handler* const kSelect128[2];             // [condition in acc]; always to the slot

// What makes a NaN the canonical one, behind the instructions that may make another (kMakesNan).
// [f64, not f32][Src is facc, not slot a][Dst]; of vectors [f64x2, not f32x4], slot a to slot dst.
extern Handler* const kCanonicalize[2][2][kNumDst];
extern Handler* const kCanonicalize128[2];

// i32 sums with a shifted operand: dst = y + (x << (k + 1)). [k][y is imm, not a slot][x is acc,
// not a slot][Dst]. With an immediate x is slot a; else y is slot a and x slot b.
extern Handler* const kShiftAdd[3][2][2][kNumDst];
// A comparison and the select that it decides. The first cell is that of select without a
// condition, both values in slots; the comparison's operands are in the next cell: slot a or the
// accumulator, and slot b or imm. [Src of a is acc][Src of b is imm][values are floats][Dst]
struct SelectRow {
  Handler* handlers[2][2][2][kNumDst];
};
const SelectRow* FindSelectRow(Op op);

// Null if `op` is not of the kind.
const NumericRow* FindNumericRow(Op op);
const BranchRow* FindBranchRow(Op op);  // comparisons, eqz, and i32.and as a test
const LoadRow* FindLoadRow(Op op);      // scalar loads
const StoreRow* FindStoreRow(Op op);    // scalar stores

// SIMD: operands and results in slots dst, a, b, aux; a lane in aux; 16 immediate bytes in the next
// cell.
Handler* FindSimdHandler(Op op);
Handler* FindLoad128(AddrMode mode);   // v128.load to slot dst
Handler* FindStore128(AddrMode mode);  // v128.store of slot dst
// The other memory accesses of SIMD: address in slot a, vector operand in slot b, lane in aux; then
// the offset cell; then, if checked, the memory's context offset.
Handler* FindSimdMemoryHandler(Op op, bool checked);
// Atomics: always checked: dst, address a, operands b and aux; then the offset cell, then the
// memory's context offset.
Handler* FindAtomicHandler(Op op);

// The handlers that are not families: a row of regcode.def each.
enum class RegOp : uint16_t {
#define AIRWASM_REG(name, operands, cells) name,
#include "engine/interp/regcode.def"
#undef AIRWASM_REG
};
inline constexpr size_t kNumRegOps = 0
#define AIRWASM_REG(name, operands, cells) +1
#include "engine/interp/regcode.def"
#undef AIRWASM_REG
    ;
extern Handler* const kRegHandlers[kNumRegOps];
struct RegInfo {
  const char* name;
  const char* operands;
  int cells;
};
extern const RegInfo kRegInfos[kNumRegOps];
inline Handler* Reg(RegOp op) {
  return kRegHandlers[static_cast<size_t>(op)];
}

namespace reg {
#define AIRWASM_REG(name, operands, cells) \
  __attribute__((preserve_none)) void name(AIRWASM_HANDLER_PARAMS);
#include "engine/interp/regcode.def"
#undef AIRWASM_REG
}  // namespace reg

constexpr bool IsCommutative(Op op) {
  switch (static_cast<int>(op)) {
    case int(Op::I32Add):
    case int(Op::I32Mul):
    case int(Op::I32And):
    case int(Op::I32Or):
    case int(Op::I32Xor):
    case int(Op::I64Add):
    case int(Op::I64Mul):
    case int(Op::I64And):
    case int(Op::I64Or):
    case int(Op::I64Xor):
    case int(Op::F32Add):
    case int(Op::F32Mul):
    case int(Op::F64Add):
    case int(Op::F64Mul):
    case int(Op::I32Eq):
    case int(Op::I32Ne):
    case int(Op::I64Eq):
    case int(Op::I64Ne):
    case int(Op::F32Eq):
    case int(Op::F32Ne):
    case int(Op::F64Eq):
    case int(Op::F64Ne):
      return true;
    default:
      return false;
  }
}

// Whether the native pc lies in the handlers' section.
bool IsHandlerCode(const void* native_pc);

}  // namespace airwasm::interp
