// Lane-wise floating-point instructions on v128, and conversions of lanes. Spec: core,
// exec/instructions, vector instructions.
#include "jit/float_ops.h"
#include "jit/lower.h"
#include "jit/simd_types.h"
#include "llvm/IR/IntrinsicsX86.h"

namespace airwasm::jit {
namespace {

using Lanes = llvm::FixedVectorType;
using Predicate = llvm::CmpInst::Predicate;
using BinaryOp = llvm::Instruction::BinaryOps;

void Compare(FunctionLowering& f, Lanes* lanes, Predicate predicate) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  Lanes* const mask =
      Lanes::get(f.b().getIntNTy(lanes->getScalarSizeInBits()), lanes->getNumElements());
  f.PushV128(f.b().CreateSExt(f.b().CreateFCmp(predicate, a, b), mask));
}
void Arithmetic(FunctionLowering& f, Lanes* lanes, BinaryOp op) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  f.PushV128(FloatArithmetic(f, op, a, b));
}
void MinMax(FunctionLowering& f, Lanes* lanes, bool is_max) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  f.PushV128(FloatMinMax(f, is_max, a, b));
}
// The second operand if it is less (greater), else the first.
void PseudoMinMax(FunctionLowering& f, Lanes* lanes, bool is_max) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  Value* const take_b = is_max ? f.b().CreateFCmpOLT(a, b) : f.b().CreateFCmpOLT(b, a);
  f.PushV128(f.b().CreateSelect(take_b, b, a));
}
void Unary(FunctionLowering& f, Lanes* lanes, llvm::Intrinsic::ID id) {
  f.PushV128(FloatUnary(f, id, f.PopAs(lanes)));
}
void Abs(FunctionLowering& f, Lanes* lanes) {
  f.PushV128(f.b().CreateUnaryIntrinsic(llvm::Intrinsic::fabs, f.PopAs(lanes)));
}
void Neg(FunctionLowering& f, Lanes* lanes) {
  f.PushV128(f.b().CreateFNeg(f.PopAs(lanes)));
}
// Rounded twice, as the interpreter does it (engine/numeric/relaxed.h).
void RelaxedMadd(FunctionLowering& f, Lanes* lanes, bool negate) {
  Value* const c = f.PopAs(lanes);
  Value* const b = f.PopAs(lanes);
  Value* a = f.PopAs(lanes);
  if (negate) a = f.b().CreateFNeg(a);
  f.PushV128(FloatArithmetic(f, BinaryOp::FAdd, FloatArithmetic(f, BinaryOp::FMul, a, b), c));
}

// ---- To integers, saturating, and 0 for NaN. LLVM's fptosi.sat and fptoui.sat go lane by lane; so
// this is what the interpreter does (engine/numeric/simd_convert.h).

Value* All(Value* like, double number) {
  return llvm::ConstantFP::get(like->getType(), number);
}
Value* AtLeast(FunctionLowering& f, Value* a, double least) {  // `least` also for NaN
  return f.b().CreateSelect(f.b().CreateFCmpOGT(a, All(a, least)), a, All(a, least));
}
Value* AtMost(FunctionLowering& f, Value* a, double most) {
  return f.b().CreateSelect(f.b().CreateFCmpOLT(a, All(a, most)), a, All(a, most));
}
Value* ZeroForNan(FunctionLowering& f, Value* a) {
  return f.b().CreateSelect(f.b().CreateFCmpORD(a, a), a, All(a, 0));
}
// The least integer for what does not fit.
Value* TruncOrMin(FunctionLowering& f, Value* a) {
  return f.b().CreateIntrinsic(a->getType()->getScalarType()->isFloatTy()
                                   ? llvm::Intrinsic::x86_sse2_cvttps2dq
                                   : llvm::Intrinsic::x86_sse2_cvttpd2dq,
                               {a});
}
// All ones where it is 2^31 or above.
Value* IsAbove(FunctionLowering& f, Value* a) {
  return f.b().CreateSExt(f.b().CreateFCmpOGE(a, All(a, 0x1p31)), I32x4(f));
}

