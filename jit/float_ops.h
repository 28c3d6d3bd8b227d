// Floating-point operations on scalars and on vectors of lanes alike.
#pragma once

#include "jit/function_lowering.h"
#include "llvm/IR/Intrinsics.h"

namespace airwasm::jit {

// The result of arithmetic: in deterministic mode a NaN becomes the canonical one.
Value* FinishFloat(FunctionLowering& f, Value* result);

// add, sub, mul, div. What LLVM would fold to the operand itself (x * 1, x - 0, ...) would keep a
// signaling NaN that the instruction makes quiet, so such operands are hidden from it.
Value* FloatArithmetic(FunctionLowering& f, llvm::Instruction::BinaryOps op, Value* a, Value* b);

// f64 to f32, which LLVM would fold with a promotion before it to the operand of that.
Value* FloatDemote(FunctionLowering& f, Value* a, llvm::Type* to);

// Spec: core, exec/numerics, fmin and fmax: a NaN if either is, and -0 below +0.
Value* FloatMinMax(FunctionLowering& f, bool is_max, Value* a, Value* b);

// sqrt, ceil, floor, trunc, roundeven.
Value* FloatUnary(FunctionLowering& f, llvm::Intrinsic::ID id, Value* a);

}  // namespace airwasm::jit
