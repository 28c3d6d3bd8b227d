// NumericOp<op>: what the instruction `op` computes, for every row of opcodes.def whose result
// depends on its operands alone. Declared here and defined, an instruction a line, in ops_scalar.h
// and ops_simd.h; ops.h includes both.
//
//   NumericOp<Op::I32Add>::Eval(a, b)                 Result is uint32_t
//   NumericOp<Op::I32DivS>::Eval(a, b)                Result is TrapOr<uint32_t>, because the row
//   says kMayTrap NumericOp<Op::I8x16ReplaceLane>::Eval(v, x, lane) a Lane immediate comes last, as
//   uint8_t; Lanes16 as V128
//
// The types of values are uint32_t, uint64_t, float, double and V128, and I128Parts for two i64
// results.
#pragma once

#include "airwasm/trap_kind.h"
#include "engine/instr/op.h"
#include "engine/numeric/isa.h"

namespace airwasm::numeric {

// Whether `op` computes its result from its operands and lane immediates alone. Exactly then
// NumericOp<op> is defined.
constexpr bool IsNumeric(Op op) {
  const OpInfo& info = Info(op);
  return info.signature != Signature::Special &&
         (info.immediate == Immediate::kNone || info.immediate == Immediate::kLane ||
          info.immediate == Immediate::kLanes16);
}

inline namespace AIRWASM_NUMERIC_ISA {

// Declared only: an op without a definition stops the build where it is used.
template <Op op>
struct NumericOp;

// Makes the function `kFunction` the meaning of an op.
template <auto kFunction>
struct Evaluates;
template <class R, class... Args, R (*kFunction)(Args...)>
struct Evaluates<kFunction> {
  using Result = R;
  using Function = R(Args...);
  static constexpr size_t kArity = sizeof...(Args);

  [[gnu::always_inline]] static constexpr R Eval(Args... args) { return kFunction(args...); }
};

}  // namespace AIRWASM_NUMERIC_ISA
}  // namespace airwasm::numeric