void TruncSatF32x4S(FunctionLowering& f) {
  Value* const a = ZeroForNan(f, f.PopAs(F32x4(f)));
  // The least integer is right below the range; above it the complement is.
  f.PushV128(f.b().CreateXor(TruncOrMin(f, a), IsAbove(f, a)));
}
void TruncSatF32x4U(FunctionLowering& f) {
  Value* const a = AtLeast(f, f.PopAs(F32x4(f)), 0);
  // What exceeds 2^31 is converted apart and added to the 2^31 that the first conversion gives for
  // it. Where the excess is too large as well, its complement brings the sum to the maximum.
  Value* const excess = AtLeast(f, f.b().CreateFSub(a, All(a, 0x1p31)), 0);
  Value* const rest = f.b().CreateXor(TruncOrMin(f, excess), IsAbove(f, excess));
  f.PushV128(f.b().CreateAdd(TruncOrMin(f, a), rest));
}
void TruncSatF64x2SZero(FunctionLowering& f) {
  f.PushV128(TruncOrMin(f, AtMost(f, ZeroForNan(f, f.PopAs(F64x2(f))), 0x7FFFFFFF)));
}
void TruncSatF64x2UZero(FunctionLowering& f) {
  Value* const a = AtMost(f, AtLeast(f, f.PopAs(F64x2(f)), 0), 0xFFFFFFFF);
  // Added to 2^52, an integer is the lower half of the bits.
  Value* const integral = f.b().CreateUnaryIntrinsic(llvm::Intrinsic::trunc, a);
  Value* const bits = f.b().CreateBitCast(f.b().CreateFAdd(integral, All(a, 0x1p52)), I32x4(f));
  const int mask[] = {0, 2, 4, 5};
  f.PushV128(f.b().CreateShuffleVector(bits, llvm::Constant::getNullValue(I32x4(f)), mask));
}

// Two lanes, and two of zero behind them.
void PushWithZeros(FunctionLowering& f, Value* two) {
  const int mask[] = {0, 1, 2, 3};
  f.PushV128(f.b().CreateShuffleVector(two, llvm::Constant::getNullValue(two->getType()), mask));
}
void Convert(FunctionLowering& f, Value* a, Lanes* to, bool is_signed) {
  f.PushV128(is_signed ? f.b().CreateSIToFP(a, to) : f.b().CreateUIToFP(a, to));
}

}  // namespace

// The instruction of that name for both kinds of lanes.
#define AIRWASM_LOWER_FLOAT_LANES(name, function, ...) \
  AIRWASM_LOWER(F32x4##name) {                         \
    function(f, F32x4(f) __VA_OPT__(, ) __VA_ARGS__);  \
  }                                                    \
  AIRWASM_LOWER(F64x2##name) {                         \
    function(f, F64x2(f) __VA_OPT__(, ) __VA_ARGS__);  \
  }

