// Conversions between scalars. Spec: core, exec/numerics, conversions.
#include "jit/float_ops.h"
#include "jit/lower.h"

namespace airwasm::jit {
namespace {

// A float of `type` with the value 2^exponent.
Value* PowerOfTwo(llvm::Type* type, int exponent, bool negative) {
  llvm::APFloat value = llvm::scalbn(llvm::APFloat(type->getFltSemantics(), 1), exponent,
                                     llvm::APFloat::rmNearestTiesToEven);
  if (negative) value.changeSign();
  return llvm::ConstantFP::get(type, value);
}

// Traps unless the integral part of the operand is an integer of that many bits.
void Trunc(FunctionLowering& f, llvm::Type* to, bool is_signed) {
  Value* const a = f.Pop();
  llvm::Type* const from = a->getType();
  const int bits = static_cast<int>(to->getIntegerBitWidth());
  f.TrapIf(f.b().CreateFCmpUNO(a, a), TrapKind::kInvalidConversionToInteger);
  Value* const end = PowerOfTwo(from, is_signed ? bits - 1 : bits, false);
  Value* above_least;
  if (!is_signed) {
    above_least = f.b().CreateFCmpOGT(a, llvm::ConstantFP::get(from, -1.0));
  } else if (from->isDoubleTy() && bits == 32) {
    above_least = f.b().CreateFCmpOGT(a, llvm::ConstantFP::get(from, -2147483649.0));
  } else {
    // Between the least integer and the next below there is no float of this type.
    above_least = f.b().CreateFCmpOGE(a, PowerOfTwo(from, bits - 1, true));
  }
  Value* const fits = f.b().CreateAnd(above_least, f.b().CreateFCmpOLT(a, end));
  f.TrapIf(f.b().CreateNot(fits), TrapKind::kIntegerOverflow);
  f.Push(is_signed ? f.b().CreateFPToSI(a, to) : f.b().CreateFPToUI(a, to));
}

void TruncSat(FunctionLowering& f, llvm::Type* to, bool is_signed) {
  Value* const a = f.Pop();
  f.Push(
      f.b().CreateIntrinsic(is_signed ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat,
                            {to, a->getType()}, {a}));
}

void Convert(FunctionLowering& f, llvm::Type* to, bool is_signed) {
  Value* const a = f.Pop();
  f.Push(is_signed ? f.b().CreateSIToFP(a, to) : f.b().CreateUIToFP(a, to));
}

void Reinterpret(FunctionLowering& f, llvm::Type* to) {
  f.Push(f.b().CreateBitCast(f.Pop(), to));
}

}  // namespace

AIRWASM_LOWER(I32WrapI64) {
  f.Push(f.b().CreateTrunc(f.Pop(), f.I32()));
}
AIRWASM_LOWER(I64ExtendI32S) {
  f.Push(f.b().CreateSExt(f.Pop(), f.I64()));
}
AIRWASM_LOWER(I64ExtendI32U) {
  f.Push(f.b().CreateZExt(f.Pop(), f.I64()));
}

// The instruction of that name from both float types.
#define AIRWASM_LOWER_TRUNC(name, function, to, is_signed) \
  AIRWASM_LOWER(name##F32##is_signed) {                    \
    function(f, to, #is_signed[0] == 'S');                 \
  }                                                        \
  AIRWASM_LOWER(name##F64##is_signed) {                    \
    function(f, to, #is_signed[0] == 'S');                 \
  }

AIRWASM_LOWER_TRUNC(I32Trunc, Trunc, f.I32(), S)
AIRWASM_LOWER_TRUNC(I32Trunc, Trunc, f.I32(), U)
AIRWASM_LOWER_TRUNC(I64Trunc, Trunc, f.I64(), S)
AIRWASM_LOWER_TRUNC(I64Trunc, Trunc, f.I64(), U)
AIRWASM_LOWER_TRUNC(I32TruncSat, TruncSat, f.I32(), S)
AIRWASM_LOWER_TRUNC(I32TruncSat, TruncSat, f.I32(), U)
AIRWASM_LOWER_TRUNC(I64TruncSat, TruncSat, f.I64(), S)
AIRWASM_LOWER_TRUNC(I64TruncSat, TruncSat, f.I64(), U)

AIRWASM_LOWER(F32ConvertI32S) {
  Convert(f, f.F32(), true);
}
AIRWASM_LOWER(F32ConvertI32U) {
  Convert(f, f.F32(), false);
}
AIRWASM_LOWER(F32ConvertI64S) {
  Convert(f, f.F32(), true);
}
AIRWASM_LOWER(F32ConvertI64U) {
  Convert(f, f.F32(), false);
}
AIRWASM_LOWER(F64ConvertI32S) {
  Convert(f, f.F64(), true);
}
AIRWASM_LOWER(F64ConvertI32U) {
  Convert(f, f.F64(), false);
}
AIRWASM_LOWER(F64ConvertI64S) {
  Convert(f, f.F64(), true);
}
AIRWASM_LOWER(F64ConvertI64U) {
  Convert(f, f.F64(), false);
}
AIRWASM_LOWER(F32DemoteF64) {
  f.Push(FloatDemote(f, f.Pop(), f.F32()));
}
AIRWASM_LOWER(F64PromoteF32) {
  f.Push(FinishFloat(f, f.b().CreateFPExt(f.Pop(), f.F64())));
}
AIRWASM_LOWER(I32ReinterpretF32) {
  Reinterpret(f, f.I32());
}
AIRWASM_LOWER(I64ReinterpretF64) {
  Reinterpret(f, f.I64());
}
AIRWASM_LOWER(F32ReinterpretI32) {
  Reinterpret(f, f.F32());
}
AIRWASM_LOWER(F64ReinterpretI64) {
  Reinterpret(f, f.F64());
}

}  // namespace airwasm::jit
