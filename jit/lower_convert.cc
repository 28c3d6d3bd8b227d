// Conversions between scalars. Spec: core, exec/numerics, conversions.
#include "jit/float_ops.h"
#include "jit/lower.h"
#include "llvm/IR/IntrinsicsX86.h"

namespace airwasm::jit {
namespace {

// A float of `type` with the value 2^exponent.
Value* PowerOfTwo(llvm::Type* type, int exponent, bool negative) {
  llvm::APFloat value = llvm::scalbn(llvm::APFloat(type->getFltSemantics(), 1), exponent,
                                     llvm::APFloat::rmNearestTiesToEven);
  if (negative) value.changeSign();
  return llvm::ConstantFP::get(type, value);
}

// Whether the integral part of `a` is an integer of that type.
Value* Fits(FunctionLowering& f, Value* a, llvm::Type* to, bool is_signed) {
  llvm::Type* const from = a->getType();
  const int bits = static_cast<int>(to->getIntegerBitWidth());
  Value* above_least;
  if (!is_signed) {
    above_least = f.b().CreateFCmpOGT(a, llvm::ConstantFP::get(from, -1.0));
  } else if (from->isDoubleTy() && bits == 32) {
    above_least = f.b().CreateFCmpOGT(a, llvm::ConstantFP::get(from, -2147483649.0));
  } else {
    // Between the least integer and the next below there is no float of this type.
    above_least = f.b().CreateFCmpOGE(a, PowerOfTwo(from, bits - 1, true));
  }
  Value* const end = PowerOfTwo(from, is_signed ? bits - 1 : bits, false);
  return f.b().CreateAnd(above_least, f.b().CreateFCmpOLT(a, end));
}

// The machine's signed conversion, which gives the least integer for what does not fit.
Value* TruncOrMin(FunctionLowering& f, Value* a, llvm::Type* to) {
  const bool is_wide = to->isIntegerTy(64);
  const llvm::Intrinsic::ID id =
      a->getType()->isFloatTy()
          ? (is_wide ? llvm::Intrinsic::x86_sse_cvttss2si64 : llvm::Intrinsic::x86_sse_cvttss2si)
          : (is_wide ? llvm::Intrinsic::x86_sse2_cvttsd2si64 : llvm::Intrinsic::x86_sse2_cvttsd2si);
  llvm::Type* const vector =
      llvm::FixedVectorType::get(a->getType(), a->getType()->isFloatTy() ? 4 : 2);
  return f.b().CreateIntrinsic(
      id, {f.b().CreateInsertElement(llvm::PoisonValue::get(vector), a, uint64_t{0})});
}

// Traps unless the integral part of the operand is an integer of that type. A result that does not
// stand for a failed conversion needs no other test; the rest is told apart off the common path.
void Trunc(FunctionLowering& f, llvm::Type* to, bool is_signed) {
  Value* const a = f.Pop();
  Value* result;
  Value* is_doubtful;
  if (is_signed) {
    result = TruncOrMin(f, a, to);
    const llvm::APInt least = llvm::APInt::getSignedMinValue(to->getIntegerBitWidth());
    is_doubtful = f.b().CreateICmpEQ(result, llvm::ConstantInt::get(to, least));
  } else if (to->isIntegerTy(32)) {
    Value* const wide = TruncOrMin(f, a, f.I64());
    result = f.b().CreateTrunc(wide, to);
    is_doubtful = f.b().CreateICmpUGT(wide, f.Const64(0xFFFFFFFF));
  } else {
    is_doubtful = f.b().CreateNot(Fits(f, a, to, is_signed));
    result = nullptr;
  }
  llvm::BasicBlock* const doubtful = f.NewBlock();
  llvm::BasicBlock* const next = f.NewBlock();
  f.b().CreateCondBr(is_doubtful, doubtful, next, f.module().unlikely());
  f.StartBlock(doubtful);
  f.TrapIf(f.b().CreateFCmpUNO(a, a), TrapKind::kInvalidConversionToInteger);
  f.TrapIf(f.b().CreateNot(Fits(f, a, to, is_signed)), TrapKind::kIntegerOverflow);
  f.b().CreateBr(next);
  f.StartBlock(next);
  f.Push(result != nullptr ? result : f.b().CreateFPToUI(a, to));
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