AIRWASM_LOWER_FLOAT_LANES(Eq, Compare, Predicate::FCMP_OEQ)
AIRWASM_LOWER_FLOAT_LANES(Ne, Compare, Predicate::FCMP_UNE)
AIRWASM_LOWER_FLOAT_LANES(Lt, Compare, Predicate::FCMP_OLT)
AIRWASM_LOWER_FLOAT_LANES(Gt, Compare, Predicate::FCMP_OGT)
AIRWASM_LOWER_FLOAT_LANES(Le, Compare, Predicate::FCMP_OLE)
AIRWASM_LOWER_FLOAT_LANES(Ge, Compare, Predicate::FCMP_OGE)
AIRWASM_LOWER_FLOAT_LANES(Abs, Abs)
AIRWASM_LOWER_FLOAT_LANES(Neg, Neg)
AIRWASM_LOWER_FLOAT_LANES(Ceil, Unary, llvm::Intrinsic::ceil)
AIRWASM_LOWER_FLOAT_LANES(Floor, Unary, llvm::Intrinsic::floor)
AIRWASM_LOWER_FLOAT_LANES(Trunc, Unary, llvm::Intrinsic::trunc)
AIRWASM_LOWER_FLOAT_LANES(Nearest, Unary, llvm::Intrinsic::roundeven)
AIRWASM_LOWER_FLOAT_LANES(Sqrt, Unary, llvm::Intrinsic::sqrt)
AIRWASM_LOWER_FLOAT_LANES(Add, Arithmetic, BinaryOp::FAdd)
AIRWASM_LOWER_FLOAT_LANES(Sub, Arithmetic, BinaryOp::FSub)
AIRWASM_LOWER_FLOAT_LANES(Mul, Arithmetic, BinaryOp::FMul)
AIRWASM_LOWER_FLOAT_LANES(Div, Arithmetic, BinaryOp::FDiv)
AIRWASM_LOWER_FLOAT_LANES(Min, MinMax, false)
AIRWASM_LOWER_FLOAT_LANES(Max, MinMax, true)
AIRWASM_LOWER_FLOAT_LANES(Pmin, PseudoMinMax, false)
AIRWASM_LOWER_FLOAT_LANES(Pmax, PseudoMinMax, true)
AIRWASM_LOWER_FLOAT_LANES(RelaxedMin, MinMax, false)
AIRWASM_LOWER_FLOAT_LANES(RelaxedMax, MinMax, true)
AIRWASM_LOWER_FLOAT_LANES(RelaxedMadd, RelaxedMadd, false)
AIRWASM_LOWER_FLOAT_LANES(RelaxedNmadd, RelaxedMadd, true)

AIRWASM_LOWER(I32x4TruncSatF32x4S) {
  TruncSatF32x4S(f);
}
AIRWASM_LOWER(I32x4TruncSatF32x4U) {
  TruncSatF32x4U(f);
}
AIRWASM_LOWER(I32x4RelaxedTruncF32x4S) {
  TruncSatF32x4S(f);
}
AIRWASM_LOWER(I32x4RelaxedTruncF32x4U) {
  TruncSatF32x4U(f);
}
AIRWASM_LOWER(I32x4TruncSatF64x2SZero) {
  TruncSatF64x2SZero(f);
}
AIRWASM_LOWER(I32x4TruncSatF64x2UZero) {
  TruncSatF64x2UZero(f);
}
AIRWASM_LOWER(I32x4RelaxedTruncF64x2SZero) {
  TruncSatF64x2SZero(f);
}
AIRWASM_LOWER(I32x4RelaxedTruncF64x2UZero) {
  TruncSatF64x2UZero(f);
}
AIRWASM_LOWER(F32x4ConvertI32x4S) {
  Convert(f, f.PopAs(I32x4(f)), F32x4(f), true);
}
AIRWASM_LOWER(F32x4ConvertI32x4U) {
  Convert(f, f.PopAs(I32x4(f)), F32x4(f), false);
}
AIRWASM_LOWER(F64x2ConvertLowI32x4S) {
  Convert(f, Half(f, f.PopAs(I32x4(f)), false), F64x2(f), true);
}
AIRWASM_LOWER(F64x2ConvertLowI32x4U) {
  Convert(f, Half(f, f.PopAs(I32x4(f)), false), F64x2(f), false);
}
AIRWASM_LOWER(F32x4DemoteF64x2Zero) {
  PushWithZeros(f, FloatDemote(f, f.PopAs(F64x2(f)), Lanes::get(f.F32(), 2)));
}
AIRWASM_LOWER(F64x2PromoteLowF32x4) {
  Value* const low = Half(f, f.PopAs(F32x4(f)), false);
  f.PushV128(FinishFloat(f, f.b().CreateFPExt(low, F64x2(f))));
}

}  // namespace airwasm::jit
